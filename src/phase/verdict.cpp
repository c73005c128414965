#include "nxmc/phase/verdict.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace nxmc {
namespace {

/// Sums that differ in the order of their terms alone are no difference.
bool disagree(const StartAverage& a, const StartAverage& b) {
  constexpr double rounding = 1e-12;
  const double apart = std::abs(a.mean - b.mean);
  return apart > rounding && apart > most_errors_apart * std::hypot(a.error, b.error);
}

/// A comparison with NaN is false: a chain of constant f_U, whose error is 0, is not short, and never left its state.
/// An error that is not known says that there is too little to know it from.
bool is_short(const StartAverage& s) {
  return std::isnan(s.error) || s.autocorrelation_times < enough_autocorrelation_times;
}

bool any_disagree(std::span<const StartAverage> starts) {
  for (std::size_t i = 0; i < starts.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (starts[i].start != starts[j].start && disagree(starts[i], starts[j])) return true;
  return false;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::converged:
      return "converged";
    case Verdict::one_start:
      return "one start";
    case Verdict::too_short:
      return "short";
    case Verdict::metastable:
      return "metastable";
  }
  return "";
}

std::optional<Verdict> verdict_named(std::string_view word) {
  for (const Verdict verdict : {Verdict::converged, Verdict::one_start, Verdict::too_short, Verdict::metastable})
    if (to_string(verdict) == word) return verdict;
  return std::nullopt;
}

Verdict judge(std::span<const StartAverage> starts) {
  assert(!starts.empty());
  if (any_disagree(starts)) return Verdict::metastable;
  if (std::ranges::any_of(starts, is_short)) return Verdict::too_short;
  const bool contrasting =
      std::ranges::any_of(starts, [&](const StartAverage& s) { return s.start != starts.front().start; });
  return contrasting ? Verdict::converged : Verdict::one_start;
}

namespace {

/// Where the composition fluctuates, cores that begin half and half fall to the same side: only those of A and of B
/// contrast.
bool begins_on_both_sides(std::span<const StartAverage> starts) {
  return std::ranges::any_of(starts, [](const StartAverage& s) { return s.start == start_of_a; }) &&
         std::ranges::any_of(starts, [](const StartAverage& s) { return s.start == start_of_b; });
}

}  // namespace

Verdict judge(const PointAverages& point) {
  Verdict worst = Verdict::converged;
  for (const std::vector<StartAverage>& starts : point)
    if (!starts.empty()) worst = std::max(worst, judge(starts));
  const std::vector<StartAverage>& compositions = point.back();
  if (!compositions.empty() && !begins_on_both_sides(compositions)) worst = std::max(worst, Verdict::one_start);
  return worst;
}

}  // namespace nxmc

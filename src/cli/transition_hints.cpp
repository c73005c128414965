#include "transition_hints.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <map>

#include "nxmc/lattice/lattice.hpp"
#include "nxmc/phase/parameters.hpp"

namespace nxmc {

std::vector<std::string> what_tells_apart(std::span<const JudgedTransition> found, LineAxis axis) {
  std::vector<std::vector<std::string>> parameters;
  parameters.reserve(found.size());
  for (const JudgedTransition& one : found) parameters.push_back(words_of_parameters(one));
  std::vector<std::size_t> differing = differing_parameters(parameters);
  std::erase_if(differing, [=](std::size_t k) {
    const std::string& name = parameters_of_points()[k];
    return name == "lattice" || name == "size" || name == to_string(axis);
  });
  std::vector<std::string> apart;
  apart.reserve(parameters.size());
  for (const std::vector<std::string>& words : parameters) {
    std::vector<std::string> others;
    others.reserve(differing.size());
    for (const std::size_t k : differing)
      if (!words[k].empty()) others.push_back(fmt::format("{} {}", parameters_of_points()[k], words[k]));
    apart.push_back(others.empty() ? "" : fmt::format(" ({})", fmt::join(others, ", ")));
  }
  return apart;
}

void hint_at_what_is_missing(std::span<const JudgedTransition> found, LineAxis axis, const GlobalOptions& global) {
  constexpr std::size_t most_named = 5;
  const std::vector<std::string> apart = what_tells_apart(found, axis);
  std::map<std::string, std::vector<std::string>> named;  // by the remark
  for (std::size_t row = 0; row < found.size(); ++row)
    if (!found[row].transition.remark.empty())
      named[found[row].transition.remark].push_back(
          fmt::format("{} {}{}", lattice_word(found[row].lattice), size_word(found[row].lattice), apart[row]));
  for (auto& [remark, crystals] : named) {
    const bool more = crystals.size() > most_named;
    if (more) crystals.resize(most_named);
    hint(global, fmt::format("{}{}: {}", fmt::join(crystals, ", "), more ? ", …" : "", remark));
  }
  const auto doubtful =
      std::ranges::count_if(found, [](const JudgedTransition& one) { return one.verdict != Verdict::converged; });
  if (doubtful > 0)
    hint(global, fmt::format("{} of {} transitions {} points that are not converged: see the column verdict, and "
                             "'nxmc query' for the points themselves",
                             doubtful, found.size(), doubtful == 1 ? "has" : "have"));
}

}  // namespace nxmc

#include "ladder_goal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "found_place.hpp"
#include "nxmc/engine/sampling.hpp"
#include "nxmc/phase/judged_transition.hpp"
#include "nxmc/phase/precision.hpp"
#include "nxmc/phase/sample_set.hpp"
#include "nxmc/schedule/campaign_changes.hpp"

namespace nxmc {
namespace {

bool are_of_one_rung(const ChainResult& a, const ChainResult& b, LineAxis axis) {
  return along(*a.job->physics, axis) == along(*b.job->physics, axis);
}

/// The chains of each rung.
std::vector<std::span<const ChainResult>> rungs_among(std::span<const ChainResult> chains, LineAxis axis) {
  std::vector<std::span<const ChainResult>> rungs;
  for (std::size_t first = 0; first < chains.size();) {
    std::size_t last = first;
    while (last < chains.size() && are_of_one_rung(chains[first], chains[last], axis)) ++last;
    rungs.push_back(chains.subspan(first, last - first));
    first = last;
  }
  return rungs;
}

/// Chains of one start count as those of several do, where samples have been round the ladder often enough.
bool is_precise_by_samples(const Archive& archive, const NameIndex& known, const Until& until,
                           std::span<const ChainResult> rung, std::size_t threads) {
  const Precision precision = precision_of(until, rung);
  return std::ranges::all_of(precision.targets, &KnownTarget::is_met) &&
         verdict_by_samples(archive, known, rung, threads) == Verdict::converged;
}

LadderGoal precision_goal(const Archive& archive, const Scan& scan, std::span<const ChainResult> chains,
                          std::size_t threads) {
  const std::vector<std::span<const ChainResult>> rungs = rungs_among(chains, scan.ladder->along);
  const NameIndex known = rows_by_name(archive);
  const auto precise = std::ranges::count_if(
      rungs, [&](const auto& rung) { return is_precise_by_samples(archive, known, *scan.until, rung, threads); });
  return {.met = precise == std::ssize(rungs),
          .hopeless = false,
          .words = fmt::format("{} of them known as precisely as 'until' asks", precise)};
}

/// What else has been measured there tells of its own chains.
std::string condition_on_ladders(std::span<const ChainResult> chains, LineAxis axis) {
  std::set<std::string> ladders;
  for (const ChainResult& chain : chains)
    ladders.insert(fmt::format("ladder == '{}'", to_string(chain.job->physics->ladder)));
  return fmt::format("{} and ({})", condition_on_line(*chains.front().job->physics, axis), fmt::join(ladders, " or "));
}

/// Whether longer chains keep no more samples than those of the beginning did, or hardly more.
bool keeps_no_more_samples(const Scan& scan, const Job& job) {
  constexpr std::uint64_t much_rarer = 8;
  return sample_times(*job.physics, *job.schedule).every >=
         much_rarer * sample_times(*job.physics, scan.schedule).every;
}

LadderGoal transition_goal(const Archive& archive, const Scan& scan, std::span<const ChainResult> chains,
                           double round_trips, std::size_t threads) {
  const Refine& sought = *scan.refine;
  const Job& first = *chains.front().job;
  const OrderParameter x = sought.of.value_or(order_parameter_along(sought.along, first.physics->lattice));
  const std::string where = condition_on_ladders(chains, sought.along);
  const std::vector<JudgedTransition> found =
      judged_transitions(archive, read_samples(archive, where).sets, where, {sought.along, x, sought.split}, threads);
  if (found.empty()) return {.met = false, .hopeless = false, .words = "samples find no transition"};
  const JudgedTransition& judged = found.front();
  const Transition& transition = judged.transition;
  const Estimate& place = place_of(transition, sought);
  if (std::isnan(place.mean)) {
    const double from = along(*first.physics, sought.along);
    const double to = along(*chains.back().job->physics, sought.along);
    const bool lies_beyond = transition.towards == from || transition.towards == to;
    // Few samples can have their largest variance anywhere.
    return {.met = false, .hopeless = lies_beyond && round_trips >= enough_round_trips, .words = transition.remark};
  }
  const bool believed = judged.verdict == Verdict::converged;
  std::string words = fmt::format("{} = {}", to_string(sought.along), words_for_place(transition, sought, x));
  if (!believed && judged.verdict) words += fmt::format(", {}", to_string(*judged.verdict));
  if (place.error <= sought.tolerance) return {.met = believed, .hopeless = false, .words = std::move(words)};
  const bool vain = believed && keeps_no_more_samples(scan, first);
  if (vain)
    words += fmt::format(", not closer with {} samples of a chain (more: 'samples: {{at_most: …}}')",
                         first.schedule->samples.at_most);
  return {.met = false, .hopeless = vain, .words = std::move(words)};
}

}  // namespace

LadderGoal goal_of_ladder(const Archive& archive, const Scan& scan, std::span<const ChainResult> chains,
                          double round_trips, std::size_t threads) {
  assert(!chains.empty());
  if (scan.until) return precision_goal(archive, scan, chains, threads);
  if (scan.refine) return transition_goal(archive, scan, chains, round_trips, threads);
  return {.met = round_trips >= enough_round_trips, .hopeless = false, .words = ""};
}

std::uint64_t most_sweeps_of_ladder(const Scan& scan) {
  if (scan.until) return scan.until->at_most;
  return scan.refine ? most_lengthening * scan.schedule.measured_sweeps : scan.schedule.measured_sweeps;
}

}  // namespace nxmc

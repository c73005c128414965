#include "nxmc/schedule/rounds.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace nxmc {

Rounds::Rounds(const Plan& plan, IsPrecise is_precise)
    : plan_(&plan), is_precise_(std::move(is_precise)), asked_(plan.jobs.size()), states_(plan.points.size()) {
  for (std::size_t point = 0; point < plan.points.size(); ++point)
    for (const auto& jobs : plan.points[point].rounds)
      for (const std::uint64_t job : jobs) points_of_job_[job].push_back(point);
}

std::vector<std::uint64_t> Rounds::finish(std::uint64_t job, std::span<const double> values) {
  std::vector<std::uint64_t> asked;
  const auto points = points_of_job_.find(job);
  if (points == points_of_job_.end()) return asked;
  results_.insert_or_assign(job, std::vector(values.begin(), values.end()));
  for (const std::size_t point : points->second) advance(point, asked);
  std::ranges::sort(asked);
  return asked;
}

std::vector<ChainResult> Rounds::results(std::size_t point, std::size_t round) const {
  std::vector<ChainResult> found;
  for (const std::uint64_t job : plan_->points[point].rounds[round]) {
    const auto result = results_.find(job);
    if (result == results_.end()) return {};
    found.push_back({&plan_->jobs[job], result->second});
  }
  return found;
}

/// Results of later rounds may be there already: what the campaign asked for before.
void Rounds::advance(std::size_t point, std::vector<std::uint64_t>& asked) {
  State& state = states_[point];
  while (state.standing == PointStanding::going_on) {
    const std::vector<ChainResult> chains = results(point, state.round);
    if (chains.empty()) return;
    if (is_precise_(*plan_->points[point].until, chains))
      state.standing = PointStanding::precise;
    else
      begin_next_round(point, asked);
  }
}

void Rounds::begin_next_round(std::size_t point, std::vector<std::uint64_t>& asked) {
  State& state = states_[point];
  const PlannedPoint& planned = plan_->points[point];
  if (state.round + 1 == planned.rounds.size()) {
    state.standing = PointStanding::at_limit;
    return;
  }
  state.standing = PointStanding::going_on;
  for (const std::uint64_t job : planned.rounds[++state.round]) {
    if (asks_for(job)) continue;
    asked_[job] = true;
    if (!results_.contains(job)) asked.push_back(job);
  }
}

std::vector<std::uint64_t> Rounds::go_on(std::size_t point) {
  assert(states_[point].standing == PointStanding::precise);
  std::vector<std::uint64_t> asked;
  begin_next_round(point, asked);
  advance(point, asked);
  std::ranges::sort(asked);
  return asked;
}

std::vector<std::uint64_t> Rounds::look_at_longest_chains() {
  const auto has_longer = [&](std::size_t point) {
    const State& state = states_[point];
    return state.standing == PointStanding::precise && state.round + 1 < plan_->points[point].rounds.size() &&
           !results(point, state.round + 1).empty();
  };
  std::vector<std::uint64_t> asked;
  for (std::size_t point = 0; point < states_.size(); ++point)
    while (has_longer(point)) std::ranges::copy(go_on(point), std::back_inserter(asked));
  std::ranges::sort(asked);
  return asked;
}

std::size_t Rounds::count(PointStanding standing) const {
  return static_cast<std::size_t>(std::ranges::count(states_, standing, &State::standing));
}

std::vector<std::uint64_t> go_on_where_doubted(
    Rounds& rounds, const std::function<std::vector<std::size_t>(const Rounds&)>& find_doubtful) {
  std::vector<std::uint64_t> asked;
  if (rounds.points() == 0) return asked;
  for (bool changed = true; changed;) {
    std::ranges::copy(rounds.look_at_longest_chains(), std::back_inserter(asked));
    const std::vector<std::size_t> doubtful = find_doubtful(rounds);
    for (const std::size_t point : doubtful) std::ranges::copy(rounds.go_on(point), std::back_inserter(asked));
    changed = !doubtful.empty();
  }
  std::ranges::sort(asked);
  return asked;
}

std::map<std::uint64_t, std::uint64_t> chains_before(const Plan& plan) {
  std::map<std::uint64_t, std::uint64_t> before;
  for (const PlannedPoint& point : plan.points)
    for (std::size_t round = 1; round < point.rounds.size(); ++round)
      for (std::size_t chain = 0; chain < point.rounds[round].size(); ++chain)
        if (const std::uint64_t job = point.rounds[round][chain]; plan.jobs[job].conditional)
          before.emplace(job, point.rounds[round - 1][chain]);
  return before;
}

}  // namespace nxmc

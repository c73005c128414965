#include "nxmc/phase/ladder_rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "ladder_goal.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/observe/quantities.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/rounds.hpp"
#include "refined_line.hpp"

namespace nxmc {
namespace {

/// Where nothing was attempted, nothing is known: as if every second exchange were rejected.
constexpr double unknown_rejection = 0.5;

struct Round {
  std::vector<double> places;
  std::uint64_t sweeps = 0;
};

/// What all ladders of a round found, those of all starts and replicas.
struct RoundResults {
  std::vector<double> rejections;  ///< [pair]
  double round_trips = 0;
  std::vector<ChainResult> chains;  ///< of one rung after the other
};

/// The rungs of a campaign, and what an archive has of them. \pre the plan lives as long
class RungResults {
 public:
  RungResults() = default;
  RungResults(const Archive& archive, const Plan& plan) {
    note_rows(archive);
    const NameIndex known = rows_by_name(archive);
    std::map<std::uint64_t, const Job*> job_of_row;
    for (const Job& job : plan.jobs) {
      if (job.ladder < 0) continue;
      planned_.emplace(job.identity, job.schedule->measured_sweeps);
      if (const auto row = known.find({job.identity, job.observation})) job_of_row.emplace(*row, &job);
    }
    std::vector<std::uint64_t> rows;
    rows.reserve(job_of_row.size());
    for (const auto& [row, job] : job_of_row) rows.push_back(row);
    archive.visit_results(rows, [&](std::uint64_t row, const VisitedResults* found) {
      if (found == nullptr) return;
      const Job& job = *job_of_row.at(row);
      results_.emplace(std::pair(job.identity, job.schedule->measured_sweeps),
                       Result{&job, std::vector(found->values.begin(), found->values.end())});
    });
  }

  bool is_planned(Identity job, std::uint64_t sweeps) const { return planned_.contains({job, sweeps}); }
  /// Whether a chain was once asked for so many sweeps, and whether it has measured them.
  bool has_begun(Identity job, Identity continuation, std::uint64_t sweeps) const {
    return begun_.contains({job, continuation, sweeps});
  }
  bool has_ended(Identity job, Identity continuation, std::uint64_t sweeps) const {
    return ended_.contains({job, continuation, sweeps});
  }
  std::optional<ChainResult> find(Identity job, std::uint64_t sweeps) const {
    const auto found = results_.find({job, sweeps});
    if (found == results_.end()) return std::nullopt;
    return ChainResult{found->second.job, found->second.values};
  }

 private:
  struct Result {
    const Job* job = nullptr;
    std::vector<double> values;
  };

  using Chains = std::set<std::tuple<Identity, Identity, std::uint64_t>>;  // identity, continuation, sweeps

  void note_rows(const Archive& archive) {
    const std::vector<Identity> identities = archive.identities();
    const std::vector<Identity> continuations = archive.continuations();
    const std::vector<std::uint64_t> sweeps = archive.measured_sweeps();
    const std::vector<JobState> states = archive.states();
    for (std::uint64_t row = 0; row < archive.jobs(); ++row) {
      if (states[row] == JobState::spare) continue;
      begun_.emplace(identities[row], continuations[row], sweeps[row]);
      if (has_results(states[row])) ended_.emplace(identities[row], continuations[row], sweeps[row]);
    }
  }

  std::set<std::pair<Identity, std::uint64_t>> planned_;
  Chains begun_;
  Chains ended_;
  std::map<std::pair<Identity, std::uint64_t>, Result> results_;
};

Round first_round_of(const Scan& scan, std::uint64_t point) {
  std::set<double> places;
  const LineAxis axis = scan.ladder->along;
  const Physics line = line_of(scan.points[point].physics, axis);
  for (const Point& other : scan.points)
    if (line_of(other.physics, axis) == line) places.insert(along(other.physics, axis));
  return {{places.begin(), places.end()}, lengths_of_chains(scan).front()};
}

std::vector<PlacedPoint> points_of(const Round& round, const RefinedLine& line) {
  std::vector<PlacedPoint> points;
  const Identity name = places_identity(round.places);
  for (const double place : round.places) points.push_back({line.scan, line.point, place, round.sweeps, name});
  return points;
}

/// Of a ladder of a scan, by the results of its last round.
using GoalOfLadder = std::function<LadderGoal(const Scan&, const RoundResults&)>;

class LadderPlacer {
 public:
  LadderPlacer(const Campaign& campaign, const RefinedLine& line, const RungResults& results)
      : scan_(campaign.scans[line.scan]), line_(line), results_(results) {}

  /// Follows the rounds from the first one, so that whoever resumes decides the same. Without `goal_of` no further
  /// round follows than those that were begun.
  Refinement decide(const GoalOfLadder& goal_of) const {
    const std::uint64_t all = scan_.schedule.measured_sweeps;
    Round round = first_round_of(scan_, line_.point);
    for (;;) {
      const std::vector<Physics> rungs = rungs_of(scan_, line_.point, round.places);
      if (!results_.is_planned(job_identity(rungs.front(), 0), round.sweeps)) return ask_for(round);
      const std::optional<RoundResults> found = results_of(rungs, round);
      if (!found) return {.where = {}, .words = "some rungs have no results", .found = false, .next = {}};
      if (round.sweeps < all) {
        round = {place_rungs(round.places, found->rejections), next_round_of_ladder(round.sweeps, all)};
        continue;
      }
      const bool may_go_on = round.sweeps <= most_sweeps_of_ladder(scan_) / 2;
      const Round longer = longer_round(round, *found);
      const Identity first = job_identity(rungs_of(scan_, line_.point, longer.places).front(), 0);
      const Identity continuation = found->chains.front().job->continuation;
      if (!goal_of) {
        if (!may_go_on || !results_.has_begun(first, continuation, longer.sweeps)) return ended(round, *found, {});
      } else if (!may_go_on || !results_.has_ended(first, continuation, longer.sweeps)) {
        const LadderGoal goal = goal_of(scan_, *found);
        if (goal.met || goal.hopeless || !may_go_on) return ended(round, *found, goal);
      }
      round = longer;
    }
  }

  /// The same chains for twice as long. Where rungs do not reach each other, because earlier rounds were too short to
  /// tell where they belong, others.
  Round longer_round(const Round& round, const RoundResults& found) const {
    constexpr double most_rejected = 0.8;
    const bool reach = std::ranges::all_of(found.rejections, [](double rejected) { return rejected <= most_rejected; });
    return {scan_.ladder->places_rungs && !reach ? place_rungs(round.places, found.rejections) : round.places,
            2 * round.sweeps};
  }

  /// The rounds after the first one, all of them. \param any_unknown  becomes true where results do not tell a round
  std::vector<Round> expect(bool& any_unknown) const {
    const std::uint64_t all = scan_.schedule.measured_sweeps;
    std::vector<Round> rounds;
    Round round = first_round_of(scan_, line_.point);
    while (round.sweeps < all) {
      const std::optional<RoundResults> found = results_of(rungs_of(scan_, line_.point, round.places), round);
      if (found) round.places = place_rungs(round.places, found->rejections);
      any_unknown |= !found;
      round.sweeps = next_round_of_ladder(round.sweeps, all);
      rounds.push_back(round);
    }
    return rounds;
  }

 private:
  std::optional<RoundResults> results_of(const std::vector<Physics>& rungs, const Round& round) const {
    std::map<double, std::vector<double>> acceptances;  // [place]
    RoundResults found;
    for (const Physics& rung : rungs) {
      const double place = along(rung, scan_.ladder->along);
      for (int replica = 0; replica < scan_.replicas; ++replica) {
        const std::optional<ChainResult> chain =
            results_.find(job_identity(rung, static_cast<std::uint32_t>(replica)), round.sweeps);
        if (!chain) return std::nullopt;
        found.chains.push_back(*chain);
        const double acceptance = chain->values[equilibrium_column("exchange_acceptance")];
        if (!std::isnan(acceptance)) acceptances[place].push_back(acceptance);
        if (place == round.places.front()) found.round_trips += chain->values[equilibrium_column("round_trips")];
      }
    }
    for (std::size_t pair = 0; pair + 1 < round.places.size(); ++pair)
      found.rejections.push_back(rejection_of(acceptances[round.places[pair]]));
    return found;
  }

  static double rejection_of(const std::vector<double>& acceptances) {
    if (acceptances.empty()) return unknown_rejection;
    double sum = 0;
    for (const double acceptance : acceptances) sum += acceptance;
    return 1 - sum / static_cast<double>(acceptances.size());
  }

  Refinement ask_for(const Round& round) const {
    return {.where = {},
            .words = fmt::format("{} rungs of {} sweeps", round.places.size(), round.sweeps),
            .found = false,
            .next = points_of(round, line_)};
  }

  Refinement ended(const Round& round, const RoundResults& found, const LadderGoal& goal) const {
    double sum = 0;
    for (const double rejection : found.rejections) sum += rejection;
    const bool enough = found.round_trips >= enough_round_trips;
    std::string words = fmt::format("{} rungs, sum of rejections {:.3g}, {:.0f} round trip{}", round.places.size(), sum,
                                    found.round_trips, found.round_trips == 1 ? "" : "s");
    if (!goal.words.empty())
      words += fmt::format("; {}{}", goal.words,
                           goal.met || goal.hopeless ? "" : fmt::format(", after {} sweeps", round.sweeps));
    else if (!enough)
      words += fmt::format(", fewer than {:.0f}: raise measured_sweeps", enough_round_trips);
    return {.where = {}, .words = std::move(words), .found = goal.met, .next = {}};
  }

  const Scan& scan_;
  const RefinedLine& line_;
  const RungResults& results_;
};

std::vector<RefinedLine> lines_of(const Campaign& campaign) {
  std::vector<RefinedLine> lines;
  for (std::uint64_t scan = 0; scan < campaign.scans.size(); ++scan) {
    const Scan& own = campaign.scans[scan];
    if (!own.ladder || !placed_along(own)) continue;
    std::set<Physics> known;
    for (std::uint64_t point = 0; point < own.points.size(); ++point)
      if (known.insert(line_of(own.points[point].physics, own.ladder->along)).second)
        lines.push_back({.scan = scan, .point = point, .of_campaign = {}, .chains = {}});
  }
  return lines;
}

/// Where the sum of rejections comes to `goal`. \pre it is less than the last one
double place_of(double goal, std::span<const double> places, const std::vector<double>& sum) {
  const auto above = std::ranges::upper_bound(sum, goal);
  const auto pair = static_cast<std::size_t>(above - sum.begin()) - 1;
  return places[pair] + (goal - sum[pair]) / (sum[pair + 1] - sum[pair]) * (places[pair + 1] - places[pair]);
}

/// Short numbers: a thousandth of the length of the ladder, to a power of ten.
double rounding_unit(double length) { return std::pow(10, std::floor(std::log10(length)) - 3); }

}  // namespace

std::vector<double> place_rungs(std::span<const double> places, std::span<const double> rejections) {
  constexpr std::size_t fewest_rungs = 3;
  constexpr double rungs_per_rejection = 2;
  assert(places.size() >= 2 && rejections.size() + 1 == places.size());
  const double length = places.back() - places.front();
  std::vector<double> sum{0};
  for (const double rejection : rejections) sum.push_back(sum.back() + rejection);
  const double wanted = std::ceil(rungs_per_rejection * sum.back()) + 1;
  const std::size_t count =
      std::max(fewest_rungs, static_cast<std::size_t>(std::min(wanted, static_cast<double>(most_rungs))));
  if (sum.back() == 0)  // evenly along the axis
    std::ranges::transform(places, sum.begin(), [&](double place) { return place - places.front(); });
  const double unit = rounding_unit(length);
  std::vector<double> placed{places.front()};
  for (std::size_t k = 1; k + 1 < count; ++k) {
    const double goal = sum.back() * static_cast<double>(k) / static_cast<double>(count - 1);
    const double place = place_of(goal, places, sum);
    const double rounded = std::stod(canonical_decimal(std::round(place / unit) * unit));
    if (rounded > placed.back() && rounded < places.back()) placed.push_back(rounded);
  }
  placed.push_back(places.back());
  return placed;
}

namespace {

/// \param goal_of  nullptr: see LadderPlacer::decide
std::vector<Refinement> decide_all(const Archive& archive, const Campaign& campaign,
                                   std::span<const PlacedPoint> placed, const GoalOfLadder& goal_of) {
  std::vector<Refinement> all;
  const std::vector<RefinedLine> lines = lines_of(campaign);
  if (lines.empty()) return all;
  const Plan plan = make_plan(campaign, placed);
  const RungResults results(archive, plan);
  for (const RefinedLine& line : lines) {
    all.push_back(LadderPlacer(campaign, line, results).decide(goal_of));
    all.back().where = name_of(campaign, line);
  }
  return all;
}

}  // namespace

std::vector<Refinement> place_ladders(const Archive& archive, const Campaign& campaign,
                                      std::span<const PlacedPoint> placed, std::size_t threads) {
  return decide_all(archive, campaign, placed, [&](const Scan& scan, const RoundResults& found) {
    return goal_of_ladder(archive, scan, found.chains, found.round_trips, threads);
  });
}

std::vector<Refinement> rounds_begun(const Archive& archive, const Campaign& campaign,
                                     std::span<const PlacedPoint> placed) {
  return decide_all(archive, campaign, placed, nullptr);
}

ExpectedRounds expected_rounds(const Archive* archive, const Campaign& campaign, std::span<const PlacedPoint> placed) {
  ExpectedRounds expected{.points = {placed.begin(), placed.end()}};
  const std::vector<RefinedLine> lines = lines_of(campaign);
  if (lines.empty()) return expected;
  const Plan plan = archive == nullptr ? Plan() : make_plan(campaign, placed);
  const RungResults results = archive == nullptr ? RungResults() : RungResults(*archive, plan);
  std::set<PlacedPoint> all(placed.begin(), placed.end());
  for (const RefinedLine& line : lines) {
    for (const Round& round : LadderPlacer(campaign, line, results).expect(expected.any_unknown)) {
      const std::vector<PlacedPoint> points = points_of(round, line);
      all.insert(points.begin(), points.end());
    }
  }
  expected.points.assign(all.begin(), all.end());
  return expected;
}

}  // namespace nxmc

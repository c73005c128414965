#include "nxmc/schedule/placed_points.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "nxmc/schedule/campaign_changes.hpp"

namespace nxmc {
namespace {

using RowName = std::pair<Identity, Identity>;  // identity, observation

std::set<RowName> rows_of(const Plan& plan) {
  std::set<RowName> rows;
  for (const Job& job : plan.jobs) rows.emplace(job.identity, job.observation);
  return rows;
}

/// A scan that places points, as rows of an archive are recognised that it has placed.
struct RefinedScan {
  std::uint64_t number = 0;
  std::string name;
  LineAxis axis = LineAxis::shell_stiffness;
  double low = 0;
  double high = 0;
  std::map<Physics, std::uint64_t> points{};  ///< the first of each line
  std::set<RowName> asked{};                  ///< what it asks for before it has found anything
  std::set<Identity> continuations{};
  /// Of the last round of a ladder, which observes all that the scan asks for; those before it observe less.
  std::set<Identity> continuations_of_last{};
  std::uint64_t last_sweeps = 0;

  bool has_chains(Identity continuation, std::uint64_t sweeps) const {
    return continuations.contains(continuation) ||
           (sweeps == last_sweeps && continuations_of_last.contains(continuation));
  }
};

/// With areas and without, which cores without elastic part do not have.
std::set<Identity> continuations_of(Schedule schedule) {
  const Identity with = continuation_identity(schedule, Method::equilibrium);
  schedule.areas = false;
  schedule.areas_every = 0;
  return {with, continuation_identity(schedule, Method::equilibrium)};
}

std::vector<RefinedScan> refined_scans(const Campaign& campaign, const Plan& plan) {
  std::vector<RefinedScan> scans;
  for (std::uint64_t number = 0; number < campaign.scans.size(); ++number) {
    const Scan& scan = campaign.scans[number];
    const std::optional<LineAxis> axis = placed_along(scan);
    if (!axis) continue;
    RefinedScan& refined = scans.emplace_back(RefinedScan{.number = number, .name = scan.name, .axis = *axis});
    refined.low = refined.high = along(scan.points.front().physics, refined.axis);
    for (std::uint64_t point = 0; point < scan.points.size(); ++point) {
      const Physics& physics = scan.points[point].physics;
      refined.points.try_emplace(line_of(physics, refined.axis), point);
      refined.low = std::min(refined.low, along(physics, refined.axis));
      refined.high = std::max(refined.high, along(physics, refined.axis));
    }
    if (scan.ladder) {
      refined.continuations_of_last = continuations_of(scan.schedule);
      refined.last_sweeps = scan.schedule.measured_sweeps;
    }
    for (const Job& job : plan.jobs) {
      if (std::ranges::find(job.scans, number) == job.scans.end()) continue;
      refined.asked.emplace(job.identity, job.observation);
      refined.continuations.insert(job.continuation);
    }
  }
  return scans;
}

/// Where the rungs are that a ladder of one start has in an archive, by point, sweeps and what they are called.
using FoundLadders = std::map<std::tuple<std::uint64_t, std::uint64_t, Identity>, std::set<double>>;

/// Complete ones: the name of a ladder tells whether these are all of its rungs.
void add_ladders(const Campaign& campaign, std::uint64_t number, const FoundLadders& found,
                 std::set<PlacedPoint>& placed) {
  for (const auto& [key, set] : found) {
    const auto& [point, sweeps, name] = key;
    const std::vector<double> places(set.begin(), set.end());
    const std::vector<Physics> rungs = rungs_of(campaign.scans[number], point, places);
    if (std::ranges::find(rungs, name, &Physics::ladder) == rungs.end()) continue;
    for (const double place : places) placed.insert({number, point, place, sweeps, places_identity(places)});
  }
}

bool is_listed(const std::string& name, const std::string& names) {
  return ("," + names + ",").find("," + name + ",") != std::string::npos;
}

}  // namespace

std::vector<PlacedPoint> placed_points_in(const Archive& archive, const Campaign& campaign) {
  const auto places = [](const Scan& scan) { return placed_along(scan).has_value(); };
  if (std::ranges::none_of(campaign.scans, places)) return {};
  const std::vector<RefinedScan> scans = refined_scans(campaign, make_plan(campaign));
  // What only an earlier version of the file asked for is no point that anybody placed, unless it has results.
  std::set<RowName> asked_before;
  if (const std::optional<Campaign> before = archived_campaign(archive)) asked_before = rows_of(make_plan(*before));
  const auto names = archive.identities_and_observations({0, archive.jobs()});
  const auto scans_of_rows = std::get<std::vector<std::string>>(archive.job_column("scan", {0, archive.jobs()}).values);
  const std::vector<Identity> continuations = archive.continuations();
  const std::vector<std::uint64_t> sweeps = archive.measured_sweeps();
  const std::vector<JobState> states = archive.states();
  std::set<PlacedPoint> placed;
  std::map<std::uint64_t, FoundLadders> ladders;  // [scan]
  for (std::uint64_t row = 0; row < archive.jobs(); ++row) {
    if (sweeps[row] == 0 || states[row] == JobState::spare) continue;
    if (!has_results(states[row]) && asked_before.contains(names[row])) continue;
    for (const RefinedScan& scan : scans) {
      if (!is_listed(scan.name, scans_of_rows[row]) || scan.asked.contains(names[row]) ||
          !scan.has_chains(continuations[row], sweeps[row]))
        continue;
      const Physics physics = archive.physics(row);
      const double place = along(physics, scan.axis);
      const auto line = scan.points.find(line_of(physics, scan.axis));
      if (line == scan.points.end() || place < scan.low || place > scan.high) continue;
      if (campaign.scans[scan.number].ladder)
        ladders[scan.number][{line->second, sweeps[row], physics.ladder}].insert(place);
      else
        placed.insert({scan.number, line->second, place, sweeps[row]});
    }
  }
  for (const auto& [scan, found] : ladders) add_ladders(campaign, scan, found, placed);
  return {placed.begin(), placed.end()};
}

}  // namespace nxmc

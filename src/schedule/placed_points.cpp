#include "nxmc/schedule/placed_points.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
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
};

std::vector<RefinedScan> refined_scans(const Campaign& campaign, const Plan& plan) {
  std::vector<RefinedScan> scans;
  for (std::uint64_t number = 0; number < campaign.scans.size(); ++number) {
    const Scan& scan = campaign.scans[number];
    if (!places_points(scan)) continue;
    RefinedScan& refined =
        scans.emplace_back(RefinedScan{.number = number, .name = scan.name, .axis = scan.refine->along});
    refined.low = refined.high = along(scan.points.front().physics, refined.axis);
    for (std::uint64_t point = 0; point < scan.points.size(); ++point) {
      const Physics& physics = scan.points[point].physics;
      refined.points.try_emplace(line_of(physics, refined.axis), point);
      refined.low = std::min(refined.low, along(physics, refined.axis));
      refined.high = std::max(refined.high, along(physics, refined.axis));
    }
    for (const Job& job : plan.jobs) {
      if (std::ranges::find(job.scans, number) == job.scans.end()) continue;
      refined.asked.emplace(job.identity, job.observation);
      refined.continuations.insert(job.continuation);
    }
  }
  return scans;
}

bool is_listed(const std::string& name, const std::string& names) {
  return ("," + names + ",").find("," + name + ",") != std::string::npos;
}

}  // namespace

std::vector<PlacedPoint> refined_points_in(const Archive& archive, const Campaign& campaign) {
  if (std::ranges::none_of(campaign.scans, places_points)) return {};
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
  for (std::uint64_t row = 0; row < archive.jobs(); ++row) {
    if (sweeps[row] == 0 || states[row] == JobState::spare) continue;
    if (!has_results(states[row]) && asked_before.contains(names[row])) continue;
    for (const RefinedScan& scan : scans) {
      if (!is_listed(scan.name, scans_of_rows[row]) || scan.asked.contains(names[row]) ||
          !scan.continuations.contains(continuations[row]))
        continue;
      const Physics physics = archive.physics(row);
      const double place = along(physics, scan.axis);
      const auto line = scan.points.find(line_of(physics, scan.axis));
      if (line == scan.points.end() || place < scan.low || place > scan.high) continue;
      placed.insert({scan.number, line->second, place, sweeps[row]});
    }
  }
  return {placed.begin(), placed.end()};
}

}  // namespace nxmc

#include "nxmc/schedule/placed_points.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace nxmc {
namespace {

/// A scan with `refine`, as rows of an archive are recognised.
struct RefinedScan {
  std::uint64_t number = 0;
  RefinedAxis axis = RefinedAxis::shell_stiffness;
  std::map<Physics, std::uint64_t> points;  ///< the first of each line
};

std::vector<RefinedScan> refined_scans(const Campaign& campaign) {
  std::vector<RefinedScan> scans;
  for (std::uint64_t number = 0; number < campaign.scans.size(); ++number) {
    const Scan& scan = campaign.scans[number];
    if (!scan.refine) continue;
    RefinedScan& refined = scans.emplace_back(RefinedScan{number, scan.refine->along, {}});
    for (std::uint64_t point = 0; point < scan.points.size(); ++point)
      refined.points.try_emplace(line_of(scan.points[point].physics, refined.axis), point);
  }
  return scans;
}

/// Names of the rows that a campaign asks for before it has found anything, and of the chains that they belong to.
struct AskedFor {
  std::set<std::pair<Identity, Identity>> rows;
  std::set<Identity> continuations;

  explicit AskedFor(const Plan& plan) {
    for (const Job& job : plan.jobs) {
      rows.emplace(job.identity, job.observation);
      continuations.insert(job.continuation);
    }
  }
};

}  // namespace

std::vector<PlacedPoint> placed_points_in(const Archive& archive, const Campaign& campaign) {
  const std::vector<RefinedScan> scans = refined_scans(campaign);
  if (scans.empty()) return {};
  const AskedFor asked(make_plan(campaign));
  const auto names = archive.identities_and_observations({0, archive.jobs()});
  const std::vector<Identity> continuations = archive.continuations();
  const std::vector<std::uint64_t> sweeps = archive.measured_sweeps();
  std::set<PlacedPoint> placements;
  for (std::uint64_t row = 0; row < archive.jobs(); ++row) {
    if (sweeps[row] == 0 || asked.rows.contains(names[row]) || !asked.continuations.contains(continuations[row]))
      continue;
    const Physics physics = archive.physics(row);
    for (const RefinedScan& scan : scans) {
      const auto line = scan.points.find(line_of(physics, scan.axis));
      if (line != scan.points.end())
        placements.insert({scan.number, line->second, along(physics, scan.axis), sweeps[row]});
    }
  }
  return {placements.begin(), placements.end()};
}

}  // namespace nxmc

#include "nxmc/phase/placed_so_far.hpp"

#include <algorithm>
#include <set>
#include <span>

#include "nxmc/phase/ladder_rounds.hpp"
#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/placed_points.hpp"

namespace nxmc {
namespace {

std::vector<PlacedPoint> joined(std::span<const PlacedPoint> placed, std::span<const PlacedPoint> further) {
  std::set<PlacedPoint> all(placed.begin(), placed.end());
  all.insert(further.begin(), further.end());
  return {all.begin(), all.end()};
}

/// Whether an archive has the rungs of a round, of all starts and replicas. \param round  points of one ladder
bool has_rows(const NameIndex& rows, const Campaign& campaign, std::span<const PlacedPoint> round) {
  const Scan& scan = campaign.scans[round.front().scan];
  std::vector<double> places;
  for (const PlacedPoint& rung : round) places.push_back(rung.place);
  std::set<Identity> rungs;
  for (const Physics& rung : rungs_of(scan, round.front().point, places))
    for (int replica = 0; replica < scan.replicas; ++replica)
      rungs.insert(job_identity(rung, static_cast<std::uint32_t>(replica)));
  const Plan plan = make_plan(campaign, round);
  return std::ranges::all_of(plan.jobs, [&](const Job& job) {
    const bool is_of_round =
        rungs.contains(job.identity) && job.schedule->measured_sweeps == round.front().measured_sweeps;
    return !is_of_round || rows.find({job.identity, job.observation}).has_value();
  });
}

}  // namespace

/// A round is only known from the results of the one before, so that rounds are found one after the other.
std::vector<PlacedPoint> placed_so_far(const Archive& archive, const Campaign& campaign) {
  std::vector<PlacedPoint> placed = refined_points_in(archive, campaign);
  const auto places_rungs = [](const Scan& scan) { return scan.ladder && scan.ladder->places_rungs; };
  if (std::ranges::none_of(campaign.scans, places_rungs)) return placed;
  const NameIndex rows = rows_by_name(archive);
  for (bool found = true; found;) {
    found = false;
    for (const Refinement& ladder : place_ladders(archive, campaign, placed)) {
      if (ladder.next.empty() || !has_rows(rows, campaign, ladder.next)) continue;
      placed = joined(placed, ladder.next);
      found = true;
    }
  }
  return placed;
}

}  // namespace nxmc

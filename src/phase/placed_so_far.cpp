#include "nxmc/phase/placed_so_far.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <utility>

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

/// A chain of a plan: identity, measured sweeps.
using Chain = std::pair<Identity, std::uint64_t>;

/// Those of a plan that an archive has rows of.
std::set<Chain> chains_with_rows(const NameIndex& rows, const Plan& plan) {
  std::set<Chain> chains;
  for (const Job& job : plan.jobs)
    if (job.ladder >= 0 && rows.find({job.identity, job.observation}))
      chains.emplace(job.identity, job.schedule->measured_sweeps);
  return chains;
}

/// The rungs of a round, of all starts and replicas. \param round  points of one ladder
std::vector<Chain> chains_of(const Campaign& campaign, std::span<const PlacedPoint> round) {
  const Scan& scan = campaign.scans[round.front().scan];
  std::vector<double> places;
  for (const PlacedPoint& rung : round) places.push_back(rung.place);
  std::vector<Chain> chains;
  for (const Physics& rung : rungs_of(scan, round.front().point, places))
    for (int replica = 0; replica < scan.replicas; ++replica)
      chains.emplace_back(job_identity(rung, static_cast<std::uint32_t>(replica)), round.front().measured_sweeps);
  return chains;
}

std::vector<PlacedPoint> all_next(std::span<const Refinement> ladders) {
  std::vector<PlacedPoint> points;
  for (const Refinement& ladder : ladders) points.insert(points.end(), ladder.next.begin(), ladder.next.end());
  return points;
}

}  // namespace

/// A round is only known from the results of the one before, so that rounds are found one after the other.
std::vector<PlacedPoint> placed_so_far(const Archive& archive, const Campaign& campaign) {
  std::vector<PlacedPoint> placed = refined_points_in(archive, campaign);
  const auto has_rounds = [](const Scan& scan) { return scan.ladder && placed_along(scan); };
  if (std::ranges::none_of(campaign.scans, has_rounds)) return placed;
  const NameIndex rows = rows_by_name(archive);
  for (bool found = true; found;) {
    found = false;
    const std::vector<Refinement> ladders = rounds_begun(archive, campaign, placed);
    const std::set<Chain> there = chains_with_rows(rows, make_plan(campaign, joined(placed, all_next(ladders))));
    for (const Refinement& ladder : ladders) {
      if (ladder.next.empty()) continue;
      const std::vector<Chain> chains = chains_of(campaign, ladder.next);
      if (!std::ranges::all_of(chains, [&](const Chain& chain) { return there.contains(chain); })) continue;
      placed = joined(placed, ladder.next);
      found = true;
    }
  }
  return placed;
}

}  // namespace nxmc

// The points that a campaign has placed itself, as its archive tells.
#pragma once

#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {

/// Those of scans with `refine` that have rows, and the rounds of ladders that follow from each other's results, as far
/// as they have rows. Ascending. \throws ArchiveError
std::vector<PlacedPoint> placed_so_far(const Archive& archive, const Campaign& campaign);

}  // namespace nxmc

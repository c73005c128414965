// Points that a campaign has placed itself, and what it places next.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {

/// Those of scans with `refine` that an archive has rows of: what was decided is committed with its rows. Ascending.
std::vector<PlacedPoint> refined_points_in(const Archive& archive, const Campaign& campaign);

/// All that an archive has rows of. Ascending.
using FindPlaced = std::function<std::vector<PlacedPoint>(const Archive&, const Campaign&)>;

/// What a scan with `refine` has found for one combination of its other axes.
struct Refinement {
  std::string where;              ///< "scan 'shells', size == 10"
  std::string words;              ///< what was found, why not, or what comes next
  bool found = false;             ///< as precisely as was asked for
  std::vector<PlacedPoint> next;  ///< further points, or longer chains; empty when it has ended
};

/// Decides by results in the archive alone, those of all jobs that it has: so a campaign that was interrupted decides
/// as one that was not.
using ChooseNext =
    std::function<std::vector<Refinement>(const Archive&, const Campaign&, std::span<const PlacedPoint>)>;

}  // namespace nxmc

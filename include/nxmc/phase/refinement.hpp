// Where a scan with `refine` looks next.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/schedule/placed_points.hpp"

namespace nxmc {

/// For each combination of the axes of each scan with `refine` that are not along the one that is refined: the two
/// neighbouring points between which f_U (in 3D f_C) passes from one side to the other are halved until reweighting
/// their samples finds the transition between them (equal weight; where the sides cannot be told apart, the peak of its
/// variance); then a point is placed there, and the chains round it go on, at lengths that double, until its error is
/// that which is asked for and all of them are converged. \pre every job of the campaign and its placed points has
/// ended \throws ArchiveError
std::vector<Refinement> refine(const Archive& archive, const Campaign& campaign, std::span<const PlacedPoint> placed,
                               std::size_t threads);

}  // namespace nxmc

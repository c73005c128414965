// Where ladders that place their rungs have them next.
#pragma once

#include <span>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/schedule/placed_points.hpp"

namespace nxmc {

/// Rungs between which exchanges are rejected equally often: evenly in the sum of rejections along the ladder, about
/// two for each unit of it (Syed et al., J. R. Stat. Soc. B 84, 321 (2022)). The ends stay.
/// \param places  ascending, three or more \param rejections  [pair] rejected exchanges per attempt
std::vector<double> place_rungs(std::span<const double> places, std::span<const double> rejections);

/// For each combination of the other axes of each scan whose ladders place their rungs, or go on until they know
/// enough: its rounds one after the other, as far as they have results, each with the rungs that follow from the one
/// before; and from `measured_sweeps` on with those of that one for twice as long, until the goal of the scan is met.
/// \pre every job of the campaign and its placed points has ended \param threads  that look at samples \throws
/// ArchiveError
std::vector<Refinement> place_ladders(const Archive& archive, const Campaign& campaign,
                                      std::span<const PlacedPoint> placed, std::size_t threads);

/// The same without looking at samples: after `measured_sweeps` those rounds follow that were begun. Jobs need not have
/// ended: the first round that lacks results, where one does, is the last one that is told of.
std::vector<Refinement> rounds_begun(const Archive& archive, const Campaign& campaign,
                                     std::span<const PlacedPoint> placed);

struct ExpectedRounds {
  std::vector<PlacedPoint> points;  ///< what is placed, and all rounds of ladders that place their rungs
  bool any_unknown = false;         ///< some of these rungs are not placed yet
};
/// As results decide, and from there on as if each round had the rungs of the one before: how many rejections will ask
/// for nobody knows yet. \param archive  nullptr where there is none yet \param placed  by earlier runs
/// \throws ArchiveError
ExpectedRounds expected_rounds(const Archive* archive, const Campaign& campaign, std::span<const PlacedPoint> placed);

}  // namespace nxmc

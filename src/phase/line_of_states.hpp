// Sampled states along an axis, and which of them tell of each other.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nxmc/phase/reweighting.hpp"
#include "nxmc/phase/sample_set.hpp"
#include "nxmc/phase/transition.hpp"
#include "nxmc/statistics/mbar.hpp"

namespace nxmc {

/// States that differ along the axis only.
struct LineOfStates {
  SampledState others;              ///< 1 along the axis
  std::vector<double> places;       ///< ascending; a place stands once for each of its windows
  std::vector<std::size_t> states;  ///< [place]
  bool levelled = false;            ///< some are flat histograms, which show both sides of a transition by themselves
};

/// Those of two places or more, or with flat histograms, in the order of the other parameters.
std::vector<LineOfStates> lines_of(std::span<const SampledState> states, LineAxis axis);

/// Two states hang together where so many independent samples belong to both: how much one of them weighs against the
/// other is then known to a factor of 2, since the variance of the difference of their free energies is about one by
/// that number. Also where they overlap as neighbours should (least_overlap), with however few samples: their errors
/// tell of those.
inline constexpr double fewest_shared_samples = 2;

/// Places first to last of a line, two or more.
struct Stretch {
  std::size_t first;
  std::size_t last;
};

/// The longest runs of places whose states hang together, directly or through other states. Between two of them nothing
/// is known, and what MBAR says there is a mixture of unknown weights.
std::vector<Stretch> connected_stretches(const LineOfStates& line, const Mbar& mbar);

}  // namespace nxmc

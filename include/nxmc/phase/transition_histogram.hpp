// How the order parameter is distributed at a transition.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "nxmc/phase/reweighting.hpp"
#include "nxmc/phase/transition.hpp"
#include "nxmc/statistics/histogram.hpp"

namespace nxmc {

struct TransitionHistogram {
  double place = 0;            ///< along the axis: where both sides weigh the same, else where its variance is largest
  std::string_view kind;       ///< which of the two: "equal weight", "variance peak"
  Histogram histogram;         ///< of the order parameter there, with the bins that tell whether it has two peaks
  std::vector<double> errors;  ///< [bin] standard errors of its shares at this very place, of a block bootstrap
  /// [bin] F(x) = -ln of the density over that of the highest bin, in k_BT, which may be another one in each resampled
  /// set; NaN where a bin is empty.
  std::vector<Estimate> free_energies;
};

/// Nothing where the range has no transition. \param transition  of these samples along this axis
/// \throws as Reweighting
std::optional<TransitionHistogram> histogram_at(Reweighting& reweighting, LineAxis axis, const Transition& transition);

}  // namespace nxmc

// How far a distribution is from a Gaussian, and how near to two peaks of equal weight.
#pragma once

#include <span>

namespace nxmc {

/// U4 = 1 - <(x - <x>)^4> / (3 <(x - <x>)^2>^2): 0 for a Gaussian, 2/3 for two values of equal weight, which is the
/// largest there is, and -> -infinity where one of two values becomes rare. Binder's cumulant (Z. Phys. B 43, 119,
/// 1981) has moments about 0, where its order parameter is as often positive as negative. A fraction of sites has no
/// such symmetry, so that moments about 0 would tell of its mean alone: these are about the mean.
/// \param probability  of each value; they add up to 1
/// NaN where all values are the same, to rounding. \pre as many values as probabilities
double binder_cumulant(std::span<const double> values, std::span<const double> probability);

}  // namespace nxmc

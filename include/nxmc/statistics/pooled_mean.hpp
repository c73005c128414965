// The mean of a quantity over several chains of one point.
#pragma once

#include <span>

#include "nxmc/statistics/series.hpp"

namespace nxmc {

/// Every chain counts alike. The error is the larger of their standard error, s / sqrt(n), and of sqrt(sum e_i^2) / n
/// with the errors e_i of the chains: few may agree by chance more closely than each is known. One chain: its own
/// error. Chains whose mean is NaN do not count, nor do errors that are; NaN without any.
Estimate pooled_mean(std::span<const Estimate> chains);

}  // namespace nxmc

// The mean of a quantity over several chains of one point.
#pragma once

#include <cmath>
#include <limits>
#include <span>

#include "nxmc/statistics/series.hpp"

namespace nxmc {

/// Sums over the chains of which it is known. Deviations are from the mean, and so take a second pass: all chains are
/// added, then all are added again.
struct MeanSums {
  double n = 0;
  double sum = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();  ///< after the first pass
  double squared_errors = 0;
  double squared_deviations = 0;
  bool any_error = false;

  /// \param value  not NaN \param error  NaN where it is not known
  void add(double value, double error) {
    n += 1;
    sum += value;
    if (std::isnan(error)) return;
    any_error = true;
    squared_errors += error * error;
  }
  void begin_second_pass() {
    mean = sum / n;
    squared_deviations = 0;
  }
  void add_again(double value) { squared_deviations += (value - mean) * (value - mean); }
};

/// Every chain counts alike. The error is the larger of their standard error, s / sqrt(n), and of sqrt(sum e_i^2) / n
/// with the errors e_i of the chains: few may agree by chance more closely than each is known. One chain: its own
/// error. NaN without any.
Estimate pooled_mean(const MeanSums& sums);

/// The same of chains in memory. Those whose mean is NaN do not count, nor do errors that are.
Estimate pooled_mean(std::span<const Estimate> chains);

}  // namespace nxmc

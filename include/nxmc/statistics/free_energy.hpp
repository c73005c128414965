// The free energy F(x) = -ln p(x), in k_BT, that a histogram with two peaks tells of.
#pragma once

#include <cstddef>
#include <vector>

#include "nxmc/statistics/histogram.hpp"
#include "nxmc/statistics/peak_height.hpp"

namespace nxmc {

/// Two peaks, and the bin in the valley between them.
struct TwoPeaks {
  PeakBins lower;
  PeakBins upper;
  std::size_t valley = 0;
};

/// [bin] relative to the highest one; NaN where a bin is empty. \pre not all are
std::vector<double> free_energies(const Histogram& histogram);

/// In the valley, over the mean of the two peaks (peak_height); NaN where one of the three is empty.
double barrier(const Histogram& histogram, const TwoPeaks& peaks);

/// Where F turns from convex to concave, on the way from the top of a peak to the valley, linearly between bins; NaN
/// where it does not, or bins are empty there. \pre five bins or more
double spinodal(const Histogram& histogram, PeakBins peak, std::size_t valley);

}  // namespace nxmc

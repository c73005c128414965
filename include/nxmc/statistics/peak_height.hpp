// How high the peaks of a histogram are, whatever their width, that of the bins, and the noise.
#pragma once

#include <cstddef>
#include <span>

#include "nxmc/statistics/histogram.hpp"

namespace nxmc {

/// Bins first … last that belong to a peak.
struct PeakBins {
  std::size_t first = 0;
  std::size_t last = 0;
};

/// Of the highest peak within some bins: its top, and what is at least half as high around it; three bins where there
/// are so many. Tops are looked for after each bin was averaged with its neighbours (1 2 1), so that a single bin that
/// is high by chance draws nothing to itself.
/// \pre within.first <= within.last < shares.size()
PeakBins bins_of_peak(std::span<const double> shares, PeakBins within);

/// Share per unit of the histogram's axis at the top of a peak. The highest bin would not do: it is the highest of
/// several by chance, the more so the broader a peak is, and a bin is the lower, the narrower the peak within it. So
/// the parabola in the logarithm that has the total, mean and variance of the bins (the most likely one for counts)
/// tells the height at its vertex, and Sheppard's correction undoes the averaging over bins: right for Gaussian peaks
/// to 1 % where their standard deviation is one bin, and better where it is more. Where the vertex lies outside of the
/// bins, as of a peak at the end of what is possible, the height is that of the parabola's higher end; of less than
/// three bins that are not empty, the highest of them; NaN where all are empty.
double peak_height(const Histogram& histogram, PeakBins bins);

}  // namespace nxmc

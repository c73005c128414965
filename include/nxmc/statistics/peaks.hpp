// How many peaks a histogram has beyond its noise, where they are, and where it is lowest between them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace nxmc {

struct Peaks {
  std::vector<std::size_t> tops;     ///< bins of the peaks, from left to right; one at least, unless all bins are empty
  std::vector<std::size_t> valleys;  ///< the lowest bin between tops k and k + 1; the middle one of several as low
};

/// Standard error of the difference of two bins: from replicates of a histogram (Replicates::error_of_difference), or
/// counting_error.
using ErrorOfDifference = std::function<double(std::size_t, std::size_t)>;

/// That of n independent values, of which a histogram shows the shares: sqrt((p_i + p_j - (p_i - p_j)^2) / n).
/// \param shares  must live as long as the result
ErrorOfDifference counting_error(std::span<const double> shares, double effective_samples);

/// So many standard errors a valley must lie below the lower of its two peaks. The highest and the lowest of 30 equal
/// bins differ by 5 in one of 10^4 histograms.
inline constexpr double significant_depth = 5;

/// Peaks of bins that noise does not explain. Of all local maxima, the shallowest valley between two neighbours is
/// filled and its lower peak given up, until each valley lies `depth` errors of difference below both of its peaks:
/// nothing is smoothed, and no height or place is changed. Of bins of equal height the leftmost counts.
///
/// More bins resolve more, with less significance for each: 50 effective samples in the bin of a peak are enough.
Peaks find_peaks(std::span<const double> heights, const ErrorOfDifference& error, double depth = significant_depth);

}  // namespace nxmc

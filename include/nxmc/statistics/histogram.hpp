// Weighted histograms with fixed bins.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nxmc {

/// Bins of equal width on [low, high]; each has its lower edge, the last one both.
struct Histogram {
  double low = 0;
  double high = 1;
  std::vector<double> share;  ///< [bin] of all weights
  double outside = 0;         ///< share of all weights that is in no bin, NaN included

  double width() const { return (high - low) / static_cast<double>(share.size()); }
  double centre(std::size_t bin) const { return low + (static_cast<double>(bin) + 0.5) * width(); }
};

/// Shares of the values' weights; all 0 when the weights are.
/// \param weights  as many as values, >= 0; empty: all alike
/// \pre low < high, bins > 0
Histogram histogram(std::span<const double> values, std::span<const double> weights, double low, double high,
                    std::size_t bins);

}  // namespace nxmc

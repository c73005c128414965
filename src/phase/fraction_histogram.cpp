#include "fraction_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace nxmc {

Histogram fraction_histogram(std::span<const double> values, std::span<const double> weights, std::size_t sites) {
  constexpr double most_bins = 24;
  const auto count = static_cast<double>(sites);
  const double distinct = std::round(std::ranges::max(values) * count) + 1;
  const double of_a_bin = std::ceil(distinct / most_bins);
  const double bins = std::ceil(distinct / of_a_bin);
  return histogram(values, weights, -0.5 / count, (bins * of_a_bin - 0.5) / count, static_cast<std::size_t>(bins));
}

States states_of(const Histogram& histogram, const ErrorOfDifference& error) {
  const Peaks peaks = find_peaks(histogram.share, error);
  States states{.peaks = peaks.tops.size(), .valley = {}, .valley_bin = 0};
  if (peaks.valleys.empty()) return states;
  states.valley_bin =
      *std::ranges::min_element(peaks.valleys, {}, [&](std::size_t bin) { return histogram.share[bin]; });
  states.valley = histogram.centre(states.valley_bin);
  return states;
}

States states_of(const Histogram& histogram, double effective_samples) {
  return states_of(histogram, counting_error(histogram.share, effective_samples));
}

}  // namespace nxmc

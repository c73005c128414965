#include "nxmc/statistics/histogram.hpp"

#include <algorithm>
#include <cassert>

namespace nxmc {

Histogram histogram(std::span<const double> values, std::span<const double> weights, double low, double high,
                    std::size_t bins) {
  assert(low < high && bins > 0 && (weights.empty() || weights.size() == values.size()));
  Histogram result{low, high, std::vector<double>(bins), 0};
  const double bins_per_unit = static_cast<double>(bins) / (high - low);
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    total += weight;
    if (!(values[i] >= low && values[i] <= high)) {
      result.outside += weight;
      continue;
    }
    const auto bin = static_cast<std::size_t>((values[i] - low) * bins_per_unit);
    result.share[std::min(bin, bins - 1)] += weight;
  }
  if (!(total > 0)) return result;
  result.outside /= total;
  for (double& share : result.share) share /= total;
  return result;
}

}  // namespace nxmc

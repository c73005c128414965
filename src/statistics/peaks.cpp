#include "nxmc/statistics/peaks.hpp"

#include <algorithm>
#include <cmath>

namespace nxmc {
namespace {

using Heights = std::span<const double>;

/// Bins that are higher than what is left of them and not lower than what is right of their plateau.
std::vector<std::size_t> local_maxima(Heights heights) {
  std::vector<std::size_t> tops;
  for (std::size_t first = 0; first < heights.size();) {
    std::size_t last = first;
    while (last + 1 < heights.size() && heights[last + 1] == heights[first]) ++last;
    const bool above_left = first == 0 || heights[first - 1] < heights[first];
    const bool above_right = last + 1 == heights.size() || heights[last + 1] < heights[last];
    if (above_left && above_right && heights[first] > 0) tops.push_back(first);
    first = last + 1;
  }
  return tops;
}

/// Of several lowest bins in a row the middle one.
std::size_t lowest_between(Heights heights, std::size_t left, std::size_t right) {
  const auto between = heights.subspan(left, right - left + 1);
  const auto lowest = std::ranges::min_element(between);
  const auto behind = std::find_if(lowest, between.end(), [&](double h) { return h != *lowest; });
  return left + static_cast<std::size_t>((lowest - between.begin()) + (behind - lowest - 1) / 2);
}

}  // namespace

ErrorOfDifference counting_error(std::span<const double> shares, double effective_samples) {
  return [shares, effective_samples](std::size_t i, std::size_t j) {
    const double difference = shares[i] - shares[j];
    return std::sqrt((shares[i] + shares[j] - difference * difference) / effective_samples);
  };
}

Peaks find_peaks(std::span<const double> heights, const ErrorOfDifference& error, double depth) {
  Peaks peaks{local_maxima(heights), {}};
  const auto below = [&](std::size_t valley, std::size_t top) {
    const double noise = error(top, valley);
    return std::isnan(noise) ? 0 : (heights[top] - heights[valley]) / noise;
  };
  for (;;) {
    peaks.valleys.clear();
    std::vector<double> depths;
    for (std::size_t k = 0; k + 1 < peaks.tops.size(); ++k) {
      const std::size_t valley = lowest_between(heights, peaks.tops[k], peaks.tops[k + 1]);
      peaks.valleys.push_back(valley);
      depths.push_back(std::min(below(valley, peaks.tops[k]), below(valley, peaks.tops[k + 1])));
    }
    const auto shallowest = std::ranges::min_element(depths);
    if (shallowest == depths.end() || *shallowest >= depth) return peaks;
    const auto left = peaks.tops.begin() + (shallowest - depths.begin());
    peaks.tops.erase(heights[left[1]] > heights[left[0]] ? left : left + 1);
  }
}

}  // namespace nxmc

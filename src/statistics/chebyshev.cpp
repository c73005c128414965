#include "nxmc/statistics/chebyshev.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

std::vector<double> chebyshev_places(double low, double high, std::size_t n) {
  std::vector<double> places;
  places.reserve(n + 1);
  for (std::size_t j = 0; j <= n; ++j) {
    const double cosine = std::cos(std::numbers::pi * static_cast<double>(j) / static_cast<double>(n));
    places.push_back(((1 + cosine) * high + (1 - cosine) * low) / 2);
  }
  return places;
}

// On this grid the barycentric weights alternate in sign, and those of the ends are half as large.
std::vector<double> chebyshev_weights(const std::vector<double>& places, double x) {
  std::vector<double> weights(places.size(), 0);
  double sum = 0;
  for (std::size_t j = 0; j < places.size(); ++j) {
    if (x == places[j]) {
      std::ranges::fill(weights, 0);
      weights[j] = 1;
      return weights;
    }
    const double end = j == 0 || j + 1 == places.size() ? 0.5 : 1;
    weights[j] = (j % 2 == 0 ? end : -end) / (x - places[j]);
    sum += weights[j];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

namespace {

NXMC_FOR_EACH_PROCESSOR
void add_multiple(double factor, const double* values, std::size_t count, double* sums) {
  for (std::size_t n = 0; n < count; ++n) sums[n] += factor * values[n];
}

}  // namespace

std::vector<double> weighted_sums(std::span<const double> weights, std::span<const std::span<const double>> values) {
  assert(weights.size() == values.size() && !values.empty());
  constexpr std::size_t at_once = 2048;  // sums that stay in the first cache while all places are added
  std::vector<double> sums(values.front().size(), 0);
  for (std::size_t first = 0; first < sums.size(); first += at_once)
    for (std::size_t j = 0; j < weights.size(); ++j)
      if (weights[j] != 0)
        add_multiple(weights[j], values[j].data() + first, std::min(at_once, sums.size() - first), sums.data() + first);
  return sums;
}

}  // namespace nxmc

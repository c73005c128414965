#include "nxmc/statistics/chebyshev.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

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

}  // namespace nxmc

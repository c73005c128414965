#include "nxmc/statistics/binder_cumulant.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>

namespace nxmc {

double binder_cumulant(std::span<const double> values, std::span<const double> probability) {
  assert(values.size() == probability.size());
  double mean = 0;
  double largest = 0;
  for (std::size_t n = 0; n < values.size(); ++n) {
    if (probability[n] == 0) continue;
    mean += probability[n] * values[n];
    largest = std::max(largest, std::abs(values[n]));
  }
  double second = 0;
  double fourth = 0;
  for (std::size_t n = 0; n < values.size(); ++n) {
    const double square = (values[n] - mean) * (values[n] - mean);
    second += probability[n] * square;
    fourth += probability[n] * square * square;
  }
  // What rounding of the mean leaves of values that are all the same.
  constexpr double rounding = 1e-12;
  if (!(std::sqrt(second) > rounding * largest)) return std::numeric_limits<double>::quiet_NaN();
  return 1 - fourth / (3 * second * second);
}

}  // namespace nxmc

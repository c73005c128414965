#include "nxmc/arithmetic/grid.hpp"

#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

namespace {

/// Smallest e with value <= 2^e, exactly: a rounded log2 would be one off just above powers of two.
int ceil_log2(double value) {
  int exponent = 0;
  const double mantissa = std::frexp(value, &exponent);
  return mantissa == 0.5 ? exponent - 1 : exponent;
}

/// term(0) + … + term(count - 1): term i belongs to lane i mod 8, and lanes are added over distances 4, 2, 1.
template <class Term>
[[gnu::always_inline]] inline double sum_in_lanes(std::size_t count, Term term) {
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> lane{};
  const std::size_t whole = count - count % lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) lane[k] += term(i + k);
  }
  for (std::size_t i = whole; i < count; ++i) lane[i - whole] += term(i);
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

}  // namespace

int grid_exponent(double largest_absolute_row_sum) {
  if (!(largest_absolute_row_sum > 0) || std::isinf(largest_absolute_row_sum)) {
    throw std::invalid_argument("the largest absolute row sum of a kernel must be positive and finite, not " +
                                std::to_string(largest_absolute_row_sum));
  }
  return 50 - ceil_log2(largest_absolute_row_sum);
}

double round_to_grid(double value, int g) { return std::ldexp(std::nearbyint(std::ldexp(value, g)), -g); }

NXMC_FOR_EACH_PROCESSOR
double fixed_order_sum(std::span<const double> values) {
  return sum_in_lanes(values.size(), [values](std::size_t i) { return values[i]; });
}

NXMC_FOR_EACH_PROCESSOR
double fixed_order_sum(std::span<const double> values, std::span<const std::int8_t> signs) {
  assert(values.size() == signs.size());
  return sum_in_lanes(values.size(), [values, signs](std::size_t i) { return values[i] * signs[i]; });
}

}  // namespace nxmc

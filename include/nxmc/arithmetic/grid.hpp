// Multiples of a power of two: numbers whose sums are exact in double precision, in any order.
#pragma once

#include <cstdint>
#include <span>

namespace nxmc {

/// Exponent g of the grid 2^-g on which a matrix with the given largest absolute row sum is stored:
/// g = 50 - ceil(log2(max_i sum_j |V_ij|)). Every partial sum of V*sigma then fits in 53 bits.
/// \throws std::invalid_argument if the sum is not positive and finite
int grid_exponent(double largest_absolute_row_sum);

/// Nearest multiple of 2^-g (ties to even).
double round_to_grid(double value, int g);

/// Sum in a fixed order of eight lanes: the same bits for every vector width.
double fixed_order_sum(std::span<const double> values);

/// Sum of sign[i] * value[i] in the same order. \pre both have the same length
double fixed_order_sum(std::span<const double> values, std::span<const std::int8_t> signs);

}  // namespace nxmc

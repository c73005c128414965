// Interpolation of smooth functions on Chebyshev's grid.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nxmc {

/// The places x_j = (low + high)/2 + (high - low)/2 cos(pi j / n), j = 0 … n, from high to low. Those of n are every
/// second one of those of 2n: a grid is refined without giving up what is known.
/// \pre low < high, n >= 1
std::vector<double> chebyshev_places(double low, double high, std::size_t n);

/// Weights w_j that sum to 1 and give f(x) = sum_j w_j f(x_j) for polynomials up to degree n, by the barycentric
/// formula (Berrut and Trefethen, SIAM Rev. 46, 501, 2004), which stays stable for any n. \param places  as above
std::vector<double> chebyshev_weights(const std::vector<double>& places, double x);

/// sum_j w_j f_n(x_j) of many functions n, summed in the order of the places. \param values  [place][function]
std::vector<double> weighted_sums(std::span<const double> weights, std::span<const std::span<const double>> values);

}  // namespace nxmc

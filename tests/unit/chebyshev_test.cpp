// Interpolation on Chebyshev's grid against functions that are known everywhere.
#include "nxmc/statistics/chebyshev.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace nxmc {
namespace {

template <class F>
double interpolated(const std::vector<double>& places, double x, F f) {
  const std::vector<double> weights = chebyshev_weights(places, x);
  double sum = 0;
  for (std::size_t j = 0; j < places.size(); ++j) sum += weights[j] * f(places[j]);
  return sum;
}

TEST(Chebyshev, IsExactForPolynomialsOfItsDegree) {
  const std::vector<double> places = chebyshev_places(-1.5, 4, 4);
  const auto quartic = [](double x) { return 3 - x + 0.5 * x * x - 0.25 * x * x * x + 0.125 * x * x * x * x; };
  for (int step = 0; step <= 55; ++step) {
    const double x = -1.5 + 0.1 * step;
    EXPECT_NEAR(interpolated(places, x, quartic), quartic(x), 1e-12) << x;
  }
}

TEST(Chebyshev, ConvergesGeometricallyForSmoothFunctions) {
  const auto f = [](double x) { return 1 / (1 + std::exp(x)); };
  double before = 1;
  for (const std::size_t n : {4U, 8U, 16U}) {
    const std::vector<double> places = chebyshev_places(-2, 2, n);
    double largest = 0;
    for (int k = 0; k <= 100; ++k) {
      const double x = -2 + 0.04 * k;
      largest = std::max(largest, std::abs(interpolated(places, x, f) - f(x)));
    }
    EXPECT_LT(largest, 0.05 * before);
    before = largest;
  }
  EXPECT_LT(before, 1e-8);
}

TEST(Chebyshev, HasTheEndsAndIsRefinedByHalving) {
  const std::vector<double> coarse = chebyshev_places(2, 10, 4);
  const std::vector<double> fine = chebyshev_places(2, 10, 8);
  EXPECT_EQ(coarse.front(), 10);
  EXPECT_EQ(coarse.back(), 2);
  for (std::size_t j = 0; j < coarse.size(); ++j) EXPECT_DOUBLE_EQ(coarse[j], fine[2 * j]);
  EXPECT_EQ(chebyshev_weights(coarse, coarse[1]), (std::vector<double>{0, 1, 0, 0, 0}));
}

TEST(Chebyshev, SumsManyFunctionsAsEachByItself) {
  constexpr std::size_t functions = 5000;  // more than are summed at once
  const std::vector<double> weights = chebyshev_weights(chebyshev_places(0, 1, 8), 0.3);
  std::vector<std::vector<double>> values(weights.size(), std::vector<double>(functions));
  for (std::size_t j = 0; j < values.size(); ++j)
    for (std::size_t n = 0; n < functions; ++n) values[j][n] = std::sin(static_cast<double>(7 * n + j));
  const std::vector<std::span<const double>> views(values.begin(), values.end());
  const std::vector<double> sums = weighted_sums(weights, views);
  ASSERT_EQ(sums.size(), functions);
  for (std::size_t n = 0; n < functions; ++n) {
    double sum = 0;
    for (std::size_t j = 0; j < weights.size(); ++j) sum += weights[j] * values[j][n];
    ASSERT_EQ(sums[n], sum) << n;
  }
}

}  // namespace
}  // namespace nxmc

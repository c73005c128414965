// The numbers under everything else: sums that are exact in any order, and exp and log with the same bits everywhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "nxmc/arithmetic/grid.hpp"

namespace nxmc {
namespace {

std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }

/// Uniform on [low, high) with the same values on every machine, which std::uniform_real_distribution does not promise.
double uniform(std::mt19937_64& engine, double low, double high) {
  return low + (high - low) * (static_cast<double>(engine() >> 11U) * 0x1p-53);
}

TEST(Grid, ExponentLeavesFiftyBitsForTheLargestRowSum) {
  EXPECT_EQ(grid_exponent(1), 50);
  EXPECT_EQ(grid_exponent(1.5), 49);
  EXPECT_EQ(grid_exponent(0.5), 51);
  EXPECT_EQ(grid_exponent(64), 44);
}

TEST(Grid, ExponentIsExactNextToPowersOfTwo) {
  for (const double power : {0.25, 1.0, 64.0, 1024.0}) {
    EXPECT_EQ(grid_exponent(std::nextafter(power, 2 * power)), grid_exponent(power) - 1) << power;
    EXPECT_EQ(grid_exponent(std::nextafter(power, 0)), grid_exponent(power)) << power;
  }
}

TEST(Grid, RowSumThatIsNotPositiveAndFiniteIsRefused) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const double bad : {0.0, -1.0, inf, -inf, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(grid_exponent(bad), std::invalid_argument) << bad;
  }
}

TEST(Grid, RoundingTakesTheNearestMultipleAndTiesToEven) {
  EXPECT_EQ(round_to_grid(0.30, 2), 0.25);
  EXPECT_EQ(round_to_grid(0.40, 2), 0.5);
  EXPECT_EQ(round_to_grid(0.125, 2), 0.0);
  EXPECT_EQ(round_to_grid(0.375, 2), 0.5);
  EXPECT_EQ(round_to_grid(-0.375, 2), -0.5);
  EXPECT_EQ(round_to_grid(7, -1), 8);
  EXPECT_EQ(round_to_grid(5, -1), 4);
}

TEST(Grid, RoundingIsIdempotentOddAndWithinHalfASpacing) {
  std::mt19937_64 engine(1);
  for (int n = 0; n < 100000; ++n) {
    const double value = uniform(engine, -40, 40);
    const double rounded = round_to_grid(value, 44);
    ASSERT_LE(std::abs(rounded - value), 0x1p-45);
    ASSERT_EQ(std::ldexp(rounded, 44), std::nearbyint(std::ldexp(rounded, 44)));
    ASSERT_EQ(bits(round_to_grid(rounded, 44)), bits(rounded));
    ASSERT_EQ(bits(round_to_grid(-value, 44)), bits(-rounded));
  }
}

TEST(Grid, SignedSumsOfARowAreExactInEveryOrder) {
  std::mt19937_64 engine(2);
  std::vector<double> row(2000);
  for (double& v : row) v = std::exp(uniform(engine, -20, 1)) * (engine() % 2 == 0 ? 1 : -1);
  const double absolute_sum =
      std::accumulate(row.begin(), row.end(), 0.0, [](double sum, double v) { return sum + std::abs(v); });
  const int g = grid_exponent(absolute_sum * 1.001);
  std::int64_t exact = 0;
  for (double& v : row) {
    v = round_to_grid(v, g);
    exact += static_cast<std::int64_t>(std::ldexp(v, g));
  }
  for (int order = 0; order < 20; ++order) {
    std::shuffle(row.begin(), row.end(), engine);
    ASSERT_EQ(std::accumulate(row.begin(), row.end(), 0.0), std::ldexp(static_cast<double>(exact), -g));
  }
}

/// The definition: value i belongs to lane i mod 8, lanes are added pairwise over distances 4, 2, 1.
double sum_by_definition(const std::vector<double>& values) {
  std::vector<double> lane(8, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) lane[i % 8] += values[i];
  for (const std::size_t distance : {4U, 2U, 1U}) {
    for (std::size_t k = 0; k < distance; ++k) lane[k] += lane[k + distance];
  }
  return lane[0];
}

TEST(FixedOrderSum, HasTheBitsOfItsDefinitionForEveryLength) {
  std::mt19937_64 engine(3);
  std::vector<double> values;
  for (int length = 0; length < 300; ++length) {
    ASSERT_EQ(bits(fixed_order_sum(values)), bits(sum_by_definition(values))) << length << " values";
    values.push_back(uniform(engine, -1, 1) * std::ldexp(1.0, static_cast<int>(engine() % 60)));
  }
}

TEST(FixedOrderSum, OfNothingIsZero) { EXPECT_EQ(bits(fixed_order_sum({})), bits(0.0)); }

}  // namespace
}  // namespace nxmc

// The numbers under everything else: sums that are exact in any order, and exp and log with the same bits everywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/arithmetic/grid.hpp"
#include "nxmc/arithmetic/root_of_unity.hpp"

namespace nxmc {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double smallest = std::numeric_limits<double>::denorm_min();

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
  for (const double bad : {0.0, -1.0, inf, -inf, nan}) {
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

TEST(FixedOrderSum, WithSignsHasTheBitsOfTheSignedValues) {
  std::mt19937_64 engine(12);
  for (std::size_t length = 0; length < 300; ++length) {
    std::vector<double> values(length);
    std::vector<std::int8_t> signs(length);
    std::vector<double> signed_values(length);
    for (std::size_t i = 0; i < length; ++i) {
      values[i] = uniform(engine, -1, 1);
      signs[i] = engine() % 2 == 0 ? 1 : -1;
      signed_values[i] = signs[i] * values[i];
    }
    ASSERT_EQ(bits(fixed_order_sum(values, signs)), bits(sum_by_definition(signed_values))) << length << " values";
  }
}

TEST(FixedOrderSum, OfNothingIsZero) { EXPECT_EQ(bits(fixed_order_sum({})), bits(0.0)); }

/// |value - exact| in units of the last place of a double near `exact`.
double error_in_ulp(double value, long double exact) {
  const double ulp = exact == 0 ? smallest : std::ldexp(1.0, std::max(std::ilogb(exact) - 52, -1074));
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / static_cast<long double>(ulp));
}

/// Any finite double greater than zero, subnormals included, every exponent equally likely.
double positive_double(std::mt19937_64& engine) { return std::bit_cast<double>(engine() % bits(inf) + 1); }

TEST(PortableExp, IsWithinOneUlpOfLongDouble) {
  static_assert(std::numeric_limits<long double>::digits >= 64, "the reference must be more exact than double");
  std::mt19937_64 engine(4);
  for (const auto& [low, high] : {std::pair{-708.0, 709.7}, {-75.0, 75.0}, {-1.0, 1.0}, {-1e-8, 1e-8}}) {
    double worst = 0;
    for (int n = 0; n < 1000000; ++n) {
      const double x = uniform(engine, low, high);
      worst = std::max(worst, error_in_ulp(portable_exp(x), std::exp(static_cast<long double>(x))));
    }
    EXPECT_LE(worst, 0.95) << "for x in [" << low << ", " << high << "]";
  }
}

TEST(PortableExp, UnderflowsGradually) {
  std::mt19937_64 engine(5);
  for (int n = 0; n < 100000; ++n) {
    const double x = uniform(engine, -745.1, -708);
    ASSERT_LE(error_in_ulp(portable_exp(x), std::exp(static_cast<long double>(x))), 1) << x;
  }
}

TEST(PortableExp, KnowsItsSpecialValues) {
  EXPECT_EQ(bits(portable_exp(0.0)), bits(1.0));
  EXPECT_EQ(bits(portable_exp(-0.0)), bits(1.0));
  EXPECT_EQ(portable_exp(smallest), 1.0);
  EXPECT_TRUE(std::isnan(portable_exp(nan)));
  EXPECT_LT(portable_exp(709.78), inf);
  EXPECT_GT(portable_exp(-745.1), 0.0);
  for (const double x : {709.79, 746.0, 1e4, 1e308, inf}) EXPECT_EQ(portable_exp(x), inf) << x;
  for (const double x : {-745.2, -746.0, -1e4, -1e308, -inf}) EXPECT_EQ(bits(portable_exp(x)), bits(0.0)) << x;
}

TEST(PortableExp, NeverDecreasesBetweenNeighbours) {
  std::mt19937_64 engine(6);
  const double ln2 = std::log(2.0);
  for (int n = 0; n < 200000; ++n) {
    // Half of the arguments lie where one power of two hands over to the next.
    const double handover = (std::floor(uniform(engine, -1000, 1000)) + 0.5) * ln2;
    const double x = n % 2 == 0 ? uniform(engine, -708, 709) : handover + uniform(engine, -1e-13, 1e-13);
    ASSERT_LE(portable_exp(x), portable_exp(std::nextafter(x, inf))) << x;
  }
}

TEST(PortableExp, OfASpanHasTheBitsOfTheScalar) {
  std::mt19937_64 engine(7);
  for (std::size_t length = 0; length < 70; ++length) {
    std::vector<double> values(length);
    for (double& x : values) x = std::bit_cast<double>(engine());  // every exponent, infinities and NaN
    for (std::size_t i = 0; i < length; i += 2) values[i] = uniform(engine, -750, 750);
    std::vector<double> expected(values);
    for (double& x : expected) x = portable_exp(x);
    portable_exp(std::span<double>(values));
    for (std::size_t i = 0; i < length; ++i) {
      if (std::isnan(expected[i])) {
        ASSERT_TRUE(std::isnan(values[i]));
      } else {
        ASSERT_EQ(bits(values[i]), bits(expected[i]));
      }
    }
  }
}

TEST(PortableExp, KeepsTheBitsOfThisNumericsVersion) {
  // A failure here means: trajectories change, numerics_version must be raised.
  EXPECT_EQ(portable_exp(1.0), 0x1.5bf0a8b14576ap+1);
  EXPECT_EQ(portable_exp(-1.0), 0x1.78b56362cef38p-2);
  EXPECT_EQ(portable_exp(0.1), 0x1.1aec7b35a00d4p+0);
  EXPECT_EQ(portable_exp(-74.9), 0x1.ebdf6f251987bp-109);
  EXPECT_EQ(portable_exp(627.658), 0x1.6edc0a84b52eep+905);
  EXPECT_EQ(portable_exp(-720.5), 0x0.00005cf08fffp-1022);
  std::mt19937_64 engine(8);
  std::uint64_t digest = 0;
  for (int n = 0; n < 100000; ++n) digest = std::rotl(digest, 7) ^ bits(portable_exp(uniform(engine, -80, 80)));
  EXPECT_EQ(digest, 0x95500a832942b15dU);
}

TEST(PortableLog, IsWithinOneUlpOfLongDouble) {
  std::mt19937_64 engine(9);
  double worst_anywhere = 0;
  double worst_near_one = 0;
  for (int n = 0; n < 1000000; ++n) {
    const double anywhere = positive_double(engine);
    if (anywhere < inf) {
      worst_anywhere =
          std::max(worst_anywhere, error_in_ulp(portable_log(anywhere), std::log(static_cast<long double>(anywhere))));
    }
    const double near_one = uniform(engine, 0.5, 2);
    worst_near_one =
        std::max(worst_near_one, error_in_ulp(portable_log(near_one), std::log(static_cast<long double>(near_one))));
  }
  EXPECT_LE(worst_anywhere, 0.9);
  EXPECT_LE(worst_near_one, 0.9);
}

TEST(PortableLog, KnowsItsSpecialValues) {
  EXPECT_EQ(bits(portable_log(1.0)), bits(0.0));
  EXPECT_EQ(portable_log(0.0), -inf);
  EXPECT_EQ(portable_log(-0.0), -inf);
  EXPECT_EQ(portable_log(inf), inf);
  for (const double x : {-smallest, -1.0, -inf, nan}) EXPECT_TRUE(std::isnan(portable_log(x))) << x;
  EXPECT_LE(error_in_ulp(portable_log(smallest), std::log(static_cast<long double>(smallest))), 1);
}

TEST(PortableLog, NeverDecreasesBetweenNeighbours) {
  std::mt19937_64 engine(10);
  for (int n = 0; n < 200000; ++n) {
    const double x = n % 2 == 0 ? positive_double(engine) : uniform(engine, 0.5, 2);
    ASSERT_LE(portable_log(x), portable_log(std::nextafter(x, inf))) << x;
  }
  // Where the split into mantissa and exponent jumps.
  for (int power = -1000; power < 1000; ++power) {
    const double seam = std::ldexp(0x1.6a09e667f3bcdp-1, power);
    ASSERT_LE(portable_log(std::nextafter(seam, 0)), portable_log(seam)) << seam;
  }
}

TEST(PortableLog, KeepsTheBitsOfThisNumericsVersion) {
  // A failure here means: trajectories change, numerics_version must be raised.
  EXPECT_EQ(portable_log(2.0), 0x1.62e42fefa39efp-1);
  EXPECT_EQ(portable_log(0.1), -0x1.26bb1bbb55515p+1);
  EXPECT_EQ(portable_log(0x1p-54), -0x1.2b708872320e2p+5);
  EXPECT_EQ(portable_log(1e-310), -0x1.64e69394d9508p+9);
  EXPECT_EQ(portable_log(1e300), 0x1.5963447f87fb5p+9);
  std::mt19937_64 engine(11);
  std::uint64_t digest = 0;
  for (int n = 0; n < 100000; ++n) digest = std::rotl(digest, 7) ^ bits(portable_log(uniform(engine, 0, 1)));
  EXPECT_EQ(digest, 0x36806fc0371d1a99U);
}

TEST(RootOfUnity, IsAsGoodAsTheLibrarysToTheLastBits) {
  for (const std::int64_t period : {1, 2, 3, 4, 5, 7, 8, 12, 15, 20, 97, 1024, 99'999})
    for (std::int64_t n = -period; n <= 2 * period; n += 1 + period / 50) {
      const std::complex<double> root = root_of_unity(n, period);
      const double angle =
          2 * std::numbers::pi * static_cast<double>((n % period + period) % period) / static_cast<double>(period);
      ASSERT_NEAR(root.real(), std::cos(angle), 1e-15) << n << " of " << period;
      ASSERT_NEAR(root.imag(), std::sin(angle), 1e-15) << n << " of " << period;
    }
}

TEST(RootOfUnity, HasTheSymmetryOfTheCircle) {
  EXPECT_EQ(root_of_unity(0, 5), std::complex<double>(1, 0));
  EXPECT_EQ(root_of_unity(1, 4), std::complex<double>(0, 1));
  EXPECT_EQ(root_of_unity(3, 6), std::complex<double>(-1, 0));
  for (std::int64_t n = 0; n < 60; ++n) {
    const std::complex<double> root = root_of_unity(n, 60);
    EXPECT_EQ(root_of_unity(60 - n, 60), std::conj(root));
    EXPECT_EQ(root_of_unity(30 + n, 60), -root);
    EXPECT_EQ(root_of_unity(15 + n, 60), std::complex<double>(-root.imag(), root.real()));
    EXPECT_EQ(root_of_unity(2 * n, 120), root);
    EXPECT_EQ(root_of_unity(2 * n + 3, 24), root_of_unity(6 * n + 9, 72)) << "the diagonals among them";
    EXPECT_EQ(root_of_unity(8 - n, 8), std::conj(root_of_unity(n, 8)));
  }
}

}  // namespace
}  // namespace nxmc

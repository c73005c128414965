// Maxima and roots of functions.
#include "nxmc/statistics/curve.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace nxmc {
namespace {

using Values = std::vector<double>;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(MaximumOfAFunction, IsFoundToTheSquareRootOfPrecision) {
  const auto found = maximum([](double x) { return std::exp(-(x - 10.8123) * (x - 10.8123)); }, 6, 14);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->place, 10.8123, 2e-7);
  EXPECT_DOUBLE_EQ(found->height, 1);
  EXPECT_FALSE(found->at_end);
}

TEST(MaximumOfAFunction, TakesTheHighestOfSeveral) {
  const auto f = [](double x) { return std::cos(x) + x / 100; };
  const auto found = maximum(f, -1, 20, 41);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->place, 6 * std::acos(-1.0) + 0.01, 1e-4);
}

TEST(MaximumOfAFunction, AtAnEndSaysSo) {
  const auto rising = maximum([](double x) { return x; }, 0, 1);
  ASSERT_TRUE(rising);
  EXPECT_TRUE(rising->at_end);
  EXPECT_DOUBLE_EQ(rising->place, 1);
  const auto falling = maximum([](double x) { return -x * x; }, 0, 1);
  ASSERT_TRUE(falling);
  EXPECT_TRUE(falling->at_end);
  EXPECT_DOUBLE_EQ(falling->place, 0);
}

TEST(MaximumOfAFunction, PassesOverWhatIsNoNumber) {
  const auto found = maximum([](double x) { return x < 0.5 ? nan : -(x - 0.7) * (x - 0.7); }, 0, 1);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->place, 0.7, 1e-6);
  EXPECT_FALSE(maximum([](double) { return nan; }, 0, 1));
}

TEST(MaximumOfAFunction, EndsWhereNumbersAreFewerThanItsPrecisionAsks) {
  const auto found = maximum([](double x) { return -std::abs(x - 1e8 - 3e-8); }, 1e8, 1e8 + 1e-7);
  EXPECT_TRUE(found);
}

TEST(Root, IsFoundToTwelveDigits) {
  const auto x = root([](double v) { return std::tanh(30 * (v - 10.8)) + 0.1; }, 6, 14);
  ASSERT_TRUE(x);
  EXPECT_NEAR(*x, 10.8 - std::atanh(0.1) / 30, 1e-11);
  const auto falling = root([](double v) { return 2 - std::exp(v); }, 0, 1);
  ASSERT_TRUE(falling);
  EXPECT_NEAR(*falling, std::log(2.0), 1e-12);
}

TEST(Root, TakesFewEvaluations) {
  int count = 0;
  const auto x = root([&](double v) { return ++count, std::expm1(3 * (v - 0.123)); }, -5, 5);
  ASSERT_TRUE(x);
  EXPECT_NEAR(*x, 0.123, 1e-11);
  EXPECT_LE(count, 35) << "bisection takes 42";
}

TEST(Root, OfAStepIsThatStep) {
  const auto x = root([](double v) { return v < 0.7 ? -1.0 : 1.0; }, 0, 1);
  ASSERT_TRUE(x);
  EXPECT_NEAR(*x, 0.7, 1e-11);
}

TEST(Root, AtAnEndIsThatEnd) {
  EXPECT_EQ(root([](double v) { return v; }, 0, 1), 0.0);
  EXPECT_EQ(root([](double v) { return v - 1; }, 0, 1), 1.0);
}

TEST(Root, WithoutChangeOfSignIsNone) {
  EXPECT_FALSE(root([](double v) { return 1 + v * v; }, -1, 1));
  EXPECT_FALSE(root([](double v) { return v < 0 ? nan : v; }, -1, 1));
  EXPECT_FALSE(root([](double v) { return v > -0.5 && v < 0.5 ? nan : v; }, -1, 1));
}

TEST(Root, EndsBetweenNeighbouringNumbers) {
  const double above = std::nextafter(1e8, 2e8);
  EXPECT_TRUE(root([&](double v) { return v < above ? -1.0 : 2.0; }, 1e8, std::nextafter(above, 2e8)));
}

TEST(Root, OfTinyValuesIsFound) {
  const auto x = root([](double v) { return 1e-200 * (v - 0.25); }, 0, 1);
  ASSERT_TRUE(x);
  EXPECT_NEAR(*x, 0.25, 1e-11);
}

}  // namespace
}  // namespace nxmc

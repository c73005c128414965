// Passages between two states.
#include "nxmc/statistics/crossings.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace nxmc {
namespace {

std::size_t count(const std::vector<double>& values) { return crossings(values, 0.1, 0.2); }

TEST(Crossings, CountsBothDirections) { EXPECT_EQ(count({0, 0.3, 0.25, 0.05, 0, 0.9}), 3U); }

TEST(Crossings, NoiseAboutABoundaryIsNone) {
  EXPECT_EQ(count({0.05, 0.15, 0.05, 0.19, 0.11, 0.05}), 0U);
  EXPECT_EQ(count({0.3, 0.19, 0.21, 0.18, 0.22, 0.11, 0.3}), 0U);
}

TEST(Crossings, APassageMayTakeItsTime) { EXPECT_EQ(count({0.05, 0.15, 0.15, 0.12, 0.19, 0.2, 0.15, 0.1}), 2U); }

TEST(Crossings, BeginWithTheFirstStateThatIsSeen) {
  EXPECT_EQ(count({0.15, 0.15, 0.3}), 0U);
  EXPECT_EQ(count({0.15, 0.3, 0.15, 0.0}), 1U);
}

TEST(Crossings, OfNothingAreNone) {
  EXPECT_EQ(count({}), 0U);
  EXPECT_EQ(count({0.15, 0.16}), 0U);
}

TEST(Crossings, WhatIsNoNumberChangesNothing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(count({0, nan, 0.3, nan, nan, 0.3, nan, 0}), 2U);
}

}  // namespace
}  // namespace nxmc

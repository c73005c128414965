// Variances of several chains of one point, and their errors.
#include "nxmc/statistics/pooled_variance.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "autoregressive.hpp"

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
using Chains = std::vector<ChainMoments>;

ChainMoments moments_of(std::span<const double> values) {
  Series series(2);
  for (const double value : values) series.add(std::array{value, value * value});
  const auto variance = series.estimate([](std::span<const double> m) { return m[1] - m[0] * m[0]; });
  const Estimate mean = series.estimate(0);
  return {1, mean.mean, mean.error, variance.mean, variance.error};
}

TEST(PooledVariance, IsWithinPlusBetween) {
  const Chains chains{{1, 0.1, 0, 0.02, 0}, {1, 0.4, 0, 0.04, 0}, {2, 0.2, 0, 0.01, 0}};
  // mean 0.225; within (0.02 + 0.04 + 2 * 0.01) / 4, between (0.125^2 + 0.175^2 + 2 * 0.025^2) / 4
  EXPECT_NEAR(pooled_variance(chains).mean, 0.02 + 0.01187499999999999, 1e-15);
}

TEST(PooledVariance, IsThatOfAllSamplesTogether) {
  Chains chains;
  std::vector<double> all;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    std::vector<double> values = testing_tools::autoregressive_series(0.5, 512, seed);
    for (double& value : values) value += static_cast<double>(seed);
    chains.push_back(moments_of(values));
    all.insert(all.end(), values.begin(), values.end());
  }
  EXPECT_NEAR(pooled_variance(chains).mean, moments_of(all).variance, 1e-12);
}

TEST(PooledVariance, OfChainsAtDifferentSidesOfATransitionSaysHowLittleIsKnown) {
  const Chains chains{{1, 0.05, 0.001, 0.001, 0.0001}, {1, 0.25, 0.001, 0.001, 0.0001}};
  const Estimate v = pooled_variance(chains);
  EXPECT_NEAR(v.mean, 0.001 + 0.01, 1e-15);
  EXPECT_GT(v.error, 0.01) << "both chains are equally wide, and a jackknife of two sees no difference";
}

TEST(PooledVariance, JackknifeIsThatByHand) {
  const Chains chains{{1, 0, 0, 1, 0}, {1, 0, 0, 2, 0}, {1, 0, 0, 6, 0}};
  // Without one each: 4, 3.5, 1.5; mean 3; 2/3 of (1 + 0.25 + 2.25)
  EXPECT_NEAR(pooled_variance(chains).mean, 3, 1e-15);
  EXPECT_NEAR(pooled_variance(chains).error, std::sqrt(3.5 * 2 / 3), 1e-14);
}

TEST(PooledVariance, OfChainsThatAgreeByChanceHasTheErrorOfEach) {
  const Chains chains{{1, 0.2, 0, 0.01, 0.003}, {1, 0.2, 0, 0.01, 0.004}};
  EXPECT_NEAR(pooled_variance(chains).error, 0.0025, 1e-15);
}

TEST(PooledVariance, OfOneChainIsItsOwn) {
  const Estimate v = pooled_variance(Chains{{1, 0.2, 0.01, 0.03, 0.004}});
  EXPECT_EQ(v.mean, 0.03);
  EXPECT_EQ(v.error, 0.004);
}

TEST(PooledVariance, WhatIsMissingDoesNotCount) {
  EXPECT_TRUE(std::isnan(pooled_variance({}).mean));
  EXPECT_TRUE(std::isnan(pooled_variance(Chains{{1, nan, 0, 1, 0}}).error));
  const Chains chains{{1, nan, 0, 1, 0}, {1, 0.2, 0.01, 0.03, 0.004}, {0, 7, 0, 7, 0}, {1, 0, 0, nan, 0}};
  EXPECT_EQ(pooled_variance(chains).mean, 0.03);
}

TEST(PooledVariance, ErrorsThatAreNotKnownLeaveTheJackknife) {
  const Chains chains{{1, 0, nan, 1, nan}, {1, 0, nan, 2, nan}};
  EXPECT_NEAR(pooled_variance(chains).error, 0.5, 1e-15);
}

TEST(PooledVariance, CoversTheTruth) {
  int within = 0;
  constexpr int repetitions = 400;
  for (std::uint64_t seed = 1; seed <= repetitions; ++seed) {
    Chains chains(4);
    for (std::uint64_t k = 0; k < 4; ++k)
      chains[k] = moments_of(testing_tools::autoregressive_series(0.8, 1000, 4 * seed + k));
    const Estimate v = pooled_variance(chains);
    within += std::abs(v.mean - 1) < v.error ? 1 : 0;
  }
  // The larger of two errors: covers somewhat more.
  EXPECT_NEAR(within / static_cast<double>(repetitions), 0.72, 0.06);
}

}  // namespace
}  // namespace nxmc

// Errors from resampled blocks: what is resampled, and how often the truth lies within one error.
#include "nxmc/statistics/block_bootstrap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "autoregressive.hpp"
#include "nxmc/statistics/autocorrelation.hpp"
#include "nxmc/statistics/curve.hpp"

namespace nxmc {
namespace {

using testing_tools::autoregressive_series;
using Values = std::vector<double>;
using Multiplicities = std::span<const double>;

const Stream stream(1, {2, 3});

double weighted_mean(const Values& values, Multiplicities m, std::size_t first = 0) {
  double sum = 0;
  double weights = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += m[first + i] * values[i];
    weights += m[first + i];
  }
  return sum / weights;
}

double weighted_variance(const Values& values, Multiplicities m) {
  const double mean = weighted_mean(values, m);
  double sum = 0;
  double weights = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += m[i] * (values[i] - mean) * (values[i] - mean);
    weights += m[i];
  }
  return sum / weights;
}

TEST(BlockBootstrap, KeepsTheNumberOfSamplesOfEachState) {
  const std::vector<BootstrapChain> chains{{1000, 0, 5}, {700, 2, 0.5}, {300, 0, 2}, {1, 3, 0.5}, {0, 4, 0.5}};
  const BlockBootstrap bootstrap(chains, 50, stream);
  ASSERT_EQ(bootstrap.samples(), 2001U);
  ASSERT_EQ(bootstrap.replicates(), 50U);
  for (std::size_t r = 0; r < 50; ++r) {
    const Values m = bootstrap.multiplicities(r);
    ASSERT_EQ(m.size(), 2001U);
    EXPECT_GE(*std::ranges::min_element(m), 0);
    const auto sum = [&](std::ptrdiff_t first, std::ptrdiff_t last) {
      return std::accumulate(m.begin() + first, m.begin() + last, 0.0);
    };
    EXPECT_NEAR(sum(0, 1000) + sum(1700, 2000), 1300, 1e-9);
    EXPECT_NEAR(sum(1000, 1700), 700, 1e-9);
    EXPECT_NEAR(m[2000], 1, 1e-12);
  }
}

TEST(BlockBootstrap, ExchangesBlocksBetweenChainsOfOneStateOnly) {
  const std::vector<BootstrapChain> chains{{100, 0, 2}, {100, 0, 2}, {100, 1, 2}};
  const BlockBootstrap bootstrap(chains, 100, stream);
  bool exchanged = false;
  for (std::size_t r = 0; r < 100; ++r) {
    const Values m = bootstrap.multiplicities(r);
    const double first = std::accumulate(m.begin(), m.begin() + 100, 0.0);
    exchanged = exchanged || std::abs(first - 100) > 10;
    EXPECT_NEAR(std::accumulate(m.begin() + 200, m.end(), 0.0), 100, 1e-9);
  }
  EXPECT_TRUE(exchanged);
}

// The same two chains, one after the other and interleaved.
TEST(BlockBootstrap, ChainsMayHaveTheirSamplesAnywhere) {
  std::vector<BootstrapChain> chains{{90, 0, 2}, {90, 1, 3}};
  const BlockBootstrap concatenated(chains, 20, stream);
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t i = 0; i < 90; ++i) chains[c].at.push_back(2 * i + c);
  const BlockBootstrap interleaved(chains, 20, stream);
  for (std::size_t r = 0; r < 20; ++r) {
    const Values one = concatenated.multiplicities(r);
    const Values other = interleaved.multiplicities(r);
    ASSERT_EQ(other.size(), 180U);
    for (std::size_t c = 0; c < 2; ++c)
      for (std::size_t i = 0; i < 90; ++i) EXPECT_EQ(one[90 * c + i], other[2 * i + c]);
  }
}

TEST(BlockBootstrap, EverySampleIsDrawnAlike) {
  const std::vector<BootstrapChain> chains{{90, 0, 2}, {30, 0, 2}};
  const BlockBootstrap bootstrap(chains, 4000, stream);
  Values mean(120);
  for (std::size_t r = 0; r < 4000; ++r) {
    const Values m = bootstrap.multiplicities(r);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += m[i] / 4000;
  }
  for (const double m : mean) EXPECT_NEAR(m, 1, 0.1);  // standard error 0.02
}

TEST(BlockBootstrap, BlocksAreLongerThanTheAutocorrelation) {
  const std::vector<BootstrapChain> chains{{1000, 0, 8}};
  const BlockBootstrap bootstrap(chains, 20, stream);
  for (std::size_t r = 0; r < 20; ++r) {
    const Values m = bootstrap.multiplicities(r);
    std::size_t changes = 0;
    for (std::size_t i = 0; i < m.size(); ++i) changes += m[i] != m[(i + 1) % m.size()] ? 1 : 0;
    EXPECT_LT(changes, 2 * 1000 / (2 * 8)) << "two ends for each block of at least two autocorrelation times";
    EXPECT_GT(changes, 4U);
  }
}

TEST(BlockBootstrap, TheSameStreamDrawsTheSame) {
  const std::vector<BootstrapChain> chains{{500, 0, 3}};
  EXPECT_EQ(BlockBootstrap(chains, 5, stream).multiplicities(4), BlockBootstrap(chains, 9, stream).multiplicities(4));
  EXPECT_NE(BlockBootstrap(chains, 5, stream).multiplicities(4),
            BlockBootstrap(chains, 5, Stream(2, {2, 3})).multiplicities(4));
}

TEST(BlockBootstrap, OneResamplingIsSharedByAllThatIsDerived) {
  const Values values = autoregressive_series(0.5, 1000, 1);
  const BlockBootstrap bootstrap(std::vector<BootstrapChain>{{1000, 0, 1.5}}, 100, stream);
  const Replicates r = bootstrap.derive([&](Multiplicities m) {
    const double mean = weighted_mean(values, m);
    return Values{mean, 2 * mean, 3 - mean, 7};
  });
  EXPECT_DOUBLE_EQ(r.value(1), 2 * r.value(0));
  EXPECT_NEAR(r.error(1), 2 * r.error(0), 1e-13);
  EXPECT_NEAR(r.error(2), r.error(0), 1e-13);
  EXPECT_NEAR(r.covariance(0, 1), 2 * r.error(0) * r.error(0), 1e-13);
  EXPECT_NEAR(r.covariance(0, 2), -r.error(0) * r.error(0), 1e-13);
  EXPECT_EQ(r.error(3), 0);
  EXPECT_NEAR(r.error_of_difference(0, 1), r.error(0), 1e-13);
  EXPECT_NEAR(r.error_of_difference(2, 0), 2 * r.error(0), 1e-13);
  EXPECT_EQ(r.covariance(0, 3), 0);
}

TEST(BlockBootstrap, AnyNumberOfThreadsGivesTheSameBits) {
  const Values values = autoregressive_series(0.5, 1000, 1);
  const BlockBootstrap bootstrap(std::vector<BootstrapChain>{{1000, 0, 1.5}}, 50, stream);
  const auto mean = [&](Multiplicities m) { return Values{weighted_mean(values, m)}; };
  const Replicates one = bootstrap.derive(mean);
  const Replicates three = bootstrap.derive(mean, 3);
  for (std::size_t r = 0; r < 50; ++r) EXPECT_EQ(one.replicate(r, 0), three.replicate(r, 0));
}

TEST(BlockBootstrap, AStateThatNeverChangesHasNoError) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Values values(200, 0.3);
  const BlockBootstrap bootstrap(std::vector<BootstrapChain>{{200, 0, nan}}, 20, stream);
  const Replicates r = bootstrap.derive([&](Multiplicities m) { return Values{weighted_mean(values, m)}; });
  EXPECT_NEAR(r.value(0), 0.3, 1e-13);
  EXPECT_LT(r.error(0), 1e-13);
}

TEST(BlockBootstrap, OneSampleHasNoErrorToBeKnown) {
  const BlockBootstrap bootstrap(std::vector<BootstrapChain>{{1, 0, 0.5}}, 20, stream);
  EXPECT_EQ(bootstrap.multiplicities(7), Values{1});
}

TEST(BlockBootstrap, ChainsThatAreShorterThanTheirCorrelationAreBlocks) {
  const std::vector<BootstrapChain> chains{{10, 0, 1000}, {10, 0, 1000}, {10, 0, 1000}, {10, 0, 1000}};
  const BlockBootstrap bootstrap(chains, 50, stream);
  for (std::size_t r = 0; r < 50; ++r) {
    const Values m = bootstrap.multiplicities(r);
    EXPECT_NEAR(std::accumulate(m.begin(), m.end(), 0.0), 40, 1e-9);
  }
}

TEST(Replicates, WhatIsMissingIsCountedAndLeftOut) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Replicates r({5, nan}, {{1, nan}, {2, 8}, {nan, 9}, {3, std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(r.size(), 2U);
  EXPECT_EQ(r.finite(0), 3U);
  EXPECT_EQ(r.finite(1), 2U);
  EXPECT_DOUBLE_EQ(r.error(0), 1);
  EXPECT_TRUE(std::isnan(r.covariance(0, 1))) << "one pair only";
  const Replicates none({nan}, {{nan}, {nan}});
  EXPECT_EQ(none.finite(0), 0U);
  EXPECT_TRUE(std::isnan(none.error(0)));
}

// Coverage: how often the true value lies within one error of the estimated one, over independent samples with fixed
// seeds. Of m of them, it has a standard error of 0.466/sqrt(m).

constexpr int length = 2000;  // samples of a chain
constexpr double phi = 0.8;   // AR(1): tau = 4.5
constexpr double threshold = 0.3;

/// Where half of the reweighted samples lies above the threshold: samples of a Gaussian of variance 1, weighted by
/// exp(x z), have mean x, so that this is x = threshold. In bins, as it is done for speed in the test only.
double transition_point(const Values& values, Multiplicities m) {
  constexpr double width = 0.1;
  constexpr std::size_t bins = 121;
  std::array<double, bins> share{};
  for (std::size_t i = 0; i < values.size(); ++i)
    share.at(static_cast<std::size_t>(std::clamp((values[i] - threshold) / width + 60, 0.0, 120.0))) += m[i];
  const auto excess = [&](double x) {
    double sum = 0;
    for (std::size_t b = 0; b < bins; ++b) {
      const double z = (static_cast<double>(b) - 59.5) * width;
      sum += share.at(b) * std::exp(x * z) * (z > 0 ? 1 : -1);
    }
    return sum;
  };
  return root(excess, -3, 3).value_or(std::numeric_limits<double>::quiet_NaN());
}

void expect_coverage(int repetitions, double tolerance) {
  const std::array names{"mean", "variance", "difference", "transition"};
  const Values truth{0, 1, 0, threshold};
  Values within(truth.size());
  for (int seed = 1; seed <= repetitions; ++seed) {
    const auto s = static_cast<std::uint64_t>(seed);
    const Values one = autoregressive_series(phi, length, 2 * s);
    const Values other = autoregressive_series(phi, length / 2, 2 * s + 1);
    const std::vector<BootstrapChain> chains{{one.size(), 0, autocorrelation_time(one)},
                                             {other.size(), 1, autocorrelation_time(other)}};
    const BlockBootstrap bootstrap(chains, 100, Stream(s, {1, 1}));
    const Replicates r = bootstrap.derive([&](Multiplicities m) {
      return Values{weighted_mean(one, m), weighted_variance(one, m),
                    weighted_mean(other, m, one.size()) - weighted_mean(one, m), transition_point(one, m)};
    });
    for (std::size_t k = 0; k < truth.size(); ++k)
      within[k] += std::abs(r.value(k) - truth[k]) < r.error(k) ? 1.0 / repetitions : 0;
  }
  for (std::size_t k = 0; k < truth.size(); ++k) {
    std::cout << names.at(k) << ": " << 100 * within[k] << " % within one error\n";
    EXPECT_NEAR(within[k], 0.683, tolerance) << names.at(k);
  }
}

TEST(BlockBootstrapCoverage, OfMeanVarianceDifferenceAndTransitionIsSixtyEightPercent) { expect_coverage(400, 0.07); }

TEST(LongBlockBootstrapCoverage, OfMeanVarianceDifferenceAndTransitionIsSixtyEightPercent) {
  expect_coverage(4000, 0.03);
}

}  // namespace
}  // namespace nxmc

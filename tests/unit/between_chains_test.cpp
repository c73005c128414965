// Chains that disagree: when that is noticed, and what errors are worth then.
#include "nxmc/statistics/between_chains.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <span>
#include <vector>

#include "autoregressive.hpp"
#include "nxmc/statistics/autocorrelation.hpp"
#include "nxmc/statistics/block_bootstrap.hpp"
#include "nxmc/statistics/chi_squared.hpp"

namespace nxmc {
namespace {

using testing_tools::autoregressive_series;
using Chains = std::vector<std::vector<double>>;

std::vector<std::span<const double>> spans_of(const Chains& chains) { return {chains.begin(), chains.end()}; }

/// AR(1) about 0, each shifted by so much.
Chains shifted_chains(const std::vector<double>& shifts, std::size_t length, std::uint64_t seed) {
  constexpr double phi = 0.8;
  Chains chains;
  for (std::size_t k = 0; k < shifts.size(); ++k) {
    chains.push_back(autoregressive_series(phi, static_cast<int>(length), shifts.size() * seed + k));
    for (double& value : chains.back()) value += shifts[k];
  }
  return chains;
}

TEST(ChiSquared, IsExceededOnceInFourHundredTimes) {
  // Quantiles of 99.7282 %, the share of a normal distribution below 2.78: of one degree of freedom z^2 with z
  // = 2.9970, of two -2 ln(0.002718).
  EXPECT_NEAR(chi_squared_by_chance(1), 8.98, 0.2);
  EXPECT_NEAR(2 * chi_squared_by_chance(2), 11.82, 0.2);
  EXPECT_NEAR(chi_squared_by_chance(1e6), 1, 0.005);
}

TEST(BetweenChains, ThatAgreeThereIsNothingToExplain) {
  int noticed = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const Chains chains = shifted_chains({0, 0, 0, 0}, 1000, seed);
    if (!std::isnan(autocorrelation_time_between(spans_of(chains)))) ++noticed;
  }
  std::cout << noticed << " of 400 sets of chains of one distribution disagree by chance\n";
  EXPECT_LE(noticed, 8);
}

TEST(BetweenChains, TheTimeExplainsHowTheirMeansScatter) {
  // Two values in turns about means of -1 and 1: B = 2 n, v = 1 + 1/100.
  Chains chains(2, std::vector<double>(50));
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t i = 0; i < 50; ++i) chains[k][i] = (k == 0 ? -1 : 1) + (i % 2 == 0 ? 0.1 : -0.1);
  EXPECT_NEAR(autocorrelation_time_between(spans_of(chains)), 2 * 50 / (2 * 1.01), 1e-9);
}

TEST(BetweenChains, ThatNeverMoveDisagreeWhereTheyDiffer) {
  EXPECT_NEAR(autocorrelation_time_between(spans_of({{1, 1, 1, 1}, {3, 3, 3, 3}})), 4, 1e-12);
  EXPECT_TRUE(std::isnan(autocorrelation_time_between(spans_of({{0.1, 0.1, 0.1}, {0.1, 0.1, 0.1}}))));
}

TEST(BetweenChains, OneChainHasNoOther) {
  EXPECT_TRUE(std::isnan(autocorrelation_time_between(spans_of({{1, 2, 3, 4}}))));
  EXPECT_TRUE(std::isnan(autocorrelation_time_between(spans_of({{1, 2, 3, 4}, {5}}))));
  EXPECT_TRUE(std::isnan(autocorrelation_time_between({})));
  EXPECT_TRUE(std::isnan(autocorrelation_time_between(spans_of({{}, {}}))));
  EXPECT_NEAR(autocorrelation_time_between(spans_of({{}, {1, 1, 1, 1}, {3, 3, 3, 3}})), 4, 1e-12)
      << "a chain without samples does not count";
}

// A mode that is slower than the chains are long: each sits at a place of its own, at random about 0. Of an error that
// is known from eight places, 65 % lie within one (Student's t).
TEST(BetweenChains, ErrorsContainModesThatAreSlowerThanTheChains) {
  constexpr int repetitions = 200;
  double within = 0;
  double within_without = 0;
  for (int seed = 1; seed <= repetitions; ++seed) {
    const auto s = static_cast<std::uint64_t>(seed);
    std::vector<double> shifts;
    for (std::uint64_t k = 0; k < 8; ++k) shifts.push_back(autoregressive_series(0, 1, 1000 * s + k).front());
    const Chains chains = shifted_chains(shifts, 1000, s);
    const double between = autocorrelation_time_between(spans_of(chains));
    std::vector<BootstrapChain> known;
    std::vector<BootstrapChain> believed;
    std::vector<double> values;
    for (const std::vector<double>& chain : chains) {
      const double own = autocorrelation_time(chain);
      believed.push_back({chain.size(), 0, own});
      known.push_back({chain.size(), 0, std::fmax(own, between)});
      values.insert(values.end(), chain.begin(), chain.end());
    }
    const auto covers = [&](const std::vector<BootstrapChain>& worth) {
      const Replicates r = BlockBootstrap(worth, 100, Stream(s, {1, 1})).derive([&](std::span<const double> m) {
        const double sum = std::inner_product(m.begin(), m.end(), values.begin(), 0.0);
        return std::vector<double>{sum / std::reduce(m.begin(), m.end())};
      });
      return std::abs(r.value(0)) < r.error(0);
    };
    within += covers(known) ? 1.0 / repetitions : 0;
    within_without += covers(believed) ? 1.0 / repetitions : 0;
  }
  std::cout << 100 * within << " % within one error, " << 100 * within_without << " % if each chain is asked alone\n";
  EXPECT_NEAR(within, 0.65, 0.1);  // three standard errors
  EXPECT_LT(within_without, 0.4);
}

}  // namespace
}  // namespace nxmc

// Rank-normalised split R-hat against values computed by SciPy (rankdata, norm.ppf, var) from its definition.
#include "nxmc/statistics/r_hat.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "autoregressive.hpp"

namespace nxmc {
namespace {

using testing_tools::autoregressive_series;
using Chains = std::vector<std::vector<double>>;

double r_hat_of(const Chains& chains) {
  const std::vector<std::span<const double>> views(chains.begin(), chains.end());
  return split_r_hat(views);
}

/// Numbers below `modulus` of a linear congruential generator, equal ones among them.
std::vector<double> congruential(std::size_t n, std::uint64_t seed, std::uint64_t modulus) {
  std::vector<double> values(n);
  for (double& value : values) {
    seed = (1103515245 * seed + 12345) % (std::uint64_t{1} << 31U);
    value = static_cast<double>((seed >> 16U) % modulus);
  }
  return values;
}

Chains four_chains_of_40() {
  return {congruential(40, 1, 17), congruential(40, 2, 17), congruential(40, 3, 17), congruential(40, 4, 17)};
}

TEST(SplitRHat, AgreesWithSciPy) {
  const Chains ties{congruential(10, 1, 17), congruential(10, 2, 17), congruential(10, 3, 17), congruential(10, 4, 17)};
  EXPECT_NEAR(r_hat_of(ties), 1.056192741214448, 1e-13);

  const Chains odd{congruential(11, 5, 1000), congruential(11, 6, 1000), congruential(11, 7, 1000)};
  EXPECT_NEAR(r_hat_of(odd), 1.070500289654186, 1e-13);

  EXPECT_NEAR(r_hat_of({congruential(300, 9, 1000)}), 0.997442176513544, 1e-13);
}

TEST(SplitRHat, SeesAChainThatIsElsewhere) {
  Chains chains = four_chains_of_40();
  for (double& value : chains[0]) value += 6;
  EXPECT_NEAR(r_hat_of(chains), 1.212371133244394, 1e-13);
}

TEST(SplitRHat, SeesAChainThatIsWiderAboutTheSamePlace) {
  Chains chains = four_chains_of_40();
  for (Chains::value_type& chain : chains)
    for (double& value : chain) value = (value - 8) * (&chain == &chains[0] ? 5 : 1);
  EXPECT_NEAR(r_hat_of(chains), 1.243479194014062, 1e-13);
}

TEST(SplitRHat, SeesDriftWithinOneChain) {
  std::vector<double> drifting = congruential(400, 3, 1000);
  for (std::size_t i = 0; i < drifting.size(); ++i) drifting[i] += 5 * static_cast<double>(i);
  EXPECT_GT(r_hat_of({drifting}), 1.5);
}

/// Normal scores of the ranks 1 … 4 of two halves {0, 1}, {2, 3}, by hand: quantiles at 0.6250/4.25, 1.625/4.25 and
/// their negatives.
TEST(SplitRHat, OfFourValuesIsThatByHand) {
  const double a = 1.0491313979639725;   // of 3.625/4.25
  const double b = 0.29930691046566604;  // of 2.625/4.25
  const double within = (a - b) * (a - b) / 2;
  const double between = (a + b) * (a + b) / 2;
  EXPECT_NEAR(r_hat_of({{0, 1, 2, 3}}), std::sqrt(0.5 + between / within), 1e-12);
}

TEST(SplitRHat, OfChainsOfOneDistributionIsSeldomAboveTheLimit) {
  int above = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Chains chains(4);
    for (std::uint64_t k = 0; k < 4; ++k) chains[k] = autoregressive_series(0.6, 400, 4 * seed + k);  // 100 effective
    above += r_hat_of(chains) > 1.05 ? 1 : 0;
  }
  EXPECT_LE(above, 10);
}

TEST(SplitRHat, OfConstantChainsIsOneOrInfinite) {
  const std::vector<double> one(10, 0.1);
  const std::vector<double> other(10, 0.3);
  EXPECT_EQ(r_hat_of({one, one}), 1);
  EXPECT_EQ(r_hat_of({one, other}), std::numeric_limits<double>::infinity());
}

TEST(SplitRHat, OfWhatIsNoNumberIsNone) {
  std::vector<double> chain = congruential(40, 1, 17);
  chain[7] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(r_hat_of({chain, chain})));
  chain[7] = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isnan(r_hat_of({chain, chain})));
}

/// Ranks do not change under any monotone function: heavy tails do no harm.
TEST(SplitRHat, BulkKnowsOnlyRanks) {
  Chains chains = four_chains_of_40();
  for (double& value : chains[0]) value += 6;
  const double before = r_hat_of(chains);
  for (auto& chain : chains)
    for (double& value : chain) value = std::exp(value);
  EXPECT_NEAR(r_hat_of(chains), before, 1e-13);
}

// Of chains that agree one in 400 should exceed it in the bulk and as many folded; of those that differ by 1.5 standard
// deviations most do.
TEST(SplitRHat, OfChainsThatAgreeSeldomExceedsWhatNoiseExplains) {
  constexpr int length = 400;
  constexpr std::uint64_t sets = 200;
  for (const std::size_t chains : {1U, 2U, 6U}) {
    for (const double phi : {0.0, 0.8}) {
      const double independent = length / (2 * testing_tools::true_autocorrelation_time(phi));
      int by_chance = 0;
      int apart = 0;
      for (std::uint64_t set = 0; set < sets; ++set) {
        Chains some;
        for (std::size_t k = 0; k < chains; ++k) some.push_back(autoregressive_series(phi, length, 100 * set + k + 1));
        by_chance += r_hat_of(some) > r_hat_by_chance(chains, independent) ? 1 : 0;
        for (double& value : some.front()) value += 1.5;
        if (chains > 1) apart += r_hat_of(some) > r_hat_by_chance(chains, independent) ? 1 : 0;
      }
      EXPECT_LE(by_chance, 8) << chains << " chains, phi = " << phi;
      if (chains > 1) {
        EXPECT_GE(apart, 150) << chains << " chains, phi = " << phi;
      }
    }
  }
}

}  // namespace
}  // namespace nxmc

// How much is cut from the beginning of series with and without memory of their start.
#include "nxmc/statistics/equilibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "autoregressive.hpp"

namespace nxmc {
namespace {

using testing_tools::autoregressive_series;

std::vector<double> with_transient(double phi, int n, double amplitude, double decay, std::uint64_t seed) {
  std::vector<double> values = autoregressive_series(phi, n, seed);
  for (std::size_t t = 0; t < values.size(); ++t) values[t] += amplitude * std::exp(-static_cast<double>(t) / decay);
  return values;
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(Equilibration, CutsLittleOfAStationarySeries) {
  double cut = 0;
  int uncut = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto part = equilibrated_part(autoregressive_series(0.8, 2000, seed));
    cut += static_cast<double>(part.discarded) / 2000 / 200;
    uncut += part.discarded == 0 ? 1 : 0;
  }
  EXPECT_LT(cut, 0.03);
  EXPECT_GT(uncut, 150);
}

TEST(Equilibration, CutsWhatRemembersTheStart) {
  double bias = 0;
  double uncut_bias = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const std::vector<double> values = with_transient(0.8, 2000, 10, 50, seed);
    const auto part = equilibrated_part(values);
    EXPECT_GT(part.discarded, 50U) << seed;
    EXPECT_LT(part.discarded, 1000U) << seed;
    bias += mean_of(std::span(values).subspan(part.discarded)) / 200;
    uncut_bias += mean_of(values) / 200;
  }
  const double error = std::sqrt(9.0 / 1800);  // of the mean of what is left
  EXPECT_LT(std::abs(bias), error / 2);
  EXPECT_GT(uncut_bias, 3 * error);
}

TEST(Equilibration, FindsTheSamePlaceInLongSeries) {
  const auto part = equilibrated_part(with_transient(0.8, 50000, 10, 1250, 3));
  EXPECT_GT(part.discarded, 1250U);
  EXPECT_LT(part.discarded, 15000U);
  EXPECT_NEAR(part.effective_samples, (50000 - static_cast<double>(part.discarded)) / 9, 1500);
}

TEST(Equilibration, OfAConstantSeriesTakesAll) {
  for (const std::size_t n : {0U, 1U, 3U, 4U, 100U, 5000U}) {
    const auto part = equilibrated_part(std::vector<double>(n, 0.1));
    EXPECT_EQ(part.discarded, 0U) << n;
    EXPECT_EQ(part.effective_samples, static_cast<double>(n)) << n;
  }
}

TEST(Equilibration, OfAChainThatEndsInOneStateIsThatState) {
  std::vector<double> values(640, 0.0);
  for (std::size_t t = 0; t < 100; ++t) values[t] = 100 - static_cast<double>(t);
  const auto part = equilibrated_part(values);
  EXPECT_GE(part.discarded, 90U);
  EXPECT_LE(part.discarded, 110U);
}

TEST(Equilibration, DoesNotTakeRareEventsForADrift) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<double> values = autoregressive_series(0, 1000, seed);
    for (double& value : values) value = value > 2.3 ? 1 : 0;  // one in a hundred
    EXPECT_LT(equilibrated_part(values).discarded, 500U) << seed;
  }
}

}  // namespace
}  // namespace nxmc

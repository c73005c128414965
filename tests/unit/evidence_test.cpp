// What samples tell of averages: the two states of a point, whether chains agree, and what that makes of a verdict.
#include "nxmc/phase/evidence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "autoregressive.hpp"
#include "nxmc/statistics/crossings.hpp"

namespace nxmc {
namespace {

using testing_tools::autoregressive_series;

constexpr std::size_t sites = 1000;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Fractions of sites about 0.1 and 0.3, by turns for `stay` samples each.
SampledSeries between_two_states(std::size_t length, std::size_t stay, std::uint64_t seed) {
  SampledSeries series{.job = seed, .every = 50, .x = autoregressive_series(0.2, static_cast<int>(length), seed)};
  for (std::size_t n = 0; n < length; ++n) {
    const double centre = (n / stay) % 2 == 0 ? 0.1 : 0.3;
    series.x[n] = std::round((centre + 0.02 * series.x[n]) * sites) / sites;
  }
  return series;
}

TEST(Evidence, FindsTheStatesAndAsManyPassagesAsThereWere) {
  const std::vector<SampledSeries> chains{between_two_states(2000, 10, 1), between_two_states(2000, 10, 2)};
  const auto sides = sides_of(chains, sites);
  ASSERT_TRUE(sides);
  EXPECT_GT(sides->low, 0.12);
  EXPECT_LT(sides->high, 0.28);
  EXPECT_NEAR(sides->high - sides->low, 0.1, 0.01) << "half of the distance between the means";
  for (const SampledSeries& chain : chains) EXPECT_EQ(crossings(chain.x, sides->low, sides->high), 199U);
}

TEST(Evidence, TakesChainsThatStayApartForTwoStates) {
  const std::vector<SampledSeries> apart{between_two_states(1000, 1000, 1), [] {
                                           SampledSeries other = between_two_states(1000, 1000, 2);
                                           for (double& value : other.x) value += 0.2;
                                           return other;
                                         }()};
  const auto sides = sides_of(apart, sites);
  ASSERT_TRUE(sides);
  for (const SampledSeries& chain : apart) EXPECT_EQ(crossings(chain.x, sides->low, sides->high), 0U);
}

TEST(Evidence, FindsOneStateInOnePeak) {
  std::size_t wrong = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    wrong += sides_of(std::vector{between_two_states(1000, 1000, seed)}, sites) ? 1U : 0U;
  EXPECT_EQ(wrong, 0U);
}

// Ten passages with long stays are few independent samples: a histogram of two peaks that may as well be noise.
TEST(Evidence, BelievesNoValleyOfFewIndependentSamples) {
  EXPECT_FALSE(sides_of(std::vector{between_two_states(40, 20, 1)}, sites));
  EXPECT_FALSE(sides_of(std::vector<SampledSeries>{}, sites));
}

TEST(Evidence, ComparesChainsOverTheLengthOfTheShortest) {
  const std::vector<double> longer = autoregressive_series(0.1, 400, 1);
  const std::vector<double> shorter = autoregressive_series(0.1, 100, 2);
  const std::vector<double> cut(longer.begin(), longer.begin() + 100);
  const std::vector<std::span<const double>> unlike{longer, shorter};
  const std::vector<std::span<const double>> alike{cut, shorter};
  EXPECT_EQ(r_hat_of(unlike), r_hat_of(alike));
  const std::vector<std::span<const double>> too_short{longer, std::span(shorter).first(7)};
  EXPECT_TRUE(std::isnan(r_hat_of(too_short)));
  EXPECT_TRUE(std::isnan(r_hat_of({})));
}

PointEvidence evidence(double r_hat, double independent, const std::vector<double>& crossings_of_chains) {
  PointEvidence found{.r_hat = r_hat, .independent = independent, .chains = {}};
  for (const double crossings : crossings_of_chains)
    found.chains.push_back({.job = 0, .crossings = crossings, .unequilibrated = 0});
  return found;
}

TEST(Evidence, OfChainsThatDisagreeMakesPointsMetastable) {
  for (const Verdict verdict : {Verdict::converged, Verdict::one_start, Verdict::too_short, Verdict::metastable})
    EXPECT_EQ(with_evidence(verdict, evidence(1.06, 200, {20, 20})), Verdict::metastable);
  EXPECT_EQ(with_evidence(Verdict::converged, evidence(1.5, 15, {nan, nan, nan, nan})), Verdict::metastable);
  EXPECT_EQ(with_evidence(Verdict::converged, evidence(1.15, 15, {nan, nan, nan, nan})), Verdict::too_short) << "noise";
  EXPECT_EQ(with_evidence(Verdict::metastable, evidence(1.15, 15, {nan, nan, nan, nan})), Verdict::metastable);
  EXPECT_EQ(with_evidence(Verdict::converged, evidence(1.04, 1e6, {nan, nan})), Verdict::converged);
  EXPECT_EQ(with_evidence(Verdict::converged, evidence(nan, 1000, {nan})), Verdict::converged);
  EXPECT_EQ(with_evidence(Verdict::converged, evidence(nan, 0, {})), Verdict::converged);
}

TEST(Evidence, OfTenPassagesMakesOneStartEnough) {
  EXPECT_EQ(with_evidence(Verdict::one_start, evidence(1.0, 1000, {4, 6})), Verdict::converged);
  EXPECT_EQ(with_evidence(Verdict::one_start, evidence(1.0, 1000, {4, 5})), Verdict::one_start);
  EXPECT_EQ(with_evidence(Verdict::one_start, evidence(1.0, 1000, {nan, nan})), Verdict::one_start);
  EXPECT_EQ(with_evidence(Verdict::one_start, evidence(nan, 0, {})), Verdict::one_start);
  EXPECT_EQ(with_evidence(Verdict::too_short, evidence(1.0, 1000, {40, 60})), Verdict::too_short);
  PointEvidence ladder = evidence(1.0, 1000, {nan, nan});
  ladder.round_trips = 9;
  EXPECT_EQ(with_evidence(Verdict::one_start, ladder), Verdict::one_start);
  ladder.round_trips = 10;
  EXPECT_EQ(with_evidence(Verdict::one_start, ladder), Verdict::converged);
  EXPECT_EQ(with_evidence(Verdict::too_short, ladder), Verdict::too_short);
  ladder.r_hat = 1.5;
  EXPECT_EQ(with_evidence(Verdict::converged, ladder), Verdict::metastable) << "ladders that disagree";
  EXPECT_EQ(with_evidence(Verdict::metastable, evidence(1.0, 1000, {40, 60})), Verdict::metastable);
}

TEST(Evidence, OfSeveralOrderParametersIsThatOfTheOneInWhichChainsDisagreeMost) {
  const std::vector<SampledSeries> alike{between_two_states(2000, 10, 1), between_two_states(2000, 10, 2)};
  const std::vector<SampledSeries> apart{between_two_states(2000, 2000, 3), [] {
                                           SampledSeries other = between_two_states(2000, 2000, 4);
                                           for (double& value : other.x) value += 0.05;
                                           return other;
                                         }()};
  const PointEvidence of_alike = evidence_of(alike, sites);
  const PointEvidence of_apart = evidence_of(apart, sites);
  ASSERT_TRUE(of_apart.chains_disagree());
  ASSERT_FALSE(of_alike.chains_disagree());
  ASSERT_TRUE(std::isnan(of_apart.crossings())) << "one state";
  for (const auto& both : {std::vector{of_alike, of_apart}, std::vector{of_apart, of_alike}}) {
    const PointEvidence all = combined(both);
    EXPECT_EQ(all.r_hat, of_apart.r_hat);
    EXPECT_EQ(all.independent, of_apart.independent);
    EXPECT_EQ(all.crossings(), of_alike.crossings()) << "of the one that has two states";
    ASSERT_EQ(all.chains.size(), 2U);
    for (std::size_t n = 0; n < 2; ++n)
      EXPECT_EQ(all.chains[n].unequilibrated,
                std::max(of_alike.chains[n].unequilibrated, of_apart.chains[n].unequilibrated));
  }
}

TEST(Evidence, OfSeveralOrderParametersHasTheFewestCrossings) {
  const PointEvidence often = evidence(1, 1000, {6, 6});
  const PointEvidence seldom = evidence(1, 1000, {1, 0});
  for (const auto& both : {std::vector{often, seldom}, std::vector{seldom, often}}) {
    EXPECT_EQ(combined(both).crossings(), 1) << "one of them was hardly crossed";
    EXPECT_EQ(with_evidence(Verdict::one_start, combined(both)), Verdict::one_start);
  }
}

// A large R-hat of few samples says less than a smaller one of many, but not nothing.
TEST(Evidence, OfChainsThatDisagreeGoesBeforeALargerRHatOfNoise) {
  const PointEvidence disagreeing = evidence(1.1, 1000, {nan, nan});
  const PointEvidence noisy = evidence(1.15, 15, {nan, nan});
  const PointEvidence still = evidence(1, 1000, {nan, nan});
  EXPECT_EQ(combined(std::vector{noisy, disagreeing}).r_hat, 1.1);
  EXPECT_EQ(combined(std::vector{disagreeing, noisy}).r_hat, 1.1);
  for (const auto& both : {std::vector{noisy, still}, std::vector{still, noisy}}) {
    EXPECT_EQ(combined(both).r_hat, 1.15);
    EXPECT_EQ(with_evidence(Verdict::converged, combined(both)), Verdict::too_short);
  }
}

TEST(Evidence, OfAnOrderParameterThatIsNotKnownIsThatOfTheOther) {
  const PointEvidence known = evidence(1.2, 100, {3});
  const PointEvidence unknown = evidence(nan, 50, {nan});
  EXPECT_EQ(combined(std::vector{unknown, known}).r_hat, 1.2);
  EXPECT_EQ(combined(std::vector{known, unknown}).r_hat, 1.2);
  EXPECT_EQ(combined(std::vector{known, unknown}).crossings(), 3);
}

}  // namespace
}  // namespace nxmc

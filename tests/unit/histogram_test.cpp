// Histograms, and how many peaks they have.
#include "nxmc/statistics/histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "nxmc/statistics/peaks.hpp"

namespace nxmc {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;
using Values = std::vector<double>;

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Histogram, ABinHasItsLowerEdgeAndTheLastOneBoth) {
  const Histogram h = histogram(Values{0, 0.25, 0.5, 0.49, 1, 0.99, 0.1, 0.75}, {}, 0, 1, 4);
  EXPECT_THAT(h.share, ElementsAre(0.25, 0.25, 0.125, 0.375));
  EXPECT_EQ(h.outside, 0);
  EXPECT_DOUBLE_EQ(h.width(), 0.25);
  EXPECT_DOUBLE_EQ(h.centre(2), 0.625);
}

TEST(Histogram, CountsWeights) {
  const Histogram h = histogram(Values{-1, 1, 1.5, 7}, Values{3, 4, 0, 1}, 0, 2, 2);
  EXPECT_THAT(h.share, ElementsAre(0, 0.5));
  EXPECT_DOUBLE_EQ(h.outside, 0.5);
}

TEST(Histogram, WhatIsNoNumberIsOutside) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Histogram h = histogram(Values{nan, infinity, -infinity, 0.5}, {}, 0, 1, 1);
  EXPECT_THAT(h.share, ElementsAre(0.25));
  EXPECT_DOUBLE_EQ(h.outside, 0.75);
}

TEST(Histogram, WithoutWeightIsEmpty) {
  EXPECT_THAT(histogram({}, {}, 0, 1, 2).share, ElementsAre(0, 0));
  EXPECT_THAT(histogram(Values{0.5}, Values{0}, 0, 1, 2).share, ElementsAre(0, 0));
}

const ErrorOfDifference exactly = [](std::size_t, std::size_t) { return 0.0; };

TEST(Peaks, OfOneTwoAndThreeAreToldApart) {
  const Peaks one = find_peaks(Values{0, 1, 3, 5, 4, 1, 0}, exactly);
  EXPECT_THAT(one.tops, ElementsAre(3));
  EXPECT_THAT(one.valleys, IsEmpty());
  const Peaks two = find_peaks(Values{0, 4, 3, 1, 2, 5, 0}, exactly);
  EXPECT_THAT(two.tops, ElementsAre(1, 5));
  EXPECT_THAT(two.valleys, ElementsAre(3));
  const Peaks three = find_peaks(Values{4, 1, 3, 2, 5}, exactly);
  EXPECT_THAT(three.tops, ElementsAre(0, 2, 4));
  EXPECT_THAT(three.valleys, ElementsAre(1, 3));
}

TEST(Peaks, OfNothingAreNone) {
  EXPECT_THAT(find_peaks({}, exactly).tops, IsEmpty());
  EXPECT_THAT(find_peaks(Values{0, 0, 0}, exactly).tops, IsEmpty());
  EXPECT_THAT(find_peaks(Values{2, 2, 2}, exactly).tops, ElementsAre(0));
}

TEST(Peaks, OfSeveralLowestBinsTheMiddleOneIsTheValley) {
  EXPECT_THAT(find_peaks(Values{3, 0, 0, 0, 2}, exactly).valleys, ElementsAre(2));
  EXPECT_THAT(find_peaks(Values{3, 1, 0, 0, 1, 0, 2}, exactly, 0).valleys, ElementsAre(2, 5));
}

TEST(Peaks, AShallowValleyIsFilledAndTheOthersStay) {
  const ErrorOfDifference one = [](std::size_t, std::size_t) { return 1.0; };
  const Values heights{0, 20, 17, 30, 5, 25, 22, 24, 0};
  const Peaks peaks = find_peaks(heights, one, 5);
  EXPECT_THAT(peaks.tops, ElementsAre(3, 5));
  EXPECT_THAT(peaks.valleys, ElementsAre(4));
  EXPECT_THAT(find_peaks(heights, one, 21).tops, ElementsAre(3));
  EXPECT_THAT(find_peaks(heights, one, 2).tops, ElementsAre(1, 3, 5, 7));
}

/// Filled are valleys, not peaks beside them: the highest of three keeps its valley to the far one.
TEST(Peaks, TheValleyOfWhatIsLeftIsTheLowestBinBetween) {
  const ErrorOfDifference one = [](std::size_t, std::size_t) { return 1.0; };
  const Peaks peaks = find_peaks(Values{30, 3, 6, 4, 40}, one, 5);
  EXPECT_THAT(peaks.tops, ElementsAre(0, 4));
  EXPECT_THAT(peaks.valleys, ElementsAre(1));
}

TEST(Peaks, AnErrorThatIsNotKnownMakesNoPeak) {
  const ErrorOfDifference unknown = [](std::size_t, std::size_t) { return std::numeric_limits<double>::quiet_NaN(); };
  EXPECT_THAT(find_peaks(Values{5, 1, 4}, unknown).tops, ElementsAre(0));
}

TEST(Peaks, CountingErrorIsThatOfMultinomialShares) {
  const Values shares{0.5, 0.3, 0.2};
  const ErrorOfDifference error = counting_error(shares, 100);
  // Var(p_i - p_j) = [p_i (1 - p_i) + p_j (1 - p_j) + 2 p_i p_j] / n
  EXPECT_THAT(error(0, 1), DoubleEq(std::sqrt((0.25 + 0.21 + 0.3) / 100)));
  EXPECT_THAT(error(2, 0), DoubleEq(std::sqrt((0.25 + 0.16 + 0.2) / 100)));
}

std::size_t peaks_of_samples(double distance, int samples, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Values values(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = normal(engine) + (i % 2 == 0 ? distance : -distance) / 2;
  const Histogram h = histogram(values, {}, -6, 6, 30);
  return find_peaks(h.share, counting_error(h.share, samples)).tops.size();
}

TEST(Peaks, NoiseIsNone) {
  for (const int samples : {30, 300, 3000})
    for (std::uint64_t seed = 1; seed <= 300; ++seed) EXPECT_EQ(peaks_of_samples(0, samples, seed), 1U) << samples;
}

TEST(Peaks, NoiseOfAPlateauIsNone) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    std::mt19937_64 engine(seed);
    std::uniform_real_distribution<double> uniform;
    Values values(1500);
    for (double& value : values) value = uniform(engine);
    const Histogram h = histogram(values, {}, 0, 1, 30);
    EXPECT_EQ(find_peaks(h.share, counting_error(h.share, 1500)).tops.size(), 1U) << seed;
  }
}

TEST(Peaks, TwoGaussiansAreTwo) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    EXPECT_EQ(peaks_of_samples(4, 2000, seed), 2U) << seed;
    EXPECT_EQ(peaks_of_samples(1.9, 2000, seed), 1U) << "their sum has one maximum, seed " << seed;
  }
}

}  // namespace
}  // namespace nxmc

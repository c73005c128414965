// Free energies of histograms, against a double well whose barrier and spinodals are known.
#include "nxmc/statistics/free_energy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

namespace nxmc {
namespace {

constexpr double half_distance = 0.3;  // of the minima, which are at 0.2 and 0.8
constexpr double height = 6;           // of the barrier, k_BT

/// The densities exp(-F), F = height ((x - 1/2)^2 / half_distance^2 - 1)^2, in so many bins.
Histogram double_well(std::size_t bins) {
  Histogram histogram{.low = 0, .high = 1, .share = {}};
  histogram.share.resize(bins);
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double from_middle = (histogram.centre(bin) - 0.5) / half_distance;
    histogram.share[bin] = std::exp(-height * std::pow(from_middle * from_middle - 1, 2));
  }
  return histogram;
}

TwoPeaks peaks_of(const Histogram& histogram) {
  const std::size_t last = histogram.share.size() - 1;
  const std::size_t valley = last / 2;
  return {bins_of_peak(histogram.share, {0, valley}), bins_of_peak(histogram.share, {valley, last}), valley};
}

TEST(FreeEnergies, AreRelativeToTheHighestBin) {
  const Histogram histogram{.low = 0, .high = 1, .share = {0.5, 0, 0.25, 0.25}};
  const std::vector<double> f = free_energies(histogram);
  EXPECT_EQ(f[0], 0);
  EXPECT_TRUE(std::isnan(f[1]));
  EXPECT_DOUBLE_EQ(f[2], std::log(2.0));
}

// By as much as a Gaussian differs from the quartic minimum, which is flatter outside and steeper inside.
TEST(FreeEnergies, HaveTheBarrierOfADoubleWell) {
  for (const std::size_t bins : {25U, 101U}) {
    const Histogram histogram = double_well(bins);
    EXPECT_NEAR(barrier(histogram, peaks_of(histogram)), height, 0.1) << bins;
  }
}

TEST(FreeEnergies, HaveTheSpinodalsOfADoubleWell) {
  const double apart = half_distance / std::sqrt(3.0);  // F'' = 0
  for (const std::size_t bins : {25U, 101U}) {
    const Histogram histogram = double_well(bins);
    const TwoPeaks peaks = peaks_of(histogram);
    EXPECT_NEAR(spinodal(histogram, peaks.lower, peaks.valley), 0.5 - apart, 0.003) << bins;
    EXPECT_NEAR(spinodal(histogram, peaks.upper, peaks.valley), 0.5 + apart, 0.003) << bins;
  }
}

TEST(FreeEnergies, AreNotToldAcrossEmptyBins) {
  Histogram histogram = double_well(25);
  const TwoPeaks peaks = peaks_of(histogram);
  histogram.share[peaks.valley] = 0;
  EXPECT_TRUE(std::isnan(barrier(histogram, peaks)));
  for (std::size_t bin = peaks.lower.last; bin < peaks.valley; ++bin) histogram.share[bin] = 0;
  EXPECT_TRUE(std::isnan(spinodal(histogram, peaks.lower, peaks.valley)));
  EXPECT_FALSE(std::isnan(spinodal(histogram, peaks.upper, peaks.valley)));
}

TEST(FreeEnergies, WithoutAConcavePartHaveNoSpinodal) {
  Histogram histogram{.low = 0, .high = 1, .share = {}};
  for (int bin = 0; bin < 21; ++bin) histogram.share.push_back(std::exp(-(bin - 10) * (bin - 10) / 8.0));
  EXPECT_TRUE(std::isnan(spinodal(histogram, {8, 12}, 0)));
  EXPECT_TRUE(std::isnan(spinodal(histogram, {8, 12}, 20)));
}

}  // namespace
}  // namespace nxmc

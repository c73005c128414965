// Heights of peaks, against densities that are known.
#include "nxmc/statistics/peak_height.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace nxmc {
namespace {

using Values = std::vector<double>;

struct Gaussian {
  double weight;
  double mean;
  double deviation;
  double height() const { return weight / (deviation * std::sqrt(2 * std::acos(-1.0))); }
  double share(double low, double high) const {
    const auto below = [&](double x) { return 0.5 * std::erfc((mean - x) / (deviation * std::sqrt(2.0))); };
    return weight * (below(high) - below(low));
  }
};

Histogram exact_histogram(const std::vector<Gaussian>& mixture, double low, double high, std::size_t bins) {
  Histogram h{low, high, Values(bins, 0), 0};
  for (std::size_t k = 0; k < bins; ++k)
    for (const Gaussian& part : mixture)
      h.share[k] += part.share(h.centre(k) - h.width() / 2, h.centre(k) + h.width() / 2);
  return h;
}

const Gaussian narrow{0.3, 0.2, 0.03};
const Gaussian broad{0.7, 0.7, 0.08};

/// Of the narrow and of the broad peak.
std::pair<double, double> heights_of(const Histogram& h) {
  const auto valley = static_cast<std::size_t>((0.4 - h.low) / h.width());
  return {peak_height(h, bins_of_peak(h.share, {0, valley})),
          peak_height(h, bins_of_peak(h.share, {valley, h.share.size() - 1}))};
}

// The highest bin of 24 would be 9 % too low for the narrow peak.
TEST(PeakHeight, OfTwoGaussiansIsTheirsForAnyBins) {
  for (const std::size_t bins : {24U, 31U, 40U, 97U, 400U}) {
    for (const double shift : {0.0, 0.003, 0.01, 0.017}) {
      const auto [first, second] = heights_of(exact_histogram({narrow, broad}, -shift, 1.1 - shift, bins));
      EXPECT_NEAR(first / narrow.height(), 1, 0.01) << bins;
      EXPECT_NEAR(second / broad.height(), 1, 0.01) << bins;
    }
  }
}

// In the mean over histograms of few samples neither peak gains from its noise.
TEST(PeakHeight, IsNotRaisedByNoise) {
  constexpr int sets = 300;
  double sum = 0;
  double squares = 0;
  for (std::uint64_t seed = 1; seed <= sets; ++seed) {
    std::mt19937_64 engine(seed);
    std::normal_distribution<double> normal;
    Values values;
    for (int n = 0; n < 1000; ++n) {
      const Gaussian& from = n < 300 ? narrow : broad;
      values.push_back(from.mean + from.deviation * normal(engine));
    }
    const auto [first, second] = heights_of(histogram(values, {}, 0, 1.1, 30));
    const double deviation = std::log(first / second) - std::log(narrow.height() / broad.height());
    sum += deviation;
    squares += deviation * deviation;
  }
  const double mean = sum / sets;
  const double scatter = std::sqrt(squares / sets - mean * mean);
  EXPECT_LT(scatter, 0.15);
  EXPECT_LT(std::abs(mean), 0.25 * scatter);
}

TEST(PeakHeight, AtTheEndOfWhatIsPossibleIsThatOfTheEnd) {
  Histogram h{0, 1, Values(20, 0), 0};
  for (std::size_t k = 0; k < 20; ++k) h.share[k] = std::exp(-static_cast<double>(k) / 3) / 3.53;
  const PeakBins bins = bins_of_peak(h.share, {0, 19});
  EXPECT_EQ(bins.first, 0U);
  EXPECT_NEAR(peak_height(h, bins), h.share[0] / h.width(), 1e-6);
}

TEST(PeakHeight, OfOneBinIsItsOwn) {
  const Histogram h{0, 1, {0, 0, 1, 0}, 0};
  EXPECT_DOUBLE_EQ(peak_height(h, bins_of_peak(h.share, {0, 3})), 4);
}

TEST(PeakHeight, OfNothingIsNone) { EXPECT_TRUE(std::isnan(peak_height({0, 1, {0, 0, 0}, 0}, {0, 2}))); }

TEST(PeakHeight, ABinThatIsHighByChanceIsNoPeak) {
  const Values shares{0.01, 0.2, 0, 0.02, 0.1, 0.15, 0.16, 0.15, 0.1, 0.02};
  const PeakBins bins = bins_of_peak(shares, {0, 9});
  EXPECT_EQ(bins.first, 4U);
  EXPECT_EQ(bins.last, 8U);
}

}  // namespace
}  // namespace nxmc

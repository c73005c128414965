// Error bars of correlated series, checked against series whose true error is known in closed form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

#include "autoregressive.hpp"
#include "nxmc/statistics/series.hpp"

namespace nxmc {
namespace {

using testing::ThrowsMessage;
using testing_tools::autoregressive_series;
using testing_tools::true_autocorrelation_time;

/// Standard deviation of the mean of n values with autocorrelation decay^t: exact, not asymptotic.
double true_error(double decay, int n) {
  double sum = 1;
  for (int t = 1; t < n; ++t) sum += 2 * (1 - static_cast<double>(t) / n) * std::pow(decay, t);
  return std::sqrt(sum / n);
}

Series series_of(std::span<const double> values) {
  Series series;
  for (const double& value : values) series.add({&value, 1});
  return series;
}

double variance_from_moments(std::span<const double> means) { return means[1] - means[0] * means[0]; }

Series moments_of(std::span<const double> values) {
  Series series(2);
  for (const double value : values) series.add(std::array{value, value * value});
  return series;
}

/// How reported errors relate to the true one over many independent series of the same kind.
struct Calibration {
  double mean_ratio = 0;  ///< mean of reported / true error
  double rms_ratio = 0;   ///< root of the mean square of it
  double spread = 0;      ///< standard deviation of it
  double coverage = 0;    ///< how often the true value lies within one error bar
};

template <class Estimator>
Calibration calibrate(int repetitions, double truth, double error, Estimator estimator) {
  Calibration result;
  double square = 0;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    const Estimate estimate = estimator(static_cast<std::uint64_t>(repetition) + 1);
    result.mean_ratio += estimate.error / error / repetitions;
    square += estimate.error * estimate.error / (error * error) / repetitions;
    result.coverage += std::abs(estimate.mean - truth) < estimate.error ? 1.0 / repetitions : 0;
  }
  result.rms_ratio = std::sqrt(square);
  result.spread = std::sqrt(square - result.mean_ratio * result.mean_ratio);
  return result;
}

Calibration calibrate_mean(double phi, int n, int repetitions) {
  return calibrate(repetitions, 0, true_error(phi, n),
                   [&](std::uint64_t seed) { return series_of(autoregressive_series(phi, n, seed)).estimate(0); });
}

/// The error bar from its definition: the whole series in memory, bins of the given length, means and covariances in
/// two passes.
double two_pass_error(std::span<const double> values, std::size_t bin_length) {
  const std::size_t bins = values.size() / bin_length;
  std::vector<double> mean_of_bin(bins);
  for (std::size_t b = 0; b < bins; ++b) {
    for (const double value : values.subspan(b * bin_length, bin_length)) mean_of_bin[b] += value;
    mean_of_bin[b] /= static_cast<double>(bin_length);
  }
  double mean = 0;
  for (const double value : mean_of_bin) mean += value / static_cast<double>(bins);
  const auto covariance = [&](std::size_t lag) {
    double sum = 0;
    for (std::size_t b = lag; b < bins; ++b) sum += (mean_of_bin[b] - mean) * (mean_of_bin[b - lag] - mean);
    return sum / static_cast<double>(bins);
  };
  std::vector<double> pairs;
  for (std::size_t lag = 0; lag + 1 < bins; lag += 2) {
    const double pair = covariance(lag) + covariance(lag + 1);
    if (pair <= 0) break;
    pairs.push_back(pairs.empty() ? pair : std::min(pair, pairs.back()));
  }
  double sum = -covariance(0);
  for (const double pair : pairs) sum += 2 * pair;
  const double bias = 1 - (4 * static_cast<double>(pairs.size()) - 1) / static_cast<double>(bins);
  return std::sqrt(sum / bias * static_cast<double>(bin_length) / static_cast<double>(values.size()));
}

std::vector<std::uint64_t> bits(std::span<const double> values) {
  std::vector<std::uint64_t> result;
  for (const double value : values) result.push_back(std::bit_cast<std::uint64_t>(value));
  return result;
}

TEST(Series, WithoutSamplesKnowsNothing) {
  const Series series(3);
  EXPECT_EQ(series.count(), 0U);
  EXPECT_EQ(series.components(), 3U);
  EXPECT_TRUE(std::isnan(series.estimate(2).mean));
  EXPECT_TRUE(std::isnan(series.estimate(2).error));
  EXPECT_TRUE(std::isnan(series.estimate(variance_from_moments).mean));
  EXPECT_TRUE(std::isnan(series.autocorrelation_time(2)));
}

TEST(Series, OneSampleHasAMeanButNoError) {
  const Series series = moments_of(std::array{0.75});
  EXPECT_EQ(series.estimate(0).mean, 0.75);
  EXPECT_TRUE(std::isnan(series.estimate(0).error));
  EXPECT_EQ(series.estimate(variance_from_moments).mean, 0);
  EXPECT_TRUE(std::isnan(series.estimate(variance_from_moments).error));
  EXPECT_TRUE(std::isnan(series.autocorrelation_time(0)));
}

TEST(Series, TwoSamplesCountAsIndependent) {
  const Series series = series_of(std::array{1.0, 4.0});
  EXPECT_DOUBLE_EQ(series.estimate(0).mean, 2.5);
  EXPECT_DOUBLE_EQ(series.estimate(0).error, 1.5);
  EXPECT_DOUBLE_EQ(series.autocorrelation_time(0), 0.5);
}

TEST(Series, ConstantSeriesHasNoErrorAndNoAutocorrelationTime) {
  for (const int n : {2, 3, 100, 5000}) {
    const Series series = moments_of(std::vector<double>(static_cast<std::size_t>(n), 0.1));
    EXPECT_EQ(series.estimate(0).mean, 0.1);
    EXPECT_EQ(series.estimate(0).error, 0);
    EXPECT_EQ(series.estimate(variance_from_moments).error, 0);
    EXPECT_TRUE(std::isnan(series.autocorrelation_time(0)));
  }
}

TEST(Series, OneComponentThatIsNotANumberLeavesTheOthersAlone) {
  Series series(2);
  for (const double value : autoregressive_series(0.5, 700, 1)) {
    series.add(std::array{std::numeric_limits<double>::quiet_NaN(), value});
  }
  EXPECT_TRUE(std::isnan(series.estimate(0).mean));
  EXPECT_TRUE(std::isnan(series.estimate(0).error));
  EXPECT_TRUE(std::isnan(series.autocorrelation_time(0)));
  EXPECT_EQ(series.estimate(1).error, series_of(autoregressive_series(0.5, 700, 1)).estimate(0).error);
}

TEST(Series, AgreesWithTwoPassesOverBinsOfTheSameLength) {
  struct Case {
    int n;
    std::size_t bin_length;
  };
  for (const Case c : {Case{50, 1}, Case{511, 1}, Case{512, 2}, Case{1023, 2}, Case{1024, 4}, Case{5001, 16}}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const std::vector<double> values = autoregressive_series(0.8, c.n, seed);
      double mean = 0;
      for (const double value : values) mean += value / c.n;
      const Estimate estimate = series_of(values).estimate(0);
      EXPECT_NEAR(estimate.mean, mean, 1e-13);
      EXPECT_NEAR(estimate.error, two_pass_error(values, c.bin_length), 1e-12) << c.n << " samples, seed " << seed;
    }
  }
}

TEST(Series, LargeOffsetCostsNoAccuracy) {
  const std::vector<double> values = autoregressive_series(0.8, 3000, 3);
  std::vector<double> shifted = values;
  for (double& value : shifted) value += 0x1p30;
  const double error = series_of(values).estimate(0).error;
  EXPECT_NEAR(series_of(shifted).estimate(0).error, error, 1e-6 * error);
  EXPECT_NEAR(series_of(shifted).autocorrelation_time(0), series_of(values).autocorrelation_time(0), 1e-5);
}

TEST(Series, FunctionThatIsOneOfTheMeansHasThatMeansError) {
  for (const int n : {5, 300, 5001}) {
    const Series series = moments_of(autoregressive_series(0.9, n, 11));
    const Estimate direct = series.estimate(1);
    const Estimate function = series.estimate([](std::span<const double> means) { return means[1]; });
    EXPECT_DOUBLE_EQ(function.mean, direct.mean);
    EXPECT_NEAR(function.error, direct.error, 1e-10 * direct.error);
  }
}

TEST(Series, AutocorrelationTimeAndErrorTellTheSame) {
  const std::vector<double> values = autoregressive_series(0.9, 4096, 5);
  const Series series = series_of(values);
  double square = 0;
  for (const double value : values) square += std::pow(value - series.estimate(0).mean, 2);
  const double variance = square / (4096 - 1);
  EXPECT_NEAR(series.estimate(0).error, std::sqrt(2 * series.autocorrelation_time(0) * variance / 4096), 1e-12);
}

TEST(Series, ContinuesBitForBitAfterSaveAndLoad) {
  // Around the lengths where bins are merged, and between.
  for (const std::size_t stop : {0UL, 1UL, 2UL, 511UL, 512UL, 513UL, 1023UL, 1024UL, 3001UL}) {
    const std::vector<double> values = autoregressive_series(0.7, 4000, 13);
    const std::span<const double> all = values;
    Series resumed(2);
    resumed.load(moments_of(all.first(stop)).save());
    for (const double value : all.subspan(stop)) resumed.add(std::array{value, value * value});

    const Series uninterrupted = moments_of(all);
    EXPECT_EQ(resumed.count(), 4000U);
    EXPECT_EQ(bits(resumed.save()), bits(uninterrupted.save()));
    EXPECT_EQ(resumed.estimate(1).error, uninterrupted.estimate(1).error);
  }
}

TEST(Series, RefusesAStateThatIsNotItsOwn) {
  const std::vector<double> state = series_of(autoregressive_series(0, 600, 1)).save();
  EXPECT_THAT([&] { Series(2).load(state); },
              ThrowsMessage<std::runtime_error>("not the saved state of a series with 2 values per sample"));

  Series series;
  EXPECT_THROW(series.load({}), std::runtime_error);
  EXPECT_THROW(series.load(std::span(state).first(state.size() - 1)), std::runtime_error);
  std::vector<double> damaged = state;
  damaged[1] = -1;
  EXPECT_THROW(series.load(damaged), std::runtime_error);
  damaged[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(series.load(damaged), std::runtime_error);
  EXPECT_EQ(series.count(), 0U);
}

TEST(Series, MemoryDoesNotGrowWithLength) {
  EXPECT_LT(series_of(autoregressive_series(0, 100000, 1)).save().size(), 600U);
}

// The tests below draw hundreds of series with fixed seeds. A coverage of 68.3 % measured on m series has standard
// error 0.466/sqrt(m); tolerances are at least three of those, plus the few per cent that Series documents.

TEST(SeriesStatistics, IndependentSamplesHaveTheTextbookError) {
  const Calibration c = calibrate_mean(0, 3000, 1000);
  EXPECT_NEAR(c.mean_ratio, 1.02, 0.04);
  EXPECT_LT(c.spread, 0.13);
  EXPECT_NEAR(c.coverage, 0.683, 0.05);
}

TEST(SeriesStatistics, CorrelatedSeriesHaveTheirTrueError) {
  struct Case {
    double phi;  // integrated autocorrelation times 1.5, 4.5, 19.5, 99.5
    int n;
    int repetitions;
  };
  for (const Case& p : {Case{0.5, 3000, 1000}, Case{0.8, 5000, 1000}, Case{0.95, 10000, 500}, Case{0.99, 30000, 400}}) {
    const Calibration c = calibrate_mean(p.phi, p.n, p.repetitions);
    EXPECT_NEAR(c.mean_ratio, 1.03, 0.05) << "phi " << p.phi;
    EXPECT_NEAR(c.coverage, 0.683, 0.07) << "phi " << p.phi;
  }
}

TEST(SeriesStatistics, AutocorrelationTimesAreThoseOfTheProcess) {
  for (const double phi : {0.0, 0.5, 0.9, 0.99}) {
    const double tau = true_autocorrelation_time(phi);
    double mean = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      mean += series_of(autoregressive_series(phi, static_cast<int>(1000 * tau), seed)).autocorrelation_time(0) / 40;
    }
    // One estimate scatters by about 20 %, so their mean by 3.
    EXPECT_NEAR(mean, tau, 0.15 * tau) << "phi " << phi;
  }
}

TEST(SeriesStatistics, ShortChainsDoNotUnderstateTheirError) {
  // 10, 20 and 50 autocorrelation times: plain binning with at least 32 bins reports 0.3, 0.4 and 0.6 of the true error
  // here.
  for (const int n : {95, 190, 475}) {
    const Calibration c = calibrate_mean(0.9, n, 1500);
    EXPECT_GT(c.rms_ratio, 0.98) << n << " samples";
    EXPECT_GT(c.mean_ratio, 0.88) << n << " samples";
    EXPECT_LT(c.mean_ratio, 1.1) << n << " samples";
    EXPECT_GT(c.coverage, 0.55) << n << " samples";
  }
}

TEST(SeriesStatistics, AFewIndependentSamplesDoNotUnderstateTheirError) {
  for (const int n : {2, 3, 4, 8, 16, 32}) {
    const Calibration c = calibrate_mean(0, n, 4000);
    EXPECT_GT(c.rms_ratio, 0.96) << n << " samples";
    EXPECT_LT(c.rms_ratio, 1.5) << n << " samples";
  }
}

TEST(SeriesStatistics, JackknifeKnowsTheErrorOfAVariance) {
  // Cov(x_0^2, x_t^2) = 2 phi^2t for a Gaussian process of variance 1, and the mean is known well enough not to matter.
  for (const double phi : {0.0, 0.9}) {
    constexpr int n = 8000;
    const double error = std::sqrt(2.0) * true_error(phi * phi, n);
    const Calibration c = calibrate(600, 1, error, [&](std::uint64_t seed) {
      return moments_of(autoregressive_series(phi, n, seed)).estimate(variance_from_moments);
    });
    EXPECT_NEAR(c.mean_ratio, 1.03, 0.06) << "phi " << phi;
    EXPECT_NEAR(c.coverage, 0.683, 0.06) << "phi " << phi;
  }
}

// ---- bins

TEST(Series, ShowsTheMeansOfItsBinsAndOfWhatCameAfterThem) {
  const std::vector<double> values = autoregressive_series(0.5, 2100, 7);
  Series series(2);
  for (std::size_t n = 0; n <= values.size(); ++n) {
    const Series::Bins bins = series.in_bins();
    if (n < 20 || n % 511 < 3 || n % 64 == 5) {
      const std::size_t count = (n + bins.length - 1) / bins.length;
      ASSERT_EQ(bins.means.size(), 2 * count) << n;
      EXPECT_LE(count, 512U);
      EXPECT_EQ(bins.last, count == 0 ? 0 : n - (count - 1) * bins.length) << n;
      for (std::size_t b = 0; b < count; ++b) {
        const std::span<const double> mine =
            std::span(values).subspan(b * bins.length, std::min<std::size_t>(bins.length, n - b * bins.length));
        const double mean = std::accumulate(mine.begin(), mine.end(), 0.0) / static_cast<double>(mine.size());
        EXPECT_NEAR(bins.means[2 * b], mean, 1e-13) << n;
        EXPECT_NEAR(bins.means[2 * b + 1], 1000 - mean, 1e-9) << n;
      }
    }
    if (n < values.size()) series.add(std::array{values[n], 1000 - values[n]});
  }
  EXPECT_EQ(series.in_bins().length, 8U);
}

}  // namespace
}  // namespace nxmc

// Autocorrelation times of plain series: those of the process, and those that Series keeps.
#include "nxmc/statistics/autocorrelation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "autoregressive.hpp"
#include "nxmc/statistics/series.hpp"

namespace nxmc {
namespace {

using testing_tools::autoregressive_series;
using testing_tools::true_autocorrelation_time;

TEST(AutocorrelationTime, IsThatOfTheProcess) {
  for (const double phi : {0.0, 0.5, 0.9, 0.99}) {
    const double tau = true_autocorrelation_time(phi);
    double mean = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
      mean += autocorrelation_time(autoregressive_series(phi, static_cast<int>(2000 * tau), seed)) / 20;
    EXPECT_NEAR(mean, tau, 0.07 * tau) << "phi " << phi;
  }
}

TEST(AutocorrelationTime, IsThatOfSeriesWhichAreNotBinned) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<double> values = autoregressive_series(0.8, 511, seed);
    Series series;
    for (const double& value : values) series.add({&value, 1});
    EXPECT_NEAR(autocorrelation_time(values), series.autocorrelation_time(0), 1e-12 * series.autocorrelation_time(0));
  }
}

/// The sum over all lags, each by itself, as it is defined.
double defined_long_run_variance(const std::vector<double>& values) {
  const std::size_t n = values.size();
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(n);
  const auto covariance = [&](std::size_t lag) {
    double sum = 0;
    for (std::size_t t = 0; t + lag < n; ++t) sum += (values[t] - mean) * (values[t + lag] - mean);
    return sum / static_cast<double>(n);
  };
  double sum = -covariance(0);
  double previous = std::numeric_limits<double>::infinity();
  std::size_t lag = 0;
  for (; lag + 1 < n; lag += 2) {
    previous = std::min(previous, covariance(lag) + covariance(lag + 1));
    if (previous <= 0) break;
    sum += 2 * previous;
  }
  return sum / (1 - (2 * static_cast<double>(lag) - 1) / static_cast<double>(n));
}

TEST(LongRunVariance, IsTheSumOverAllLags) {
  for (const int n : {40, 41, 47, 48, 500, 3001}) {
    for (const double phi : {0.0, 0.6, n > 1000 ? 0.97 : 0.3}) {
      const std::vector<double> values = autoregressive_series(phi, n, 5);
      const double defined = defined_long_run_variance(values);
      EXPECT_NEAR(long_run_variance(values), defined, 1e-10 * defined) << n << ' ' << phi;
    }
  }
}

TEST(AutocorrelationTime, OfManyValuesIsThatOfTheirBins) {
  const int n = 400000;
  EXPECT_NEAR(autocorrelation_time(autoregressive_series(0, n, 3)), 0.5, 0.03);
  EXPECT_NEAR(autocorrelation_time(autoregressive_series(0.99, n, 3)), 99.5, 15);
}

TEST(AutocorrelationTime, NeedsValuesThatVary) {
  EXPECT_TRUE(std::isnan(autocorrelation_time({})));
  EXPECT_TRUE(std::isnan(autocorrelation_time(std::vector<double>{1})));
  EXPECT_TRUE(std::isnan(autocorrelation_time(std::vector<double>(100, 0.1))));
  EXPECT_TRUE(std::isnan(autocorrelation_time(std::vector<double>(100000, 0.1))));
  EXPECT_TRUE(std::isnan(effective_samples(std::vector<double>(100, 0.1))));
  std::vector<double> values = autoregressive_series(0.5, 1000, 1);
  values[500] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(autocorrelation_time(values)));
  EXPECT_TRUE(std::isnan(effective_samples(values)));
}

TEST(EffectiveSamples, AreLengthOverTwiceTheAutocorrelationTime) {
  const std::vector<double> values = autoregressive_series(0.9, 20000, 7);
  EXPECT_DOUBLE_EQ(effective_samples(values), 20000 / (2 * autocorrelation_time(values)));
  EXPECT_NEAR(effective_samples(values), 20000 / 19.0, 150);
}

TEST(EffectiveSamples, AreNeverMoreThanTheSamples) {
  std::vector<double> alternating(1000);
  for (std::size_t i = 0; i < alternating.size(); ++i) alternating[i] = i % 2 == 0 ? 1 : -1;
  EXPECT_LT(autocorrelation_time(alternating), 0.5);
  EXPECT_EQ(effective_samples(alternating), 1000);
}

}  // namespace
}  // namespace nxmc

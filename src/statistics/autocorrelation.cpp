#include "nxmc/statistics/autocorrelation.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_values = 32768;
constexpr std::size_t lags_at_once = 8;

std::vector<double> deviations_from_mean(std::span<const double> values) {
  // About the first value, so that equal values have deviations of exactly zero.
  const double origin = values.front();
  double sum = 0;
  for (const double value : values) sum += value - origin;
  const double mean = sum / static_cast<double>(values.size());

  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double value : values) deviations.push_back(value - origin - mean);
  return deviations;
}

/// Autocovariances of deviations from the mean: sum over t of d[t] d[t + lag], divided by the number of values (the
/// biased, positive definite form). Several lags side by side, because the next ones are always asked for, each summed
/// in the order of time.
class Autocovariances {
 public:
  explicit Autocovariances(std::span<const double> d) : d_(d) {}

  double operator()(std::size_t lag) {
    if (lag < first_ || lag >= first_ + lags_at_once) compute_from(lag);
    return values_[lag - first_];
  }

 private:
  void compute_from(std::size_t lag) {
    first_ = lag;
    values_.fill(0);
    const std::size_t n = d_.size();
    const std::size_t last_lag = lag + lags_at_once - 1;
    std::size_t t = 0;
    for (; t + last_lag < n; ++t)
      for (std::size_t k = 0; k < lags_at_once; ++k) values_[k] += d_[t] * d_[t + lag + k];
    for (; t + lag < n; ++t)
      for (std::size_t k = 0; t + lag + k < n; ++k) values_[k] += d_[t] * d_[t + lag + k];
    for (double& value : values_) value /= static_cast<double>(n);
  }

  std::span<const double> d_;
  std::size_t first_ = std::numeric_limits<std::size_t>::max() - lags_at_once;
  std::array<double, lags_at_once> values_{};
};

/// Means of successive values, as few as bring the series below the length above which it takes too long.
std::vector<double> averaged_over_bins(std::span<const double> values, std::size_t bin_length) {
  std::vector<double> means(values.size() / bin_length);
  for (std::size_t b = 0; b < means.size(); ++b) {
    // About the first value, so that equal values have equal means.
    double sum = 0;
    for (const double value : values.subspan(b * bin_length, bin_length)) sum += value - values.front();
    means[b] = sum / static_cast<double>(bin_length);
  }
  return means;
}

std::size_t bin_length_for(std::size_t count) {
  std::size_t length = 1;
  while (count / length >= most_values) length *= 2;
  return length;
}

/// About the values' own mean, with one degree of freedom less.
double sample_variance(std::span<const double> values) {
  double sum = 0;
  for (const double d : deviations_from_mean(values)) sum += d * d;
  return sum / static_cast<double>(values.size() - 1);
}

}  // namespace

double long_run_variance(std::span<const double> values) {
  assert(values.size() >= 2);
  const std::size_t n = values.size();
  const auto count = static_cast<double>(n);
  const std::vector<double> d = deviations_from_mean(values);
  Autocovariances autocovariance(d);
  const double variance = autocovariance(0);
  // Three values say nothing about their correlation.
  if (n < 4) return variance * count / (count - 1);

  double sum = -variance;
  double previous = std::numeric_limits<double>::infinity();
  std::size_t lags = 0;  // covariances that entered: lags -(lags-1) … lags-1
  for (; lags + 1 < n; lags += 2) {
    const double pair = autocovariance(lags) + autocovariance(lags + 1);
    if (!(pair > 0)) break;
    previous = std::min(previous, pair);
    sum += 2 * previous;
  }
  // A chain that hardly exceeds its correlation time would make the correction diverge: five is as far as it reaches.
  const double window = std::max(0.0, 2 * static_cast<double>(lags) - 1);
  const double bias = std::max(1 - window / count, 0.2);
  return std::max(sum, variance / count) / bias;
}

double autocorrelation_time(std::span<const double> values) {
  if (values.size() < 2) return nan;
  const double variance = sample_variance(values);
  if (!(variance > 0)) return nan;
  const std::size_t bin_length = bin_length_for(values.size());
  const double of_bins =
      bin_length == 1 ? long_run_variance(values)
                      : long_run_variance(averaged_over_bins(values, bin_length)) * static_cast<double>(bin_length);
  return of_bins / (2 * variance);
}

double effective_samples(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  const double tau = autocorrelation_time(values);
  return std::isnan(tau) ? nan : std::min(count, count / (2 * tau));
}

}  // namespace nxmc

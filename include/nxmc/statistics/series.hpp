// Averages of correlated time series with honest error bars.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace nxmc {

struct Estimate {
  double mean;
  double error;  ///< one standard error, autocorrelation included; NaN where it cannot be known (fewer than 2 samples)
};

/// Averages of a vector-valued time series: memory independent of its length, O(components) per sample.
///
/// The series is kept as 256 to 511 sums over bins of equal length (single samples in a series shorter than that).
/// Error bars sum the autocorrelation of the bins (long_run_variance). Those of functions of several means are the
/// error bars of the jackknife's pseudo-values, so that f(means) = means[c] has the error of component c. Plain binning
/// with the usual criteria for the bin length was tried: below 500 autocorrelation times its error bars are too small
/// by 10 to 80 %.
///
/// How far to trust an error bar, from chains of n samples with integrated autocorrelation time tau: 4 % too large and
/// itself good to 10 % for n > 1000 tau; right in the mean and good to 45 % at 20 tau; on average 20 % too small at 5
/// tau. A chain that never left one of two states knows nothing about the other.
class Series {
 public:
  /// \param components  how many values each sample has
  explicit Series(std::size_t components = 1);

  /// \pre as many values as components
  void add(std::span<const double> sample);
  std::uint64_t count() const { return count_; }
  std::size_t components() const { return origin_.size(); }

  Estimate estimate(std::size_t component) const;
  /// f(means) and its error. f must be smooth at the means.
  Estimate estimate(const std::function<double(std::span<const double>)>& f) const;
  /// Integrated autocorrelation time in samples, 1/2 + sum of the normalised autocorrelations: 1/2 when uncorrelated,
  /// NaN when constant or shorter than 2 samples. The error is sqrt(2 tau / n) times the standard deviation of a
  /// sample.
  double autocorrelation_time(std::size_t component) const;

  /// The series as it is kept: means over bins, one after the other.
  struct Bins {
    std::uint64_t length = 1;   ///< samples in each of them, but for the last
    std::uint64_t last = 0;     ///< samples in the last one: as many, or fewer if it is not complete; 0 without samples
    std::vector<double> means;  ///< [bin][component]
  };
  Bins in_bins() const;

  /// Complete state as numbers, and back: to the bit.
  std::vector<double> save() const;
  /// How many numbers save() gives after `count` samples.
  static std::size_t saved_size(std::size_t components, std::uint64_t count);
  /// \throws std::runtime_error if `state` is not that of a series with as many components
  void load(std::span<const double> state);

 private:
  std::size_t bins() const { return bin_sums_.size() / components(); }
  void close_bin();
  std::vector<double> bin_means(std::size_t component) const;
  std::vector<double> pseudo_values(const std::function<double(std::span<const double>)>& f) const;
  double error_of_mean(std::span<const double> bin_values) const;
  double sample_variance(std::size_t component) const;
  std::vector<double> means() const;

  // All sums are about the first sample, so that small fluctuations of a large value do not cancel.
  std::uint64_t count_ = 0;
  std::uint64_t bin_length_ = 1;    // samples in a complete bin
  std::vector<double> origin_;      // [components] the first sample
  std::vector<double> sum_;         // [components] over all samples
  std::vector<double> square_sum_;  // [components] over all samples
  std::vector<double> open_bin_;    // [components] sum over the samples after the last complete bin
  std::vector<double> bin_sums_;    // [bins x components] sums over complete bins
};

}  // namespace nxmc

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

/// Running moments of a vector-valued time series: memory independent of its length, O(1) per sample.
///
/// Error bars come from binning (Flyvbjerg and Petersen 1989) at the smallest bin length B for which
/// B^3 > 2 n (err_B / err_1)^4 (Lee et al. 2011), or the longest with at least 32 bins if none suffices; those of functions of several means from a
/// jackknife over bins of that length. State is plain numbers: `save`/`load` restore it to the bit.
class Series {
 public:
  /// \param components  how many values each sample has
  explicit Series(std::size_t components = 1);

  void add(std::span<const double> sample);
  std::uint64_t count() const { return count_; }
  std::size_t components() const { return components_; }

  Estimate estimate(std::size_t component) const;
  /// Value and error of f(means), by jackknife with the longest bin length that its components need.
  Estimate estimate(const std::function<double(std::span<const double>)>& f) const;
  /// Integrated autocorrelation time in samples, (err_B / err_1)^2 / 2; 1/2 when uncorrelated, NaN when constant.
  double autocorrelation_time(std::size_t component) const;

  std::vector<double> save() const;
  void load(std::span<const double> state);

 private:
  // Level l holds the sums and sums of squares (about the first sample, which avoids cancellation) of complete bins of 2^l samples…
  std::size_t components_;
  std::uint64_t count_ = 0;
  std::vector<double> state_;
};

}  // namespace nxmc

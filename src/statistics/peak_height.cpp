#include "nxmc/statistics/peak_height.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "cholesky.hpp"

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double averaged(std::span<const double> shares, std::size_t bin) {
  double sum = 2 * shares[bin];
  double weight = 2;
  if (bin > 0) sum += shares[bin - 1], ++weight;
  if (bin + 1 < shares.size()) sum += shares[bin + 1], ++weight;
  return sum / weight;
}

/// exp(level + slope x + bend x^2)
struct Bell {
  double level = 0;
  double slope = 0;
  double bend = 0;

  double log_at(double x) const { return level + x * (slope + x * bend); }
};

/// The most likely one for shares at x = -half … half, whose sum is 1: Newton's method, whose steps are halved where
/// they would not raise the likelihood.
class BellFit {
 public:
  explicit BellFit(std::span<const double> shares) : shares_(shares) {
    bell_.level = -std::log(static_cast<double>(shares.size()));
    likelihood_ = likelihood_of(bell_);
  }

  /// Nothing where it is as narrow as one bin, and so has no width.
  std::optional<Bell> solve() {
    constexpr int most_steps = 100;
    constexpr double enough = 1e-12;
    for (int step = 0; step < most_steps; ++step) {
      const double before = likelihood_;
      if (!improve()) return std::nullopt;
      if (likelihood_ - before <= enough) return bell_;
    }
    return std::nullopt;
  }

 private:
  double x_of(std::size_t bin) const { return static_cast<double>(bin) - static_cast<double>(shares_.size() - 1) / 2; }

  double likelihood_of(const Bell& bell) const {
    double sum = 0;
    for (std::size_t k = 0; k < shares_.size(); ++k) {
      const double log_mean = bell.log_at(x_of(k));
      sum += shares_[k] * log_mean - std::exp(log_mean);
    }
    return sum;
  }

  bool improve() {
    std::vector<double> matrix(9, 0);
    std::vector<double> gradient(3, 0);
    for (std::size_t k = 0; k < shares_.size(); ++k) {
      const std::array<double, 3> powers{1, x_of(k), x_of(k) * x_of(k)};
      const double mean = std::exp(bell_.log_at(x_of(k)));
      for (std::size_t i = 0; i < 3; ++i) {
        gradient[i] += powers[i] * (shares_[k] - mean);
        for (std::size_t j = 0; j < 3; ++j) matrix[3 * i + j] += powers[i] * powers[j] * mean;
      }
    }
    const std::optional<Cholesky> factor = Cholesky::of(std::move(matrix), 3);
    if (!factor) return false;
    std::vector<double> change = factor->solve(gradient);
    constexpr int most_halvings = 30;
    for (int halving = 0; halving < most_halvings; ++halving) {
      const Bell next{bell_.level + change[0], bell_.slope + change[1], bell_.bend + change[2]};
      const double likelihood = likelihood_of(next);
      if (likelihood >= likelihood_) {
        bell_ = next;
        likelihood_ = likelihood;
        return true;
      }
      for (double& part : change) part /= 2;
    }
    return true;  // nothing is better within rounding
  }

  std::span<const double> shares_;
  Bell bell_;
  double likelihood_ = 0;
};

/// Averaging over a bin adds 1/12 to the variance, in bins, and lowers the height by as much as it broadens.
double unbinned(double height, double variance) {
  constexpr double of_a_bin = 1.0 / 12;
  return height * std::sqrt(variance / std::max(variance - of_a_bin, variance / 2));
}

double height_of(const Bell& bell, double half) {
  const double vertex = -bell.slope / (2 * bell.bend);
  if (bell.bend < 0 && std::abs(vertex) <= half + 0.5)
    return unbinned(std::exp(bell.log_at(vertex)), -1 / (2 * bell.bend));
  return std::exp(std::max(bell.log_at(-half), bell.log_at(half)));
}

}  // namespace

PeakBins bins_of_peak(std::span<const double> shares, PeakBins within) {
  assert(within.first <= within.last && within.last < shares.size());
  std::size_t top = within.first;
  for (std::size_t bin = within.first; bin <= within.last; ++bin)
    if (averaged(shares, bin) > averaged(shares, top)) top = bin;
  const double half = averaged(shares, top) / 2;
  PeakBins bins{top, top};
  while (bins.first > within.first && averaged(shares, bins.first - 1) >= half) --bins.first;
  while (bins.last < within.last && averaged(shares, bins.last + 1) >= half) ++bins.last;
  const auto too_few = [&] { return bins.last - bins.first < 2; };
  if (too_few() && bins.first == top && top > within.first) --bins.first;
  if (too_few() && bins.last < within.last) ++bins.last;
  while (too_few() && bins.first > within.first) --bins.first;
  while (too_few() && bins.last < within.last) ++bins.last;
  return bins;
}

double peak_height(const Histogram& histogram, PeakBins bins) {
  const std::span<const double> shares = std::span(histogram.share).subspan(bins.first, bins.last - bins.first + 1);
  double total = 0;
  for (const double share : shares) total += share;
  if (!(total > 0)) return nan;
  const double highest = std::ranges::max(shares) / histogram.width();
  if (std::ranges::count_if(shares, [](double share) { return share > 0; }) < 3) return highest;
  std::vector<double> normalised(shares.begin(), shares.end());
  for (double& share : normalised) share /= total;
  const std::optional<Bell> bell = BellFit(normalised).solve();
  if (!bell) return highest;
  return height_of(*bell, static_cast<double>(shares.size() - 1) / 2) * total / histogram.width();
}

}  // namespace nxmc

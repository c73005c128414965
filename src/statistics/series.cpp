#include "nxmc/statistics/series.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "nxmc/statistics/autocorrelation.hpp"

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_bins = 512;
constexpr std::size_t saved_header = 2;  // components and count
static_assert(most_bins % 2 == 0, "bins are merged in pairs");

void merge_pairs(std::vector<double>& bin_sums, std::size_t components) {
  const std::size_t pairs = bin_sums.size() / components / 2;
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    for (std::size_t c = 0; c < components; ++c) {
      bin_sums[pair * components + c] = bin_sums[2 * pair * components + c] + bin_sums[(2 * pair + 1) * components + c];
    }
  }
  bin_sums.resize(pairs * components);
}

std::uint64_t bin_length_for(std::uint64_t count) {
  std::uint64_t length = 1;
  while (count / length >= most_bins) length *= 2;
  return length;
}

}  // namespace

Series::Series(std::size_t components)
    : origin_(components), sum_(components), square_sum_(components), open_bin_(components) {
  assert(components > 0);
}

void Series::add(std::span<const double> sample) {
  assert(sample.size() == components());
  if (count_ == 0) std::ranges::copy(sample, origin_.begin());
  for (std::size_t c = 0; c < components(); ++c) {
    const double x = sample[c] - origin_[c];
    sum_[c] += x;
    square_sum_[c] += x * x;
    open_bin_[c] += x;
  }
  ++count_;
  if (count_ % bin_length_ == 0) close_bin();
}

void Series::close_bin() {
  bin_sums_.insert(bin_sums_.end(), open_bin_.begin(), open_bin_.end());
  std::ranges::fill(open_bin_, 0.0);
  if (bins() < most_bins) return;
  merge_pairs(bin_sums_, components());
  bin_length_ *= 2;
}

Estimate Series::estimate(std::size_t component) const {
  if (count_ == 0) return {nan, nan};
  const double mean = means()[component];
  if (count_ < 2) return {mean, nan};
  return {mean, error_of_mean(bin_means(component))};
}

Estimate Series::estimate(const std::function<double(std::span<const double>)>& f) const {
  if (count_ == 0) return {nan, nan};
  const double value = f(means());
  if (count_ < 2) return {value, nan};
  return {value, error_of_mean(pseudo_values(f))};
}

double Series::autocorrelation_time(std::size_t component) const {
  if (count_ < 2) return nan;
  const double variance = sample_variance(component);
  if (!(variance > 0)) return nan;
  return static_cast<double>(bin_length_) * long_run_variance(bin_means(component)) / (2 * variance);
}

Series::Bins Series::in_bins() const {
  const std::uint64_t open = count_ % bin_length_;
  Bins found{.length = bin_length_, .last = open > 0 || count_ == 0 ? open : bin_length_, .means = {}};
  const auto add = [&](std::span<const double> sums, std::uint64_t samples) {
    for (std::size_t c = 0; c < components(); ++c)
      found.means.push_back(origin_[c] + sums[c] / static_cast<double>(samples));
  };
  for (std::size_t b = 0; b < bins(); ++b)
    add(std::span(bin_sums_).subspan(b * components(), components()), bin_length_);
  if (open > 0) add(open_bin_, open);
  return found;
}

std::vector<double> Series::means() const {
  std::vector<double> means(components());
  for (std::size_t c = 0; c < components(); ++c) means[c] = origin_[c] + sum_[c] / static_cast<double>(count_);
  return means;
}

/// Relative to the first sample, which no error bar depends on.
std::vector<double> Series::bin_means(std::size_t component) const {
  std::vector<double> means(bins());
  for (std::size_t b = 0; b < bins(); ++b) {
    means[b] = bin_sums_[b * components() + component] / static_cast<double>(bin_length_);
  }
  return means;
}

/// Jackknife: what bin b contributes to f, n/B f(all) - (n/B - 1) f(all but b). For f(means) = means[c] these are the
/// bin means.
std::vector<double> Series::pseudo_values(const std::function<double(std::span<const double>)>& f) const {
  const auto n = static_cast<double>(count_);
  const auto length = static_cast<double>(bin_length_);
  const double of_all = f(means());

  std::vector<double> values(bins());
  std::vector<double> others(components());
  for (std::size_t b = 0; b < bins(); ++b) {
    for (std::size_t c = 0; c < components(); ++c) {
      others[c] = origin_[c] + (sum_[c] - bin_sums_[b * components() + c]) / (n - length);
    }
    const double of_others = f(others);
    values[b] = of_others + n / length * (of_all - of_others);
  }
  return values;
}

double Series::error_of_mean(std::span<const double> bin_values) const {
  const double variance_per_sample = static_cast<double>(bin_length_) * long_run_variance(bin_values);
  if (variance_per_sample == 0) return 0;  // not the negative zero that rounding can leave
  return std::sqrt(variance_per_sample / static_cast<double>(count_));
}

double Series::sample_variance(std::size_t component) const {
  const auto n = static_cast<double>(count_);
  return (square_sum_[component] - sum_[component] * sum_[component] / n) / (n - 1);
}

std::vector<double> Series::save() const {
  std::vector<double> state{static_cast<double>(components()), static_cast<double>(count_)};
  for (const auto* part : {&origin_, &sum_, &square_sum_, &open_bin_, &bin_sums_}) {
    state.insert(state.end(), part->begin(), part->end());
  }
  return state;
}

std::size_t Series::saved_size(std::size_t components, std::uint64_t count) {
  return saved_header + (4 + count / bin_length_for(count)) * components;
}

void Series::load(std::span<const double> state) {
  constexpr double exact_integers = 9007199254740992.0;  // 2^53
  const auto refuse = [this] {
    throw std::runtime_error("not the saved state of a series with " + std::to_string(components()) +
                             " values per sample");
  };
  if (state.size() < saved_header || state[0] != static_cast<double>(components())) refuse();
  if (!(state[1] >= 0 && state[1] <= exact_integers)) refuse();
  const auto count = static_cast<std::uint64_t>(state[1]);
  const std::uint64_t length = bin_length_for(count);
  if (state.size() != saved_size(components(), count)) refuse();

  count_ = count;
  bin_length_ = length;
  bin_sums_.resize(count / length * components());
  auto next = state.begin() + saved_header;
  for (auto* part : {&origin_, &sum_, &square_sum_, &open_bin_, &bin_sums_}) {
    std::copy_n(next, part->size(), part->begin());
    next += static_cast<std::ptrdiff_t>(part->size());
  }
}

}  // namespace nxmc

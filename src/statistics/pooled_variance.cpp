#include "nxmc/statistics/pooled_variance.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double square(double x) { return x * x; }

std::vector<ChainMoments> that_count(std::span<const ChainMoments> chains) {
  std::vector<ChainMoments> counted;
  for (const ChainMoments& chain : chains)
    if (chain.weight > 0 && !std::isnan(chain.mean) && !std::isnan(chain.variance)) counted.push_back(chain);
  return counted;
}

struct Variance {
  double mean = 0;  ///< about which it is
  double within = 0;
  double between = 0;
};

double sum_of(const std::vector<ChainMoments>& chains, const auto& value) {
  double sum = 0;
  for (const ChainMoments& chain : chains) sum += value(chain);
  return sum;
}

double weight_of(const std::vector<ChainMoments>& chains) {
  return sum_of(chains, [](const ChainMoments& c) { return c.weight; });
}

Variance variance_of(const std::vector<ChainMoments>& chains) {
  const double weights = weight_of(chains);
  // About the first mean, so that equal means differ by exactly zero.
  const double origin = chains.front().mean;
  Variance v;
  v.mean = origin + sum_of(chains, [&](const ChainMoments& c) { return c.weight * (c.mean - origin); }) / weights;
  v.within = sum_of(chains, [](const ChainMoments& c) { return c.weight * c.variance; }) / weights;
  v.between = sum_of(chains, [&](const ChainMoments& c) { return c.weight * square(c.mean - v.mean); }) / weights;
  return v;
}

/// Of many chains, so in time that grows with their number and not its square: the variance without one of them follows
/// from sums over all, which are about the mean of all, so that nothing cancels.
double jackknife_error(const std::vector<ChainMoments>& chains, double mean_of_all) {
  const auto k = static_cast<double>(chains.size());
  const auto first = [&](const ChainMoments& c) { return c.weight * (c.mean - mean_of_all); };
  const auto second = [&](const ChainMoments& c) { return c.weight * (c.variance + square(c.mean - mean_of_all)); };
  const double weights = weight_of(chains);
  const double first_of_all = sum_of(chains, first);
  const double second_of_all = sum_of(chains, second);
  std::vector<double> without;
  for (const ChainMoments& chain : chains) {
    const double others = weights - chain.weight;
    without.push_back((second_of_all - second(chain)) / others - square((first_of_all - first(chain)) / others));
  }
  double mean = 0;
  for (const double v : without) mean += v / k;
  double squares = 0;
  for (const double v : without) squares += square(v - mean);
  return std::sqrt((k - 1) / k * squares);
}

/// Errors that are not known are left out: the jackknife does without them.
double propagated_error(const std::vector<ChainMoments>& chains, const Variance& of_all) {
  const auto known = [](double error) { return std::isnan(error) ? 0 : error; };
  const double weights = weight_of(chains);
  double squares = 2 / (static_cast<double>(chains.size()) - 1) * of_all.between * of_all.between;
  for (const ChainMoments& chain : chains) {
    const double of_variance = known(chain.error_of_variance);
    const double of_mean = 2 * (chain.mean - of_all.mean) * known(chain.error_of_mean);
    const double w = chain.weight / weights;
    squares += w * w * (of_variance * of_variance + of_mean * of_mean);
  }
  return std::sqrt(squares);
}

}  // namespace

Estimate pooled_variance(std::span<const ChainMoments> chains) {
  const std::vector<ChainMoments> counted = that_count(chains);
  if (counted.empty()) return {nan, nan};
  if (counted.size() == 1) return {counted.front().variance, counted.front().error_of_variance};
  const Variance v = variance_of(counted);
  return {v.within + v.between, std::max(jackknife_error(counted, v.mean), propagated_error(counted, v))};
}

}  // namespace nxmc

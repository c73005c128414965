#include "nxmc/statistics/pooled_variance.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<ChainMoments> that_count(std::span<const ChainMoments> chains) {
  std::vector<ChainMoments> counted;
  for (const ChainMoments& chain : chains)
    if (chain.weight > 0 && !std::isnan(chain.mean) && !std::isnan(chain.variance)) counted.push_back(chain);
  return counted;
}

/// Of all chains but one; `none` counts all.
struct Variance {
  double mean = 0;  ///< about which it is
  double within = 0;
  double between = 0;
};
constexpr auto none = std::numeric_limits<std::size_t>::max();

Variance variance_without(std::size_t left_out, const std::vector<ChainMoments>& chains) {
  const auto average = [&](auto value) {
    double sum = 0;
    double weights = 0;
    for (std::size_t i = 0; i < chains.size(); ++i) {
      if (i == left_out) continue;
      sum += chains[i].weight * value(chains[i]);
      weights += chains[i].weight;
    }
    return sum / weights;
  };
  // About the first mean, so that equal means differ by exactly zero.
  const double origin = chains.front().mean;
  Variance v;
  v.mean = origin + average([&](const ChainMoments& c) { return c.mean - origin; });
  v.within = average([](const ChainMoments& c) { return c.variance; });
  v.between = average([&](const ChainMoments& c) { return (c.mean - v.mean) * (c.mean - v.mean); });
  return v;
}

double jackknife_error(const std::vector<ChainMoments>& chains) {
  const auto k = static_cast<double>(chains.size());
  std::vector<double> without;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const Variance v = variance_without(i, chains);
    without.push_back(v.within + v.between);
  }
  double mean = 0;
  for (const double v : without) mean += v / k;
  double squares = 0;
  for (const double v : without) squares += (v - mean) * (v - mean);
  return std::sqrt((k - 1) / k * squares);
}

/// Errors that are not known are left out: the jackknife does without them.
double propagated_error(const std::vector<ChainMoments>& chains, const Variance& of_all) {
  const auto known = [](double error) { return std::isnan(error) ? 0 : error; };
  double weights = 0;
  for (const ChainMoments& chain : chains) weights += chain.weight;
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
  const Variance v = variance_without(none, counted);
  return {v.within + v.between, std::max(jackknife_error(counted), propagated_error(counted, v))};
}

}  // namespace nxmc

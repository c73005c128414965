#include "nxmc/statistics/between_chains.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nxmc/statistics/autocorrelation.hpp"
#include "nxmc/statistics/chi_squared.hpp"

namespace nxmc {
namespace {

struct ChainSums {
  double count = 0;
  double mean = 0;
  double squares = 0;  ///< about the chain's own mean
};

/// About an origin that all chains share, so that equal values have equal means.
ChainSums sums_of(std::span<const double> values, double origin) {
  ChainSums sums{.count = static_cast<double>(values.size())};
  for (const double value : values) sums.mean += (value - origin) / sums.count;
  for (const double value : values) sums.squares += std::pow(value - origin - sums.mean, 2);
  return sums;
}

}  // namespace

double autocorrelation_time_between(std::span<const std::span<const double>> chains) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto known = std::ranges::find_if(chains, [](const auto& values) { return !values.empty(); });
  if (known == chains.end()) return nan;
  const double origin = known->front();
  std::vector<ChainSums> all;
  double count = 0;
  double mean = 0;       // times count
  double explained = 0;  // times count: the variance of a chain's mean times its length, by its own correlations
  for (const std::span<const double> values : chains) {
    if (values.size() < 2) continue;
    const ChainSums& sums = all.emplace_back(sums_of(values, origin));
    const double tau = autocorrelation_time(values);
    count += sums.count;
    mean += sums.count * sums.mean;
    if (!std::isnan(tau)) explained += sums.count * 2 * tau * sums.squares / (sums.count - 1);
  }
  if (all.size() < 2) return nan;

  double between = 0;
  double squares = 0;
  for (const ChainSums& sums : all) {
    const double of_mean = sums.count * std::pow(sums.mean - mean / count, 2);
    between += of_mean;
    squares += sums.squares + of_mean;
  }
  const double freedom = static_cast<double>(all.size()) - 1;
  between /= freedom;
  return between > chi_squared_by_chance(freedom) * explained / count ? between / (2 * squares / count) : nan;
}

}  // namespace nxmc

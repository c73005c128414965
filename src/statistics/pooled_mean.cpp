#include "nxmc/statistics/pooled_mean.hpp"

#include <cmath>
#include <limits>

namespace nxmc {

Estimate pooled_mean(std::span<const Estimate> chains) {
  constexpr double missing = std::numeric_limits<double>::quiet_NaN();
  double n = 0;
  double sum = 0;
  double squared_errors = 0;
  bool any_error = false;
  for (const Estimate& chain : chains) {
    if (std::isnan(chain.mean)) continue;
    n += 1;
    sum += chain.mean;
    if (std::isnan(chain.error)) continue;
    any_error = true;
    squared_errors += chain.error * chain.error;
  }
  if (n == 0) return {missing, missing};
  const double mean = sum / n;
  const double within = any_error ? std::sqrt(squared_errors) / n : missing;
  if (n < 2) return {mean, within};
  double squared_deviations = 0;
  for (const Estimate& chain : chains)
    if (!std::isnan(chain.mean)) squared_deviations += (chain.mean - mean) * (chain.mean - mean);
  const double between = std::sqrt(squared_deviations / (n - 1) / n);
  return {mean, std::fmax(between, within)};  // fmax passes over a missing one
}

}  // namespace nxmc

#include "nxmc/statistics/pooled_mean.hpp"

namespace nxmc {

Estimate pooled_mean(const MeanSums& sums) {
  constexpr double missing = std::numeric_limits<double>::quiet_NaN();
  if (sums.n == 0) return {missing, missing};
  const double mean = sums.sum / sums.n;
  const double within = sums.any_error ? std::sqrt(sums.squared_errors) / sums.n : missing;
  if (sums.n < 2) return {mean, within};
  const double between = std::sqrt(sums.squared_deviations / (sums.n - 1) / sums.n);
  return {mean, std::fmax(between, within)};  // fmax passes over a missing one
}

Estimate pooled_mean(std::span<const Estimate> chains) {
  MeanSums sums;
  for (const Estimate& chain : chains)
    if (!std::isnan(chain.mean)) sums.add(chain.mean, chain.error);
  sums.begin_second_pass();
  for (const Estimate& chain : chains)
    if (!std::isnan(chain.mean)) sums.add_again(chain.mean);
  return pooled_mean(sums);
}

}  // namespace nxmc

// Whether averages of equilibrium chains can be believed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nxmc {

/// The worst that is known of a point of a phase diagram.
enum class Verdict : std::uint8_t {
  converged,   ///< contrasting starts agree, and all chains are long enough
  one_start,   ///< long enough, but chains that began alike may be wrong alike
  too_short,   ///< error bars of chains below `enough_autocorrelation_times` are too small on average
  metastable,  ///< starts disagree: some of their chains have not reached equilibrium
};
std::string_view to_string(Verdict verdict);
/// Nothing if none is called so.
std::optional<Verdict> verdict_named(std::string_view word);

/// An order parameter of the chains of one length from one start at one point.
struct StartAverage {
  std::string start;
  double mean = 0;
  double error = 0;                  ///< one standard error; NaN where it is not known
  double autocorrelation_times = 0;  ///< that each of the chains was measured for; NaN where it never changed
};

/// Of a series of so many its error bars are right in the mean; see Series.
inline constexpr double enough_autocorrelation_times = 20;
/// So many combined standard errors are no chance.
inline constexpr double most_errors_apart = 3;

/// By one order parameter; of a point with several the worst counts. \pre not empty
Verdict judge(std::span<const StartAverage> starts);

}  // namespace nxmc

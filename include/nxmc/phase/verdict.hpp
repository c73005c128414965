// Whether averages of equilibrium chains can be believed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

/// The fractions of sites in phases that can dominate, and of A: of a point that has converged, chains from all starts
/// have the same of each. f_U first; f_S crystals have in 2D, f_C in 3D, c where the composition fluctuates.
inline constexpr std::array<std::string_view, 4> judged_fractions{"f_U", "f_S", "f_C", "c"};

/// Starts of cores of one kind, as campaigns name them.
inline constexpr std::string_view start_of_a = "A";
inline constexpr std::string_view start_of_b = "B";

/// A fraction of the chains of one length from one start at one point.
struct StartAverage {
  std::string start;
  double mean = 0;
  double error = 0;                  ///< one standard error; NaN where it is not known
  double autocorrelation_times = 0;  ///< of f_U, that each of the chains was measured for; NaN where it never changed
};

/// Of a series of so many its error bars are right in the mean; see Series.
inline constexpr double enough_autocorrelation_times = 20;
/// So many combined standard errors are no chance.
inline constexpr double most_errors_apart = 3;

/// By one fraction. \pre not empty
Verdict judge(std::span<const StartAverage> starts);

/// [judged fraction][start]; none of those that the crystal does not have, or whose errors its chains do not know:
/// those of archives of format 1 and 2 have f_S without
using PointAverages = std::array<std::vector<StartAverage>, judged_fractions.size()>;
/// By the fraction that is known worst. Where c is one of them, only starts of A and of B contrast.
/// \pre there is one
Verdict judge(const PointAverages& point);

}  // namespace nxmc

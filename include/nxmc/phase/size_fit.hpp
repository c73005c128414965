// How what is known of a transition depends on the size of the core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/phase/judged_transition.hpp"

namespace nxmc {

/// The numbers of a Transition that are compared between sizes.
enum class SizedNumber : std::uint8_t { equal_weight, equal_height, variance_peak, peak_height, jump };
/// "equal_weight", "jump_f_U"
std::string name_of(SizedNumber number, OrderParameter of);

/// Functions of the number N of core sites in d dimensions, L = N^(1/d), with two parameters each.
enum class SizeForm : std::uint8_t {
  linear,          ///< a + b L: a shell of given thickness holds a larger core less, and has to be the stiffer
  inverse_length,  ///< a + b / L: a is the limit, and the surface is a part of 1/L of the core
  inverse_sites,   ///< a + b / N: a is the limit, as of a first-order transition in a bulk without surface
  power            ///< a N^b
};
std::string_view to_string(SizeForm form);

/// What chi^2 says of a form.
enum class FitJudgement : std::uint8_t {
  untested,   ///< two sizes: every form goes through both
  rejected,   ///< chance alone gives such a chi^2 less than once in a hundred times
  described,  ///< the data agree with it
  best        ///< and of several forms that do it is the one with the least chi^2
};
std::string_view to_string(FitJudgement judgement);

struct SizeFit {
  SizedNumber number = SizedNumber::equal_weight;
  SizeForm form = SizeForm::linear;
  std::vector<std::size_t> sizes;  ///< that have the number and its error: by their place among those compared
  Estimate a{};
  Estimate b{};
  std::size_t degrees_of_freedom = 0;
  double chi_square = std::numeric_limits<double>::quiet_NaN();   ///< NaN without degrees of freedom
  double probability = std::numeric_limits<double>::quiet_NaN();  ///< of at least this chi^2; NaN so, too
  FitJudgement judgement = FitJudgement::untested;
};

/// Places as a + b L, and with three sizes or more as forms that have a limit, which two cannot test; heights and jumps
/// as powers. Sizes are weighted by their errors; what fewer than two of them have is not fitted.
/// \param sizes  of one kind of crystal at one set of other parameters, ascending
std::vector<SizeFit> fits_of_sizes(std::span<const JudgedTransition> sizes);

/// What the fits say of the place of the transition for large N.
enum class PlaceTrend : std::uint8_t {
  untested,    ///< two sizes
  grows,       ///< as L, and all forms with a limit are rejected
  approaches,  ///< a limit, and the line is rejected
  undecided,   ///< both describe it
  neither
};
struct TrendOfPlace {
  PlaceTrend trend = PlaceTrend::untested;
  const SizeFit* line = nullptr;
  const SizeFit* limit = nullptr;  ///< the form with a limit that has the lower chi^2; nullptr if there is none
};
/// By the number that most sizes have, equal weight before the peak of the variance and equal height. Nothing where
/// no place was fitted. \param fits  which must live as long as the result
std::optional<TrendOfPlace> trend_of_place(std::span<const SizeFit> fits);

/// What the peak of var x, as N^b, says of the order of a transition; all within two errors of b.
enum class FluctuationTrend : std::uint8_t {
  first_order,  ///< 0 or more, not -1, and the jump does not shrink: two phases whose difference is that of large cores
  between,      ///< as at a continuous transition, or where the difference of the sides still shrinks
  independent,  ///< -1 or less, not 0: regions that fluctuate on their own, no transition
  undecided,    ///< -1 as well as 0
  no_power      ///< its chi^2 is rejected
};
struct TrendOfFluctuations {
  FluctuationTrend trend = FluctuationTrend::undecided;
  const SizeFit* height = nullptr;
  const SizeFit* jump = nullptr;  ///< nullptr where fewer than two sizes have one
};
/// Nothing where no height was fitted.
std::optional<TrendOfFluctuations> trend_of_fluctuations(std::span<const SizeFit> fits);

}  // namespace nxmc

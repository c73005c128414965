// What transitions of crystals that differ in size alone say together.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/phase/judged_transition.hpp"
#include "nxmc/phase/sample_set.hpp"
#include "nxmc/phase/size_fit.hpp"
#include "nxmc/phase/transition.hpp"

namespace nxmc {

/// The place at which the order parameters of two sizes have the same cumulant (binder_cumulant).
///
/// Where two phases coexist, the cumulant about the mean has a maximum, towards 2/3, where both weigh the same, and a
/// deep minimum on each side, where one of them is rare (as that of the energy has; Binder and Landau, Phys. Rev. B 30,
/// 1477, 1984). So curves of two sizes may cross twice, on both sides of the maximum, or not at all, and they cross on
/// their flanks for no reason, too. A crossing tells of the transition only within the width of both: where var x of
/// each size is at least half of its peak. Transitions of cores in a shell move with their size, by more than their
/// width as a rule: then there is none.
struct CumulantCrossing {
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Estimate place{nan, nan};  ///< of several that one with the largest cumulant, next to equal weights
  Estimate cumulant{nan, nan};
  std::size_t found = 0;             ///< that noise does not explain: 95 of 100 resampled sets have them
  bool holds_for_some_only = false;  ///< of the resampled sets: so do its errors
  std::string remark;                ///< why there is none; empty where there is
};

struct SizeComparison {
  /// Two or more, ascending: the same shape (boxes: proportions), layers, composition and other parameters.
  std::vector<JudgedTransition> sizes;
  std::vector<CumulantCrossing> crossings;  ///< [k] of sizes k and k + 1
  std::vector<SizeFit> fits;
};

struct ComparedSizes {
  std::vector<SizeComparison> comparisons;
  /// Of sets of parameters that have one size only, which a comparison needs two of.
  std::vector<LatticeSpec> alone;
};

/// Errors of crossings come from one bootstrap, in which the blocks of both sizes are drawn independently.
/// \param samples  as read_samples finds them \param where  the condition that they were found by
/// \throws as Reweighting
ComparedSizes compare_sizes(const Archive& archive, std::vector<SampleSet> samples, const Where& where,
                            const TransitionSought& sought, std::size_t threads);

/// The worst of some sizes; nothing where one of them has none. \param chosen  by number
std::optional<Verdict> worst_verdict(std::span<const JudgedTransition> sizes, std::span<const std::size_t> chosen);

}  // namespace nxmc

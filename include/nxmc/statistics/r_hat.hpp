// Whether chains that should sample one distribution do.
#pragma once

#include <cstddef>
#include <span>

namespace nxmc {

/// Rank-normalised split R-hat of Vehtari et al. (Bayesian Anal. 16, 667, 2021): the larger of bulk and folded. 1 when
/// all halves of all chains have the same distribution; above 1.05 they have not, or are too short to tell.
///
/// Each chain is split into halves (the middle value of an odd number is left out), all values are replaced by normal
/// scores of their ranks, and the variance between the halves is compared with that within them: R^2 = (n-1)/n + B/W.
/// Bulk: of the values, which sees different places; folded: of their distances from the median, which sees different
/// widths. Infinite when no half varies and they differ; 1 when all values are equal, which says that nothing
/// disagrees, not that anything was sampled; NaN with a value that is not finite.
///
/// Chains of few effective samples exceed 1.05 by noise: 4 chains of 100 each seldom do.
///
/// \pre at least one chain, all of one length of at least 4
double split_r_hat(std::span<const std::span<const double>> chains);

/// What R-hat of chains that agree exceeds by noise about once in 400 times: the variance between their halves is a
/// chi^2 of their number less one.
/// \param independent  samples that each of the chains is worth, > 0 \pre at least one chain
double r_hat_by_chance(std::size_t chains, double independent);

}  // namespace nxmc

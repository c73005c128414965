// Chains that differ by more than each of them knows.
#pragma once

#include <span>

namespace nxmc {

/// The autocorrelation time, in samples, that explains how much the means m_i of chains of one distribution scatter:
/// B / (2 v) with B = sum n_i (m_i - m)^2 / (k - 1) over k chains of n_i samples and the variance v of all samples
/// about their mean m. A mode that is slower than the chains are long shows in no chain's own autocorrelations, and
/// only here.
///
/// NaN where the chains agree: where B exceeds what their own autocorrelations explain by no more than a chi^2 of k - 1
/// does once in 400 times, so that errors of chains that do agree stay what they are. NaN with fewer than two chains,
/// too. Chains of fewer than 2 samples do not count.
double autocorrelation_time_between(std::span<const std::span<const double>> chains);

}  // namespace nxmc

// The variance of a quantity over several chains of one point.
#pragma once

#include <span>

#include "nxmc/statistics/series.hpp"

namespace nxmc {

/// What is known of one chain. Errors are one standard error, NaN where it is not known.
struct ChainMoments {
  double weight = 1;  ///< its share of the average over chains, in any unit: 1 for all where each counts alike
  double mean = 0;
  double error_of_mean = 0;
  double variance = 0;
  double error_of_variance = 0;
};

/// Variance about the mean of all chains: within plus between, V = sum w_i (v_i + (m_i - m)^2) with m = sum w_i m_i and
/// sum w_i = 1. Chains at different sides of a transition do not hide it.
///
/// Its error is the larger of two. Jackknife: V_(i) is V without chain i, error^2 = (k-1)/k sum (V_(i) - <V_()>)^2; and
/// propagated: error^2 = sum w_i^2 (s_i^2 + 4 (m_i - m)^2 e_i^2) + 2/(k-1) B^2, with the errors s_i of v_i and e_i of
/// m_i, and B = sum w_i (m_i - m)^2 what k means scatter: two chains that disagree do not know by how much chains
/// disagree, though both are equally wide. One chain: its own variance and error. Chains whose mean or variance is NaN,
/// or whose weight is 0, do not count; NaN without any.
Estimate pooled_variance(std::span<const ChainMoments> chains);

}  // namespace nxmc

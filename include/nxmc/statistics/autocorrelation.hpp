// How many independent values a correlated series is worth.
#pragma once

#include <span>

namespace nxmc {

/// n times the variance of the mean of n correlated values: the sum of their autocovariances over all lags of both
/// signs. NaN if any value is. \pre at least 2 values
///
/// In a reversible chain the sums of neighbouring pairs c(2k) + c(2k+1) are positive and fall with k (Geyer, Statist.
/// Sci. 7, 473, 1992); the sum ends where noise first makes one negative, and noise that makes one rise is cut.
/// Deviations from the sample's own mean lower every autocovariance by the variance of that mean, which is undone
/// (Wolff, Comput. Phys. Commun. 156, 143, 2004, Eq. 49, to all orders). O(n tau).
double long_run_variance(std::span<const double> values);

/// Integrated autocorrelation time in steps of the series, 1/2 + sum of the normalised autocorrelations: 1/2 when
/// uncorrelated; NaN when constant, shorter than 2 values, or with a NaN among them. The standard error of the mean is
/// sqrt(2 tau / n) times the standard deviation of a value, as in Series.
///
/// Series of more than 32 767 values are averaged over bins first, so that no series takes more than 0.1 s.
double autocorrelation_time(std::span<const double> values);

/// n / (2 tau): as many independent values have a mean with the same error. At most n; NaN where tau is.
double effective_samples(std::span<const double> values);

}  // namespace nxmc

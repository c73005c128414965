// Lines through points with errors, and how well they describe them.
#pragma once

#include <cstddef>
#include <span>

#include "nxmc/statistics/series.hpp"

namespace nxmc {

struct MeasuredPoint {
  double x = 0;
  Estimate y{};
};

struct LineFit {
  Estimate offset{};  ///< of y at x = 0
  Estimate slope{};
  double chi_square = 0;  ///< sum of the squares of (y - line) / error
  /// Points beyond two. With none the line goes through both points, and chi_square tells nothing.
  std::size_t degrees_of_freedom = 0;
};

/// The line of least chi_square. Errors of the parameters follow from those of the points, however large chi_square
/// is. \pre at least two different x; errors are > 0
LineFit fit_line(std::span<const MeasuredPoint> points);

/// How often chance alone gives at least this chi_square: its distribution's upper tail, the incomplete gamma function
/// Q(degrees / 2, chi_square / 2). \pre chi_square >= 0, degrees >= 1
double probability_of_chi_square(double chi_square, std::size_t degrees);

}  // namespace nxmc

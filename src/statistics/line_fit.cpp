#include "nxmc/statistics/line_fit.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace nxmc {

LineFit fit_line(std::span<const MeasuredPoint> points) {
  assert(points.size() >= 2);
  const auto weight = [](const MeasuredPoint& point) { return 1 / (point.y.error * point.y.error); };
  double sum = 0;
  double centre = 0;
  double mean = 0;
  for (const MeasuredPoint& point : points) {
    assert(point.y.error > 0);
    sum += weight(point);
    centre += weight(point) * point.x;
    mean += weight(point) * point.y.mean;
  }
  centre /= sum;
  mean /= sum;
  double spread = 0;
  double product = 0;
  for (const MeasuredPoint& point : points) {
    spread += weight(point) * (point.x - centre) * (point.x - centre);
    product += weight(point) * (point.x - centre) * point.y.mean;
  }
  assert(spread > 0);
  LineFit fit;
  fit.slope = {product / spread, std::sqrt(1 / spread)};
  fit.offset = {mean - fit.slope.mean * centre, std::sqrt(1 / sum + centre * centre / spread)};
  for (const MeasuredPoint& point : points) {
    // About the centre: far from x = 0 the offset is large, and its rounding is not that of y.
    const double residual = point.y.mean - mean - fit.slope.mean * (point.x - centre);
    fit.chi_square += weight(point) * residual * residual;
  }
  fit.degrees_of_freedom = points.size() - 2;
  return fit;
}

double probability_of_chi_square(double chi_square, std::size_t degrees) {
  assert(chi_square >= 0 && degrees >= 1);
  const double x = chi_square / 2;
  // Q(a + 1, x) = Q(a, x) + x^a e^-x / Gamma(a + 1), from Q(1/2, x) = erfc(sqrt x) or Q(1, x) = e^-x.
  double a = degrees % 2 == 0 ? 1 : 0.5;
  double tail = degrees % 2 == 0 ? std::exp(-x) : std::erfc(std::sqrt(x));
  double term = degrees % 2 == 0 ? x * std::exp(-x) : std::sqrt(x) * std::exp(-x) / std::tgamma(1.5);
  for (; 2 * a < static_cast<double>(degrees); a += 1) {
    tail += term;
    term *= x / (a + 1);
  }
  return std::min(tail, 1.0);
}

}  // namespace nxmc

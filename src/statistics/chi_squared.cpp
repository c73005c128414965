#include "nxmc/statistics/chi_squared.hpp"

#include <cmath>

namespace nxmc {

double chi_squared_by_chance(double freedom) {
  constexpr double quantile = 2.78;  // of the normal distribution
  const double width = 2 / (9 * freedom);
  return std::pow(1 - width + quantile * std::sqrt(width), 3);
}

}  // namespace nxmc

#include "nxmc/arithmetic/root_of_unity.hpp"

#include <numbers>

namespace nxmc {
namespace {

struct SineAndCosine {
  double sine;
  double cosine;
};

/// Taylor's series, whose next terms are below 1e-17. \pre 0 <= x <= pi / 4
SineAndCosine sine_and_cosine(double x) {
  const double minus = -x * x;
  double sine = 1;
  double cosine = 1;
  for (int k = 18; k >= 2; k -= 2) {
    sine = 1 + sine * (minus / (k * (k + 1)));
    cosine = 1 + cosine * (minus / ((k - 1) * k));
  }
  return {x * sine, cosine};
}

}  // namespace

std::complex<double> root_of_unity(std::int64_t n, std::int64_t period) {
  const std::int64_t within = (n % period + period) % period;
  const std::int64_t octant = 8 * within / period;
  const std::int64_t rest = 8 * within - octant * period;
  // In odd octants from their end, so that equal angles on both sides of an axis or a diagonal have the same bits.
  const std::int64_t part = octant % 2 == 0 ? rest : period - rest;
  const double angle = std::numbers::pi / 4 * (static_cast<double>(part) / static_cast<double>(period));
  constexpr double on_diagonal = std::numbers::sqrt2 / 2;
  const auto [s, c] = part == period ? SineAndCosine{on_diagonal, on_diagonal} : sine_and_cosine(angle);
  switch (octant) {
    case 0:
      return {c, s};
    case 1:
      return {s, c};
    case 2:
      return {-s, c};
    case 3:
      return {-c, s};
    case 4:
      return {-c, -s};
    case 5:
      return {-s, -c};
    case 6:
      return {s, -c};
    default:
      return {c, -s};
  }
}

}  // namespace nxmc

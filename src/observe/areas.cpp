// Local area deviations, Eq. 14.
#include "nxmc/observe/phases.hpp"

#include <cassert>
#include <cmath>
#include <limits>

namespace nxmc {
namespace {

/// |L d + v|^2 / L^2 - 1 for a bond of length L along the unit vector d whose ends move apart by v, written so that
/// small strains do not cancel against 1.
double relative_square_change(const Vector3& d, double length, const Vector3& v) {
  const double along = d[0] * v[0] + d[1] * v[1] + d[2] * v[2];
  const double square = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
  return (2 * length * along + square) / (length * length);
}

Vector3 relative_displacement(std::span<const double> u, int dimension, Site from, Site to) {
  const auto d = static_cast<std::size_t>(dimension);
  Vector3 difference{};
  for (std::size_t component = 0; component < d; ++component) {
    difference[component] =
        u[d * static_cast<std::size_t>(to) + component] - u[d * static_cast<std::size_t>(from) + component];
  }
  return difference;
}

double area_deviation(const Lattice& lattice, std::span<const double> u, Site i) {
  double sum = 0;
  int bonds = 0;
  const std::span<const Site> neighbours = lattice.neighbours(i);
  for (std::size_t k = 0; k < neighbours.size(); ++k) {
    if (neighbours[k] == no_site) continue;
    const Vector3 v = relative_displacement(u, lattice.dimension, i, neighbours[k]);
    sum += relative_square_change(lattice.direction[k], lattice.bond_length[k], v);
    ++bonds;
  }
  assert(bonds > 0);
  return sum / bonds;
}

}  // namespace

std::vector<double> area_deviations(const Lattice& lattice, std::span<const double> u, std::span<const Site> observed) {
  assert(u.size() == static_cast<std::size_t>(lattice.dimension) * lattice.sites());
  std::vector<double> deviations;
  deviations.reserve(observed.size());
  for (const Site i : observed) deviations.push_back(area_deviation(lattice, u, i));
  return deviations;
}

AreaMoments area_moments(std::span<const double> deviations) {
  if (deviations.empty()) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    return {nan, nan};
  }
  double sum = 0;
  double square_sum = 0;
  for (const double deviation : deviations) {
    sum += deviation;
    square_sum += deviation * deviation;
  }
  const auto n = static_cast<double>(deviations.size());
  return {sum / n, square_sum / n};
}

double AreaMoments::rms() const { return std::sqrt(mean_square); }

}  // namespace nxmc

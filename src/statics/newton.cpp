#include "newton.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <utility>

#include "symmetric_matrix.hpp"

namespace nxmc::statics {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double largest_step = 0.15;     // Å, of each ion on average
constexpr double smallest_radius = 1e-7;  // Å; no energy can tell such steps apart
constexpr double small_gradient = 1e-9;   // eV/Å, of one component on average
constexpr int most_steps = 200;

/// Columns of length 1 in Å, strains being worth the edge of a cube of the cell's volume.
MatrixXd as_lengths(MatrixXd changes, double volume) {
  const double edge = std::cbrt(volume);
  for (Index k = 0; k < changes.cols(); ++k) {
    const double strain = changes.col(k).head<strain_components>().norm();
    const double shift = changes.col(k).tail(changes.rows() - strain_components).norm();
    changes.col(k) /= std::hypot(edge * strain, shift);
  }
  return changes;
}

/// The enthalpy to second order in amounts of the changes.
struct Expansion {
  double enthalpy = 0, energy = 0;
  VectorXd slope;
  MatrixXd curvature;
};

Expansion expansion(const LatticeEnergy& lattice, const Ions& ions, const MatrixXd& changes, double pressure) {
  Derivatives derivatives = lattice.derivatives(ions);
  const double energy = derivatives.energy;
  add_pressure(ions, pressure, derivatives);
  return {derivatives.energy, energy, changes.transpose() * derivatives.gradient,
          changes.transpose() * (derivatives.hessian * changes)};
}

/// Newton's; where the enthalpy curves down somewhere, as if it curved up as much there.
VectorXd newton_step(const Expansion& here) {
  const Eigen::LLT<MatrixXd> cholesky(here.curvature);
  if (cholesky.info() == Eigen::Success) return -cholesky.solve(here.slope);
  const Spectrum spectrum = spectrum_of(here.curvature);
  constexpr double least = 1e-3;  // eV/Å^2
  const VectorXd curvatures = spectrum.values.cwiseAbs().cwiseMax(least);
  return -spectrum.vectors * (spectrum.vectors.transpose() * here.slope).cwiseQuotient(curvatures);
}

double predicted_fall(const Expansion& here, const VectorXd& step) {
  return -here.slope.dot(step) - 0.5 * step.dot(here.curvature * step);
}

bool far_from(const Ions& ions, const Ions& listed) {
  return (ions.edges - listed.edges).norm() > 0.02 * listed.edges.norm() ||
         (ions.positions - listed.positions).cwiseAbs().maxCoeff() > 0.3;
}

bool has_a_cell(const Ions& ions, double first_volume) {
  const double ratio = ions.volume() / first_volume;
  return std::isfinite(ratio) && ratio > 0.1 && ratio < 10;
}

enum class Outcome { converged, moved_far, lost };

/// Newton's steps with the pairs of one configuration.
Outcome descend(const LatticeEnergy& lattice, const MatrixXd& changes, double pressure, int& steps, Minimum& result) {
  const Ions listed = result.ions;
  const double largest_radius = largest_step * std::sqrt(static_cast<double>(listed.count()));
  double radius = largest_radius;
  Expansion here = expansion(lattice, result.ions, changes, pressure);
  VectorXd newton = newton_step(here);
  for (; steps < most_steps; ++steps) {
    result.enthalpy = here.enthalpy;
    result.energy = here.energy;
    if (!std::isfinite(here.enthalpy) || !here.slope.allFinite()) return Outcome::lost;
    if (here.slope.norm() < small_gradient * std::sqrt(static_cast<double>(here.slope.size())) ||
        radius < smallest_radius) {
      const Spectrum spectrum = spectrum_of(here.curvature);
      result.curvature = spectrum.values[0];
      result.softest = changes * spectrum.vectors.col(0);
      return Outcome::converged;
    }
    const VectorXd step = newton.norm() > radius ? (newton * (radius / newton.norm())).eval() : newton;
    const Ions next = deformed(result.ions, changes * step);
    const double expected = predicted_fall(here, step);
    const double rounding = 1e-12 * std::max(1.0, std::abs(here.enthalpy));
    const double fall = here.enthalpy - lattice.energy(next) - pressure * next.volume() + rounding;
    if (!(fall > 0.1 * expected)) {
      radius = step.norm() / 4;
      continue;
    }
    if (fall > 0.7 * expected) radius = std::min(largest_radius, 2 * std::max(radius, step.norm()));
    result.ions = next;
    if (far_from(result.ions, listed)) return Outcome::moved_far;
    here = expansion(lattice, result.ions, changes, pressure);
    newton = newton_step(here);
  }
  return Outcome::lost;
}

}  // namespace

MatrixXd displacements(std::size_t ions) {
  const auto n = static_cast<Index>(3 * (ions - 1));
  MatrixXd changes = MatrixXd::Zero(strain_components + 3 + n, n);
  changes.bottomRows(n).setIdentity();
  return changes;
}

MatrixXd strains_and_displacements(std::size_t ions) {
  const auto n = static_cast<Index>(3 * (ions - 1));
  MatrixXd changes = MatrixXd::Zero(strain_components + 3 + n, strain_components + n);
  changes.topLeftCorner(strain_components, strain_components).setIdentity();
  changes.bottomRightCorner(n, n).setIdentity();
  return changes;
}

void add_pressure(const Ions& ions, double pressure, Derivatives& derivatives) {
  const double work = pressure * ions.volume();
  derivatives.energy += work;
  const auto& E = voigt_basis();
  for (std::size_t v = 0; v < E.size(); ++v) {
    const auto row = static_cast<Index>(v);
    derivatives.gradient[row] += work * E[v].trace();
    for (std::size_t w = 0; w < E.size(); ++w)
      derivatives.hessian(row, static_cast<Index>(w)) +=
          work * (E[v].trace() * E[w].trace() - 2 * (E[v] * E[w]).trace());
  }
}

Minimum minimise(const PairPotentials& potentials, Ions ions, const MatrixXd& changes, double pressure) {
  const double first_volume = ions.volume();
  const MatrixXd directions = as_lengths(changes, first_volume);
  Minimum result;
  result.ions = std::move(ions);
  constexpr int most_lists = 60;
  int steps = 0;
  for (int list = 0; list < most_lists; ++list) {
    result.found = false;  // a minimum with the pairs of the last list is none with others
    if (!has_a_cell(result.ions, first_volume)) return result;
    const LatticeEnergy lattice(potentials, result.ions);
    const Outcome outcome = descend(lattice, directions, pressure, steps, result);
    if (outcome == Outcome::lost) return result;
    if (outcome == Outcome::moved_far) continue;
    result.found = true;
    // Where the minimum with the pairs of either side lies on the other side, pairs change for ever, by less than they
    // matter.
    constexpr int lists_that_settle = 10;
    if (list >= lists_that_settle ||
        LatticeEnergy(potentials, result.ions).short_range_pairs() == lattice.short_range_pairs())
      return result;
  }
  return result;
}

}  // namespace nxmc::statics

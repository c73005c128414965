#include "nxmc/statics/elastic_constants.hpp"

#include <cmath>

#include "newton.hpp"
#include "symmetric_matrix.hpp"

namespace nxmc::statics {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// Orthonormal columns that span all displacements of n ions but the three shifts of all: each moves ion k against the
/// k before it.
MatrixXd without_shifts(Index n) {
  MatrixXd columns = MatrixXd::Zero(3 * n, 3 * (n - 1));
  for (Index k = 1; k < n; ++k) {
    const auto before = static_cast<double>(k);
    const double length = std::sqrt(before * (before + 1));
    for (Index i = 0; i <= k; ++i)
      columns.block<3, 3>(3 * i, 3 * (k - 1)).diagonal().setConstant((i < k ? 1 : -before) / length);
  }
  return columns;
}

}  // namespace

Stiffness elastic_constants(const PairPotentials& potentials, const Ions& ions, double pressure) {
  Derivatives derivatives = LatticeEnergy(potentials, ions).derivatives(ions);
  add_pressure(ions, pressure, derivatives);
  const auto n = static_cast<Index>(ions.count());
  const MatrixXd inner = without_shifts(n);
  const MatrixXd D = inner.transpose() * derivatives.hessian.bottomRightCorner(3 * n, 3 * n) * inner;
  const MatrixXd Lambda = derivatives.hessian.topRightCorner(strain_components, 3 * n) * inner;
  const Stiffness clamped = derivatives.hessian.topLeftCorner<6, 6>();
  const Stiffness relaxed = clamped - Lambda * inverse_of(D) * Lambda.transpose();
  return relaxed * (gigapascals / ions.volume());
}

double bulk_modulus(const Stiffness& stiffness) { return 1 / inverse_of(stiffness).topLeftCorner<3, 3>().sum(); }

double softest_strain(const Stiffness& stiffness) {
  Eigen::Matrix<double, 6, 1> lengths;
  lengths << 1, 1, 1, std::sqrt(2.0), std::sqrt(2.0), std::sqrt(2.0);
  const Stiffness mandel = lengths.asDiagonal() * stiffness * lengths.asDiagonal();
  return spectrum_of(mandel).values[0];
}

double softest_displacement(const PairPotentials& potentials, const Ions& ions, const std::array<int, 3>& times) {
  const Ions crystal = repeated(ions, times);
  const auto n = static_cast<Index>(crystal.count());
  const Derivatives derivatives = LatticeEnergy(potentials, crystal).derivatives(crystal);
  const MatrixXd inner = without_shifts(n);
  const MatrixXd D = inner.transpose() * derivatives.hessian.bottomRightCorner(3 * n, 3 * n) * inner;
  return spectrum_of(D).values[0];
}

}  // namespace nxmc::statics

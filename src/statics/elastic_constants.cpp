#include "nxmc/statics/elastic_constants.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>

#include "newton.hpp"

namespace nxmc::statics {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// Columns that span all displacements of n ions but the three shifts of all.
MatrixXd without_shifts(Index n) {
  MatrixXd projection = MatrixXd::Identity(3 * n, 3 * n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      projection.block<3, 3>(3 * i, 3 * j) -= Eigen::Matrix3d::Identity() / static_cast<double>(n);
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(projection);
  return solver.eigenvectors().rightCols(3 * n - 3);
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
  const Stiffness relaxed = clamped - Lambda * D.fullPivLu().solve(Lambda.transpose());
  return relaxed * (gigapascals / ions.volume());
}

double bulk_modulus(const Stiffness& stiffness) {
  return 1 / stiffness.fullPivLu().inverse().topLeftCorner<3, 3>().sum();
}

double softest_strain(const Stiffness& stiffness) {
  Eigen::Matrix<double, 6, 1> lengths;
  lengths << 1, 1, 1, std::sqrt(2.0), std::sqrt(2.0), std::sqrt(2.0);
  const Stiffness mandel = lengths.asDiagonal() * stiffness * lengths.asDiagonal();
  return Eigen::SelfAdjointEigenSolver<Stiffness>(mandel, Eigen::EigenvaluesOnly).eigenvalues()[0];
}

double softest_displacement(const PairPotentials& potentials, const Ions& ions, const std::array<int, 3>& times) {
  const Ions crystal = repeated(ions, times);
  const auto n = static_cast<Index>(crystal.count());
  const Derivatives derivatives = LatticeEnergy(potentials, crystal).derivatives(crystal);
  const MatrixXd inner = without_shifts(n);
  const MatrixXd D = inner.transpose() * derivatives.hessian.bottomRightCorner(3 * n, 3 * n) * inner;
  return Eigen::SelfAdjointEigenSolver<MatrixXd>(D, Eigen::EigenvaluesOnly).eigenvalues()[0];
}

}  // namespace nxmc::statics

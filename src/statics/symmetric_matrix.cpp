#include "symmetric_matrix.hpp"

#include <Eigen/Eigenvalues>

namespace nxmc::statics {

Spectrum spectrum_of(const Eigen::MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

Eigen::MatrixXd inverse_of(const Eigen::MatrixXd& symmetric) {
  const Spectrum spectrum = spectrum_of(symmetric);
  return spectrum.vectors * spectrum.values.cwiseInverse().asDiagonal() * spectrum.vectors.transpose();
}

}  // namespace nxmc::statics

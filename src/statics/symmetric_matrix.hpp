// Eigenvalues and inverses of symmetric matrices.
#pragma once

#include <Eigen/Core>

namespace nxmc::statics {

struct Spectrum {
  Eigen::VectorXd values;   ///< eigenvalues, in ascending order
  Eigen::MatrixXd vectors;  ///< columns of length 1
};

/// \param symmetric  only its lower triangle is read
Spectrum spectrum_of(const Eigen::MatrixXd& symmetric);

/// \pre no eigenvalue is 0
Eigen::MatrixXd inverse_of(const Eigen::MatrixXd& symmetric);

}  // namespace nxmc::statics

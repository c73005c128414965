// Sparse Cholesky factorisation by CHOLMOD's supernodal code.
#pragma once

#include <cholmod.h>

#include <Eigen/Core>

#include "springs.hpp"

namespace nxmc {

/// Factor of a symmetric positive definite matrix, and the workspace of its solutions.
///
/// CHOLMOD is kept on the calling thread: campaigns put one process on each core.
class CholeskyFactor {
 public:
  /// \param lower  lower triangle, already in a good order of elimination; not needed afterwards
  /// \throws std::bad_alloc; std::runtime_error when the matrix is not positive definite
  explicit CholeskyFactor(const SparseMatrix& lower);
  ~CholeskyFactor();
  CholeskyFactor(const CholeskyFactor&) = delete;
  CholeskyFactor& operator=(const CholeskyFactor&) = delete;

  /// Solves for all columns at once. The result is valid until the next call.
  Eigen::Map<const Eigen::MatrixXd> solve(Eigen::MatrixXd& right_hand_sides);

 private:
  void factorize(const SparseMatrix& lower);
  void release();
  void check(bool succeeded) const;

  cholmod_common common_{};
  cholmod_factor* factor_ = nullptr;
  cholmod_dense* solution_ = nullptr;
  cholmod_dense* work_y_ = nullptr;
  cholmod_dense* work_e_ = nullptr;
};

}  // namespace nxmc

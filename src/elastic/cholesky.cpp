// The only file that calls CHOLMOD.
#include "cholesky.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <new>
#include <stdexcept>

namespace nxmc {
namespace {

/// Calls a CHOLMOD function with all of its OpenMP regions on the calling thread: campaigns put one process on each
/// core, and four threads would fight for it. Four is what CHOLMOD asks for in the regions themselves, which overrules
/// omp_set_num_threads; only a thread limit overrules CHOLMOD.
template <typename Call>
auto on_one_thread(const Call& call) {
  decltype(call()) result{};
#pragma omp teams num_teams(1) thread_limit(1)
  result = call();
  return result;
}

// CHOLMOD takes pointers to non-const, but writes neither to the matrix nor to right-hand sides.
cholmod_sparse view(const SparseMatrix& lower) {
  cholmod_sparse matrix{};
  matrix.nrow = static_cast<std::size_t>(lower.rows());
  matrix.ncol = static_cast<std::size_t>(lower.cols());
  matrix.nzmax = static_cast<std::size_t>(lower.nonZeros());
  matrix.p = const_cast<std::int64_t*>(lower.outerIndexPtr());
  matrix.i = const_cast<std::int64_t*>(lower.innerIndexPtr());
  matrix.x = const_cast<double*>(lower.valuePtr());
  matrix.stype = -1;
  matrix.itype = CHOLMOD_LONG;
  matrix.xtype = CHOLMOD_REAL;
  matrix.dtype = CHOLMOD_DOUBLE;
  matrix.sorted = 1;
  matrix.packed = 1;
  return matrix;
}

cholmod_dense view(Eigen::MatrixXd& dense) {
  cholmod_dense matrix{};
  matrix.nrow = static_cast<std::size_t>(dense.rows());
  matrix.ncol = static_cast<std::size_t>(dense.cols());
  matrix.nzmax = static_cast<std::size_t>(dense.size());
  matrix.d = matrix.nrow;
  matrix.x = dense.data();
  matrix.xtype = CHOLMOD_REAL;
  matrix.dtype = CHOLMOD_DOUBLE;
  return matrix;
}

}  // namespace

CholeskyFactor::CholeskyFactor(const SparseMatrix& lower) {
  cholmod_l_start(&common_);
  common_.print = 0;
  common_.supernodal = CHOLMOD_SUPERNODAL;
  common_.quick_return_if_not_posdef = 1;
  common_.nmethods = 1;
  common_.method[0].ordering = CHOLMOD_NATURAL;
  try {
    factorize(lower);
  } catch (...) {
    release();
    throw;
  }
}

CholeskyFactor::~CholeskyFactor() { release(); }

void CholeskyFactor::factorize(const SparseMatrix& lower) {
  cholmod_sparse matrix = view(lower);
  factor_ = cholmod_l_analyze(&matrix, &common_);
  check(factor_ != nullptr);
  check(on_one_thread([&] { return cholmod_l_factorize(&matrix, factor_, &common_); }) != 0);
}

Eigen::Map<const Eigen::MatrixXd> CholeskyFactor::solve(Eigen::MatrixXd& right_hand_sides) {
  cholmod_dense b = view(right_hand_sides);
  const int succeeded = on_one_thread([&] {
    return cholmod_l_solve2(CHOLMOD_A, factor_, &b, nullptr, &solution_, nullptr, &work_y_, &work_e_, &common_);
  });
  check(succeeded != 0);
  return {static_cast<const double*>(solution_->x), right_hand_sides.rows(), right_hand_sides.cols()};
}

void CholeskyFactor::release() {
  cholmod_l_free_dense(&work_e_, &common_);
  cholmod_l_free_dense(&work_y_, &common_);
  cholmod_l_free_dense(&solution_, &common_);
  cholmod_l_free_factor(&factor_, &common_);
  cholmod_l_finish(&common_);
}

void CholeskyFactor::check(bool succeeded) const {
  if (succeeded && common_.status == CHOLMOD_OK) return;
  if (common_.status == CHOLMOD_OUT_OF_MEMORY) throw std::bad_alloc();
  if (common_.status == CHOLMOD_NOT_POSDEF) {
    throw std::runtime_error(
        "factorisation of the elastic matrix failed: it is not positive definite; is shell_stiffness "
        "extremely small or large?");
  }
  throw std::runtime_error(
      fmt::format("factorisation of the elastic matrix failed: CHOLMOD status {}", common_.status));
}

}  // namespace nxmc

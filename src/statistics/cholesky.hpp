// Small systems of linear equations, with the same bits everywhere.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace nxmc {

/// Cholesky factor of a symmetric matrix of a few dozen rows.
class Cholesky {
 public:
  /// \param matrix  [row][column]
  /// \return nothing if it is not positive definite: a pivot below 10^-14 of its diagonal element is noise
  static std::optional<Cholesky> of(std::vector<double> matrix, std::size_t rows);

  /// x with matrix x = b.
  std::vector<double> solve(std::span<const double> b) const;

 private:
  Cholesky(std::vector<double> factor, std::size_t rows);
  double at(std::size_t row, std::size_t column) const { return factor_[row * rows_ + column]; }

  std::vector<double> factor_;  // [row][column], lower triangle
  std::size_t rows_;
};

}  // namespace nxmc

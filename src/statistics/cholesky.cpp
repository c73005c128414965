#include "cholesky.hpp"

#include <cmath>
#include <utility>

namespace nxmc {

Cholesky::Cholesky(std::vector<double> factor, std::size_t rows) : factor_(std::move(factor)), rows_(rows) {}

std::optional<Cholesky> Cholesky::of(std::vector<double> matrix, std::size_t rows) {
  constexpr double smallest_pivot = 1e-14;
  for (std::size_t i = 0; i < rows; ++i) {
    double* const row_i = &matrix[i * rows];
    const double diagonal = row_i[i];
    for (std::size_t j = 0; j <= i; ++j) {
      const double* const row_j = &matrix[j * rows];
      double rest = row_i[j];
      for (std::size_t k = 0; k < j; ++k) rest -= row_i[k] * row_j[k];
      if (j < i) {
        row_i[j] = rest / row_j[j];
      } else {
        if (!(rest > smallest_pivot * diagonal)) return std::nullopt;
        row_i[i] = std::sqrt(rest);
      }
    }
  }
  return Cholesky(std::move(matrix), rows);
}

std::vector<double> Cholesky::solve(std::span<const double> b) const {
  std::vector<double> x(b.begin(), b.end());
  for (std::size_t i = 0; i < rows_; ++i) {
    for (std::size_t k = 0; k < i; ++k) x[i] -= at(i, k) * x[k];
    x[i] /= at(i, i);
  }
  for (std::size_t i = rows_; i-- > 0;) {
    for (std::size_t k = i + 1; k < rows_; ++k) x[i] -= at(k, i) * x[k];
    x[i] /= at(i, i);
  }
  return x;
}

}  // namespace nxmc

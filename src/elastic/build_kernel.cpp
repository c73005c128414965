// Computes the rows of V that symmetry does not repeat.
//
// Row r of 4S - C^T D^+ C needs one solution of D x = C e_r. The rows are then projected, made exactly symmetric, and
// rounded to the grid on which their sums are exact.
#include <Eigen/Core>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "abandonable.hpp"
#include "bulk.hpp"
#include "cholesky.hpp"
#include "nxmc/arithmetic/grid.hpp"
#include "nxmc/elastic/abandoned.hpp"
#include "nxmc/elastic/kernel.hpp"
#include "springs.hpp"
#include "storage_rules.hpp"

namespace nxmc {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Rows of V under construction, R x N row-major.
class Rows {
 public:
  Rows(std::span<double> values, std::size_t sites) : sites_(sites), values_(values) {}
  std::size_t count() const { return values_.size() / sites_; }
  std::span<double> operator[](std::size_t row) const { return values_.subspan(row * sites_, sites_); }
  std::span<double> values() const { return values_; }

 private:
  std::size_t sites_;
  std::span<double> values_;
};

/// Adds row r of 4S.
void add_overlap(const Lattice& lattice, double shell_stiffness, Site r, std::span<double> row) {
  for (const Site j : lattice.neighbours(r)) {
    if (j == no_site) continue;
    const double w = bond_weight(lattice, shell_stiffness, r, j);
    row[index(r)] += w;
    row[index(j)] += w;
  }
}

/// 4S - C^T D^+ C, a fixed number of rows at a time: memory stays bounded, and the blocks never depend on anything but
/// the crystal (BLAS may round differently in blocks of other widths).
void compute_rows(const Lattice& lattice, double shell_stiffness, const Orbits& orbits, const Rows& rows,
                  const std::function<bool()>& must_stop) {
  const auto network = std::make_shared<const SpringNetwork>(make_spring_network(lattice, shell_stiffness));
  const auto factor =
      abandonable([network] { return std::make_shared<CholeskyFactor>(network->stiffness); }, must_stop);
  const std::vector<Site>& sites = orbits.representative;
  const auto n = static_cast<Eigen::Index>(lattice.sites());
  for (std::size_t first = 0; first < sites.size(); first += rows_per_block) {
    const std::size_t width = std::min(rows_per_block, sites.size() - first);
    const auto forces = std::make_shared<Eigen::MatrixXd>(network->coupling.rows(), static_cast<Eigen::Index>(width));
    for (std::size_t k = 0; k < width; ++k) {
      forces->col(static_cast<Eigen::Index>(k)) = network->coupling.col(sites[first + k]);
    }
    const Eigen::Map<const Eigen::MatrixXd> displacements =
        abandonable([factor, forces] { return factor->solve(*forces); }, must_stop);
    // A row-major block of rows is a column-major N x width matrix.
    Eigen::Map<Eigen::MatrixXd> block(rows[first].data(), n, static_cast<Eigen::Index>(width));
    block.noalias() = network->coupling.transpose() * displacements;
    block = -block;
    for (std::size_t k = 0; k < width; ++k) add_overlap(lattice, shell_stiffness, sites[first + k], rows[first + k]);
  }
}

/// V <- P V P with P = 1 - 11^T/N, which subtracts the means of row and column and adds the mean of all.
void project(const Orbits& orbits, const Rows& rows, const std::function<bool()>& must_stop) {
  const auto n = static_cast<double>(orbits.row.size());
  std::vector<double> mean_of_row;
  for (std::size_t a = 0; a < rows.count(); ++a) mean_of_row.push_back(fixed_order_sum(rows[a]) / n);
  std::vector<double> mean;
  for (const std::int32_t a : orbits.row) mean.push_back(mean_of_row[index(a)]);
  const double mean_of_all = fixed_order_sum(mean) / n;
  for (std::size_t a = 0; a < rows.count(); ++a) {
    abandon_if(must_stop);
    const std::span<double> row = rows[a];
    for (std::size_t j = 0; j < row.size(); ++j) row[j] -= mean_of_row[a] + mean[j] - mean_of_all;
  }
}

/// Copies one value to all stored entries that symmetry or transposition makes equal.
///
/// The entries equal to V_ri with r a representative are V_r,hi with h from the stabiliser of r, and, with g the
/// operation that leads i to its representative s, V_s,hgr with h from the stabiliser of s. The first of all these in
/// the order (row, column) gives its value to the others.
class Symmetriser {
 public:
  Symmetriser(const Lattice& lattice, const Orbits& orbits) : lattice_(lattice), orbits_(orbits) {
    for (const Site r : orbits.representative) stabiliser_.push_back(stabiliser_of(r));
  }

  void symmetrise(const Rows& rows, const std::function<bool()>& must_stop) const {
    for (std::size_t a = 0; a < rows.count(); ++a) {
      abandon_if(must_stop);
      const Site r = orbits_.representative[a];
      const std::span<double> row = rows[a];
      for (std::size_t i = 0; i < row.size(); ++i) {
        const Entry source = std::min(first_equal(a, static_cast<Site>(i)), first_transposed(r, static_cast<Site>(i)));
        row[i] = rows[source.row][index(source.column)];
      }
    }
  }

 private:
  struct Entry {
    std::size_t row;
    Site column;
    bool operator<(const Entry& other) const { return std::tie(row, column) < std::tie(other.row, other.column); }
  };

  /// Operations other than the identity that leave a site in place.
  std::vector<std::size_t> stabiliser_of(Site r) const {
    std::vector<std::size_t> operations;
    for (std::size_t g = 1; g < lattice_.symmetry.size(); ++g) {
      if (lattice_.symmetry[g][index(r)] == r) operations.push_back(g);
    }
    return operations;
  }

  Entry first_equal(std::size_t row, Site column) const {
    Site first = column;
    for (const std::size_t h : stabiliser_[row]) first = std::min(first, lattice_.symmetry[h][index(column)]);
    return {row, first};
  }

  Entry first_transposed(Site r, Site i) const {
    const std::vector<Site>& to_representative = lattice_.symmetry[index(orbits_.from_site[index(i)])];
    return first_equal(index(orbits_.row[index(i)]), to_representative[index(r)]);
  }

  const Lattice& lattice_;
  const Orbits& orbits_;
  std::vector<std::vector<std::size_t>> stabiliser_;  ///< [R]
};

double largest_absolute_row_sum(const Rows& rows) {
  double largest = 0;
  std::vector<double> absolute;
  for (std::size_t a = 0; a < rows.count(); ++a) {
    absolute.assign(rows[a].begin(), rows[a].end());
    for (double& value : absolute) value = std::abs(value);
    largest = std::max(largest, fixed_order_sum(absolute));
  }
  return largest;
}

/// Rounds to the grid and returns its exponent.
int round_rows(const Rows& rows) {
  const int grid = grid_exponent(largest_absolute_row_sum(rows));
  for (double& value : rows.values()) value = round_to_grid(value, grid);
  return grid;
}

/// Takes what rounding left of each row's sum from the diagonal, so that V 1 = 0 exactly: a uniform crystal has no
/// field at all, not one of 1e-11. Sums of multiples of the grid are exact, and equivalent rows change alike, so no
/// symmetry is lost.
void make_row_sums_zero(const Orbits& orbits, const Rows& rows) {
  for (std::size_t a = 0; a < rows.count(); ++a) {
    const std::span<double> row = rows[a];
    row[index(orbits.representative[a])] -= fixed_order_sum(row);
  }
}

}  // namespace

int build_kernel(const Lattice& lattice, const Orbits& orbits, const KernelSpec& spec, std::span<double> values) {
  return build_kernel(lattice, orbits, spec, values, {});
}

int build_kernel(const Lattice& lattice, const Orbits& orbits, const KernelSpec& spec, std::span<double> values,
                 const std::function<bool()>& must_stop) {
  assert(spec.lattice == lattice.spec);
  assert(values.size() == orbits.representative.size() * lattice.sites());
  const Rows rows(values, lattice.sites());
  if (lattice.periodic()) {
    assert(spec.projected);
    compute_bulk_row(lattice, values, must_stop);
  } else {
    compute_rows(lattice, spec.shell_stiffness, orbits, rows, must_stop);
    if (spec.projected) project(orbits, rows, must_stop);
    Symmetriser(lattice, orbits).symmetrise(rows, must_stop);
  }
  const int grid = round_rows(rows);
  if (spec.projected) make_row_sums_zero(orbits, rows);
  return grid;
}

ReducedKernel build_kernel(const Lattice& lattice, const KernelSpec& spec) {
  const Orbits orbits = find_orbits(lattice);
  ReducedKernel kernel;
  kernel.rows.resize(orbits.representative.size() * lattice.sites());
  kernel.grid = build_kernel(lattice, orbits, spec, kernel.rows);
  return kernel;
}

}  // namespace nxmc

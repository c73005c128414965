// The elastic interaction kernel V of Frechette, Dellago and Geissler (PNAS 2021), corrected as the published figures
// need: V = P (4S - C^T D^+ C) P in units of epsilon, with P = 1 - 11^T/N. See campaigns/README.md for the errata.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// What names a kernel. `projected = false` is 4S - C^T D^+ C itself, which the published-code mode uses.
struct KernelSpec {
  LatticeSpec lattice;
  double shell_stiffness = 1;  ///< K_shell / K, the weight of bonds with both ends in the shell
  bool projected = true;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const KernelSpec&, const KernelSpec&) = default;
};

/// The rows of V that symmetry does not repeat, R x N row-major in the order of `Orbits::representative`, each value a
/// multiple of 2^-grid. V is symmetric bit for bit, and under every operation of the lattice; the rows of a projected
/// kernel sum to exactly zero.
struct ReducedKernelView {
  std::span<const double> rows;
  int grid = 0;
};

/// The same with storage of its own.
struct ReducedKernel {
  std::vector<double> rows;
  int grid = 0;
  operator ReducedKernelView() const { return {rows, grid}; }  // NOLINT(google-explicit-constructor)
};

/// Computes the kernel: sparse supernodal Cholesky of D, one right-hand side per representative.
/// The result depends on (spec, BLAS, processor) only, never on what else is computed.
/// \throws std::invalid_argument unless shell_stiffness is positive and finite; std::bad_alloc when memory does not
/// suffice; std::runtime_error when the factorisation fails
ReducedKernel build_kernel(const Lattice& lattice, const KernelSpec& spec);
/// The same where the rows are to be kept: of a large crystal they are most of what building takes.
/// \pre `rows` has R x N elements
/// \returns the grid
int build_kernel(const Lattice& lattice, const Orbits& orbits, const KernelSpec& spec, std::span<double> rows);

/// Bytes that a kernel takes once in node-shared memory (exact), and at most beside these while it is built (to about
/// 15 % above 10 MB). Neither builds the lattice.
double kernel_bytes(const KernelSpec& spec);
double kernel_build_bytes(const KernelSpec& spec);
/// Bytes of the reduced rows.
double kernel_row_bytes(const LatticeSpec& lattice);

/// Read access to a kernel whose storage is elsewhere (node-shared memory). Small crystals are stored in full, so that
/// a row is contiguous; large ones as reduced rows that are permuted, or translated, on the fly. Cheap to copy.
///
/// \pre lattice, orbits and storage outlive it
class Kernel {
 public:
  /// Doubles that `storage` should hold for this lattice: N*N up to 64 MiB, else R*N.
  static std::size_t storage_size(const Lattice& lattice, const Orbits& orbits);
  /// Writes the kernel with these reduced rows into `storage`, in full when that has N*N elements, as it is when R*N.
  static void store(std::span<const double> rows, const Lattice& lattice, const Orbits& orbits,
                    std::span<double> storage);

  Kernel(const Lattice& lattice, const Orbits& orbits, std::span<const double> storage);

  std::size_t sites() const { return sites_; }
  /// V_ij
  double entry(Site i, Site j) const {
    if (full_) return values_[static_cast<std::size_t>(i) * sites_ + static_cast<std::size_t>(j)];
    if (lattice_->periodic()) return values_[static_cast<std::size_t>(translated(*lattice_, i, j))];
    return permuted_row(i)[static_cast<std::size_t>(j)];
  }
  /// V_ii, length N.
  std::vector<double> diagonal() const;
  /// phi += alpha * row i. Exact when alpha is a small integer: see grid.hpp.
  void add_row(double alpha, Site i, std::span<double> phi) const;
  /// phi += alpha * (row i - row j).
  void add_difference(double alpha, Site i, Site j, std::span<double> phi) const;
  /// V 1, length N: exactly zero when projected.
  std::vector<double> row_sums() const;

 private:
  /// Row i of V from the row of its representative: V_ik = V_gi,gk.
  struct PermutedRow {
    const double* values;
    const Site* permutation;
    double operator[](std::size_t k) const { return values[permutation[k]]; }
  };
  /// Neighbours in the order of sites whose images are neighbours too: row i is read there forwards (step 1) or
  /// backwards (step -1). Operations that map a rod's axis onto itself consist of few of them.
  struct Run {
    std::int32_t first;
    std::int32_t image;  ///< of the first
    std::int32_t length;
    std::int32_t step;
  };
  /// [|G|] of each operation; empty where runs would be too short to be worth it.
  using RunsOfOperations = std::vector<std::vector<Run>>;
  static RunsOfOperations find_runs(const Lattice& lattice);
  static std::vector<Run> runs_of(const std::vector<Site>& image);
  void add_translated_row(double alpha, Site i, std::span<double> phi) const;
  static void add_runs(double* phi, double alpha, const double* row, const std::vector<Run>& runs);
  PermutedRow permuted_row(Site i) const {
    const auto site = static_cast<std::size_t>(i);
    const auto row = static_cast<std::size_t>(orbits_->row[site]);
    const auto g = static_cast<std::size_t>(orbits_->from_site[site]);
    return {values_ + row * sites_, lattice_->symmetry[g].data()};
  }

  const Lattice* lattice_;
  const Orbits* orbits_;
  const double* values_;
  std::size_t sites_;
  bool full_;
  std::shared_ptr<const RunsOfOperations> runs_;  // not when stored in full, or periodic
};

/// A kernel together with everything it refers to, for use by one process (the `kernel` command, tests).
class OwnedKernel {
 public:
  explicit OwnedKernel(const KernelSpec& spec);
  OwnedKernel(const OwnedKernel&) = delete;
  OwnedKernel& operator=(const OwnedKernel&) = delete;
  const Lattice& lattice() const { return lattice_; }
  const Orbits& orbits() const { return orbits_; }
  const ReducedKernel& reduced() const { return reduced_; }
  const Kernel& kernel() const { return kernel_; }

 private:
  Lattice lattice_;
  Orbits orbits_;
  ReducedKernel reduced_;
  std::vector<double> storage_;
  Kernel kernel_;
};

}  // namespace nxmc

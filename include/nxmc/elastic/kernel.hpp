// The elastic interaction kernel V of Frechette, Dellago and Geissler (PNAS 2021), corrected as the published figures need:
// V = P (4S - C^T D^+ C) P in units of epsilon, with P = 1 - 11^T/N. See the README for the two errata.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// What names a kernel. `projected = false` is 4S - C^T D^+ C itself, which the published-code mode uses.
struct KernelSpec {
  LatticeSpec lattice;
  double shell_stiffness = 1;  ///< K_shell / K, the weight of bonds with both ends in the shell
  bool projected = true;
  friend auto operator<=>(const KernelSpec&, const KernelSpec&) = default;
};

/// The rows of V that symmetry does not repeat, R x N row-major in the order of `Orbits::representative`, each value a
/// multiple of 2^-grid. V is symmetric bit for bit, and under every operation of the lattice.
struct ReducedKernel {
  std::vector<double> rows;
  int grid = 0;
};

/// Computes the kernel: sparse supernodal Cholesky of D, one right-hand side per representative.
/// The result depends on (spec, BLAS, processor) only, never on what else is computed.
/// \throws std::bad_alloc when memory does not suffice; std::runtime_error when the factorisation fails
ReducedKernel build_kernel(const Lattice& lattice, const KernelSpec& spec);

/// Bytes that a kernel takes once in node-shared memory, and at most while it is built. Neither builds the lattice.
double kernel_bytes(const KernelSpec& spec);
double kernel_build_bytes(const KernelSpec& spec);

/// Read access to a kernel whose storage is elsewhere (node-shared memory). Small crystals are stored in full, so that a row is
/// contiguous; large ones as reduced rows that are permuted on the fly. Cheap to copy.
/// \pre lattice and orbits outlive it
class Kernel {
 public:
  /// Doubles that `storage` must hold for this lattice.
  static std::size_t storage_size(const Lattice& lattice, const Orbits& orbits);
  /// Writes the kernel into `storage` in the form that `Kernel` reads.
  static void store(const ReducedKernel& reduced, const Lattice& lattice, const Orbits& orbits, std::span<double> storage);

  Kernel(const Lattice& lattice, const Orbits& orbits, std::span<const double> storage);

  std::size_t sites() const;
  /// V_ij
  double entry(Site i, Site j) const;
  /// phi += alpha * row i. Exact when alpha is a small integer: see grid.hpp.
  void add_row(double alpha, Site i, std::span<double> phi) const;
  /// phi += alpha * (row i - row j), in one pass.
  void add_difference(double alpha, Site i, Site j, std::span<double> phi) const;
  /// V 1 (zero up to rounding when projected), length N.
  std::vector<double> row_sums() const;

 private:
  const Lattice* lattice_;
  const Orbits* orbits_;
  std::span<const double> storage_;
  bool full_;
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

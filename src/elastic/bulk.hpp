// Elasticity of periodic crystals, where each wave vector k is alone:
//   V(k) = 4S(k) - C(k)^+ D(k)^-1 C(k),   4S(k) = sum_bonds 2 (1 + cos k.b),   C(k) = -2i sum_bonds sin(k.b) alpha,
//   D(k) = sum_bonds 2 (1 - cos k.b) alpha alpha,
// each bond b once, alpha its direction. A uniform change of composition is taken up by a uniform strain: V(0) = 0.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "fourier.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// Row of V of the first site, which translations lead to all others; with the symmetry of the crystal, bit for bit.
/// \param row  [site] \param must_stop  as of build_kernel \pre a periodic crystal \throws BuildingAbandoned
void compute_bulk_row(const Lattice& lattice, std::span<double> row, const std::function<bool()>& must_stop);

/// Displacements of periodic crystals, without translation of the whole.
class BulkDisplacements {
 public:
  explicit BulkDisplacements(const Lattice& lattice);
  /// As DisplacementSolver::solve. \param half_mismatch  Delta / 2
  std::vector<double> solve(std::span<const std::int8_t> sigma, double half_mismatch) const;
  static double bytes(const LatticeSpec& lattice);

 private:
  std::size_t dimension_;
  CellTransform transform_;
  std::vector<Vector3> response_;  // [k] D^-1 sum_bonds sin(k.b) alpha
};

}  // namespace nxmc

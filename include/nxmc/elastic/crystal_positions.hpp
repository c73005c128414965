// Where the sites of a crystal of two compounds are: lengths of a material instead of lattice spacings and the mismatch
// that is a convention.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nxmc/elastic/displacements.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// By how much the spacing of a crystal of A alone exceeds that of the lattice, in units of Delta. Bonds of rest
/// lengths d + Delta, where the lattice has d, agree on sum d / sum d^2: 1 where all are equally long, (6 + 12 sqrt 2)
/// / 30 = 0.766 with 6 of length 1 and 12 of sqrt 2, because these have the mismatch of the shorter ones.
double dilation_per_mismatch(const Lattice& lattice);

/// Positions in the lengths of a material, where sites of a crystal of A alone are edge_A apart, and those of B alone
/// edge_B.
///
/// The mean composition dilates the perfect lattice (Vegard); what deviates from it displaces sites as the springs of
/// the model want, by u of Eq. 5, which is linear in Delta: of a Delta so large that crystals of A and B alone have
/// their spacings.
class CrystalPositions {
 public:
  /// \param relaxed  otherwise all sites stay on the dilated lattice
  /// \pre `lattice` lives as long; edges are positive
  /// \throws as DisplacementSolver
  CrystalPositions(const Lattice& lattice, double shell_stiffness, double edge_A, double edge_B, bool relaxed);

  /// [N] in the unit of the edges. \throws as DisplacementSolver::solve
  std::vector<Vector3> of(std::span<const std::int8_t> sigma) const;

 private:
  const Lattice& lattice_;
  double edge_A_;
  double edge_B_;
  std::optional<DisplacementSolver> solver_;
};

}  // namespace nxmc

// Displacements at mechanical equilibrium, u = (Delta/2) D^+ C (sigma - mean), Eq. 5.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nxmc/elastic/kernel.hpp"

namespace nxmc {

inline constexpr double default_mismatch = 0.1;  ///< Delta = l_AA - l_AB, in lattice spacings

/// Solves for displacements with a factorisation of its own (no BLAS), so that the same sigma gives the same bits on
/// every machine. `projected` of the spec plays no role.
class DisplacementSolver {
 public:
  /// \param mismatch  Delta in lattice spacings
  /// \throws std::invalid_argument unless shell_stiffness is positive and finite; std::bad_alloc when memory does not
  /// suffice; std::runtime_error when the factorisation fails
  DisplacementSolver(const Lattice& lattice, double shell_stiffness, double mismatch = default_mismatch);
  ~DisplacementSolver();
  DisplacementSolver(DisplacementSolver&&) noexcept;
  DisplacementSolver& operator=(DisplacementSolver&&) noexcept;

  /// u[d*i + component] for site i (d = dimension) in lattice spacings, without rigid motion: D^+ gives the
  /// solution of least norm.
  /// \pre sigma has the lattice's number of sites
  std::vector<double> solve(std::span<const std::int8_t> sigma) const;

  /// Predicted bytes of a solver (to about 15 %), without building it.
  static double bytes(const LatticeSpec& lattice);

 private:
  struct Factor;
  std::unique_ptr<Factor> factor_;
};

}  // namespace nxmc

// Displacements at mechanical equilibrium, u = (Delta/2) D^+ C (sigma - mean), Eq. 5.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nxmc/elastic/kernel.hpp"

namespace nxmc {

inline constexpr double default_mismatch = 0.1;  ///< Delta = l_AA - l_AB, in lattice spacings

/// Solves for displacements with a factorisation of its own (no BLAS), so that the same sigma gives the same bits on every
/// machine. `projected` of the spec plays no role.
class DisplacementSolver {
 public:
  DisplacementSolver(const Lattice& lattice, double shell_stiffness, double mismatch = default_mismatch);
  ~DisplacementSolver();
  DisplacementSolver(DisplacementSolver&&) noexcept;
  DisplacementSolver& operator=(DisplacementSolver&&) noexcept;

  /// u[d*i + component] for site i (d = dimension), defined up to a rigid motion.
  std::vector<double> solve(std::span<const std::int8_t> sigma) const;

  /// Predicted bytes of the factor for a crystal, without building it.
  static double bytes(const LatticeSpec& lattice);

 private:
  struct Factor;
  std::unique_ptr<Factor> factor_;
};

}  // namespace nxmc

// Displacements at mechanical equilibrium, u = (Delta/2) D^+ C (sigma - mean), Eq. 5.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nxmc/elastic/kernel.hpp"

namespace nxmc {

inline constexpr double default_mismatch = 0.1;  ///< Delta = l_AA - l_AB, in lattice spacings

/// How displacements are found. A factor makes each solution cheap, but its memory grows as N^(4/3) and its time as N^2
/// in 3D; conjugate gradients need hardly more than the matrix.
enum class DisplacementMethod : std::uint8_t { factor, conjugate_gradients };
/// Which of them a crystal gets: a function of nothing else, so that results are the same wherever they are computed.
DisplacementMethod displacement_method(const LatticeSpec& lattice);
/// Predicted bytes of the factor, to about 15 %, whether the crystal gets one or not.
double displacement_factor_bytes(const LatticeSpec& lattice);

/// Solves for displacements with sums in an order of their own (no BLAS), so that the same sigma gives the same bits on
/// every machine. `projected` of the spec plays no role.
class DisplacementSolver {
 public:
  /// \param mismatch  Delta in lattice spacings
  /// \throws std::invalid_argument unless shell_stiffness is positive and finite; std::bad_alloc when memory does not
  /// suffice; std::runtime_error when the factorisation fails
  DisplacementSolver(const Lattice& lattice, double shell_stiffness, double mismatch = default_mismatch);
  DisplacementSolver(const Lattice& lattice, double shell_stiffness, double mismatch, DisplacementMethod method);
  ~DisplacementSolver();
  DisplacementSolver(DisplacementSolver&&) noexcept;
  DisplacementSolver& operator=(DisplacementSolver&&) noexcept;

  /// u[d*i + component] for site i (d = dimension) in lattice spacings, without rigid motion: D^+ gives the
  /// solution of least norm.
  /// \pre sigma has the lattice's number of sites
  /// \throws std::runtime_error when conjugate gradients do not converge
  std::vector<double> solve(std::span<const std::int8_t> sigma) const;

  /// Predicted bytes of a solver (to about 15 %), without building it.
  static double bytes(const LatticeSpec& lattice);

 private:
  struct Network;
  std::unique_ptr<Network> network_;
};

}  // namespace nxmc

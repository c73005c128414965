// Displacements at mechanical equilibrium, u = (Delta/2) D^+ C (sigma - mean), Eq. 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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

/// Displacements of several configurations side by side.
struct DisplacementLanes {
  std::size_t first = 0;      ///< the configuration in lane 0; the next one is in lane 1, …
  std::size_t count = 0;      ///< how many there are; what stands in lanes beyond these is finite and means nothing
  std::size_t lanes = 0;      ///< 1, 8 or 16
  std::span<const double> u;  ///< u[(d*i + component) * lanes + lane]
};

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

  /// Configurations that are worth waiting for, so that they are solved for together: 1 without a factor, where each is
  /// as quick alone.
  std::size_t at_a_time() const;
  /// The same displacements, to the bit, of many configurations.
  /// \param bits  one after the other, each in whole bytes: bit i%8 of byte i/8 is set where site i is A
  /// \param visit  is called with all configurations, some at a time
  /// \throws as solve
  using Visit = std::function<void(const DisplacementLanes&)>;
  void solve(std::span<const std::uint8_t> bits, const Visit& visit) const;

  /// Predicted bytes of a solver and of what it needs while it solves (to about 15 %), without building it.
  static double bytes(const LatticeSpec& lattice);

  struct Network;

 private:
  std::unique_ptr<Network> network_;
};

}  // namespace nxmc

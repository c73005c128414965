// Energies of a configuration sigma (+1 = A, -1 = B) and energy changes of a flip and of a swap.
//   E = (w/2) sigma^T V sigma - J sum_bonds sigma sigma' - (delta_mu/2) sum sigma      (Eq. 3 with V as in kernel.hpp)
// in epsilon; w = interaction.elastic, J = interaction.ising. Without elastic part the unit is J, or k_BT.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/elastic/kernel.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

using Spin = std::int8_t;
using Occupation = std::vector<Spin>;

/// Strengths of the two parts of the interaction.
struct Interaction {
  double elastic = 1;
  double ising = 0;
  friend auto operator<=>(const Interaction&, const Interaction&) = default;
};

/// `published` reproduces the authors' program, which counts the self-interaction V_ii twice; see the README.
enum class Hamiltonian : std::uint8_t { exact, published };

/// Full energy from the definition, O(N^2). `published` has no energy function; this is always the stated Hamiltonian.
/// \param V  nullptr when interaction.elastic == 0
double total_energy(const Lattice& lattice, const Kernel* V, const Interaction& interaction, double delta_mu,
                    std::span<const Spin> sigma);

/// The configuration with its maintained field phi = V sigma and energy changes of moves in O(1).
/// phi is a sum of multiples of 2^-grid, exact in any order: it never drifts and is a function of sigma alone, to the bit.
class State {
 public:
  /// \param V  nullptr when interaction.elastic == 0. In published mode it must be the unprojected kernel.
  State(const Lattice& lattice, const Kernel* V, const Interaction& interaction, double delta_mu, Hamiltonian hamiltonian,
        Occupation sigma);

  const Occupation& sigma() const { return sigma_; }
  std::span<const double> phi() const { return phi_; }  ///< V sigma, without the weight w; empty without elastic part
  int sum() const { return sum_; }                      ///< sum of sigma
  /// Sum of sigma over the neighbours of i.
  int neighbour_sum(Site i) const;
  double energy() const;                                ///< O(N), from phi

  double flip_energy(Site i) const;                     ///< Delta E of sigma_i -> -sigma_i
  /// Delta E of exchanging the occupants of i and j. \pre sigma_i != sigma_j
  double swap_energy(Site i, Site j) const;
  void flip(Site i);
  void swap(Site i, Site j);
  void assign(Occupation sigma);                        ///< O(N * number of changed sites)

  const Lattice& lattice() const { return *lattice_; }
  const Kernel* kernel() const { return kernel_; }
  const Interaction& interaction() const { return interaction_; }
  double delta_mu() const { return delta_mu_; }
  Hamiltonian hamiltonian() const { return hamiltonian_; }

 private:
  bool bonded(Site i, Site j) const;
  const Lattice* lattice_;
  const Kernel* kernel_;
  Interaction interaction_;
  double delta_mu_;
  Hamiltonian hamiltonian_;
  Occupation sigma_;
  std::vector<double> phi_;
  std::vector<double> diagonal_;   // V_ii
  std::vector<double> row_sums_;   // V 1, published mode only
  int sum_ = 0;
};

}  // namespace nxmc

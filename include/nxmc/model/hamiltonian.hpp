// Energies of a configuration sigma (+1 = A, -1 = B) and energy changes of a flip and of a swap.
//   E = (w/2) sigma^T V sigma - J sum_bonds sigma sigma' - (delta_mu/2) sum sigma      (Eq. 3 with V as in kernel.hpp)
// in epsilon; w = interaction.elastic, J = interaction.ising. Without elastic part the unit is J, or k_BT.
#pragma once

#include <cassert>
#include <compare>
#include <cstddef>
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
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const Interaction&, const Interaction&) = default;
};

/// `published` reproduces the authors' program, which counts the self-interaction V_ii twice; see campaigns/README.md.
enum class Hamiltonian : std::uint8_t { exact, published };

/// Full energy from the definition, O(N^2). Always the stated Hamiltonian, also for an unprojected V: sigma enters the
/// elastic part as its deviation from the mean, as in Eq. 4 (`published` has no energy function of its own). \param V
/// nullptr when interaction.elastic == 0
double total_energy(const Lattice& lattice, const Kernel* V, const Interaction& interaction, double delta_mu,
                    std::span<const Spin> sigma);

/// The configuration with its maintained field phi = V sigma and energy changes of moves in O(1) (plus O(Z) with Ising
/// part). phi is a sum of multiples of 2^-grid, exact in any order: it never drifts and is a function of sigma alone,
/// to the bit.
class State {
 public:
  /// \param V  nullptr when interaction.elastic == 0. In published mode it must be the unprojected kernel.
  /// \pre lattice and V outlive the state; sigma holds one +1 or -1 for each site
  State(const Lattice& lattice, const Kernel* V, const Interaction& interaction, double delta_mu,
        Hamiltonian hamiltonian, Occupation sigma);

  const Occupation& sigma() const { return sigma_; }
  std::span<const double> phi() const { return phi_; }  ///< V sigma, without the weight w; empty without elastic part
  int sum() const { return sum_; }                      ///< sum of sigma
  double mean() const { return static_cast<double>(sum_) / static_cast<double>(sigma_.size()); }
  /// Sum of sigma over the neighbours of i. O(Z), or O(1) where the sums are kept.
  int neighbour_sum(Site i) const;
  /// From now on each flip changes the sums over Z neighbours, for chains that ask for them more often than they move.
  void keep_neighbour_sums();
  double energy() const;  ///< total_energy of this configuration, O(N), from phi
  /// What swap energies are differences of, up to a constant of the composition: the energy, or in published mode
  /// w [(1/2) sigma^T V sigma - m sum_i (V 1 + V_ii)_i sigma_i] with the unprojected V, and the Ising part. O(N).
  double energy_of_swaps() const;

  double flip_energy(Site i) const;  ///< Delta E of sigma_i -> -sigma_i
  /// Delta E of exchanging the occupants of i and j. \pre sigma_i != sigma_j
  double swap_energy(Site i, Site j) const;
  void flip(Site i);
  /// \pre sigma_i != sigma_j
  void swap(Site i, Site j);
  /// From now on energies are those at this drive.
  void set_delta_mu(double delta_mu) { delta_mu_ = delta_mu; }
  /// Becomes the given configuration: O(N) for each changed site or each site of the minority, whichever are fewer.
  void assign(Occupation sigma);

  const Lattice& lattice() const { return *lattice_; }
  const Kernel* kernel() const { return kernel_; }
  const Interaction& interaction() const { return interaction_; }
  double delta_mu() const { return delta_mu_; }
  Hamiltonian hamiltonian() const { return hamiltonian_; }

  /// V_ii of all sites; empty without elastic part.
  std::span<const double> diagonal() const { return diagonal_; }
  /// V 1, exactly zero when projected; empty without elastic part.
  std::span<const double> row_sums() const { return row_sums_; }
  /// The elastic field that swaps see: phi_i, or in published mode V(sigma - mean) - mean V_ii at i.
  double swap_field(Site i) const;

 private:
  static std::size_t index(Site i) { return static_cast<std::size_t>(i); }
  bool published() const { return hamiltonian_ == Hamiltonian::published; }
  std::vector<double> field() const;
  void change_neighbour_sums(Site i, int change);
  double ising_energy() const;
  bool bonded(Site i, Site j) const;
  double elastic_flip_energy(Site i) const;
  double elastic_swap_energy(Site i, Site j) const;
  double ising_swap_energy(Site i, Site j) const;

  const Lattice* lattice_;
  const Kernel* kernel_;
  Interaction interaction_;
  double delta_mu_;
  Hamiltonian hamiltonian_;
  Occupation sigma_;
  std::vector<double> phi_;
  std::vector<double> diagonal_;            // V_ii
  std::vector<double> row_sums_;            // V 1
  std::vector<std::int8_t> neighbour_sum_;  // [N] where kept
  Site farthest_bond_ = 0;                  // largest distance of indices between neighbours
  int sum_ = 0;
};

// Metropolis asks for a swap energy at every attempt: what it needs is inline.

inline double State::swap_field(Site i) const {
  const double phi = phi_[index(i)];
  if (!published()) return phi;
  return phi - mean() * (row_sums_[index(i)] + diagonal_[index(i)]);
}

inline double State::elastic_swap_energy(Site i, Site j) const {
  const double self = 2 * (diagonal_[index(i)] + diagonal_[index(j)]) - 4 * kernel_->entry(i, j);
  return interaction_.elastic * (self - 2 * sigma_[index(i)] * (swap_field(i) - swap_field(j)));
}

inline double State::swap_energy(Site i, Site j) const {
  assert(sigma_[index(i)] != sigma_[index(j)]);
  double change = 0;
  if (kernel_ != nullptr) change += elastic_swap_energy(i, j);
  if (interaction_.ising != 0) change += ising_swap_energy(i, j);
  return change;
}

}  // namespace nxmc

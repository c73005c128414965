// Upper bounds of the rates of all moves of an elastic crystal, computed anew at every event in single precision.
//
// The rates factorise. With h_i = w phi_i - J sum_nb(i) sigma (published mode: phi_i - m (V1)_i - m V_ii for phi_i) and
// a_i = exp[(sigma_i h_i - w V_ii) / k_BT],
//     flip i:    a_i f_i(sigma_i)     f_i  = k0_ex   exp(-delta_mu sigma_i / 2 k_BT)
//     swap i,j:  a_i a_j k_ij         k_ij = k0_diff exp[(2 w V_ij - 2 J) / k_BT]
// so that an event costs one exponential per site and a product per bond. Published mode gives flips the further factor
// exp(w (2 V_ii - sigma_i [phi_i - m (V1)_i]) / (N k_BT)).
//
// Sixteen neighbours in the order of sites are computed side by side: most of them have their bonds in the same
// distances of indices. A bond counts at its site of lower index.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nxmc/engine/parameters.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/model/hamiltonian.hpp"

namespace nxmc {

class RateBounds {
 public:
  static constexpr std::size_t lanes = 16;

  /// \pre lattice and kernel of `state` outlive this
  RateBounds(const State& state, const Physics& physics);

  /// From now on only diffusion.
  void stop_exchange();
  /// Reads a configuration.
  void rebuild(const State& state);
  /// The occupant of site i has changed, and `state` knows.
  void flip(const State& state, Site i);
  /// Computes all bounds. False if they leave the range of single precision: then they say nothing. O(N).
  bool refresh(const State& state);

  /// Bound of the flip of i and its swaps with neighbours of higher index, together.
  double bound(Site i) const { return bound_[static_cast<std::size_t>(i)]; }
  /// Sum of all bounds. At most 0.1 % above the sum of all rates, where rates below 2^-50 of that do not count.
  double total() const { return total_; }

  /// The site in whose bound the running sum passes `target`, and what is left of the target inside; none if rounding
  /// leaves too much.
  struct Pick {
    Site site;
    double rest;
  };
  std::optional<Pick> find(double target) const;

  // How the sums are laid out: chunks of `lanes` neighbours, groups of chunks.
  static constexpr std::size_t chunks_per_group = 8;
  struct alignas(64) Lanes {
    std::array<float, lanes> value{};
  };

 private:
  void find_bonds(const State& state, const Physics& physics);
  Lanes& bonds_at(std::size_t distance);
  void set_flip_constants(const Physics& physics);
  void set_site(const State& state, Site i);
  void follow_mean(const State& state);

  const Lattice* lattice_;
  double weight_;  // w / k_BT
  double ising_;   // J / k_BT
  bool published_;
  bool exchange_on_;
  double largest_bond_exponent_ = 0;
  double largest_flip_exponent_ = 0;
  std::array<double, 2> flip_factor_{};  // f of B, of A
  std::vector<double> diagonal_;         // [N] V_ii
  std::vector<double> row_sums_;         // [N] (V1)_i in published mode

  // Exponents are those of 2. Padded to whole groups, with sites that cannot do anything.
  std::vector<float> sign_;    // sigma
  std::vector<float> local_;   // what is subtracted from the elastic field
  std::vector<float> self_;    // [N] -w V_ii / k_BT
  std::vector<float> flip_;    // f; 0 where no flip is possible
  std::vector<float> factor_;  // sigma a, and as far beyond the last site as bonds reach
  // Chunk by chunk, and in each of them one for each distance, in the order of sites, over which it has bonds
  std::vector<Lanes> bond_factor_;  // k, 0 where there is no bond
  std::vector<std::size_t> distance_;
  std::vector<std::size_t> first_distance_;          // [chunks + 1]
  std::vector<float> bound_;                         // a_i (f_i + sum_j a_j k_ij)
  std::vector<std::array<double, lanes>> lane_sum_;  // [groups] over the chunks of a group
  std::vector<double> group_sum_;
  double total_ = 0;
};

}  // namespace nxmc

// Rates k0 exp(-Delta E / 2 k_BT) of every move of the exchange dynamics, their sum, and the choice of one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/engine/parameters.hpp"
#include "nxmc/engine/sum_tree.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/model/hamiltonian.hpp"

namespace nxmc {

/// A flip of `site`, or a swap of the A at `site` with the B at its neighbour `partner`.
struct Move {
  Site site = no_site;
  Site partner = no_site;  ///< no_site for a flip
  friend bool operator==(const Move&, const Move&) = default;
};

struct RatedMove {
  Move move;
  double log_rate;  ///< natural logarithm of the rate, in inverse units of time
};

/// All rates of a configuration, kept up to date event by event.
///
/// The rates factorise. With h_i = w phi_i - J sum_nb(i) sigma, a_i = exp(sigma_i h_i / k_BT) and constants F, k,
///     flip i:    a_i F_i(sigma_i)     F_i = k0_ex   exp(-[w V_ii + delta_mu sigma_i / 2] / k_BT)
///     swap i,j:  a_i a_j k_ij         k_ij = k0_diff exp(-[w (V_ii + V_jj - 2 V_ij) + 2 J] / k_BT)
/// so that an event costs one exponential per site and a product per unlike bond. Published mode replaces phi_i by
/// phi_i - m (V1)_i - m V_ii and gives flips the further factor exp(w (2 V_ii - sigma_i [phi_i - m (V1)_i]) / (N
/// k_BT)). Where exponents are too large for products of doubles, every rate is computed from its own Delta E relative
/// to the largest.
///
/// Everything is a function of the configuration alone, to the bit.
class ExchangeRates {
 public:
  /// \pre lattice and kernel of `state` outlive this
  ExchangeRates(const State& state, const Physics& physics);

  /// From now on only diffusion.
  void stop_exchange(const State& state);
  /// Computes everything anew, for any configuration. O(N).
  void rebuild(const State& state);
  /// Follows a move that `state` has just made: O(N) with elastic interaction, O(Z^2 log N) without.
  void follow(const State& state, const Move& move);

  /// False when nothing can move.
  bool any_move() const { return tree_.total() > 0; }
  /// Waiting time for an exponentially distributed number of mean 1; infinity when it exceeds the range of doubles.
  /// \pre any_move()
  double waiting_time(double exponential) const;
  /// The move chosen by u, uniform on (0, 1), in proportion to the rates. \pre any_move()
  Move select(const State& state, double u) const;
  /// Every possible move with its rate.
  std::vector<RatedMove> moves(const State& state) const;

 private:
  void read_constants(const State& state, const Physics& physics);
  void find_unlike_bonds(const State& state);
  void toggle_bonds_of(Site i);

  bool constants_fit() const { return flips_fit_ && bonds_fit_; }
  /// No elastic part, and exponents cannot leave the range: rates change only near a move.
  bool local() const;
  void refresh(const State& state);
  bool refresh_factors(const State& state);
  void set_elastic_exponents(const State& state);
  void refresh_weights(const State& state);
  void set_flip_factors(const State& state, std::span<double> weights);
  void refresh_relative_to_largest(const State& state);
  void refresh_around(const State& state, const Move& move);
  void mark(Site i);

  double neighbour_exponent(std::size_t i) const;
  double constant_flip_factor(const State& state, std::size_t i) const;
  double flip_exponent(const State& state, std::size_t i) const;
  double flip_factor(const State& state, std::size_t i) const;
  double add_swaps(double sum, std::size_t i) const;
  double factorised_weight(const State& state, Site i) const;
  double log_rate(const State& state, const Move& move) const;
  double weight(const State& state, const Move& move, std::size_t bond) const;
  template <class Visit>
  void visit_moves_from(const State& state, Site i, Visit visit) const;

  const Lattice* lattice_;
  double temperature_;
  double elastic_;  // w / k_BT
  double ising_;    // J / k_BT
  double log_exchange_;
  double log_diffusion_;
  bool published_;
  bool flips_fit_ = true;                // no F is out of range
  bool bonds_fit_ = true;                // no k_ij is out of range
  bool factorised_ = true;               // how the present rates were computed
  double shift_ = 0;                     // weights in the tree are rates times exp(-shift)
  std::vector<double> diagonal_;         // [N] V_ii, 0 without elastic part
  std::vector<double> row_sums_;         // [N] (V1)_i in published mode, otherwise 0
  std::vector<double> flip_factor_;      // [2N] F_i of B, of A; 0 where exchange is impossible
  std::vector<double> bond_factor_;      // [N*Z] k_ij
  std::vector<int> bonds_;               // [N] bonds of each site
  std::vector<std::uint32_t> unlike_;    // [N] bit k is set where the neighbour in direction k is of the other kind
  std::vector<double> factor_;           // [N] a_i
  std::vector<double> flip_correction_;  // published mode: workspace, the further factor of each boundary site's flip
  std::vector<std::uint8_t> marked_;     // [N] workspace of local updates
  std::vector<Site> marked_sites_;
  SumTree tree_;  // one leaf per site: its flip and its swaps as the A end
};

}  // namespace nxmc

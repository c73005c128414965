// Rates of all moves of a crystal without elastic part, kept up to date where a move changes them.
//
// The rates factorise. With a_i = exp(-J sigma_i sum_nb(i) sigma / k_BT), which takes few values,
//     flip i:    a_i f(sigma_i)   f = k0_ex   exp(-delta_mu sigma_i / 2 k_BT)
//     swap i,j:  a_i a_j k        k = k0_diff exp(-2 J / k_BT)
//
// Sites are placed on a grid with an empty place behind each row, so that each direction is the same distance
// everywhere and eight places in a row have their bonds side by side. A bond counts at its end of lower index, and a
// block of eight places is one leaf of a tree of sums: of single sites no rates are kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nxmc/engine/move.hpp"
#include "nxmc/engine/parameters.hpp"
#include "nxmc/engine/sum_tree.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/model/hamiltonian.hpp"

namespace nxmc {

class ShortRangeRates {
 public:
  static constexpr std::size_t lanes = 8;
  using Place = std::int32_t;  ///< index on the grid
  struct Terms;                ///< what weights are made of

  /// Knows no configuration before `rebuild`. \pre the lattice outlives this
  ShortRangeRates(const Lattice& lattice, const Physics& physics);

  /// From now on only diffusion; `rebuild` has to come next.
  void stop_exchange();
  /// False where factors leave the range of doubles: then nothing else may be called.
  bool representable() const { return flips_fit_ && bonds_fit_; }

  /// Reads a configuration. O(N).
  void rebuild(const State& state);
  /// Follows a move. O(Z^2 + log N).
  void follow(const Move& move);

  double total() const { return tree_.total(); }
  /// The move in whose rate the running sum passes `target`; none if rounding leaves too much.
  /// \pre 0 <= target <= total() and total() > 0
  std::optional<Move> find(double target) const;
  double rate(const Move& move) const;

 private:
  /// What a move changes, relative to the place of its first site.
  struct Footprint {
    struct Change {
      Place at;
      int times;  // as much as the occupant of the first site changes
    };
    struct Run {
      Place first;
      Place last;
    };
    std::vector<Change> neighbour_sums;  // all of them whose factors change
    std::vector<Run> weights;            // ascending and apart
  };

  Terms terms() const;
  void place_sites();
  void find_distances();
  void read_factors(const Physics& physics);
  Footprint footprint_of(const std::vector<Place>& flipped) const;
  const Footprint& footprint(const Move& move) const;
  void flip(std::size_t place);
  void follow_sums(std::size_t first, int change, const Footprint& changes);
  void follow_weights(std::size_t first, const Footprint& changes);
  double signed_factor(std::size_t place) const;
  std::optional<Move> find_at(std::size_t place, double rest) const;
  std::size_t place(Site i) const { return static_cast<std::size_t>(place_[static_cast<std::size_t>(i)]); }

  const Lattice* lattice_;
  std::vector<Place> distance_;          // [Z] in each direction
  std::vector<Place> higher_;            // the positive ones: they lead to sites of higher index
  std::vector<Place> place_;             // [N]
  std::vector<Site> site_;               // [places] no_site where empty
  std::vector<Footprint> footprint_;     // [Z + 1] of swaps in each direction; of a flip
  std::vector<double> factor_of_class_;  // [2Z + 1] a for sigma_i sum_nb(i) sigma = -Z … Z
  bool factors_vary_ = false;
  bool flips_fit_ = true;  // no exponent of a flip is out of range
  bool bonds_fit_ = true;  // nor one of a swap
  double bond_factor_ = 0;
  std::array<double, 2> flip_factor_{};  // of B, of A

  std::vector<Spin> sigma_;                 // [places] 0 where empty
  std::vector<std::int8_t> neighbour_sum_;  // [places]
  std::vector<double> factor_;              // [places] sigma a; and as far beyond as bonds reach
  std::vector<std::uint8_t> boundary_;      // [blocks] one bit for each place
  std::vector<std::size_t> changed_;        // blocks; workspace
  SumTree tree_{1};                         // one leaf per block
};

}  // namespace nxmc

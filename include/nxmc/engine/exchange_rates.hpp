// Rates k0 exp(-Delta E / 2 k_BT) of every move of the exchange dynamics, their sum, and the choice of one of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nxmc/engine/parameters.hpp"
#include "nxmc/engine/rate_bounds.hpp"
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
/// With elastic part every move changes all rates. Only upper bounds of them are computed at each event (RateBounds),
/// and the exact rates of the one site that is drawn: what these leave of its bound is an event in which nothing
/// happens. Events at the bounding rates that are kept with probability rate / bound are events at the exact rates
/// (thinning; Lewis and Shedler, Nav. Res. Logist. Q. 26, 403 (1979)).
///
/// Without elastic part rates change only near a move. They factorise as in RateBounds, with factors from a table.
/// Where exponents are too large for either, every rate is computed from its own Delta E relative to the largest.
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
  bool any_move() const { return total() > 0; }
  /// Waiting time for an exponentially distributed number of mean 1; infinity when it exceeds the range of doubles.
  /// \pre any_move()
  double waiting_time(double exponential) const;
  /// The move chosen by u, uniform on (0, 1), in proportion to the rates; or none, which is as likely as the bounds
  /// exceed the rates. \pre any_move()
  std::optional<Move> select(const State& state, double u) const;
  /// Every possible move with its rate.
  std::vector<RatedMove> moves(const State& state) const;

 private:
  enum class Method : std::uint8_t { local, bounded, relative };

  /// What the rates of a site depend on beside the field, in one place: crystals of a million sites do not fit into
  /// caches.
  struct Bonds {
    std::uint32_t unlike = 0;  // bit k is set where the neighbour in direction k is of the other kind
    std::int8_t surplus = 0;   // like minus unlike neighbours
    Spin sigma = 1;
    bool on_boundary = false;
    bool marked = false;  // workspace of local updates
  };

  void find_higher_directions();
  void read_local_factors(const Physics& physics);
  void find_unlike_bonds(const State& state);
  void toggle_bonds_of(Site i);

  void refresh(const State& state);
  void refresh_locally();
  void refresh_relative_to_largest(const State& state);
  void refresh_around(const Move& move);
  void mark_lower_partners(Site i);
  void mark(Site i);

  double total() const { return method_ == Method::bounded ? bounds_->total() : tree_.total(); }
  double factor(Site i) const;
  double local_weight(Site i) const;
  double log_rate(const State& state, const Move& move) const;
  double rate(const State& state, const Move& move) const;
  template <class Visit>
  void visit_moves_of(const State& state, Site i, Visit visit) const;

  const Lattice* lattice_;
  double temperature_;
  double log_exchange_;
  double log_diffusion_;
  Method method_ = Method::relative;
  double shift_ = 0;                  // weights in the tree are rates times exp(-shift)
  std::uint32_t higher_ = 0;          // bit k is set where direction k leads to sites of higher index
  std::vector<Bonds> bonds_;          // [N]
  std::optional<RateBounds> bounds_;  // with elastic part
  bool flips_fit_ = true;             // without elastic part: no exponent of a flip is out of range
  bool bonds_fit_ = true;             // nor one of a swap
  std::vector<double> local_factor_;  // [2Z + 1] exp(-J s / k_BT) for s = sigma_i sum_nb sigma = -Z … Z
  std::array<double, 2> flip_factor_{};
  bool factors_vary_ = false;
  double bond_factor_ = 0;
  std::vector<Site> marked_sites_;
  std::vector<std::size_t> changed_leaves_;
  SumTree tree_;  // one leaf per site, of its flip and its swaps with neighbours of higher index; not when bounded
};

}  // namespace nxmc

// Rates k0 exp(-Delta E / 2 k_BT), or by another rule, of every move of the exchange dynamics, their sum, and the
// choice of one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nxmc/engine/move.hpp"
#include "nxmc/engine/parameters.hpp"
#include "nxmc/engine/rate_bounds.hpp"
#include "nxmc/engine/short_range_rates.hpp"
#include "nxmc/engine/sum_tree.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/model/hamiltonian.hpp"

namespace nxmc {

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
/// Other rules than exp(-Delta E / 2 k_BT) know neither bounds nor factors: all rates are computed at each event.
///
/// Without elastic part rates change only near a move (ShortRangeRates). Where exponents are too large for either,
/// every rate is computed from its own Delta E relative to the largest.
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
  /// Follows a move that `state` has just made: O(N) with elastic interaction, O(Z^2 + log N) without.
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
  enum class Method : std::uint8_t { short_range, bounded, relative };

  void refresh(const State& state);
  void refresh_relative_to_largest(const State& state);

  double total() const;
  double log_rate(const State& state, const Move& move) const;
  double log_rate_by_rule(const State& state, const Move& move) const;
  double rate(const State& state, const Move& move) const;
  template <class Visit>
  void visit_moves_of(const State& state, Site i, Visit visit) const;

  const Lattice* lattice_;
  double temperature_;
  RateRule rule_;
  bool has_other_rule_;
  double log_exchange_;
  double log_diffusion_;
  Method method_ = Method::relative;
  std::optional<RateBounds> bounds_;            // with elastic part
  std::optional<ShortRangeRates> short_range_;  // without
  double shift_ = 0;                            // weights in the tree are rates times exp(-shift)
  std::optional<SumTree> tree_;  // where relative: one leaf per site, of its flip and its swaps with neighbours of
                                 // higher index
};

}  // namespace nxmc

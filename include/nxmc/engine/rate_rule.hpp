// How the rate of a move follows from its change of energy. All rules leave the same equilibrium.
#pragma once

#include <compare>
#include <cstdint>

namespace nxmc {

struct RateRule {
  enum class Kind : std::uint8_t {
    exponential,  ///< exp(-Delta E / 2 k_BT), of flips see `share`
    metropolis,   ///< min(1, exp(-Delta E / k_BT))
    heat_bath     ///< 1 / (1 + exp(Delta E / k_BT))
  };
  Kind kind = Kind::exponential;
  /// Of Delta E what A -> B carries in its barrier, exponential only: exp(-share Delta E / k_BT); B -> A carries the
  /// rest. Swaps have no direction: in detailed balance each carries one half.
  double share = 0.5;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const RateRule&, const RateRule&) = default;
};

enum class MoveKind : std::uint8_t { a_to_b, b_to_a, swap };

/// Natural logarithm of a rate in units of its k0. \param change  Delta E / k_BT
double log_rate_factor(const RateRule& rule, MoveKind move, double change);

}  // namespace nxmc

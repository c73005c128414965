#include "nxmc/engine/rate_rule.hpp"

#include <algorithm>
#include <cmath>

#include "nxmc/arithmetic/exp_log.hpp"

namespace nxmc {

double log_rate_factor(const RateRule& rule, MoveKind move, double change) {
  constexpr double half = 0.5;
  switch (rule.kind) {
    case RateRule::Kind::metropolis:
      return -std::max(change, 0.0);
    case RateRule::Kind::heat_bath:
      // log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which no x overflows.
      return -std::max(change, 0.0) - portable_log(1 + portable_exp(-std::fabs(change)));
    case RateRule::Kind::exponential:
      break;
  }
  if (move == MoveKind::swap) return -half * change;
  return -(move == MoveKind::a_to_b ? rule.share : 1 - rule.share) * change;
}

}  // namespace nxmc

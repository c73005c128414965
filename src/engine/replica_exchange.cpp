#include "nxmc/engine/replica_exchange.hpp"

#include <cassert>

#include "nxmc/arithmetic/exp_log.hpp"

namespace nxmc {

bool exchange_is_accepted(const Look& lower, const Look& upper, double chance) {
  const double gain = lower.other - lower.own + upper.other - upper.own;
  return !(gain > 0 && chance >= portable_exp(-gain));
}

std::optional<std::size_t> partner_of(std::size_t rung, std::uint64_t exchange, std::size_t rungs) {
  if (rung % 2 == exchange % 2) return rung + 1 < rungs ? std::optional(rung + 1) : std::nullopt;
  return rung > 0 ? std::optional(rung - 1) : std::nullopt;
}

double ExchangeWords::chance(std::uint64_t exchange, std::size_t rung) {
  assert(partner_of(rung, exchange, rungs_) == rung + 1);
  const std::uint64_t before = (exchange + 1) / 2 * (rungs_ / 2) + exchange / 2 * ((rungs_ - 1) / 2);
  const std::uint64_t position = before + rung / 2;
  if (stream_.position() != position) stream_.seek(position);
  return stream_.uniform();
}

}  // namespace nxmc

// Both engines as one would write them down from their definition: no bounds, no trees, no tables. What the fast ones
// are tested against and timed against.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/engine/exchange_rates.hpp"
#include "nxmc/engine/parameters.hpp"
#include "nxmc/model/hamiltonian.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc::testing_tools {

inline void apply(State& state, const Move& move) {
  if (move.partner == no_site) {
    state.flip(move.site);
  } else {
    state.swap(move.site, move.partner);
  }
}

/// Logarithm of the factor by which a rate differs from its k0, by the formulas as they are printed.
inline double log_factor_by_definition(const RateRule& rule, double x, double share) {
  if (rule.kind == RateRule::Kind::metropolis) return x > 0 ? -x : 0;
  if (rule.kind == RateRule::Kind::heat_bath) return x > 30 ? -x : -std::log1p(std::exp(x));
  return -share * x;
}

/// Every move that is possible, with the logarithm of its rate.
inline std::vector<RatedMove> moves_by_definition(const State& state, const Physics& physics, bool exchange_on = true) {
  std::vector<RatedMove> moves;
  const Lattice& lattice = state.lattice();
  const double log_exchange = portable_log(physics.rates.exchange);
  const double log_diffusion = portable_log(physics.rates.diffusion);
  for (const Site i : lattice.boundary) {
    const bool is_a = state.sigma()[static_cast<std::size_t>(i)] > 0;
    const double share = is_a ? physics.rate_rule.share : 1 - physics.rate_rule.share;
    const double change = state.flip_energy(i) / physics.temperature;
    if (exchange_on)
      moves.push_back({{i, no_site}, log_exchange + log_factor_by_definition(physics.rate_rule, change, share)});
  }
  for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
    if (state.sigma()[static_cast<std::size_t>(i)] < 0) continue;
    for (const Site j : lattice.neighbours(i)) {
      if (j == no_site || state.sigma()[static_cast<std::size_t>(j)] > 0) continue;
      const double change = state.swap_energy(i, j) / physics.temperature;
      moves.push_back({{i, j}, log_diffusion + log_factor_by_definition(physics.rate_rule, change, 0.5)});
    }
  }
  return moves;
}

/// Gillespie's algorithm: all rates anew at every event, and a walk along them. \returns the waiting time
inline double plain_event(State& state, const Physics& physics, Stream& stream) {
  const std::vector<RatedMove> moves = moves_by_definition(state, physics);
  std::vector<double> rates;
  double total = 0;
  for (const RatedMove& m : moves) total += rates.emplace_back(portable_exp(m.log_rate));
  const double waiting_time = stream.exponential() / total;
  double rest = stream.uniform() * total;
  std::size_t chosen = 0;
  while (chosen + 1 < rates.size() && rest >= rates[chosen]) rest -= rates[chosen++];
  apply(state, moves[chosen].move);
  return waiting_time;
}

/// \returns whether the flip was accepted
inline bool plain_flip(State& state, const Physics& physics, Stream& stream) {
  const std::vector<Site>& core = state.lattice().core;
  const Site i = core[stream.below(core.size())];
  const double boltzmann = portable_exp(-state.flip_energy(i) * (1 / physics.temperature));
  if (stream.uniform() >= boltzmann) return false;
  state.flip(i);
  return true;
}

/// As many attempts as the core has sites. \returns how many were accepted
inline std::uint64_t plain_sweep(State& state, const Physics& physics, Stream& stream) {
  const std::vector<Site>& core = state.lattice().core;
  const auto n = static_cast<std::uint32_t>(core.size());
  std::uint64_t accepted = 0;
  for (std::uint32_t attempt = 0; attempt < n; ++attempt) {
    if (is_semigrand(physics) && attempt % 2 == 0) {
      accepted += plain_flip(state, physics, stream) ? 1 : 0;
      continue;
    }
    const DistinctPair pair = stream.distinct_pair(n);
    const Site i = core[pair.first];
    const Site j = core[pair.second];
    if (state.sigma()[static_cast<std::size_t>(i)] == state.sigma()[static_cast<std::size_t>(j)]) continue;
    const double change = state.swap_energy(i, j);
    if (change > 0 && !stream.chance(portable_exp(-change * (1 / physics.temperature)), pair, n)) continue;
    state.swap(i, j);
    ++accepted;
  }
  return accepted;
}

}  // namespace nxmc::testing_tools

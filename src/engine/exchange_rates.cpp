#include "nxmc/engine/exchange_rates.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <span>

#include "nxmc/arithmetic/exp_log.hpp"

namespace nxmc {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::size_t index(Site i) { return static_cast<std::size_t>(i); }

}  // namespace

ExchangeRates::ExchangeRates(const State& state, const Physics& physics)
    : lattice_(&state.lattice()),
      temperature_(physics.temperature),
      rule_(physics.rate_rule),
      has_other_rule_(rule_ != RateRule()),
      log_exchange_(portable_log(physics.rates.exchange)),
      log_diffusion_(portable_log(physics.rates.diffusion)) {
  if (!has_other_rule_) {
    if (is_elastic(physics)) {
      bounds_.emplace(state, physics);
    } else {
      short_range_.emplace(*lattice_, physics);
    }
  }
  refresh(state);
}

void ExchangeRates::stop_exchange(const State& state) {
  log_exchange_ = -infinity;
  if (bounds_) bounds_->stop_exchange();
  if (short_range_) short_range_->stop_exchange();
  refresh(state);
}

void ExchangeRates::rebuild(const State& state) {
  if (bounds_) bounds_->rebuild(state);
  refresh(state);
}

void ExchangeRates::follow(const State& state, const Move& move) {
  if (method_ == Method::short_range) return short_range_->follow(move);
  for (const Site moved : {move.site, move.partner}) {
    if (bounds_ && moved != no_site) bounds_->flip(state, moved);
  }
  refresh(state);
}

// ---- the sum of all rates

void ExchangeRates::refresh(const State& state) {
  shift_ = 0;
  if (bounds_ && bounds_->refresh(state)) {
    method_ = Method::bounded;
  } else if (short_range_ && short_range_->representable()) {
    method_ = Method::short_range;
    short_range_->rebuild(state);
  } else {
    method_ = Method::relative;
    refresh_relative_to_largest(state);
  }
}

double ExchangeRates::total() const {
  switch (method_) {
    case Method::bounded:
      return bounds_->total();
    case Method::short_range:
      return short_range_->total();
    default:
      return tree_->total();
  }
}

void ExchangeRates::refresh_relative_to_largest(const State& state) {
  if (!tree_) tree_.emplace(lattice_->sites());
  const std::span<double> weights = tree_->leaves();
  shift_ = -infinity;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    visit_moves_of(state, static_cast<Site>(i), [&](const Move& move) {
      shift_ = std::max(shift_, log_rate(state, move));
      return true;
    });
  }
  if (shift_ == -infinity) shift_ = 0;  // nothing can move
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = 0;
    visit_moves_of(state, static_cast<Site>(i), [&](const Move& move) {
      weights[i] += rate(state, move);
      return true;
    });
  }
  tree_->rebuild();
}

// ---- single moves

/// Calls visit(move) for the flip of i and its swaps with neighbours of higher index, in a fixed order, until visit
/// returns false.
template <class Visit>
void ExchangeRates::visit_moves_of(const State& state, Site i, Visit visit) const {
  const bool on_boundary = lattice_->layer[index(i)] == 1;
  if (on_boundary && log_exchange_ > -infinity && !visit(Move{i, no_site})) return;
  if (log_diffusion_ == -infinity) return;
  const Spin own = state.sigma()[index(i)];
  for (const Site j : lattice_->neighbours(i)) {
    if (j < i || state.sigma()[index(j)] == own) continue;
    if (!visit(own > 0 ? Move{i, j} : Move{j, i})) return;
  }
}

double ExchangeRates::log_rate(const State& state, const Move& move) const {
  if (has_other_rule_) return log_rate_by_rule(state, move);
  if (move.partner == no_site) return log_exchange_ - state.flip_energy(move.site) / (2 * temperature_);
  return log_diffusion_ - state.swap_energy(move.site, move.partner) / (2 * temperature_);
}

double ExchangeRates::log_rate_by_rule(const State& state, const Move& move) const {
  if (move.partner != no_site)
    return log_diffusion_ +
           log_rate_factor(rule_, MoveKind::swap, state.swap_energy(move.site, move.partner) / temperature_);
  const MoveKind kind = state.sigma()[index(move.site)] > 0 ? MoveKind::a_to_b : MoveKind::b_to_a;
  return log_exchange_ + log_rate_factor(rule_, kind, state.flip_energy(move.site) / temperature_);
}

/// The share of the move in the weight of its site.
double ExchangeRates::rate(const State& state, const Move& move) const {
  return portable_exp(log_rate(state, move) - shift_);
}

double ExchangeRates::waiting_time(double exponential) const {
  assert(any_move());
  const double scaled = exponential / total();
  return shift_ == 0 ? scaled : portable_exp(portable_log(scaled) - shift_);
}

std::optional<Move> ExchangeRates::select(const State& state, double u) const {
  if (method_ == Method::short_range) return short_range_->find(u * total());
  Site site = no_site;
  double rest = 0;
  if (method_ == Method::bounded) {
    const std::optional<RateBounds::Pick> pick = bounds_->find(u * total());
    if (!pick) return std::nullopt;
    site = pick->site;
    rest = pick->rest;
  } else {
    const SumTree::Pick pick = tree_->find(u * total());
    site = static_cast<Site>(pick.leaf);
    rest = pick.rest;
  }
  std::optional<Move> chosen;
  visit_moves_of(state, site, [&](const Move& move) {
    const double width = rate(state, move);
    if (rest < width) chosen = move;
    rest -= width;
    return !chosen;
  });
  return chosen;
}

std::vector<RatedMove> ExchangeRates::moves(const State& state) const {
  std::vector<RatedMove> result;
  for (std::size_t i = 0; i < lattice_->sites(); ++i) {
    visit_moves_of(state, static_cast<Site>(i), [&](const Move& move) {
      const bool factors = method_ == Method::short_range;
      result.push_back({move, factors ? portable_log(short_range_->rate(move)) : log_rate(state, move)});
      return true;
    });
  }
  return result;
}

}  // namespace nxmc

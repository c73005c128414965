#include "nxmc/engine/exchange_rates.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <span>

#include "nxmc/arithmetic/exp_log.hpp"

namespace nxmc {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Exponents of single factors up to which products of three of them, and sums of such products, stay normal doubles.
constexpr double largest_exponent = 200;

/// False for NaN, too.
bool fits(double exponent) { return std::fabs(exponent) <= largest_exponent; }

std::size_t index(Site i) { return static_cast<std::size_t>(i); }

}  // namespace

ExchangeRates::ExchangeRates(const State& state, const Physics& physics)
    : lattice_(&state.lattice()),
      temperature_(physics.temperature),
      log_exchange_(portable_log(physics.rates.exchange)),
      log_diffusion_(portable_log(physics.rates.diffusion)),
      bonds_(state.lattice().sites()),
      tree_(state.lattice().sites()) {
  for (const Site i : lattice_->boundary) bonds_[index(i)].on_boundary = true;
  find_higher_directions();
  if (is_elastic(physics)) {
    bounds_.emplace(state, physics);
  } else {
    read_local_factors(physics);
  }
  rebuild(state);
}

/// Sites are ordered lexicographically: a direction leads either always up in this order, or always down.
void ExchangeRates::find_higher_directions() {
  const auto z = index(lattice_->coordination);
  for (std::size_t b = 0; b < lattice_->neighbour.size(); ++b) {
    if (lattice_->neighbour[b] > static_cast<Site>(b / z)) higher_ |= 1U << (b % z);
  }
}

void ExchangeRates::read_local_factors(const Physics& physics) {
  const double ising = physics.interaction.ising / temperature_;
  const auto factor = [](double exponent, bool& all_fit) {
    all_fit = all_fit && (exponent == -infinity || fits(exponent));
    return portable_exp(exponent);
  };
  for (int s = -lattice_->coordination; s <= lattice_->coordination; ++s) {
    local_factor_.push_back(factor(-ising * s, bonds_fit_));
  }
  factors_vary_ = ising != 0;
  bond_factor_ = factor(log_diffusion_ - 2 * ising, bonds_fit_);
  for (const int sigma : {-1, 1}) {
    const double drive = physics.delta_mu * sigma / (2 * temperature_);
    flip_factor_[sigma > 0 ? 1 : 0] = factor(log_exchange_ - drive, flips_fit_);
  }
}

void ExchangeRates::stop_exchange(const State& state) {
  log_exchange_ = -infinity;
  flip_factor_ = {};
  flips_fit_ = true;  // what is left does not know how strong the drive was
  if (bounds_) bounds_->stop_exchange();
  refresh(state);
}

void ExchangeRates::rebuild(const State& state) {
  find_unlike_bonds(state);
  if (bounds_) bounds_->rebuild(state);
  refresh(state);
}

void ExchangeRates::follow(const State& state, const Move& move) {
  for (const Site moved : {move.site, move.partner}) {
    if (moved == no_site) continue;
    toggle_bonds_of(moved);
    if (bounds_) bounds_->flip(state, moved);
  }
  if (method_ == Method::local) {
    refresh_around(move);
  } else {
    refresh(state);
  }
}

// ---- which bonds have unlike ends

void ExchangeRates::find_unlike_bonds(const State& state) {
  const auto z = index(lattice_->coordination);
  for (std::size_t i = 0; i < bonds_.size(); ++i) {
    Bonds& site = bonds_[i];
    site.sigma = state.sigma()[i];
    site.unlike = 0;
    site.surplus = 0;
    for (std::size_t k = 0; k < z; ++k) {
      const Site j = lattice_->neighbour[i * z + k];
      if (j == no_site) continue;
      const bool differ = state.sigma()[index(j)] != site.sigma;
      if (differ) site.unlike |= 1U << k;
      site.surplus = static_cast<std::int8_t>(site.surplus + (differ ? -1 : 1));
    }
  }
}

/// The occupant of i has changed: its bonds to like neighbours are now to unlike ones, and the other way round. For a
/// swap along a bond, both ends do this and the bond between them comes out as it was.
void ExchangeRates::toggle_bonds_of(Site i) {
  const auto z = index(lattice_->coordination);
  const Site* const neighbour = lattice_->neighbours(i).data();
  Bonds& own = bonds_[index(i)];
  own.sigma = static_cast<Spin>(-own.sigma);
  own.surplus = static_cast<std::int8_t>(-own.surplus);
  for (std::size_t k = 0; k < z; ++k) {
    if (neighbour[k] == no_site) continue;
    Bonds& other = bonds_[index(neighbour[k])];
    const std::uint32_t seen_from_there = 1U << (k < z / 2 ? k + z / 2 : k - z / 2);
    own.unlike ^= 1U << k;
    other.unlike ^= seen_from_there;
    other.surplus = static_cast<std::int8_t>(other.surplus + ((other.unlike & seen_from_there) != 0 ? -2 : 2));
  }
}

// ---- the sum of all rates

void ExchangeRates::refresh(const State& state) {
  shift_ = 0;
  if (bounds_ && bounds_->refresh(state)) {
    method_ = Method::bounded;
  } else if (!bounds_ && flips_fit_ && bonds_fit_) {
    method_ = Method::local;
    refresh_locally();
  } else {
    method_ = Method::relative;
    refresh_relative_to_largest(state);
  }
}

void ExchangeRates::refresh_locally() {
  const std::span<double> weights = tree_.leaves();
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = local_weight(static_cast<Site>(i));
  tree_.rebuild();
}

void ExchangeRates::refresh_relative_to_largest(const State& state) {
  const std::span<double> weights = tree_.leaves();
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
  tree_.rebuild();
}

/// A move changes the bonds of its sites, the a of their neighbours, and by that the weights that contain one of these.
void ExchangeRates::refresh_around(const Move& move) {
  for (const Site moved : {move.site, move.partner}) {
    if (moved == no_site) continue;
    mark(moved);
    for (const Site j : lattice_->neighbours(moved)) {
      if (j == no_site) continue;
      if (j < moved || factors_vary_) mark(j);
      if (factors_vary_) mark_lower_partners(j);
    }
  }
  const std::span<double> weights = tree_.leaves();
  changed_leaves_.clear();
  for (const Site i : marked_sites_) {
    bonds_[index(i)].marked = false;
    const double weight = local_weight(i);
    if (weight == weights[index(i)]) continue;
    weights[index(i)] = weight;
    changed_leaves_.push_back(index(i));
  }
  marked_sites_.clear();
  tree_.follow(changed_leaves_);
}

/// The sites of lower index with which i could swap: their weights contain a_i.
void ExchangeRates::mark_lower_partners(Site i) {
  const Site* const neighbour = lattice_->neighbours(i).data();
  for (std::uint32_t bonds = bonds_[index(i)].unlike & ~higher_; bonds != 0; bonds &= bonds - 1) {
    mark(neighbour[std::countr_zero(bonds)]);
  }
}

void ExchangeRates::mark(Site i) {
  if (bonds_[index(i)].marked) return;
  bonds_[index(i)].marked = true;
  marked_sites_.push_back(i);
}

/// a_i without elastic part
double ExchangeRates::factor(Site i) const {
  return local_factor_[index(bonds_[index(i)].surplus + lattice_->coordination)];
}

double ExchangeRates::local_weight(Site i) const {
  const Site* const neighbour = lattice_->neighbours(i).data();
  double partners = 0;
  for (std::uint32_t bonds = bonds_[index(i)].unlike & higher_; bonds != 0; bonds &= bonds - 1) {
    partners += factors_vary_ ? factor(neighbour[std::countr_zero(bonds)]) : 1.0;
  }
  const Bonds& own = bonds_[index(i)];
  const double flip = own.on_boundary ? flip_factor_[own.sigma > 0 ? 1 : 0] : 0.0;
  return factor(i) * (flip + partners * bond_factor_);
}

// ---- single moves

/// Calls visit(move) for the flip of i and its swaps with neighbours of higher index, in a fixed order, until visit
/// returns false.
template <class Visit>
void ExchangeRates::visit_moves_of(const State& state, Site i, Visit visit) const {
  if (bonds_[index(i)].on_boundary && log_exchange_ > -infinity && !visit(Move{i, no_site})) return;
  if (log_diffusion_ == -infinity) return;
  const Site* const neighbour = lattice_->neighbours(i).data();
  for (std::uint32_t bonds = bonds_[index(i)].unlike & higher_; bonds != 0; bonds &= bonds - 1) {
    const Site j = neighbour[std::countr_zero(bonds)];
    if (!visit(state.sigma()[index(i)] > 0 ? Move{i, j} : Move{j, i})) return;
  }
}

double ExchangeRates::log_rate(const State& state, const Move& move) const {
  if (move.partner == no_site) return log_exchange_ - state.flip_energy(move.site) / (2 * temperature_);
  return log_diffusion_ - state.swap_energy(move.site, move.partner) / (2 * temperature_);
}

/// The share of the move in the weight of its site.
double ExchangeRates::rate(const State& state, const Move& move) const {
  if (method_ != Method::local) return portable_exp(log_rate(state, move) - shift_);
  if (move.partner != no_site) return factor(move.site) * (factor(move.partner) * bond_factor_);
  return factor(move.site) * flip_factor_[state.sigma()[index(move.site)] > 0 ? 1 : 0];
}

double ExchangeRates::waiting_time(double exponential) const {
  assert(any_move());
  const double scaled = exponential / total();
  return shift_ == 0 ? scaled : portable_exp(portable_log(scaled) - shift_);
}

std::optional<Move> ExchangeRates::select(const State& state, double u) const {
  Site site = no_site;
  double rest = 0;
  if (method_ == Method::bounded) {
    const std::optional<RateBounds::Pick> pick = bounds_->find(u * total());
    if (!pick) return std::nullopt;
    site = pick->site;
    rest = pick->rest;
  } else {
    const SumTree::Pick pick = tree_.find(u * total());
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
  for (std::size_t i = 0; i < bonds_.size(); ++i) {
    visit_moves_of(state, static_cast<Site>(i), [&](const Move& move) {
      result.push_back({move, method_ == Method::local ? portable_log(rate(state, move)) : log_rate(state, move)});
      return true;
    });
  }
  return result;
}

}  // namespace nxmc

#include "nxmc/engine/exchange_rates.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

#include "nxmc/arithmetic/exp_log.hpp"

namespace nxmc {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Exponents of single factors up to which products of three of them, and sums of such products, stay normal doubles.
constexpr double largest_exponent = 200;

/// False for NaN, too.
bool fits(double exponent) { return std::fabs(exponent) <= largest_exponent; }

std::size_t index(Site i) { return static_cast<std::size_t>(i); }

constexpr std::size_t no_bond = std::numeric_limits<std::size_t>::max();

}  // namespace

ExchangeRates::ExchangeRates(const State& state, const Physics& physics)
    : lattice_(&state.lattice()),
      temperature_(physics.temperature),
      elastic_(physics.interaction.elastic / physics.temperature),
      ising_(physics.interaction.ising / physics.temperature),
      log_exchange_(portable_log(physics.rates.exchange)),
      log_diffusion_(portable_log(physics.rates.diffusion)),
      published_(is_elastic(physics) && physics.hamiltonian == Hamiltonian::published),
      tree_(state.lattice().sites()) {
  const std::size_t n = lattice_->sites();
  unlike_.resize(n);
  factor_.resize(n);
  flip_correction_.resize(published_ ? lattice_->boundary.size() : 0);
  marked_.assign(n, 0);
  marked_sites_.reserve(n);
  read_constants(state, physics);
  rebuild(state);
}

void ExchangeRates::read_constants(const State& state, const Physics& physics) {
  const std::size_t n = lattice_->sites();
  const auto z = index(lattice_->coordination);
  diagonal_.assign(n, 0.0);
  row_sums_.assign(n, 0.0);
  if (state.kernel() != nullptr) diagonal_.assign(state.diagonal().begin(), state.diagonal().end());
  if (published_) row_sums_.assign(state.row_sums().begin(), state.row_sums().end());

  const auto constant = [](double log_k0, double exponent, bool& all_fit) {
    if (log_k0 > -infinity) all_fit = all_fit && fits(log_k0 + exponent);
    return portable_exp(log_k0 + exponent);
  };

  bonds_.assign(n, 0);
  flip_factor_.assign(2 * n, 0.0);
  bond_factor_.assign(n * z, 0.0);
  for (std::size_t b = 0; b < n * z; ++b) {
    const Site j = lattice_->neighbour[b];
    if (j == no_site) continue;
    const std::size_t i = b / z;
    ++bonds_[i];
    const double coupling = state.kernel() == nullptr ? 0.0 : state.kernel()->entry(static_cast<Site>(i), j);
    const double self = diagonal_[i] + diagonal_[index(j)] - 2 * coupling;
    bond_factor_[b] = constant(log_diffusion_, -elastic_ * self - 2 * ising_, bonds_fit_);
  }
  for (const Site s : lattice_->boundary) {
    const std::size_t i = index(s);
    const double drive = physics.delta_mu / (2 * temperature_);
    flip_factor_[2 * i] = constant(log_exchange_, -elastic_ * diagonal_[i] + drive, flips_fit_);
    flip_factor_[2 * i + 1] = constant(log_exchange_, -elastic_ * diagonal_[i] - drive, flips_fit_);
  }
}

void ExchangeRates::stop_exchange(const State& state) {
  log_exchange_ = -infinity;
  flip_factor_.assign(flip_factor_.size(), 0.0);
  flips_fit_ = true;  // what is left does not know how strong the drive was
  refresh(state);
}

void ExchangeRates::rebuild(const State& state) {
  find_unlike_bonds(state);
  refresh(state);
}

void ExchangeRates::follow(const State& state, const Move& move) {
  toggle_bonds_of(move.site);
  if (move.partner != no_site) toggle_bonds_of(move.partner);
  if (local()) {
    refresh_around(state, move);
  } else {
    refresh(state);
  }
}

// ---- which bonds have unlike ends

void ExchangeRates::find_unlike_bonds(const State& state) {
  const auto z = index(lattice_->coordination);
  for (std::size_t i = 0; i < unlike_.size(); ++i) {
    unlike_[i] = 0;
    for (std::size_t k = 0; k < z; ++k) {
      const Site j = lattice_->neighbour[i * z + k];
      if (j != no_site && state.sigma()[index(j)] != state.sigma()[i]) unlike_[i] |= 1U << k;
    }
  }
}

/// The occupant of i has changed: its bonds to like neighbours are now to unlike ones, and the other way round. For a
/// swap along a bond, both ends do this and the bond between them comes out as it was.
void ExchangeRates::toggle_bonds_of(Site i) {
  const auto z = index(lattice_->coordination);
  for (std::size_t k = 0; k < z; ++k) {
    const Site j = lattice_->neighbour[index(i) * z + k];
    if (j == no_site) continue;
    unlike_[index(i)] ^= 1U << k;
    unlike_[index(j)] ^= 1U << ((k + z / 2) % z);
  }
}

// ---- the sum of all rates

bool ExchangeRates::local() const { return elastic_ == 0 && constants_fit() && fits(ising_ * lattice_->coordination); }

void ExchangeRates::refresh(const State& state) {
  factorised_ = constants_fit() && refresh_factors(state);
  if (factorised_) {
    shift_ = 0;
    refresh_weights(state);
  } else {
    refresh_relative_to_largest(state);
  }
  tree_.rebuild();
}

/// Computes all a_i; false if any of them is out of range.
bool ExchangeRates::refresh_factors(const State& state) {
  if (elastic_ != 0) {
    set_elastic_exponents(state);
  } else {
    std::fill(factor_.begin(), factor_.end(), 0.0);
  }
  if (ising_ != 0) {
    for (std::size_t i = 0; i < factor_.size(); ++i) factor_[i] -= neighbour_exponent(i);
  }
  const bool all_fit = std::all_of(factor_.begin(), factor_.end(), fits);
  portable_exp(factor_);
  return all_fit;
}

/// The elastic part of log a_i. Everything in local variables, so that compilers vectorise the loop.
void ExchangeRates::set_elastic_exponents(const State& state) {
  const Spin* const sigma = state.sigma().data();
  const double* const phi = state.phi().data();
  const double* const row_sums = row_sums_.data();
  const double* const diagonal = diagonal_.data();
  double* const exponent = factor_.data();
  const double weight = elastic_;
  const double mean = published_ ? state.mean() : 0.0;
  const std::size_t n = factor_.size();
  for (std::size_t i = 0; i < n; ++i) {
    exponent[i] = sigma[i] * (weight * (phi[i] - mean * (row_sums[i] + diagonal[i])));
  }
}

/// J sigma_i sum_nb(i) sigma / k_BT, from the numbers of all and of unlike neighbours
double ExchangeRates::neighbour_exponent(std::size_t i) const {
  return ising_ * (bonds_[i] - 2 * std::popcount(unlike_[i]));
}

/// All a_i (F_i + sum_j a_j k_ij). Most sites have neither: flips are on the boundary, swaps where A meets B.
void ExchangeRates::refresh_weights(const State& state) {
  const std::span<double> weights = tree_.leaves();
  std::fill(weights.begin(), weights.end(), 0.0);
  if (log_exchange_ > -infinity) set_flip_factors(state, weights);
  const Spin* const sigma = state.sigma().data();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (sigma[i] > 0 && unlike_[i] != 0) weights[i] = add_swaps(weights[i], i);
  }
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= factor_[i];
}

void ExchangeRates::set_flip_factors(const State& state, std::span<double> weights) {
  const std::vector<Site>& boundary = lattice_->boundary;
  for (const Site s : boundary) weights[index(s)] = constant_flip_factor(state, index(s));
  if (!published_) return;
  for (std::size_t b = 0; b < boundary.size(); ++b) flip_correction_[b] = flip_exponent(state, index(boundary[b]));
  portable_exp(flip_correction_);
  for (std::size_t b = 0; b < boundary.size(); ++b) weights[index(boundary[b])] *= flip_correction_[b];
}

double ExchangeRates::constant_flip_factor(const State& state, std::size_t i) const {
  return flip_factor_[2 * i + (state.sigma()[i] > 0 ? 1 : 0)];
}

/// log of the further factor of flips in published mode
double ExchangeRates::flip_exponent(const State& state, std::size_t i) const {
  const auto n = static_cast<double>(factor_.size());
  const double phi = state.phi()[i] - state.sum() / n * row_sums_[i];
  return elastic_ * (2 * diagonal_[i] - (state.sigma()[i] > 0 ? phi : -phi)) / n;
}

double ExchangeRates::flip_factor(const State& state, std::size_t i) const {
  const double factor = constant_flip_factor(state, i);
  return published_ && factor != 0 ? factor * portable_exp(flip_exponent(state, i)) : factor;
}

/// sum + sum_j a_j k_ij for an A at i
double ExchangeRates::add_swaps(double sum, std::size_t i) const {
  const std::size_t first_bond = i * index(lattice_->coordination);
  for (std::uint32_t bonds = unlike_[i]; bonds != 0; bonds &= bonds - 1) {
    const std::size_t b = first_bond + index(std::countr_zero(bonds));
    sum += factor_[index(lattice_->neighbour[b])] * bond_factor_[b];
  }
  return sum;
}

double ExchangeRates::factorised_weight(const State& state, Site site) const {
  const std::size_t i = index(site);
  const double flip = flip_factor(state, i);
  return factor_[i] * (state.sigma()[i] > 0 ? add_swaps(flip, i) : flip);
}

void ExchangeRates::refresh_relative_to_largest(const State& state) {
  const std::span<double> weights = tree_.leaves();
  shift_ = -infinity;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    visit_moves_from(state, static_cast<Site>(i), [&](const Move& move, std::size_t) {
      shift_ = std::max(shift_, log_rate(state, move));
      return true;
    });
  }
  if (shift_ == -infinity) shift_ = 0;  // every rate is below the range of doubles: the weights come out as zeros
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = 0;
    visit_moves_from(state, static_cast<Site>(i), [&](const Move& move, std::size_t bond) {
      weights[i] += weight(state, move, bond);
      return true;
    });
  }
}

/// Without elastic part a move changes the unlike bonds of its sites and of their neighbours, by that their a, and by
/// that the weights of the neighbours' neighbours.
void ExchangeRates::refresh_around(const State& state, const Move& move) {
  const auto refresh_factor = [&](Site s) {
    if (s == no_site) return;
    const double before = factor_[index(s)];
    factor_[index(s)] = portable_exp(-neighbour_exponent(index(s)));
    mark(s);
    if (factor_[index(s)] == before) return;
    for (const Site j : lattice_->neighbours(s)) mark(j);
  };
  for (const Site moved : {move.site, move.partner}) {
    if (moved == no_site) continue;
    refresh_factor(moved);
    for (const Site j : lattice_->neighbours(moved)) refresh_factor(j);
  }
  for (const Site i : marked_sites_) {
    tree_.set(index(i), factorised_weight(state, i));
    marked_[index(i)] = 0;
  }
  marked_sites_.clear();
}

void ExchangeRates::mark(Site i) {
  if (i == no_site || marked_[index(i)] != 0) return;
  marked_[index(i)] = 1;
  marked_sites_.push_back(i);
}

// ---- single moves

/// Calls visit(move, bond) for the flip of i (bond = no_bond) and for its swaps if it is the A end, in a fixed order,
/// until visit returns false.
template <class Visit>
void ExchangeRates::visit_moves_from(const State& state, Site i, Visit visit) const {
  const bool on_boundary = bonds_[index(i)] < lattice_->coordination;
  if (on_boundary && log_exchange_ > -infinity && !visit(Move{i, no_site}, no_bond)) return;
  if (state.sigma()[index(i)] < 0 || log_diffusion_ == -infinity) return;
  for (std::uint32_t bonds = unlike_[index(i)]; bonds != 0; bonds &= bonds - 1) {
    const std::size_t b = index(i) * index(lattice_->coordination) + index(std::countr_zero(bonds));
    if (!visit(Move{i, lattice_->neighbour[b]}, b)) return;
  }
}

double ExchangeRates::log_rate(const State& state, const Move& move) const {
  if (move.partner == no_site) return log_exchange_ - state.flip_energy(move.site) / (2 * temperature_);
  return log_diffusion_ - state.swap_energy(move.site, move.partner) / (2 * temperature_);
}

/// The move's share of the weight of its site in the tree.
double ExchangeRates::weight(const State& state, const Move& move, std::size_t bond) const {
  if (!factorised_) return portable_exp(log_rate(state, move) - shift_);
  const std::size_t i = index(move.site);
  if (bond == no_bond) return factor_[i] * flip_factor(state, i);
  return factor_[i] * (factor_[index(move.partner)] * bond_factor_[bond]);
}

double ExchangeRates::waiting_time(double exponential) const {
  assert(any_move());
  const double scaled = exponential / tree_.total();
  return shift_ == 0 ? scaled : portable_exp(portable_log(scaled) - shift_);
}

Move ExchangeRates::select(const State& state, double u) const {
  const SumTree::Pick pick = tree_.find(u * tree_.total());
  double rest = pick.rest;
  Move chosen;
  visit_moves_from(state, static_cast<Site>(pick.leaf), [&](const Move& move, std::size_t bond) {
    const double w = weight(state, move, bond);
    if (w > 0) chosen = move;  // stays the last one if rounding leaves too much
    if (rest < w) return false;
    rest -= w;
    return true;
  });
  assert(chosen.site != no_site);
  return chosen;
}

std::vector<RatedMove> ExchangeRates::moves(const State& state) const {
  std::vector<RatedMove> result;
  for (std::size_t i = 0; i < factor_.size(); ++i) {
    visit_moves_from(state, static_cast<Site>(i), [&](const Move& move, std::size_t bond) {
      result.push_back({move, factorised_ ? portable_log(weight(state, move, bond)) : log_rate(state, move)});
      return true;
    });
  }
  return result;
}

}  // namespace nxmc

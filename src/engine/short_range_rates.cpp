#include "nxmc/engine/short_range_rates.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

/// What weights are made of.
struct ShortRangeRates::Terms {
  const double* factor;
  const std::uint8_t* boundary;
  const Place* higher;
  std::size_t directions;
  double bond_factor;
  double flip_of_b;
  double flip_of_a;
};

namespace {

constexpr std::size_t lanes = ShortRangeRates::lanes;
using Terms = ShortRangeRates::Terms;

std::size_t index(Site i) { return static_cast<std::size_t>(i); }

std::size_t after(std::size_t place, std::int32_t distance) {
  return static_cast<std::size_t>(static_cast<std::ptrdiff_t>(place) + distance);
}

std::size_t rounded_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

/// exp, noting where products of three such factors, and sums of such products, would not stay normal doubles.
double factor_of(double exponent, bool& all_fit) {
  constexpr double largest = 200;
  const bool vanishes = exponent == -std::numeric_limits<double>::infinity();
  all_fit = all_fit && (vanishes || std::fabs(exponent) <= largest);  // false for NaN, too
  return portable_exp(exponent);
}

// Vectors of fixed length, whatever the registers: the compiler splits them, and lanes never mix.
using Doubles [[gnu::vector_size(64)]] = double;
using Words [[gnu::vector_size(64)]] = std::int64_t;

[[gnu::always_inline]] inline void load(const double* from, Doubles& to) { std::memcpy(&to, from, sizeof to); }

/// What is positive: as an integer a double has the same sign, and compilers know how to take the larger of two.
[[gnu::always_inline]] inline void drop_negative(Words x, Doubles& positive) {
  constexpr Words zero{};
  positive = reinterpret_cast<Doubles>(x > zero ? x : zero);
}

/// a_i (f + k sum_j a_j) over the unlike bonds of a block.
[[gnu::always_inline]] inline void weigh(const Terms& t, std::size_t block, Doubles& weight) {
  constexpr Doubles none{};
  constexpr Words sign_bit = Words{} + std::numeric_limits<std::int64_t>::min();
  constexpr Words bit{1, 2, 4, 8, 16, 32, 64, 128};
  const double* const first = t.factor + block * lanes;
  Doubles own;
  load(first, own);
  const Words unlike = ~reinterpret_cast<Words>(own) & sign_bit;  // makes factors of the other kind positive
  Doubles partners{};
  for (std::size_t k = 0; k < t.directions; ++k) {
    Doubles other;
    load(first + t.higher[k], other);
    Doubles partner;
    drop_negative(reinterpret_cast<Words>(other) ^ unlike, partner);
    partners += partner;
  }
  const Words on_boundary = (bit & t.boundary[block]) != 0;
  const Doubles flip = own > 0 ? none + t.flip_of_a : none + t.flip_of_b;
  weight = (own > 0 ? own : -own) * ((on_boundary ? flip : none) + partners * t.bond_factor);
}

NXMC_FOR_EACH_PROCESSOR
void weigh_places(const Terms& t, std::size_t block, double* weights) {
  Doubles weight;
  weigh(t, block, weight);
  std::memcpy(weights, &weight, sizeof weight);
}

NXMC_FOR_EACH_PROCESSOR
void weigh_blocks(const Terms& t, const std::size_t* block, std::size_t count, double* leaf) {
  for (std::size_t b = 0; b < count; ++b) {
    Doubles w;
    weigh(t, block[b], w);
    leaf[block[b]] = ((w[0] + w[4]) + (w[2] + w[6])) + ((w[1] + w[5]) + (w[3] + w[7]));
  }
}

}  // namespace

ShortRangeRates::ShortRangeRates(const Lattice& lattice, const Physics& physics) : lattice_(&lattice) {
  assert(!is_elastic(physics));
  read_factors(physics);
  place_sites();
  for (const Place distance : distance_) footprint_.push_back(footprint_of({0, distance}));
  footprint_.push_back(footprint_of({0}));
}

void ShortRangeRates::read_factors(const Physics& physics) {
  const double ising = physics.interaction.ising / physics.temperature;
  const int z = lattice_->coordination;
  for (int s = -z; s <= z; ++s) factor_of_class_.push_back(factor_of(-ising * s, bonds_fit_));
  factors_vary_ = ising != 0;
  bond_factor_ = factor_of(portable_log(physics.rates.diffusion) - 2 * ising, bonds_fit_);
  for (const int sigma : {-1, 1}) {
    const double drive = physics.delta_mu * sigma / (2 * physics.temperature);
    flip_factor_[sigma > 0 ? 1 : 0] = factor_of(portable_log(physics.rates.exchange) - drive, flips_fit_);
  }
}

/// In the order of sites, with an empty place behind each row and each layer of rows, and as many before the first and
/// behind the last as moves reach.
void ShortRangeRates::place_sites() {
  Cell lowest = lattice_->cell.front();
  Cell highest = lowest;
  for (const Cell& cell : lattice_->cell) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      lowest[axis] = std::min(lowest[axis], cell[axis]);
      highest[axis] = std::max(highest[axis], cell[axis]);
    }
  }
  const auto extent = [&](std::size_t axis) {
    const int cells = highest[axis] - lowest[axis] + 1;
    return cells > 1 ? cells + 1 : 1;
  };
  const Place row = extent(2);
  const Place layer = row * extent(1);
  const std::size_t margin = rounded_up(2 * index(layer + row + 1), lanes);
  const std::size_t places = 2 * margin + rounded_up(index(layer * extent(0)), lanes);

  site_.assign(places, no_site);
  for (std::size_t i = 0; i < lattice_->sites(); ++i) {
    const Cell& cell = lattice_->cell[i];
    place_.push_back(static_cast<Place>(margin) + (cell[0] - lowest[0]) * layer + (cell[1] - lowest[1]) * row +
                     (cell[2] - lowest[2]));
    site_[place(static_cast<Site>(i))] = static_cast<Site>(i);
  }
  find_distances();
  sigma_.assign(places, 0);
  neighbour_sum_.assign(places, 0);
  factor_.assign(places + margin, 0.0);
  boundary_.assign(places / lanes, 0);
  for (const Site i : lattice_->boundary) {
    boundary_[place(i) / lanes] = static_cast<std::uint8_t>(boundary_[place(i) / lanes] | 1U << place(i) % lanes);
  }
  tree_ = SumTree(places / lanes);
}

/// 0 for a direction in which there are no bonds at all.
void ShortRangeRates::find_distances() {
  const auto z = index(lattice_->coordination);
  distance_.assign(z, 0);
  for (std::size_t b = 0; b < lattice_->neighbour.size(); ++b) {
    if (lattice_->neighbour[b] != no_site) distance_[b % z] = place_[index(lattice_->neighbour[b])] - place_[b / z];
  }
  std::copy_if(distance_.begin(), distance_.end(), std::back_inserter(higher_), [](Place d) { return d > 0; });
}

void ShortRangeRates::stop_exchange() {
  flip_factor_ = {};
  flips_fit_ = true;  // what is left does not know how strong the drive was
}

// ---- what a move changes

/// \param flipped  places of the occupants that change, the second into what the first was
ShortRangeRates::Footprint ShortRangeRates::footprint_of(const std::vector<Place>& flipped) const {
  std::map<Place, int> sums;
  int sense = 1;
  for (const Place place : flipped) {
    for (const Place distance : distance_) sums[place + distance] += sense;
    sense = -sense;
  }
  Footprint footprint;
  std::set<Place> factors(flipped.begin(), flipped.end());
  for (const auto& [at, times] : sums) {
    if (times == 0 || !factors_vary_) continue;
    footprint.neighbour_sums.push_back({at, times});
    factors.insert(at);
  }
  std::set<Place> weights = factors;
  for (const Place place : factors) {
    for (const Place distance : higher_) weights.insert(place - distance);
  }
  for (const Place place : weights) {
    if (footprint.weights.empty() || footprint.weights.back().last + 1 < place) {
      footprint.weights.push_back({place, place});
    }
    footprint.weights.back().last = place;
  }
  return footprint;
}

const ShortRangeRates::Footprint& ShortRangeRates::footprint(const Move& move) const {
  if (move.partner == no_site) return footprint_.back();
  const Place distance = place_[index(move.partner)] - place_[index(move.site)];
  const auto direction = std::find(distance_.begin(), distance_.end(), distance);
  assert(direction != distance_.end());
  return footprint_[static_cast<std::size_t>(direction - distance_.begin())];
}

ShortRangeRates::Terms ShortRangeRates::terms() const {
  return {factor_.data(), boundary_.data(), higher_.data(), higher_.size(),
          bond_factor_,   flip_factor_[0],  flip_factor_[1]};
}

// ---- following a configuration

void ShortRangeRates::rebuild(const State& state) {
  for (std::size_t i = 0; i < place_.size(); ++i) sigma_[place(static_cast<Site>(i))] = state.sigma()[i];
  for (const Place p : place_) {
    int sum = 0;
    for (const Place distance : distance_) sum += distance == 0 ? 0 : sigma_[after(index(p), distance)];
    neighbour_sum_[index(p)] = static_cast<std::int8_t>(sum);
    factor_[index(p)] = signed_factor(index(p));
  }
  changed_.resize(tree_.leaves().size());
  std::iota(changed_.begin(), changed_.end(), std::size_t{0});
  weigh_blocks(terms(), changed_.data(), changed_.size(), tree_.leaves().data());
  tree_.rebuild();
}

void ShortRangeRates::follow(const Move& move) {
  const std::size_t first = place(move.site);
  const Footprint& changes = footprint(move);
  const int change = -2 * sigma_[first];
  flip(first);
  if (move.partner != no_site) flip(place(move.partner));
  follow_sums(first, change, changes);
  follow_weights(first, changes);
}

void ShortRangeRates::flip(std::size_t p) {
  sigma_[p] = static_cast<Spin>(-sigma_[p]);
  factor_[p] = signed_factor(p);
}

void ShortRangeRates::follow_sums(std::size_t first, int change, const Footprint& changes) {
  for (const auto& [at, times] : changes.neighbour_sums) {
    const std::size_t p = after(first, at);
    neighbour_sum_[p] = static_cast<std::int8_t>(neighbour_sum_[p] + times * change);
    factor_[p] = signed_factor(p);
  }
}

void ShortRangeRates::follow_weights(std::size_t first, const Footprint& changes) {
  changed_.clear();
  for (const auto& run : changes.weights) {
    std::size_t block = after(first, run.first) / lanes;
    if (!changed_.empty() && changed_.back() == block) ++block;
    for (; block <= after(first, run.last) / lanes; ++block) changed_.push_back(block);
  }
  weigh_blocks(terms(), changed_.data(), changed_.size(), tree_.leaves().data());
  tree_.follow(changed_);
}

/// Zero where there is no site.
double ShortRangeRates::signed_factor(std::size_t p) const {
  return sigma_[p] * factor_of_class_[index(sigma_[p] * neighbour_sum_[p] + lattice_->coordination)];
}

// ---- single moves

double ShortRangeRates::rate(const Move& move) const {
  const double own = std::fabs(factor_[place(move.site)]);
  if (move.partner != no_site) return own * std::fabs(factor_[place(move.partner)]) * bond_factor_;
  return own * flip_factor_[sigma_[place(move.site)] > 0 ? 1 : 0];
}

std::optional<Move> ShortRangeRates::find(double target) const {
  const auto [block, rest_in_block] = tree_.find(target);
  std::array<double, lanes> weight;
  weigh_places(terms(), block, weight.data());
  double rest = rest_in_block;
  for (std::size_t k = 0; k < lanes; ++k) {
    if (rest < weight[k]) return find_at(block * lanes + k, rest);
    rest -= weight[k];
  }
  return std::nullopt;
}

std::optional<Move> ShortRangeRates::find_at(std::size_t p, double rest) const {
  const bool on_boundary = (boundary_[p / lanes] >> p % lanes & 1U) != 0;
  const Move flip{site_[p], no_site};
  const double width = on_boundary ? rate(flip) : 0.0;
  if (rest < width) return flip;
  rest -= width;
  for (const Place distance : higher_) {
    const double product = -factor_[p] * factor_[after(p, distance)] * bond_factor_;
    if (product <= 0) continue;
    const Site other = site_[after(p, distance)];
    if (rest < product) return factor_[p] > 0 ? Move{site_[p], other} : Move{other, site_[p]};
    rest -= product;
  }
  return std::nullopt;
}

}  // namespace nxmc

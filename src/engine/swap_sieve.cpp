#include "swap_sieve.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

namespace {

std::size_t index(Site i) { return static_cast<std::size_t>(i); }

/// What sorts out a proposal.
struct Costs {
  const float* cost;
  float limit;
  float slope;
};

constexpr std::size_t most_words = Stream::buffered_words;
constexpr std::size_t block = 8;  // of costs that are set side by side

struct Proposals {
  std::array<std::int32_t, most_words> first;
  std::array<std::int32_t, most_words> second;
  std::array<std::int32_t, most_words> rest;  // its upper 24 bits
};

/// High and low word of a * b, b < 2^32, in halves, as vector units multiply.
struct Product {
  std::uint64_t high;
  std::uint64_t low;
};
[[gnu::always_inline]] inline Product multiply(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t lower_half = 0xffffffffU;
  const std::uint64_t low = (a & lower_half) * b;
  const std::uint64_t high = (a >> 32U) * b + (low >> 32U);
  return {high >> 32U, high << 32U | (low & lower_half)};
}

NXMC_FOR_EACH_PROCESSOR
void draw(const std::uint64_t* words, std::size_t count, std::uint64_t n, Proposals& proposals) {
  for (std::size_t k = 0; k < count; ++k) {
    const Product first = multiply(words[k], n);
    const Product second = multiply(first.low, n - 1);
    proposals.first[k] = static_cast<std::int32_t>(first.high);
    proposals.second[k] = static_cast<std::int32_t>(second.high + (second.high >= first.high ? 1 : 0));
    proposals.rest[k] = static_cast<std::int32_t>(second.low >> 40U);
  }
}

/// -ln u <= ln 2 (151 - bits(m) / 2^23) for u >= m / 2^24: a float's bits are its logarithm, interpolated linearly from
/// below. Words that are close to 0 are too coarse for that: they stay open.
NXMC_FOR_EACH_PROCESSOR
void compare(const Proposals& proposals, std::size_t count, std::int32_t coarseness, const Costs& costs,
             std::uint8_t* open) {
  const std::int32_t* const first = proposals.first.data();
  const std::int32_t* const second = proposals.second.data();
  const std::int32_t* const rest = proposals.rest.data();
  const float* const cost = costs.cost;
  const float limit = costs.limit;
  const float slope = costs.slope;
  std::array<std::int32_t, most_words> flag;  // as wide as the numbers that decide it, so that compilers vectorise
  for (std::size_t k = 0; k < count; ++k) {
    const float i = cost[first[k]];
    const float j = cost[second[k]];
    const std::int32_t m = rest[k] - coarseness;
    const auto log_u = static_cast<float>(std::bit_cast<std::int32_t>(static_cast<float>(m)));
    const std::int32_t differ = std::bit_cast<std::int32_t>(i) ^ std::bit_cast<std::int32_t>(j);
    const std::int32_t affordable = i + j > limit - slope * log_u ? 0 : 1;
    const std::int32_t small = m <= 0 ? 1 : 0;
    flag[k] = differ & (affordable | small);
  }
  for (std::size_t k = 0; k < count; ++k) open[k] = static_cast<std::uint8_t>(flag[k]);
}

/// How far costs are lowered, in units of what they are made of: more than rounding and the bit that tells A from B can
/// raise them, or the sum of two of them.
constexpr float rounding = 0x1p-19F;

// Vectors of fixed length, whatever the registers: the compiler splits them, and lanes never mix.
using Floats [[gnu::vector_size(32)]] = float;
using Words [[gnu::vector_size(32)]] = std::int32_t;
using Doubles [[gnu::vector_size(64)]] = double;

template <class Vector>
[[gnu::always_inline]] inline void load(const void* from, Vector& to) {
  std::memcpy(&to, from, sizeof to);
}

[[gnu::always_inline]] inline void to_size(Floats& x) { x = x > 0 ? x : -x; }

struct ElasticTerms {
  const double* phi;
  const float* of_mean;  // null where it is zero
  const float* self;
  float weight;
};

/// Costs of a block of sites, which find in the last bit of `self` what they are.
[[gnu::always_inline]] inline void set_block(const ElasticTerms& t, std::size_t first, float* cost) {
  constexpr Words sign_bit = Words{} + std::numeric_limits<std::int32_t>::min();
  Doubles phi;
  Floats self;
  load(t.phi + first, phi);
  load(t.self + first, self);
  const Words is_a = reinterpret_cast<Words>(self) & 1;
  Floats field = __builtin_convertvector(phi, Floats);
  if (t.of_mean != nullptr) {
    Floats of_mean;
    load(t.of_mean + first, of_mean);
    field -= of_mean;
  }
  field *= t.weight;
  const Words signed_field = reinterpret_cast<Words>(field) ^ ((is_a - 1) & sign_bit);
  const Floats g = self - reinterpret_cast<Floats>(signed_field);
  to_size(field);
  to_size(self);
  const Floats lowered = g - ((self + field) * rounding + 1e-30F);
  const Words marked = (reinterpret_cast<Words>(lowered) & ~1) | is_a;
  std::memcpy(cost, &marked, sizeof marked);
}

/// Costs of `count` sites from `first` on, in whole blocks: what is written beyond them, the next run writes again.
NXMC_FOR_EACH_PROCESSOR
void set_costs_of_run(const ElasticTerms& t, std::size_t first, std::size_t count, float* cost) {
  const ElasticTerms exact{t.phi, nullptr, t.self, t.weight};
  if (t.of_mean == nullptr) {
    for (std::size_t done = 0; done < count; done += block) set_block(exact, first + done, cost + done);
  } else {
    for (std::size_t done = 0; done < count; done += block) set_block(t, first + done, cost + done);
  }
}

float with_last_bit(float x, bool is_a) {
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) & ~1U) | (is_a ? 1U : 0U));
}

/// As a block does it.
float as_lower_bound(double g, double largest_term, bool is_a) {
  return with_last_bit(static_cast<float>(g - (largest_term * rounding + 1e-30)), is_a);
}

/// The most that a pair can gain beyond g_i + g_j: 4 w V_ij, and -4 J for bonded sites.
double largest_gain(const State& state) {
  double gain = std::max(0.0, -4 * state.interaction().ising);
  if (state.kernel() == nullptr) return gain;
  double largest = 0;
  for (const Site i : state.lattice().core) {
    std::vector<double> row(state.lattice().sites());
    state.kernel()->add_row(4 * state.interaction().elastic, i, row);
    row[index(i)] = 0;
    for (const Site j : state.lattice().core) largest = std::max(largest, row[index(j)]);
  }
  return gain + largest;
}

}  // namespace

SwapSieve::SwapSieve(const State& state, double temperature)
    : lattice_(&state.lattice()),
      elastic_(state.interaction().elastic),
      ising_(state.interaction().ising),
      elastic_part_(state.kernel() != nullptr),
      self_(state.lattice().sites()),
      field_of_mean_(state.lattice().sites()),
      cost_(state.lattice().core.size() + block) {
  double largest_self = 0;
  double largest_of_mean = 0;
  for (std::size_t i = 0; i < self_.size() && elastic_part_; ++i) {
    const double self = 2 * elastic_ * state.diagonal()[i];
    const double of_mean = state.phi()[i] - state.swap_field(static_cast<Site>(i));
    self_[i] = static_cast<float>(self);
    field_of_mean_[i] = static_cast<float>(of_mean);
    largest_self = std::max(largest_self, std::fabs(self));
    largest_of_mean = std::max(largest_of_mean, std::fabs(2 * elastic_ * of_mean));
  }
  constexpr double ln2 = 0.6931471805599453;
  constexpr double above_rounding = 1 + 0x1p-18;
  const double inexact = 1e-10 * largest_self + rounding * largest_of_mean;
  const double limit = largest_gain(state) + inexact + temperature * ln2 * 151;
  limit_ = static_cast<float>(limit * above_rounding);
  slope_ = static_cast<float>(temperature * ln2 * 0x1p-23 / above_rounding);
  find_runs();
  rebuild(state);
}

void SwapSieve::find_runs() {
  place_.assign(lattice_->sites(), -1);
  for (std::size_t k = 0; k < lattice_->core.size(); ++k) {
    const Site site = lattice_->core[k];
    place_[index(site)] = static_cast<std::int32_t>(k);
    if (k == 0 || lattice_->core[k - 1] + 1 != site) runs_.push_back({site, static_cast<std::uint32_t>(k), 0});
    ++runs_.back().length;
  }
}

/// Sites outside the core have none.
void SwapSieve::set_cost(const State& state, Site i) {
  if (place_[index(i)] < 0) return;
  const bool is_a = state.sigma()[index(i)] > 0;
  const double s = is_a ? 1 : -1;
  double self = 0;
  double field = 0;
  if (elastic_part_) {
    self = 2 * elastic_ * state.diagonal()[index(i)];
    field -= 2 * elastic_ * s * state.swap_field(i);
  }
  const double ising = ising_ != 0 ? 2 * ising_ * s * state.neighbour_sum(i) : 0;
  const double size = std::fabs(self) + std::fabs(field) + std::fabs(ising);
  cost_[index(place_[index(i)])] = as_lower_bound(self + field + ising, size, is_a);
}

void SwapSieve::rebuild(const State& state) {
  for (std::size_t i = 0; i < self_.size(); ++i) self_[i] = with_last_bit(self_[i], state.sigma()[i] > 0);
  if (elastic_part_ && ising_ == 0) return set_elastic_costs(state);
  for (const Site i : lattice_->core) set_cost(state, i);
}

void SwapSieve::set_elastic_costs(const State& state) {
  const bool published = state.hamiltonian() == Hamiltonian::published;
  const ElasticTerms terms{state.phi().data(), published ? field_of_mean_.data() : nullptr, self_.data(),
                           static_cast<float>(2 * elastic_)};
  for (const auto& [first, place, length] : runs_) {
    // A block must not reach beyond the last site.
    const std::size_t whole = std::min<std::size_t>(length, (self_.size() - index(first)) / block * block);
    set_costs_of_run(terms, index(first), whole, &cost_[place]);
    for (std::size_t k = whole; k < length; ++k) set_cost(state, first + static_cast<Site>(k));
  }
}

void SwapSieve::follow(const State& state, Site i, Site j) {
  for (const Site moved : {i, j})
    self_[index(moved)] = with_last_bit(self_[index(moved)], state.sigma()[index(moved)] > 0);
  if (elastic_part_ && ising_ == 0) return set_elastic_costs(state);
  if (elastic_part_) return rebuild(state);
  for (const Site moved : {i, j}) {
    set_cost(state, moved);
    if (ising_ == 0) continue;
    for (const Site neighbour : lattice_->neighbours(moved)) {
      if (neighbour != no_site) set_cost(state, neighbour);
    }
  }
}

/// A spared attempt, which would wait for an entry of V, is worth the costs of about 25 sites.
bool SwapSieve::worthwhile(std::uint64_t accepted, std::uint64_t attempts) const {
  const std::size_t followed = elastic_part_ ? lattice_->core.size() : 12 * index(lattice_->coordination);
  return accepted * followed < 25 * attempts;
}

void SwapSieve::sort_out(std::span<const std::uint64_t> words, Flags& open) const {
  assert(words.size() <= open.size());
  const auto n = static_cast<std::uint32_t>(lattice_->core.size());
  Proposals proposals;
  draw(words.data(), words.size(), n, proposals);
  // What `Stream::chance` may find open above the rest, in units of 2^-24, and one for the bits that were cut off.
  const double coarseness = 2 + std::ceil(4.0 * n * n / 0x1p40);
  const auto capped = static_cast<std::int32_t>(std::min(coarseness, 0x1p24));
  compare(proposals, words.size(), capped, {cost_.data(), limit_, slope_}, open.data());
}

}  // namespace nxmc

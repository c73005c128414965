#include "swap_sieve.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

namespace {

std::size_t index(Site i) { return static_cast<std::size_t>(i); }

/// What sorts out a proposal: three arrays that stay in the cache nearest to the processor.
struct Costs {
  const float* cost;
  const Site* core;
  std::uint32_t n;
  float limit;
  float slope;
};

constexpr std::size_t most_words = Stream::buffered_words;

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
  const Site* const core = costs.core;
  const float limit = costs.limit;
  const float slope = costs.slope;
  std::array<std::int32_t, most_words> flag;  // as wide as the numbers that decide it, so that compilers vectorise
  for (std::size_t k = 0; k < count; ++k) {
    const float i = cost[core[first[k]]];
    const float j = cost[core[second[k]]];
    const std::int32_t m = rest[k] - coarseness;
    const auto log_u = static_cast<float>(std::bit_cast<std::int32_t>(static_cast<float>(m)));
    const std::int32_t differ = std::bit_cast<std::int32_t>(i) ^ std::bit_cast<std::int32_t>(j);
    const std::int32_t affordable = i + j > limit - slope * log_u ? 0 : 1;
    const std::int32_t small = m <= 0 ? 1 : 0;
    flag[k] = differ & (affordable | small);
  }
  for (std::size_t k = 0; k < count; ++k) open[k] = static_cast<std::uint8_t>(flag[k]);
}

/// Lowered by more than rounding and the bit that tells A from B can raise it, or the sum of two of them.
[[gnu::always_inline]] inline float as_lower_bound(double g, bool is_a) {
  const auto lowered = static_cast<float>(g - (std::fabs(g) * 0x1p-20 + 1e-30));
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(lowered) & ~1U) | (is_a ? 1U : 0U));
}

NXMC_FOR_EACH_PROCESSOR
void set_elastic_costs(const Spin* sigma, const double* phi, const double* of_mean, const double* self, double weight,
                       std::size_t n, float* cost) {
  for (std::size_t i = 0; i < n; ++i) {
    cost[i] = as_lower_bound(self[i] - weight * (sigma[i] * (phi[i] - of_mean[i])), sigma[i] > 0);
  }
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
      cost_(state.lattice().sites()) {
  double largest_self = 0;
  for (std::size_t i = 0; i < self_.size() && elastic_part_; ++i) {
    self_[i] = 2 * elastic_ * state.diagonal()[i];
    field_of_mean_[i] = state.phi()[i] - state.swap_field(static_cast<Site>(i));
    largest_self = std::max(largest_self, std::fabs(self_[i]));
  }
  constexpr double ln2 = 0.6931471805599453;
  constexpr double above_rounding = 1 + 0x1p-18;
  const double limit = largest_gain(state) + 1e-10 * largest_self + temperature * ln2 * 151;
  limit_ = static_cast<float>(limit * above_rounding);
  slope_ = static_cast<float>(temperature * ln2 * 0x1p-23 / above_rounding);
  rebuild(state);
}

void SwapSieve::set_cost(const State& state, Site i) {
  const bool is_a = state.sigma()[index(i)] > 0;
  const double s = is_a ? 1 : -1;
  double g = 0;
  if (elastic_part_) g += self_[index(i)] - 2 * elastic_ * s * state.swap_field(i);
  if (ising_ != 0) g += 2 * ising_ * s * state.neighbour_sum(i);
  cost_[index(i)] = as_lower_bound(g, is_a);
}

void SwapSieve::rebuild(const State& state) {
  if (elastic_part_ && ising_ == 0) {
    set_elastic_costs(state.sigma().data(), state.phi().data(), field_of_mean_.data(), self_.data(), 2 * elastic_,
                      cost_.size(), cost_.data());
    return;
  }
  for (std::size_t i = 0; i < cost_.size(); ++i) set_cost(state, static_cast<Site>(i));
}

void SwapSieve::follow(const State& state, Site i, Site j) {
  if (elastic_part_) return rebuild(state);
  for (const Site moved : {i, j}) {
    set_cost(state, moved);
    if (ising_ == 0) continue;
    for (const Site neighbour : lattice_->neighbours(moved)) {
      if (neighbour != no_site) set_cost(state, neighbour);
    }
  }
}

/// A spared attempt, which would wait for an entry of V, is worth about a hundred sites of a field.
bool SwapSieve::worthwhile(std::uint64_t accepted, std::uint64_t attempts) const {
  const std::size_t followed = elastic_part_ ? cost_.size() : 50 * index(lattice_->coordination);
  return accepted * followed < 100 * attempts;
}

void SwapSieve::sort_out(std::span<const std::uint64_t> words, Flags& open) const {
  assert(words.size() <= open.size());
  const auto n = static_cast<std::uint32_t>(lattice_->core.size());
  Proposals proposals;
  draw(words.data(), words.size(), n, proposals);
  // What `Stream::chance` may find open above the rest, in units of 2^-24, and one for the bits that were cut off.
  const double coarseness = 2 + std::ceil(4.0 * n * n / 0x1p40);
  const auto capped = static_cast<std::int32_t>(std::min(coarseness, 0x1p24));
  compare(proposals, words.size(), capped, {cost_.data(), lattice_->core.data(), n, limit_, slope_}, open.data());
}

}  // namespace nxmc

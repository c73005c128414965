#include "nxmc/engine/rate_bounds.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

namespace {

constexpr double log2_e = 1.4426950408889634;

/// Relative error of a product of three factors, with a margin of two.
constexpr double above_rounding = 1 + 0x1p-14;

std::size_t index(Site i) { return static_cast<std::size_t>(i); }

std::size_t rounded_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

/// 2^y to 5e-6 for y >= -125, where it stays; infinity from 128 on.
[[gnu::always_inline]] inline float power_of_two(float y) {
  constexpr float integer_shift =
      0x1.8p23F + 127;  // rounds to an integer and leaves it, as biased exponent, in the low bits
  y = y < -125.0F ? -125.0F : y;
  y = y > 128.0F ? 128.0F : y;
  const float shifted = y + integer_shift;
  const float r = y - (shifted - integer_shift);
  const auto scale = std::bit_cast<float>(std::bit_cast<std::uint32_t>(shifted) << 23U);
  return scale * (0.999999285F + r * (0.693121791F + r * (0.240247443F + r * (0.0559178628F + r * 0.00957010221F))));
}

NXMC_FOR_EACH_PROCESSOR
void set_factors(const double* __restrict phi, const float* __restrict local, const float* __restrict self,
                 const float* __restrict sign, float weight, std::size_t n, float* __restrict factor) {
  for (std::size_t i = 0; i < n; ++i) {
    const float field = weight * static_cast<float>(phi[i]) + local[i];
    factor[i] = sign[i] * power_of_two(sign[i] * field + self[i]);
  }
}

// Vectors of fixed length, whatever the registers: the compiler splits them, and lanes never mix.
using Floats [[gnu::vector_size(64)]] = float;
using HalfFloats [[gnu::vector_size(32)]] = float;
using Doubles [[gnu::vector_size(64)]] = double;

[[gnu::always_inline]] inline void load(const float* from, Floats& to) { std::memcpy(&to, from, sizeof to); }

/// What adding up reads and writes; all of it padded to whole groups of chunks.
struct Sums {
  const float* factor;
  const float* flip;
  const RateBounds::Lanes* bond_factor;
  const std::size_t* distance;
  const std::size_t* first_distance;
  float* bound;
  std::array<double, RateBounds::lanes>* lane_sum;
};

/// a_i (f_i + sum_j a_j k_ij) over the unlike bonds of sixteen sites: there, and only there, the signed factors have a
/// negative product.
[[gnu::always_inline]] inline void add_bonds(const Sums& s, std::size_t chunk, Floats& bound) {
  Floats own;
  load(s.factor + chunk * RateBounds::lanes, own);
  Floats flip;
  load(s.flip + chunk * RateBounds::lanes, flip);
  bound = (own > 0 ? own : -own) * flip;
  constexpr Floats none{};
  for (std::size_t d = s.first_distance[chunk]; d < s.first_distance[chunk + 1]; ++d) {
    Floats other;
    load(s.factor + chunk * RateBounds::lanes + s.distance[d], other);
    Floats k;
    load(s.bond_factor[d].value.data(), k);
    const Floats product = -own * other;
    bound += (product > 0 ? product : none) * k;
  }
}

NXMC_FOR_EACH_PROCESSOR
void add_up(const Sums& s, std::size_t groups) {
  for (std::size_t g = 0; g < groups; ++g) {
    Doubles low{};
    Doubles high{};
    for (std::size_t c = g * RateBounds::chunks_per_group; c < (g + 1) * RateBounds::chunks_per_group; ++c) {
      Floats bound;
      add_bonds(s, c, bound);
      float* const kept = s.bound + c * RateBounds::lanes;
      std::memcpy(kept, &bound, sizeof bound);
      HalfFloats half;
      std::memcpy(&half, kept, sizeof half);
      low += __builtin_convertvector(half, Doubles);
      std::memcpy(&half, kept + RateBounds::lanes / 2, sizeof half);
      high += __builtin_convertvector(half, Doubles);
    }
    std::memcpy(s.lane_sum[g].data(), &low, sizeof low);
    std::memcpy(s.lane_sum[g].data() + RateBounds::lanes / 2, &high, sizeof high);
  }
}

double sum_of_lanes(const std::array<double, RateBounds::lanes>& lane) {
  std::array<double, 8> sum;
  for (std::size_t k = 0; k < 8; ++k) sum[k] = lane[k] + lane[k + 8];
  return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

}  // namespace

RateBounds::RateBounds(const State& state, const Physics& physics)
    : lattice_(&state.lattice()),
      weight_(physics.interaction.elastic / physics.temperature),
      ising_(physics.interaction.ising / physics.temperature),
      published_(physics.hamiltonian == Hamiltonian::published),
      exchange_on_(physics.rates.exchange > 0),
      diagonal_(state.diagonal().begin(), state.diagonal().end()) {
  assert(is_elastic(physics));
  const std::size_t n = lattice_->sites();
  const std::size_t padded = rounded_up(n, lanes * chunks_per_group);
  for (std::vector<float>* const array : {&sign_, &local_, &flip_, &bound_}) array->assign(padded, 0.0F);
  if (published_) row_sums_.assign(state.row_sums().begin(), state.row_sums().end());
  for (const double v : diagonal_) self_.push_back(static_cast<float>(-weight_ * v * log2_e));
  lane_sum_.resize(padded / (lanes * chunks_per_group));
  group_sum_.resize(lane_sum_.size());
  find_bonds(state, physics);
  set_flip_constants(physics);
  rebuild(state);
}

void RateBounds::set_flip_constants(const Physics& physics) {
  if (!exchange_on_) return;
  for (const int sigma : {-1, 1}) {
    const double log_f = portable_log(physics.rates.exchange) - physics.delta_mu * sigma / (2 * physics.temperature);
    largest_flip_exponent_ = std::max(largest_flip_exponent_, log_f);
    flip_factor_[sigma > 0 ? 1 : 0] = portable_exp(log_f) * above_rounding;
  }
}

void RateBounds::find_bonds(const State& state, const Physics& physics) {
  const double log_diffusion = portable_log(physics.rates.diffusion);
  const std::size_t n = lattice_->sites();
  std::size_t longest = 0;
  first_distance_ = {0};
  for (std::size_t first = 0; first < bound_.size(); first += lanes) {
    for (std::size_t i = first; i < std::min(first + lanes, n); ++i) {
      for (const Site j : lattice_->neighbours(static_cast<Site>(i))) {
        if (j < static_cast<Site>(i)) continue;
        const std::size_t distance = index(j) - i;
        const double log_k = log_diffusion + 2 * weight_ * state.kernel()->entry(static_cast<Site>(i), j) - 2 * ising_;
        largest_bond_exponent_ = std::max(largest_bond_exponent_, log_k);
        longest = std::max(longest, distance);
        bonds_at(distance).value[i - first] = static_cast<float>(portable_exp(log_k) * above_rounding);
      }
    }
    first_distance_.push_back(distance_.size());
  }
  factor_.assign(bound_.size() + longest, 0.0F);
}

/// The bonds of this distance in the chunk that is being built.
RateBounds::Lanes& RateBounds::bonds_at(std::size_t distance) {
  const auto first = distance_.begin() + static_cast<std::ptrdiff_t>(first_distance_.back());
  const auto found = std::find(first, distance_.end(), distance);
  if (found != distance_.end()) return bond_factor_[static_cast<std::size_t>(found - distance_.begin())];
  distance_.push_back(distance);
  return bond_factor_.emplace_back();
}

void RateBounds::stop_exchange() {
  exchange_on_ = false;
  largest_flip_exponent_ = 0;  // what is left does not know how strong the drive was
  std::fill(flip_.begin(), flip_.end(), 0.0F);
}

void RateBounds::rebuild(const State& state) {
  for (std::size_t i = 0; i < lattice_->sites(); ++i) set_site(state, static_cast<Site>(i));
}

void RateBounds::flip(const State& state, Site i) {
  set_site(state, i);
  if (ising_ == 0) return;
  for (const Site j : lattice_->neighbours(i)) {
    if (j != no_site) set_site(state, j);
  }
}

void RateBounds::set_site(const State& state, Site i) {
  const bool is_a = state.sigma()[index(i)] > 0;
  sign_[index(i)] = is_a ? 1.0F : -1.0F;
  if (ising_ != 0) local_[index(i)] = static_cast<float>(-ising_ * log2_e * state.neighbour_sum(i));
  if (exchange_on_ && lattice_->layer[index(i)] == 1) {
    flip_[index(i)] = static_cast<float>(flip_factor_[is_a ? 1 : 0]);
  }
}

/// What published mode makes of the mean, which moves with every flip.
void RateBounds::follow_mean(const State& state) {
  const double mean = state.mean();
  const auto n = static_cast<double>(lattice_->sites());
  for (std::size_t i = 0; i < diagonal_.size(); ++i) {
    const double ising = ising_ == 0 ? 0.0 : ising_ * state.neighbour_sum(static_cast<Site>(i));
    local_[i] = static_cast<float>(-(weight_ * mean * (row_sums_[i] + diagonal_[i]) + ising) * log2_e);
  }
  if (!exchange_on_) return;
  for (const Site s : lattice_->boundary) {
    const std::size_t i = index(s);
    const double phi = state.phi()[i] - mean * row_sums_[i];
    const double exponent = weight_ * (2 * diagonal_[i] - state.sigma()[i] * phi) / n;
    flip_[i] = static_cast<float>(flip_factor_[state.sigma()[i] > 0 ? 1 : 0] * portable_exp(exponent));
  }
}

bool RateBounds::refresh(const State& state) {
  constexpr double largest_flip = 80;
  constexpr double largest_bond = 20;
  if (largest_flip_exponent_ > largest_flip || largest_bond_exponent_ > largest_bond) return false;
  if (published_) follow_mean(state);
  set_factors(state.phi().data(), local_.data(), self_.data(), sign_.data(), static_cast<float>(weight_ * log2_e),
              lattice_->sites(), factor_.data());
  add_up({factor_.data(), flip_.data(), bond_factor_.data(), distance_.data(), first_distance_.data(), bound_.data(),
          lane_sum_.data()},
         lane_sum_.size());
  total_ = 0;
  for (std::size_t g = 0; g < group_sum_.size(); ++g) total_ += group_sum_[g] = sum_of_lanes(lane_sum_[g]);
  // Where a product is smaller than floats can be, the rate is below 2^-126 e^20: less than 2^-52, the resolution of
  // uniform numbers, of this total.
  return total_ >= 0x1p-40 && total_ <= 0x1p120;
}

std::optional<RateBounds::Pick> RateBounds::find(double target) const {
  double rest = target;
  std::size_t g = 0;
  while (g < group_sum_.size() && rest >= group_sum_[g]) rest -= group_sum_[g++];
  if (g == group_sum_.size()) return std::nullopt;
  std::size_t lane = 0;
  while (lane < lanes && rest >= lane_sum_[g][lane]) rest -= lane_sum_[g][lane++];
  if (lane == lanes) return std::nullopt;
  const std::size_t end = (g + 1) * chunks_per_group * lanes;
  for (std::size_t i = g * chunks_per_group * lanes + lane; i < end; i += lanes) {
    if (rest < bound_[i]) return Pick{static_cast<Site>(i), rest};
    rest -= bound_[i];
  }
  return std::nullopt;
}

}  // namespace nxmc

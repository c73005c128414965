#include "nxmc/engine/window_weights.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

#include "chain_state.hpp"
#include "equilibrium_state.hpp"
#include "nxmc/observe/phases.hpp"

namespace nxmc {

namespace {

constexpr std::int64_t most_nodes = 17;
constexpr double first_step = 1;
/// In k_BT for each site beyond an end, and for its square: what a free energy that curves goes down is less, and
/// starts that are far away find back.
constexpr double wall_slope = 1;
constexpr double wall_bend = 0.125;
constexpr std::size_t numbers_per_node = 4;
constexpr std::size_t other_numbers = 2;

std::int64_t count_at(double fraction, std::size_t sites) {
  return std::llround(fraction * static_cast<double>(sites));
}

std::size_t nodes_of(std::int64_t first, std::int64_t last) {
  return static_cast<std::size_t>(std::min(most_nodes, last - first + 1));
}

double spacing_of(std::int64_t first, std::int64_t last) {
  const std::size_t nodes = nodes_of(first, last);
  return nodes == 1 ? 1 : static_cast<double>(last - first) / static_cast<double>(nodes - 1);
}

}  // namespace

WindowWeights::WindowWeights(const Window& window, std::size_t sites)
    : first_(count_at(window.from, sites)),
      last_(count_at(window.to, sites)),
      spacing_(spacing_of(first_, last_)),
      eta_(nodes_of(first_, last_)),
      visits_(eta_.size()),
      known_(eta_.size()),
      visited_(eta_.size()),
      step_(first_step) {
  assert(0 <= first_ && first_ <= last_);
}

WindowWeights::WindowWeights(const Window& window, std::size_t sites, const std::vector<double>& eta)
    : WindowWeights(window, sites) {
  if (eta.size() != eta_.size() || std::ranges::any_of(eta, [](double value) { return !std::isfinite(value); }))
    StateReader::fail();
  eta_ = eta;
}

double WindowWeights::eta(std::int64_t count) const {
  if (count <= first_) return eta_.front() + outside(static_cast<double>(first_ - count), eta_.front() - next(0));
  if (count >= last_)
    return eta_.back() + outside(static_cast<double>(count - last_), eta_.back() - next(eta_.size() - 1));
  const double place = static_cast<double>(count - first_) / spacing_;
  const auto node = std::min(static_cast<std::size_t>(place), eta_.size() - 2);
  return eta_[node] + (place - static_cast<double>(node)) * (eta_[node + 1] - eta_[node]);
}

/// eta at the neighbour of an end.
double WindowWeights::next(std::size_t end) const {
  if (eta_.size() == 1) return eta_[end];
  return end == 0 ? eta_[1] : eta_[end - 1];
}

/// Relative to the end. Where eta, and with it the free energy, falls towards the end, it goes on to fall.
double WindowWeights::outside(double distance, double rise_to_the_end) const {
  const double slope = std::min(rise_to_the_end / spacing_, 0.0) - wall_slope;
  return distance * (slope - wall_bend * distance);
}

std::size_t WindowWeights::nearest_node(std::int64_t count) const {
  return static_cast<std::size_t>(std::floor(static_cast<double>(count - first_) / spacing_ + 0.5));
}

void WindowWeights::learn(std::int64_t count) {
  learnt_ += 1;
  if (!inside(count)) return;
  const std::size_t node = nearest_node(count);
  if (known_[node] == 0) meet(node);
  eta_[node] -= step_;
  visited_[node] = 1;
  extend_beyond_known();
  refine_step();
}

void WindowWeights::meet(std::size_t node) {
  known_[node] = 1;
  std::ranges::fill(visited_, 0.0);
  step_ = first_step;
  learnt_ = 1;
}

/// Between those that are known others are like the nearest one; beyond them eta goes on for one node as it rises up to
/// the last one, so that the way is open as far as the next one.
void WindowWeights::extend_beyond_known() {
  const auto first = static_cast<std::size_t>(std::ranges::find(known_, 1.0) - known_.begin());
  std::size_t last = first;
  for (std::size_t node = first + 1; node < eta_.size(); ++node) {
    if (known_[node] == 0) continue;
    for (std::size_t between = last + 1; between < node; ++between)
      eta_[between] = eta_[between - last <= node - between ? last : node];
    last = node;
  }
  const auto rise = [&](std::size_t end, std::size_t before) { return std::max(0.0, eta_[end] - eta_[before]); };
  const double below = first < last ? rise(first, first + 1) : 0;
  const double above = first < last ? rise(last, last - 1) : 0;
  for (std::size_t node = 0; node < first; ++node) eta_[node] = eta_[first] + below;
  for (std::size_t node = last + 1; node < eta_.size(); ++node) eta_[node] = eta_[last] + above;
}

void WindowWeights::refine_step() {
  if (visited_ == known_) {
    std::ranges::fill(visited_, 0.0);
    step_ /= 2;
  }
  const double slowest = static_cast<double>(eta_.size()) / learnt_;
  step_ = std::max(step_, std::min(slowest, first_step));
}

void WindowWeights::visit(std::int64_t count) {
  if (inside(count)) visits_[nearest_node(count)] += 1;
}

double WindowWeights::coverage() const {
  const double all = std::accumulate(visits_.begin(), visits_.end(), 0.0);
  if (all == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::ranges::min(visits_) * static_cast<double>(eta_.size()) / all;
}

std::size_t WindowWeights::saved_size(const Window& window, std::size_t sites) {
  return numbers_per_node * nodes_of(count_at(window.from, sites), count_at(window.to, sites)) + other_numbers;
}

std::vector<double> WindowWeights::save() const {
  std::vector<double> saved{step_, learnt_};
  for (const std::vector<double>* const numbers : {&eta_, &visits_, &known_, &visited_})
    saved.insert(saved.end(), numbers->begin(), numbers->end());
  return saved;
}

void WindowWeights::load(std::span<const double> saved) {
  const bool sound = saved.size() == numbers_per_node * eta_.size() + other_numbers &&
                     std::ranges::all_of(saved, [](double number) { return std::isfinite(number); });
  if (!sound) StateReader::fail();
  step_ = saved[0];
  learnt_ = saved[1];
  std::span<const double> rest = saved.subspan(other_numbers);
  for (std::vector<double>* const numbers : {&eta_, &visits_, &known_, &visited_}) {
    numbers->assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(eta_.size()));
    rest = rest.subspan(eta_.size());
  }
}

std::size_t sites_of_window(const Physics& physics) {
  assert(physics.window);
  return static_cast<std::size_t>(physics.window->along == OrderParameter::c ? count_core_sites(physics.lattice)
                                                                             : count_inner_core_sites(physics.lattice));
}

WindowWeights weights_of_chain(const Physics& physics, std::span<const std::uint8_t> final_state) {
  StateReader reader(unpack_final_state(final_state));
  get_header(reader);
  WindowWeights weights(*physics.window, sites_of_window(physics));
  weights.load(reader.get_vector<double>());
  return weights;
}

}  // namespace nxmc

#include "nxmc/engine/sampling.hpp"

#include <algorithm>
#include <cmath>

#include "nxmc/arithmetic/exp_log.hpp"

namespace nxmc {

namespace {

/// The largest of 1, 2, 5, 10, 20, 50, … that is not above `sweeps`; at least 1.
std::uint64_t round_down(double sweeps) {
  std::uint64_t decade = 1;
  while (10.0 * static_cast<double>(decade) <= sweeps) decade *= 10;
  for (const std::uint64_t digit : {5U, 2U})
    if (static_cast<double>(digit * decade) <= sweeps) return digit * decade;
  return decade;
}

/// Rather too many than too few: the prediction is a rough one. The rungs of a ladder have other configurations after
/// each exchange, however slow their own chains are.
std::uint64_t standard_interval(const Physics& physics) {
  return physics.exchange_every > 0 ? physics.exchange_every : round_down(predicted_decorrelation(physics) / 2);
}

}  // namespace

double predicted_decorrelation(const Physics& physics) {
  constexpr double longest = 1e9;
  const double elastic = dimension_of(physics.lattice) == 2 ? 1 : 4.1;
  const double barrier = elastic * physics.interaction.elastic + 2 * std::abs(physics.interaction.ising);
  const double exponent = std::min(barrier / physics.temperature, portable_log(longest));
  return portable_exp(exponent);
}

SampleTimes sample_times(const Physics& physics, const Schedule& schedule) {
  const Sampling& wanted = schedule.samples;
  if (wanted.at_most == 0) return {};
  std::uint64_t every = wanted.every > 0 ? wanted.every : standard_interval(physics);
  while (schedule.measured_sweeps / every > wanted.at_most) every *= 2;
  return {.every = every, .count = schedule.measured_sweeps / every};
}

}  // namespace nxmc

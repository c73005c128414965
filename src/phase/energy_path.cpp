#include "energy_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "nxmc/statistics/chebyshev.hpp"

namespace nxmc {

namespace {

constexpr double largest_error = 1e-4;  // k_BT
constexpr std::size_t fewest_intervals = 4;
constexpr std::size_t most_intervals = 64;

/// Of the reduced energies.
bool is_linear(LineAxis axis) { return axis == LineAxis::delta_mu || axis == LineAxis::ising; }

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t n = 0; n < a.size(); ++n) largest = std::max(largest, std::abs(a[n] - b[n]));
  return largest;
}

}  // namespace

double& along(SampledState& state, LineAxis axis) {
  switch (axis) {
    case LineAxis::temperature:
      return state.temperature;
    case LineAxis::delta_mu:
      return state.delta_mu;
    case LineAxis::ising:
      return state.interaction.ising;
    case LineAxis::shell_stiffness:
      break;
  }
  return state.shell_stiffness;
}

EnergyPath::OfSamples EnergyPath::at(SampleEnergies& energies, const SampledState& state) {
  return {energies.reduced(state), energies.energies(state)};
}

EnergyPath::EnergyPath(SampleEnergies& energies, const SampledState& others, LineAxis axis, double low, double high)
    : axis_(axis) {
  if (axis == LineAxis::temperature) {
    SampledState unit = others;
    unit.temperature = 1;
    places_ = {0};
    known_.push_back(at(energies, unit));
    return;
  }
  if (is_linear(axis)) {
    SampledState state = others;
    for (const double end : {low, high}) {
      along(state, axis) = end;
      places_.push_back(end);
      known_.push_back(at(energies, state));
    }
    return;
  }
  refine(energies, others, low, high);
}

void EnergyPath::refine(SampleEnergies& energies, const SampledState& others, double low, double high) {
  const auto at_place = [&](double position) {
    SampledState state = others;
    state.shell_stiffness = std::exp(position);
    return at(energies, state);
  };
  places_ = chebyshev_places(std::log(low), std::log(high), fewest_intervals);
  for (const double position : places_) known_.push_back(at_place(position));
  for (std::size_t intervals = 2 * fewest_intervals; intervals <= most_intervals; intervals *= 2) {
    std::vector<double> places = chebyshev_places(std::log(low), std::log(high), intervals);
    std::vector<OfSamples> known(places.size());
    double error = 0;
    for (std::size_t j = 1; j < places.size(); j += 2) {
      known[j] = at_place(places[j]);
      error = std::max(error, largest_difference(interpolated(&OfSamples::reduced, places[j]), known[j].reduced));
    }
    for (std::size_t j = 0; j < places.size(); j += 2) known[j] = std::move(known_[j / 2]);
    places_ = std::move(places);
    known_ = std::move(known);
    if (error <= largest_error) return;
  }
  throw ArchiveError(
      fmt::format("from shell_stiffness {:.6g} to {:.6g} energies change too much to be interpolated; "
                  "choose a narrower range with --where",
                  low, high));
}

double EnergyPath::position(double place) const {
  switch (axis_) {
    case LineAxis::temperature:
      return 0;
    case LineAxis::delta_mu:
    case LineAxis::ising:
      return place;
    case LineAxis::shell_stiffness:
      break;
  }
  return std::log(place);
}

std::vector<double> EnergyPath::reduced(double place) const {
  std::vector<double> u = interpolated(&OfSamples::reduced, position(place));
  if (axis_ == LineAxis::temperature)
    for (double& value : u) value /= place;
  return u;
}

std::vector<double> EnergyPath::energies(double place) const {
  return interpolated(&OfSamples::energies, position(place));
}

std::vector<double> EnergyPath::interpolated(std::vector<double> OfSamples::*part, double position) const {
  if (known_.size() == 1) return known_.front().*part;
  const std::vector<double> weights = chebyshev_weights(places_, position);
  std::vector<std::span<const double>> values;
  values.reserve(known_.size());
  for (const OfSamples& of_place : known_) values.emplace_back(of_place.*part);
  return weighted_sums(weights, values);
}

}  // namespace nxmc

// States of chains, as checkpoints and archives keep them, whose bytes have been changed.
//
// An input names a chain and changes bytes of one of its states: place, number of bytes, bytes, and so on.
#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "engine_crystals.hpp"
#include "harness.hpp"
#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/exchange.hpp"

namespace {

using namespace nxmc;
using Bytes = std::vector<std::byte>;

struct Sample {
  Physics physics;
  Schedule schedule;
  std::unique_ptr<testing_tools::OwnedCrystal> crystal{};
  Bytes state{};

  Stream stream() const { return testing_tools::replica_stream(7); }
};

Sample equilibrium(const LatticeSpec& lattice, const Interaction& interaction) {
  Sample sample;
  sample.physics.method = Method::equilibrium;
  sample.physics.lattice = lattice;
  sample.physics.interaction = interaction;
  sample.schedule.equilibration_sweeps = 2;
  sample.schedule.measured_sweeps = 40;
  sample.schedule.phases_every = 2;
  sample.schedule.snapshot_sweeps = {0, 5, 30};
  return sample;
}

Sample exchange(const LatticeSpec& lattice, const Interaction& interaction) {
  Sample sample;
  sample.physics.method = Method::exchange;
  sample.physics.lattice = lattice;
  sample.physics.interaction = interaction;
  sample.physics.delta_mu = -2;
  sample.physics.exchange_until = 1;
  sample.schedule.times = {0.01, 0.1, 1, 3};
  sample.schedule.snapshot_times = {0.05, 2};
  sample.schedule.areas = false;
  return sample;
}

constexpr std::uint64_t steps = 6;

template <class Chain>
Bytes state_after_steps(const Sample& sample) {
  Chain chain(sample.crystal->crystal(), sample.physics, sample.schedule, sample.stream());
  chain.advance(steps);
  return chain.save();
}

std::vector<Sample> make_samples() {
  const Interaction elastic{.elastic = 1, .ising = 0};
  const Interaction ising{.elastic = 0, .ising = 1};
  std::vector<Sample> samples;
  samples.push_back(equilibrium(testing_tools::hexagon(2, 1), elastic));
  samples.push_back(equilibrium(testing_tools::box(3, 3, 3), ising));
  samples.push_back(equilibrium(testing_tools::hexagon(2), elastic));
  samples.back().physics.ensemble = Ensemble::semigrand;
  samples.back().physics.delta_mu = 0.5;
  samples.push_back(exchange(testing_tools::hexagon(2), elastic));
  samples.push_back(exchange(testing_tools::hexagon(2), ising));
  samples.push_back(exchange(testing_tools::hexagon(2), elastic));
  samples.back().physics.exchange_until = ExchangeStage().until;
  samples.back().physics.stages =
      StageList({ExchangeStage{.until = 0.1, .temperature = 0.5}, ExchangeStage{.until = 0.2, .exchange = false},
                 ExchangeStage{.delta_mu = 1}});
  for (Sample& sample : samples) {
    sample.crystal = std::make_unique<testing_tools::OwnedCrystal>(sample.physics);
    sample.state = sample.physics.method == Method::equilibrium ? state_after_steps<EquilibriumChain>(sample)
                                                                : state_after_steps<ExchangeChain>(sample);
  }
  return samples;
}

Bytes edited(Bytes state, fuzz::Input input) {
  while (!input.empty()) {
    const auto place = input.number<std::uint16_t>();
    const auto count = input.number<std::uint8_t>();
    const auto bytes = std::as_bytes(input.bytes(count));
    if (count == 0) state.resize(std::min<std::size_t>(state.size(), place));
    for (std::size_t i = 0; i < bytes.size() && place + i < state.size(); ++i) state[place + i] = bytes[i];
  }
  return state;
}

/// Numbers that are finite can have a mean or a scatter that is not.
template <class Chain>
void take_record(const Chain& chain) {
  try {
    chain.record();
  } catch (const std::runtime_error&) {
  }
}

/// A state that is accepted is that of a chain, and goes on as one.
template <class Chain>
void go_on(const Sample& sample, const Bytes& state) {
  Chain chain(sample.crystal->crystal(), sample.physics, sample.schedule, sample.stream());
  try {
    chain.load(state);
  } catch (const std::runtime_error&) {
    return;
  }
  chain.advance(steps);
  chain.save();
  if (chain.finished()) take_record(chain);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Sample> samples = make_samples();
  fuzz::Input input(data, size);
  const Sample& sample = samples[input.number<std::uint8_t>() % samples.size()];
  const Bytes state = edited(sample.state, input);
  if (sample.physics.method == Method::equilibrium)
    go_on<EquilibriumChain>(sample, state);
  else
    go_on<ExchangeChain>(sample, state);
  return 0;
}

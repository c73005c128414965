// Cost of an attempt of the equilibrium chain and of an event of the exchange, beside the plain engines of the tests.
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "add_benchmark.hpp"
#include "engine_crystals.hpp"
#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/exchange.hpp"
#include "plain_engines.hpp"
#include "side_by_side.hpp"

namespace nxmc::bench {
namespace {

using testing_tools::box;
using testing_tools::hexagon;
using testing_tools::OwnedCrystal;
using testing_tools::replica_stream;

// ---- equilibrium

Physics equilibrium_physics(const LatticeSpec& lattice, const Interaction& interaction) {
  Physics physics;
  physics.method = Method::equilibrium;
  physics.lattice = lattice;
  physics.interaction = interaction;
  physics.shell_stiffness = lattice.shell_layers > 0 ? 10 : 1;
  physics.temperature = interaction.elastic != 0 ? 0.2 : 2;
  return physics;
}

/// Measures phases and energy after every sweep, as a campaign does by default; `measuring` is what that is of the
/// time.
void attempts(benchmark::State& run, const Physics& physics, std::uint64_t relaxation_sweeps, std::uint64_t slice) {
  const OwnedCrystal owned(physics);
  Schedule schedule;
  schedule.measured_sweeps = std::uint64_t{1} << 40U;
  EquilibriumChain chain(owned.crystal(), physics, schedule, replica_stream(1));
  chain.advance(relaxation_sweeps);
  schedule.phases_every = 0;
  EquilibriumChain unobserved(owned.crystal(), physics, schedule, replica_stream(1));
  unobserved.advance(relaxation_sweeps);
  Stream stream = replica_stream(2);
  const auto n = static_cast<double>(owned.lattice().core.size());
  Tally fast;
  Tally moving;
  Tally plain;
  for ([[maybe_unused]] auto _ : run) {
    timed(moving, [&] { return n * static_cast<double>(unobserved.advance(slice)); });
    run.SetIterationTime(timed(fast, [&] { return n * static_cast<double>(chain.advance(slice)); }));
    State state = owned.state(physics, chain.sigma());
    timed(plain, [&] {
      for (std::uint64_t sweep = 0; sweep < slice; ++sweep) testing_tools::plain_sweep(state, physics, stream);
      return n * static_cast<double>(slice);
    });
  }
  report(run, fast, plain);
  run.counters["measuring"] = 1 - moving.seconds / fast.seconds;
}

// ---- exchange

Physics exchange_physics(const LatticeSpec& lattice, const Interaction& interaction) {
  Physics physics;
  physics.lattice = lattice;
  physics.interaction = interaction;
  const bool flat = lattice.shape == "hexagon";
  if (interaction.elastic != 0) {
    physics.temperature = flat ? 0.2 : 1.5;
    physics.delta_mu = flat ? -20 : -200;
  } else {
    physics.temperature = interaction.ising != 0 && !flat ? 6 : 2;
    physics.delta_mu = -10;
  }
  return physics;
}

/// Whole trajectories one after the other, and a plain event from where each slice of them ends.
/// \param most_events  where a trajectory is broken off; with elastic part about where the last A has left
void events(benchmark::State& run, const Physics& physics, std::uint64_t most_events, std::uint64_t slice) {
  const OwnedCrystal owned(physics);
  Schedule schedule;
  schedule.times = {1e300};
  schedule.areas = false;
  schedule.max_events = most_events;
  std::uint64_t replica = 1;
  std::optional<ExchangeChain> chain;
  Stream stream = replica_stream(0);
  Tally fast;
  Tally plain;
  for ([[maybe_unused]] auto _ : run) {
    if (!chain || chain->finished()) chain.emplace(owned.crystal(), physics, schedule, replica_stream(replica++));
    run.SetIterationTime(timed(fast, [&] { return chain->advance(slice); }));
    if (chain->finished()) continue;
    State state = owned.state(physics, chain->sigma());
    timed(plain, [&] {
      testing_tools::plain_event(state, physics, stream);
      return 1;
    });
  }
  report(run, fast, plain);
}

// ---- the table

template <class Case>
void add(const std::string& name, int iterations, Case measured) {
  add_benchmark(name, std::move(measured))->UseManualTime()->Iterations(iterations)->Unit(benchmark::kMicrosecond);
}

const bool registered = [] {
  const Interaction elastic{1, 0};
  const Interaction ising{0, 1};
  const Interaction none{0, 0};
  for (const int edge : {12, 16, 24}) {
    const Physics physics = equilibrium_physics(hexagon(edge, 1), elastic);
    const auto n = static_cast<int>(count_core_sites(physics.lattice));
    add("attempt/elastic/core_" + std::to_string(n), 100,
        [=](benchmark::State& run) { attempts(run, physics, 2000, 50); });
  }
  {
    Physics physics = equilibrium_physics(box(10, 10, 10, 1), elastic);
    physics.temperature = 1.5;
    add("attempt/elastic/cube_core_1000", 100, [=](benchmark::State& run) { attempts(run, physics, 500, 20); });
  }
  for (const int edge : {16, 578}) {
    const Physics physics = equilibrium_physics(hexagon(edge), ising);
    const auto n = static_cast<int>(count_core_sites(physics.lattice));
    add("attempt/ising/core_" + std::to_string(n), edge < 100 ? 100 : 3,
        [=](benchmark::State& run) { attempts(run, physics, edge < 100 ? 100 : 3, edge < 100 ? 100 : 1); });
  }

  struct Row {
    std::string name;
    LatticeSpec lattice;
    Interaction interaction;
    std::uint64_t most_events;
    std::uint64_t slice;
    int iterations;
  };
  const std::vector<Row> rows{
      {"event/elastic/hexagon_271", hexagon(10), elastic, 1500, 100, 600},
      {"event/elastic/hexagon_721", hexagon(16), elastic, 11000, 500, 110},
      {"event/elastic/hexagon_1657", hexagon(24), elastic, 60000, 1000, 60},
      {"event/elastic/cube_12", box(12, 12, 12), elastic, 4000, 200, 60},
      {"event/elastic/rod_10x10x50", box(10, 10, 50), elastic, 12000, 500, 24},
      {"event/ising/hexagon_721", hexagon(16), ising, 100000, 1000, 200},
      {"event/ising/hexagon_1000519", hexagon(578), ising, 200000, 20000, 10},
      {"event/ising/cube_12", box(12, 12, 12), ising, 100000, 1000, 100},
      {"event/ising/cube_100", box(100, 100, 100), ising, 200000, 20000, 10},
      {"event/none/hexagon_721", hexagon(16), none, 100000, 1000, 200},
      {"event/none/hexagon_1000519", hexagon(578), none, 200000, 20000, 10},
      {"event/none/cube_100", box(100, 100, 100), none, 200000, 20000, 10},
  };
  for (const Row& row : rows) {
    add(row.name, row.iterations, [=](benchmark::State& run) {
      events(run, exchange_physics(row.lattice, row.interaction), row.most_events, row.slice);
    });
  }
  return true;
}();

}  // namespace
}  // namespace nxmc::bench

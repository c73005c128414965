// What observing an exchange costs beside its moves: whole trajectories with the default number of observation times
// and with one, in turns.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "add_benchmark.hpp"
#include "engine_crystals.hpp"
#include "nxmc/engine/exchange.hpp"
#include "side_by_side.hpp"

namespace nxmc::bench {
namespace {

using testing_tools::box;
using testing_tools::hexagon;
using testing_tools::OwnedCrystal;
using testing_tools::replica_stream;

/// Those that campaigns have by default: from 1e-3 to 300, elastic crystals in 3D from 1e-32 to 100.
std::vector<double> observation_times(std::size_t count, bool flat) {
  const double from = flat ? 1e-3 : 1e-32;
  const double to = flat ? 300 : 100;
  if (count == 1) return {to};
  std::vector<double> times;
  for (std::size_t k = 0; k < count; ++k)
    times.push_back(from * std::pow(to / from, static_cast<double>(k) / static_cast<double>(count - 1)));
  return times;
}

/// `measuring` is (time with 120 times - time with one) / time with 120; `areas` the same with 120 times without areas
/// in the place of one with.
void measuring(benchmark::State& run, const LatticeSpec& lattice) {
  const bool flat = lattice.shape == "hexagon";
  Physics physics;
  physics.lattice = lattice;
  physics.interaction = {1, 0};
  physics.temperature = flat ? 0.2 : 1.5;
  physics.delta_mu = flat ? -20 : -200;
  const OwnedCrystal owned(physics, true);
  Schedule often;
  often.times = observation_times(120, flat);
  Schedule without_areas = often;
  without_areas.areas = false;
  Schedule once;
  once.times = observation_times(1, flat);
  const auto trajectory = [&](const Schedule& schedule, std::uint64_t replica) {
    ExchangeChain chain(owned.crystal(), physics, schedule, replica_stream(replica));
    while (!chain.finished()) chain.advance(std::numeric_limits<std::uint64_t>::max());
    benchmark::DoNotOptimize(chain.record());
    return 1;
  };
  Tally with_120;
  Tally with_one;
  Tally with_120_without_areas;
  std::uint64_t replica = 1;
  for ([[maybe_unused]] auto _ : run) {
    timed(with_one, [&] { return trajectory(once, replica); });
    timed(with_120_without_areas, [&] { return trajectory(without_areas, replica); });
    run.SetIterationTime(timed(with_120, [&] { return trajectory(often, replica); }));
    ++replica;
  }
  run.counters["ms"] = 1e-6 * with_120.nanoseconds();
  run.counters["measuring"] = 1 - with_one.seconds / with_120.seconds;
  run.counters["areas"] = 1 - with_120_without_areas.seconds / with_120.seconds;
}

const bool registered = [] {
  struct Row {
    std::string name;
    LatticeSpec lattice;
    int iterations;
  };
  const std::vector<Row> rows{{"hexagon_271", hexagon(10), 100},   {"hexagon_721", hexagon(16), 20},
                              {"hexagon_1657", hexagon(24), 4},    {"cube_8", box(8, 8, 8), 100},
                              {"cube_12", box(12, 12, 12), 10},    {"rod_8x8x16", box(8, 8, 16), 20},
                              {"rod_10x10x50", box(10, 10, 50), 4}};
  for (const Row& row : rows) {
    add_benchmark("measuring/" + row.name, [=](benchmark::State& run) { measuring(run, row.lattice); })
        ->UseManualTime()
        ->Iterations(row.iterations)
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace nxmc::bench

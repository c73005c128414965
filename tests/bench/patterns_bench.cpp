// Powder patterns: pairs of atoms, and the waves of Debye's equation.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <thread>

#include "nxmc/scattering/debye.hpp"
#include "nxmc/scattering/pair_histogram.hpp"
#include "nxmc/scattering/unit_cell.hpp"

namespace nxmc {
namespace {

/// Cells of two compounds at places without symmetry, as relaxed ones are.
Atoms half_exchanged_cube(int edge) {
  constexpr UnitCell lead_sulphide{82, 16, CationPlaces::rocksalt, 5.94};
  constexpr UnitCell cadmium_sulphide{48, 16, CationPlaces::zincblende, 5.81};
  constexpr double spacing = 5.875;
  Atoms atoms;
  for (int x = 0; x < edge; ++x) {
    for (int y = 0; y < edge; ++y) {
      for (int z = 0; z < edge; ++z) {
        const double shift = 0.0003 * ((7919 * x + 10007 * y + 12011 * z) % 101);
        add_cell(atoms, z < edge / 2 ? lead_sulphide : cadmium_sulphide,
                 {spacing * x + shift, spacing * y - shift, spacing * z + shift / 2});
      }
    }
  }
  return atoms;
}

/// Arguments: cells along an edge of the cube. Real time of all threads together.
void pattern(benchmark::State& state) {
  const Atoms atoms = half_exchanged_cube(static_cast<int>(state.range(0)));
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  const QGrid grid{1, 0.005, 1001};
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores)
    PairHistogram histogram;
    histogram.add(atoms, threads);
    benchmark::DoNotOptimize(debye_pattern(pair_sums(histogram, grid, threads), {}));
  }
  const auto number = static_cast<double>(number_of_atoms(atoms));
  state.counters["atoms"] = number;
  state.counters["pairs/s"] = benchmark::Counter(number * number / 2, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(pattern)->Name("pattern/cube")->Arg(12)->Arg(20)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace nxmc

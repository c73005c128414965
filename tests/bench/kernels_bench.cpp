// Building kernels, and the memory that they take.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "add_benchmark.hpp"
#include "nxmc/elastic/kernel.hpp"
#include "process_memory.hpp"
#include "side_by_side.hpp"

namespace nxmc::bench {
namespace {

/// While a kernel is built, its reduced rows included.
double predicted_bytes(const KernelSpec& spec) {
  const double rows = kernel_row_bytes(spec.lattice);
  const bool rows_are_kept = kernel_bytes(spec) == rows;
  return kernel_build_bytes(spec) + (rows_are_kept ? rows : 0);
}

/// One kernel for each of so many stiffnesses, as a campaign over shells builds them.
void build(benchmark::State& run, const LatticeSpec& spec, int stiffnesses) {
  const Lattice lattice = make_lattice(spec);
  Tally kernels;
  double most_bytes = 0;
  for ([[maybe_unused]] auto _ : run) {
    run.SetIterationTime(timed(kernels, [&] {
      for (int k = 0; k < stiffnesses; ++k) {
        const double stiffness = spec.shell_layers > 0 ? 5 + 0.25 * k : 1;
        const auto build_one = [&] { benchmark::DoNotOptimize(build_kernel(lattice, {spec, stiffness})); };
        most_bytes = std::max(most_bytes, peak_of(build_one));
      }
      return stiffnesses;
    }));
  }
  run.counters["ms_per_kernel"] = 1e-6 * kernels.nanoseconds();
  run.counters["MB"] = 1e-6 * kernel_bytes({spec, 1});
  run.counters["MB_dense"] = 8e-6 * count_sites(spec) * count_sites(spec);
  run.counters["MB_while_built"] = 1e-6 * most_bytes;
  run.counters["MB_predicted"] = 1e-6 * predicted_bytes({spec, 1});
}

void add(const std::string& name, const LatticeSpec& spec, int stiffnesses) {
  add_benchmark(name, [=](benchmark::State& run) { build(run, spec, stiffnesses); })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
  add("kernel/hexagon_1801", {"hexagon", {24, 0, 0}, 1}, 1);
  add("kernel/hexagon_1801_x29", {"hexagon", {24, 0, 0}, 1}, 29);
  add("kernel/cube_13", {"box", {11, 11, 11}, 1}, 1);
  add("kernel/rod_10x10x50", {"box", {10, 10, 50}, 0}, 1);
  return true;
}();

}  // namespace
}  // namespace nxmc::bench

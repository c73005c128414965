// Energies of the samples of a campaign under other kernels than those that they were drawn with.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include "nxmc/engine/record.hpp"
#include "nxmc/model/energies.hpp"
#include "nxmc/random/stream.hpp"
#include "side_by_side.hpp"

namespace nxmc::bench {
namespace {

/// Half of the core is A, as in a campaign at composition 1/2.
std::vector<std::uint8_t> samples_of(const Lattice& lattice, std::size_t count) {
  Stream random(1, Identity{2, 3});
  std::vector<std::uint8_t> bits;
  for (std::size_t k = 0; k < count; ++k) {
    Occupation sigma(lattice.sites(), -1);
    for (const Site i : lattice.core)
      if (random.uniform() < 0.5) sigma[static_cast<std::size_t>(i)] = 1;
    const std::vector<std::uint8_t> one = pack_bits(sigma);
    bits.insert(bits.end(), one.begin(), one.end());
  }
  return bits;
}

void energies_of_samples(benchmark::State& run, const LatticeSpec& spec, std::size_t samples, int kernels) {
  const OwnedKernel owned({spec, 10, true});
  const std::vector<std::uint8_t> bits = samples_of(owned.lattice(), samples);
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  Tally all;
  for ([[maybe_unused]] auto _ : run) {
    run.SetIterationTime(timed(all, [&] {
      for (int k = 0; k < kernels; ++k)
        benchmark::DoNotOptimize(
            elastic_energies(owned.kernel(), Hamiltonian::exact, {bits, owned.lattice().sites()}, threads));
      return static_cast<int>(samples) * kernels;
    }));
  }
  run.counters["us_per_energy"] = 1e-3 * all.nanoseconds();
  run.counters["threads"] = static_cast<double>(threads);
}

const bool registered = [] {
  benchmark::RegisterBenchmark("energies/hexagon_1801_40000_samples_9_kernels",
                               [](benchmark::State& run) {
                                 energies_of_samples(run, {"hexagon", {24, 0, 0}, 1}, 40'000, 9);
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace
}  // namespace nxmc::bench

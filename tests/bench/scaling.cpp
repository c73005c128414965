// How time and memory grow with the crystal: a row for each, measured beside what `nxmc plan` predicts.
//
// Crystals have a stiff shell of one layer; an exchange starts from all A, and its first events are timed. Every row is
// measured in a process of its own, whose peak nothing before it has raised.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/elastic/displacements.hpp"
#include "nxmc/elastic/kernel.hpp"
#include "nxmc/engine/exchange.hpp"
#include "nxmc/observe/phases.hpp"
#include "process_memory.hpp"
#include "side_by_side.hpp"

namespace nxmc::bench {
namespace {

constexpr double megabyte = 1e6;

struct Sample {
  std::string shape;  ///< hexagon or cube
  int size;           ///< of the core
};

/// A campaign of one exchange job of so many events and observations.
Plan plan_of(const Sample& sample, int events, int observations) {
  const bool flat = sample.shape == "hexagon";
  return make_plan(parse_campaign(
      fmt::format("name: x\nscans: [{{name: s, method: exchange, lattice: {}, size: {}, shell_layers: 1, "
                  "shell_stiffness: 10, temperature: {}, delta_mu: {}, max_events: {}, times: {{from: 1, to: {}, step: "
                  "1}}}}]\n",
                  sample.shape, sample.size, flat ? 0.2 : 1.5, flat ? -20 : -200, events, observations),
      "scaling"));
}

double predicted_seconds(const Sample& sample, int events, int observations) {
  return plan_of(sample, events, observations).jobs[0].cost_seconds;
}

/// Measured, and as predicted.
struct Pair {
  double measured = 0;
  double predicted = 0;
};

struct Row {
  double sites = 0;
  double kernel_bytes = 0;
  Pair kernel_seconds;
  Pair building_bytes;
  Pair event_seconds;
  Pair solver_seconds;
  Pair areas_seconds;
  Pair peak_bytes;
};

template <class Work>
double seconds_of(Work work) {
  const double start = cpu_seconds();
  work();
  return cpu_seconds() - start;
}

Row predict(const Sample& sample) {
  const Plan plan = plan_of(sample, 1, 2);
  const PlannedKernel& kernel = plan.kernels[0];
  Row row;
  row.sites = static_cast<double>(kernel.sites);
  row.kernel_bytes = kernel.node_bytes;
  row.kernel_seconds.predicted = kernel.build_seconds;
  row.building_bytes.predicted = kernel.build_bytes;
  row.event_seconds.predicted = (predicted_seconds(sample, 101, 2) - predicted_seconds(sample, 1, 2)) / 100;
  row.areas_seconds.predicted = (predicted_seconds(sample, 1, 102) - predicted_seconds(sample, 1, 2)) / 100;
  row.solver_seconds.predicted = predicted_seconds(sample, 1, 2) - 2 * row.areas_seconds.predicted;
  row.peak_bytes.predicted = kernel.node_bytes + kernel.crystal_bytes +
                             std::max(kernel.build_bytes, kernel.rank_bytes + plan.jobs[0].chain_bytes);
  return row;
}

/// Until a second has passed.
double seconds_per_event(ExchangeChain& chain) {
  Tally events;
  while (events.seconds < 1 && !chain.finished()) timed(events, [&] { return chain.advance(10); });
  return 1e-9 * events.nanoseconds();
}

void work_with(const Kernel& kernel, const Lattice& lattice, Job job, Row& row) {
  std::optional<DisplacementSolver> solver;
  row.solver_seconds.measured = seconds_of([&] { solver.emplace(lattice, job.physics->shell_stiffness); });
  Schedule schedule = *job.schedule;
  schedule.max_events = 1'000'000'000;
  ExchangeChain chain({&lattice, &kernel, &*solver}, *job.physics, schedule, Stream(1, job.identity));
  row.event_seconds.measured = seconds_per_event(chain);
  const std::vector<std::uint8_t> bits = pack_bits(chain.sigma());
  std::vector<std::uint8_t> many;
  for (std::size_t k = 0; k < solver->at_a_time(); ++k) many.insert(many.end(), bits.begin(), bits.end());
  const std::vector<Site> interior = interior_of_crystal(lattice);
  row.areas_seconds.measured = seconds_of([&] {
    solver->solve(many, [&](const DisplacementLanes& some) {
      benchmark::DoNotOptimize(area_moments_of_lanes(lattice, some.u, some.lanes, interior));
    });
  });
  row.areas_seconds.measured /= static_cast<double>(solver->at_a_time());
}

void measure(const Sample& sample, Row& row) {
  const Plan plan = plan_of(sample, 1, 2);
  const KernelSpec& spec = plan.kernels[0].spec;
  row.peak_bytes.measured = peak_of([&] {
    const double before = memory_of_process("VmRSS");
    const Lattice lattice = make_lattice(spec.lattice);
    const Orbits orbits = find_orbits(lattice);
    std::vector<double> storage(Kernel::storage_size(lattice, orbits));
    const double held = memory_of_process("VmRSS") - before;
    if (static_cast<double>(storage.size() * sizeof(double)) == kernel_row_bytes(spec.lattice)) {
      row.kernel_seconds.measured = seconds_of([&] { build_kernel(lattice, orbits, spec, storage); });
    } else {
      row.kernel_seconds.measured =
          seconds_of([&] { Kernel::store(build_kernel(lattice, spec).rows, lattice, orbits, storage); });
    }
    row.building_bytes.measured = memory_of_process("VmHWM") - before - held;
    work_with(Kernel(lattice, orbits, storage), lattice, plan.jobs[0], row);
  });
}

/// Measured in a child process.
Row measured_row(const Sample& sample) {
  Row row = predict(sample);
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    measure(sample, row);
    _exit(write(ends[1], &row, sizeof row) == sizeof row ? 0 : 1);
  }
  close(ends[1]);
  const bool whole = read(ends[0], &row, sizeof row) == sizeof row;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (!whole) throw std::runtime_error(fmt::format("{} {}: did not end well", sample.shape, sample.size));
  return row;
}

void print_head() {
  fmt::print("{:>12} {:>6} | {:>17} | {:>9} | {:>15} | {:>15} | {:>15} | {:>15} | {:>15}\n", "core", "sites",
             "kernel, s", "kernel, MB", "building, MB", "event, us", "solver, s", "areas, s", "peak, MB");
}

std::string text(const Pair& pair, double unit) {
  return fmt::format("{:>7.4g} ({:.4g})", pair.measured / unit, pair.predicted / unit);
}

void print_row(const Sample& sample, const Row& row) {
  fmt::print("{:>12} {:>6} | {:>17} | {:>10.1f} | {:>15} | {:>15} | {:>15} | {:>15} | {:>15}\n",
             fmt::format("{} {}", sample.shape, sample.size), row.sites, text(row.kernel_seconds, 1),
             row.kernel_bytes / megabyte, text(row.building_bytes, megabyte), text(row.event_seconds, 1e-6),
             text(row.solver_seconds, 1), text(row.areas_seconds, 1), text(row.peak_bytes, megabyte));
  std::fflush(stdout);
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  for (const int size : {10, 24, 40, 58, 75, 99}) all.push_back({"hexagon", size});
  for (const int edge : {8, 12, 16, 20, 24, 28, 32, 36, 40}) all.push_back({"cube", edge - 2});
  return all;
}

void print_rows(double most_sites) {
  print_head();
  for (const Sample& sample : samples()) {
    if (predict(sample).sites <= most_sites) print_row(sample, measured_row(sample));
  }
}

}  // namespace
}  // namespace nxmc::bench

int main(int argc, char** argv) {
  try {
    nxmc::bench::print_rows(argc > 1 ? std::atof(argv[1]) : 15'000);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nxmc_scaling: %s\n", error.what());
    return 1;
  }
}

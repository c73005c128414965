// What surrounds the computing of a campaign: reading and planning its file, the queue of jobs, commits to the archive,
// simulated runs.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "add_benchmark.hpp"
#include "giant_campaigns.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/schedule/dispatcher.hpp"
#include "nxmc/schedule/job_queue.hpp"
#include "nxmc/schedule/simulation.hpp"
#include "plain_job_queue.hpp"
#include "process_memory.hpp"
#include "program.hpp"
#include "sample.hpp"
#include "side_by_side.hpp"

namespace nxmc::bench {
namespace {

std::vector<PendingJob> random_jobs(std::size_t jobs, std::uint32_t kinds) {
  std::mt19937_64 random(1);
  std::vector<PendingJob> pending;
  for (std::size_t j = 0; j < jobs; ++j)
    pending.push_back(
        {j, 1e-4 * static_cast<double>(1 + random() % 1000), static_cast<std::uint32_t>(random() % kinds)});
  return pending;
}

/// Takes all jobs out in batches; each job tells what it took.
template <class Queue>
std::size_t empty_queue(Queue& queue, std::size_t jobs) {
  for (std::size_t taken = 0; taken < jobs;) {
    const Batch batch = queue.take(0.05);
    for (const PendingJob& job : batch.jobs) queue.learn(job.kind, job.predicted_seconds, 1.1 * job.predicted_seconds);
    taken += batch.jobs.size();
  }
  return jobs;
}

void queue(benchmark::State& run, std::uint32_t kinds) {
  constexpr std::size_t size = 100'000;
  const std::vector<PendingJob> jobs = random_jobs(size, kinds);
  Tally fast;
  Tally plain;
  for ([[maybe_unused]] auto _ : run) {
    JobQueue queue(jobs);
    run.SetIterationTime(timed(fast, [&] { return empty_queue(queue, size); }));
    testing_tools::PlainJobQueue plain_queue(jobs);
    timed(plain, [&] { return empty_queue(plain_queue, size); });
  }
  report(run, fast, plain);
}

void simulated(benchmark::State& run, std::size_t ranks) {
  SimulatedGroup group;
  for (const PendingJob& job : random_jobs(100'000, 100))
    group.jobs.push_back({100 * job.predicted_seconds, 120 * job.predicted_seconds, job.kind});
  Tally tally;
  for ([[maybe_unused]] auto _ : run) {
    run.SetIterationTime(timed(tally, [&] {
      benchmark::DoNotOptimize(simulate(std::span(&group, 1), ranks, {}));
      return 1;
    }));
  }
  run.counters["seconds"] = 1e-9 * tally.nanoseconds();
}

double wall_seconds(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Reads and plans a campaign, or refuses it.
void plan(benchmark::State& run, const std::string& text) {
  double bytes = 0;
  double jobs = 0;
  for ([[maybe_unused]] auto _ : run) {
    const auto start = std::chrono::steady_clock::now();
    bytes = peak_of([&] {
      try {
        jobs = static_cast<double>(make_plan(parse_campaign(text, "x.yaml")).jobs.size());
      } catch (const CampaignError&) {
        jobs = 0;
      }
    });
    run.SetIterationTime(wall_seconds(start));
  }
  run.counters["jobs"] = jobs;
  run.counters["MB"] = 1e-6 * bytes;
}

/// Bytes of a job's results and status.
double bytes_of(const CompletedJob& job) {
  constexpr double status_bytes = 5 + 6 * 8 + 32 + 64 + 160;
  const Record& record = job.record;
  return status_bytes + 8 * static_cast<double>(record.values.size() + record.summary.size() + record.profile.size()) +
         static_cast<double>(record.configurations.size() + record.final_state.size());
}

/// Commits all jobs in groups, each durable before the next.
void commit(benchmark::State& run, const std::string& scan, std::size_t group) {
  sample::start_mpi();
  const Plan plan = sample::plan_of("name: b\nscans: [" + scan + "]\n");
  std::vector<CompletedJob> all;
  double bytes = 0;
  for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) {
    all.push_back(sample::completed(plan, job));
    bytes += bytes_of(all.back());
  }
  double seconds = 0;
  for ([[maybe_unused]] auto _ : run) {
    const testing_tools::TemporaryDirectory directory;
    create_archive(directory / "b.h5", plan, sample::provenance());
    ArchiveWriter writer(directory / "b.h5", MPI_COMM_SELF);
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t first = 0; first < all.size(); first += group)
      writer.commit(std::span(all).subspan(first, std::min(group, all.size() - first)));
    seconds += wall_seconds(start);
    run.SetIterationTime(wall_seconds(start));
    writer.close();
  }
  const auto rounds = static_cast<double>(run.iterations());
  run.counters["jobs_per_second"] = rounds * static_cast<double>(all.size()) / seconds;
  run.counters["MB_per_second"] = 1e-6 * rounds * bytes / seconds;
  run.counters["ms_per_commit"] =
      1e3 * seconds / rounds / std::ceil(static_cast<double>(all.size()) / static_cast<double>(group));
}

template <class Run>
void add(const std::string& name, Run run) {
  add_benchmark(name, std::move(run))->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
  for (const std::uint32_t kinds : {1U, 100U, 1000U})
    add(fmt::format("queue/100000_jobs/{}_kinds", kinds), [=](benchmark::State& run) { queue(run, kinds); });
  for (const std::size_t ranks : {1U, 64U, 10'000U})
    add(fmt::format("simulation/100000_jobs/{}_ranks", ranks), [=](benchmark::State& run) { simulated(run, ranks); });
  for (const auto& giant : testing_tools::giant_campaigns())
    add("plan/" + giant.name, [=](benchmark::State& run) { plan(run, giant.text()); });
  for (const auto& largest : testing_tools::largest_campaigns())
    add("plan/10000000_jobs/" + largest.name, [=](benchmark::State& run) { plan(run, largest.text()); });
  const std::string exchange =
      "{{name: s, method: exchange, lattice: hexagon, size: 3, interaction: none, delta_mu: -10, replicas: {}, times: "
      "{{from: 0.1, to: 1, points: {}, scale: log}}}}";
  for (const std::size_t group : {1U, 10U, 100U, 1000U})
    add(fmt::format("commit/2_times/{}_at_once", group), [=](benchmark::State& run) {
      commit(run, fmt::format(fmt::runtime(exchange), group == 1 ? 1000 : 20'000, 2), group);
    });
  for (const std::size_t group : {1U, 100U})
    add(fmt::format("commit/120_times/{}_at_once", group), [=](benchmark::State& run) {
      commit(run, fmt::format(fmt::runtime(exchange), group == 1 ? 1000 : 5000, 120), group);
    });
  return true;
}();

}  // namespace
}  // namespace nxmc::bench

// A small campaign with everything that archives hold, and made-up results for it: values that depend on the job only,
// so that whoever reads an archive knows what must be there.
#pragma once

#include <mpi.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/archive/writer.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc::sample {

/// Both methods, two lists of times, 3D profiles, snapshots small and large, elastic kernels and none.
inline constexpr const char* everything = R"(name: sample
seed: 42
scans:
  - {name: stiff, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, shell_stiffness: [2, 10], temperature: 0.2,
     start: [random, segregated], replicas: 2, equilibration_sweeps: 10, measured_sweeps: 20, snapshots: {sweeps: [0, 15]}}
  - {name: cubes, method: equilibrium, lattice: cube, size: 3, shell_layers: 1, shell_stiffness: 4, temperature: 1.5,
     replicas: 2, equilibration_sweeps: 10, measured_sweeps: 20}
  - {name: trajectories, method: exchange, lattice: hexagon, size: 5, temperature: 0.2, delta_mu: -20, replicas: 3,
     times: [0.1, 1, 10], snapshots: {times: [0.1, 5]}}
  - {name: rods, method: exchange, lattice: box, size: [[3, 3, 5]], temperature: 1.5, delta_mu: -200, replicas: 2,
     times: {from: 1e-20, to: 1, points: 5, scale: log}}
  - {name: ideal, method: exchange, lattice: hexagon, size: 60, interaction: none, temperature: 1, delta_mu: -10, replicas: 2,
     exchange_until: 2, max_events: 1000, times: [0.1, 1, 10], snapshots: {times: {from: 1, to: 40, step: 1}}}
)";

inline Plan plan_of(const std::string& text) { return make_plan(parse_campaign(text, "sample.yaml")); }

inline Provenance provenance() {
  return {.program_version = "0.1.0",
          .git_hash = "abc123",
          .libraries = "HDF5 1.10.8",
          .host = "node7",
          .user = "ada",
          .created = 1.5e9};
}

/// What job would leave behind: a function of its identity. Some values are NaN, as in real records.
inline Record record_of(const Job& job) {
  std::mt19937_64 random(job.identity.low ^ job.observation.low);
  const auto number = [&] {
    const double value = static_cast<double>(random() >> 11U) * 0x1p-53;
    return value < 0.05 ? std::numeric_limits<double>::quiet_NaN() : value;
  };
  const RecordShape shape = record_shape(*job.physics, *job.schedule);
  Record record;
  for (std::size_t i = 0; i < shape.values; ++i) record.values.push_back(number());
  for (std::size_t i = 0; i < shape.summary; ++i) record.summary.push_back(number());
  if (!record.summary.empty()) record.summary.back() = 1e9;  // end_time: behind every snapshot, also of truncated jobs
  for (std::size_t i = 0; i < shape.profile; ++i) record.profile.push_back(number());
  const auto sites = static_cast<std::size_t>(count_sites(job.physics->lattice));
  for (std::size_t i = 0; i < shape.snapshots + shape.samples; ++i) {
    Occupation sigma(sites);
    for (Spin& spin : sigma) spin = (random() & 1U) != 0 ? Spin{1} : Spin{-1};
    const std::vector<std::uint8_t> bits = pack_bits(sigma);
    record.configurations.insert(record.configurations.end(), bits.begin(), bits.end());
  }
  for (std::size_t i = 0; i < shape.final_state; ++i) record.final_state.push_back(static_cast<std::uint8_t>(random()));
  return record;
}

inline JobStatus status_of(std::uint64_t job) {
  JobStatus status;
  status.state = job % 5 == 3 ? JobState::truncated : JobState::done;
  status.pieces = static_cast<std::uint32_t>(1 + job % 3);
  status.started = 1.6e9 + static_cast<double>(job);
  status.finished = status.started + 2.5;
  status.wall_seconds = 2.25;
  status.numerics = 1;
  status.program_version = "0.1.0";
  status.host = "node7";
  return status;
}

inline CompletedJob completed(const Plan& plan, std::uint64_t job) {
  CompletedJob result;
  result.job = job;
  result.status = status_of(job);
  result.record = record_of(plan.jobs[job]);
  return result;
}

inline bool is_large(const Record& record) {
  return record.profile.size() * sizeof(double) + record.configurations.size() + record.final_state.size() >
         largest_travelling_payload;
}

/// As a worker does it: large payloads are written at once, small ones come along.
inline CompletedJob complete(const Plan& plan, std::uint64_t job, ArchiveWriter& writer) {
  CompletedJob result = completed(plan, job);
  if (!is_large(result.record)) return result;
  result.payload_checksum = writer.write_payload(job, result.record);
  result.payload_written = true;
  result.record.profile.clear();
  result.record.configurations.clear();
  result.record.final_state.clear();
  return result;
}

inline ReducedKernel kernel_of(const PlannedKernel& planned) {
  std::mt19937_64 random(planned.identity.low);
  ReducedKernel kernel;
  kernel.grid = 47;
  for (std::size_t i = 0; i < planned.representatives * planned.sites; ++i)
    kernel.rows.push_back(static_cast<double>(random() >> 40U) * 0x1p-20);
  return kernel;
}

/// Bit patterns: equal for equal NaN, unlike the numbers.
inline std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> patterns;
  for (const double value : values) patterns.push_back(std::bit_cast<std::uint64_t>(value));
  return patterns;
}

/// MPI for this process, from the first call to the end of the program. Readers never call it.
inline void start_mpi() {
  struct Session {
    Session() {
      int running = 0;
      MPI_Initialized(&running);
      started = running == 0;
      if (started) MPI_Init(nullptr, nullptr);
    }
    ~Session() {
      if (started) MPI_Finalize();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    bool started = false;
  };
  static const Session session;
}

/// Commits the given jobs (all of them if there are none) and all kernels, alone.
inline void fill(const std::filesystem::path& file, const Plan& plan, std::vector<std::uint64_t> jobs = {}) {
  start_mpi();
  if (jobs.empty())
    for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) jobs.push_back(job);
  ArchiveWriter writer(file, MPI_COMM_SELF);
  for (std::size_t k = 0; k < plan.kernels.size(); ++k) writer.write_kernel(k, kernel_of(plan.kernels[k]));
  std::vector<CompletedJob> all;
  for (const std::uint64_t job : jobs) all.push_back(complete(plan, job, writer));
  writer.commit(all);
  writer.close();
}

}  // namespace nxmc::sample

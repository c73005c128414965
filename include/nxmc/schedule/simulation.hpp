// A run played through without computing anything: the same dispatcher hands out the same jobs, on simulated ranks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/schedule/node_memory.hpp"

namespace nxmc {

struct SimulatedJob {
  double predicted_seconds = 0;  ///< what the scheduler expects
  double seconds = 0;            ///< what it takes
  std::uint32_t kind = 0;        ///< jobs of one kind err alike
};

/// Kernels that are in memory together, and the jobs that are done while they are.
struct SimulatedGroup {
  std::vector<double> kernel_seconds;
  std::vector<SimulatedJob> jobs;
};

/// What a run spends beside computing, in seconds: as measured on one node with a local disk.
struct Overheads {
  double start_up = 0.5;           ///< MPI, reading, creating the archive
  double start_up_per_job = 4e-6;  ///< planning, laying out the archive
  double per_job = 5e-6;           ///< on the rank that computes it, between its computing time and the next one's
  double latency = 50e-6;          ///< until a message has arrived and is looked at
  double message = 5e-6;           ///< of rank 0, to send or receive one
  double message_per_job = 1e-6;   ///< and to pack or unpack what it says of one job
  double commit = 2e-3;            ///< of rank 0, for making results durable
  double commit_per_job = 4e-6;
  static Overheads none() { return {0, 0, 0, 0, 0, 0, 0, 0}; }
};

struct SimulatedRun {
  double wall_seconds = 0;
  double first_start = 0;   ///< when the first job begins
  double last_finish = 0;   ///< when the last one ends
  double busy_seconds = 0;  ///< of all ranks, on kernels and jobs
};

/// \pre ranks > 0
SimulatedRun simulate(std::span<const SimulatedGroup> groups, std::size_t ranks, const Overheads& overheads);

/// What `nxmc run` would do with all jobs of a plan.
/// \param job_seconds  what each job takes; the scheduler expects what was predicted
/// \param memory       of a node, and the ranks that share it: decides which kernels are there together
SimulatedRun simulate_campaign(const Plan& plan, std::span<const double> job_seconds, std::size_t ranks,
                               NodeMemory memory);

}  // namespace nxmc

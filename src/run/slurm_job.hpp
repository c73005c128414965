// The Slurm job that a process belongs to, and when Slurm is going to end it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nxmc {

struct SlurmJob {
  std::string id;                                             ///< "12"; "12_3" for a task of an array
  std::optional<std::chrono::system_clock::time_point> ends;  ///< nullopt: never, or not known
  std::string why_unknown;                                    ///< empty where Slurm gave an answer
};

/// Which start of which Slurm job this is.
struct SlurmStart {
  std::string job;             ///< SLURM_JOB_ID, the name for one job that is no other's; empty outside of Slurm
  std::uint32_t restarts = 0;  ///< how often it was requeued before
};
SlurmStart this_slurm_start();

/// nullopt outside of Slurm. Where the environment does not tell the end, squeue is asked, for 10 s at most. To be
/// called before MPI_Init: some networks break when a process starts others later.
std::optional<SlurmJob> this_slurm_job();

}  // namespace nxmc

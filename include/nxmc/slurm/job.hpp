// The Slurm job that a process belongs to, and when Slurm is going to end it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace nxmc {

struct SlurmJob {
  std::string id;                                             ///< "12"; "12_3" for a task of an array
  std::optional<std::chrono::system_clock::time_point> ends;  ///< nullopt: never, or not known
  std::string why_unknown;                                    ///< empty where Slurm gave an answer
  bool answered = false;                                      ///< by Slurm itself, and not by the environment
  /// Why this is no job that the process runs in: it is over, or somebody else's. Shells outlive their jobs, and go on
  /// naming them to what they start. Empty: it is one.
  std::string why_left_over;
};

/// Which start of which Slurm job this is.
struct SlurmStart {
  std::string job;             ///< SLURM_JOB_ID, the name for one job that is no other's; empty outside of Slurm
  std::uint32_t restarts = 0;  ///< how often it was requeued before
};
SlurmStart this_slurm_start();

/// What squeue says of the job that the environment names, within 10 s; if it says nothing, what the environment does.
/// nullopt outside of Slurm.
/// \param give_up  true when the answer is not wanted any more
std::optional<SlurmJob> this_slurm_job(const std::function<bool()>& give_up = {});

/// From what squeue says, a line for each component: STATE|UID|END.
/// \param user  the numerical id of the one whose job it should be
SlurmJob slurm_job_from(const std::string& id, const std::string& lines, std::uint64_t user);

}  // namespace nxmc

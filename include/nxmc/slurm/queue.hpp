// What Slurm says of the jobs that run, or are to run, a campaign.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nxmc {

struct SlurmJobState {
  std::string id;                ///< "12"; "12_3" for a task of an array
  std::string raw_id;            ///< as SLURM_JOB_ID: one for each task of an array
  std::string state;             ///< in Slurm's words: PENDING, RUNNING, TIMEOUT …
  std::string reason;            ///< why it is so; empty where Slurm gives none
  std::optional<double> starts;  ///< seconds since 1970; of a job that waits, as Slurm expects
  std::optional<double> ends;    ///< of a running job, its limit
  std::uint64_t nodes = 0;       ///< 0: not known
  std::uint64_t restarts = 0;    ///< how often it was requeued

  bool is_pending() const { return state == "PENDING"; }
  bool has_ended() const;
};

struct SlurmAnswerForArchive {
  bool answered = false;  ///< false: no Slurm here, or its controller is silent
  /// Those that are not over, running ones in front; if there are none, the one that ended last.
  std::vector<SlurmJobState> jobs;
};

/// Looks for jobs of this user whose command names the archive or its campaign (as the scripts in slurm/ and `nxmc
/// submit` do), and for those that are known to have written to it.
/// \param known  SLURM_JOB_IDs
SlurmAnswerForArchive slurm_jobs_of(const std::filesystem::path& archive, const std::vector<std::string>& known,
                                    std::chrono::seconds at_most);

/// Whether `nxmc run` with these arguments would write to the archive.
/// \param command  a batch script and its arguments, joined by blanks
bool writes_to(const std::string& command, const std::filesystem::path& directory,
               const std::filesystem::path& archive);

struct QueueEntry {
  SlurmJobState job;
  std::filesystem::path directory;
  std::string command;
};
/// From what `squeue` says: eleven fields for each job, each followed by the separator. Names may hold anything else.
std::vector<QueueEntry> parse_queue(const std::string& text, const std::string& separator);

}  // namespace nxmc

// How far a campaign is, as its archive tells; works while the campaign runs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/archive/claim.hpp"

namespace nxmc {

/// Numbers of jobs by state.
struct JobCounts {
  std::map<JobState, std::uint64_t> by_state;  ///< states without jobs may be missing
  std::uint64_t operator[](JobState state) const;
  std::uint64_t total() const;
};

/// Computing time on one core, in seconds.
struct CoreTime {
  double done = 0;  ///< that results took, and unfinished jobs up to their last checkpoints
  double left = 0;  ///< as predicted, corrected by what finished jobs have shown
};

struct ScanProgress {
  std::string scan;
  JobCounts jobs;
  CoreTime time{};
};

/// How quickly jobs finish in the present run, or did in the last one.
struct Pace {
  double jobs_per_second = 0;
  double work_per_second =
      0;  ///< predicted core-seconds finished in a second: jobs differ too much to be counted alike
};

struct FailedJob {
  std::string job;
  std::string reason;
  double finished = 0;  ///< seconds since 1970
};

/// A long job, as its last checkpoint tells.
struct JobAtWork {
  std::string job;
  double wall_seconds = 0;  ///< computing time up to that checkpoint
  double fraction = 0;      ///< estimated from the predicted time, below 1
};

struct Progress {
  std::string campaign;
  std::vector<ScanProgress> scans;  ///< a job that belongs to several scans counts in each
  JobCounts total;                  ///< each job once
  CoreTime time;                    ///< of each job once
  double work_left = 0;             ///< predicted core-seconds
  std::optional<Pace> pace;
  std::optional<double> seconds_left;  ///< at that pace; absent when nothing is left or the pace is unknown
  std::optional<ClaimOwner> runner;    ///< the run that claims the archive, perhaps a dead one
  std::vector<FailedJob> failures;
  std::vector<JobAtWork> at_work;  ///< running jobs that have a checkpoint, those with most to do in front
  std::vector<RunRecord> runs;     ///< that worked on the archive so far

  bool is_active() const { return runner && !runner->dead; }
  std::uint64_t unfinished() const { return total[JobState::waiting] + total[JobState::running]; }
};

/// A job that ended, for `recent_pace`.
struct FinishedJob {
  std::optional<double> started;  ///< none when an earlier run began it
  double finished = 0;            ///< seconds since any fixed instant
  double wall_seconds = 0;
  double work = 0;  ///< predicted core-seconds
};

/// Pace over the last 1000 finished jobs, or all of the last 10 s where these are more (of 2.5 s where 10 s hold more
/// than 50 000, so that memory does not grow with how quick jobs are), since the first of them started, until `now` (of
/// a run that goes on) or the last one's end. A pause much longer than any job separates runs: what lies before it does
/// not count. Absent with fewer than 3 jobs or less than 2 s, from which nothing follows.
std::optional<Pace> recent_pace(std::vector<FinishedJob> jobs, std::optional<double> now);

/// An archive that is looked at again and again: what is constant in it is read once.
class ProgressReader {
 public:
  explicit ProgressReader(Archive archive);
  ~ProgressReader();
  ProgressReader(ProgressReader&&) noexcept;
  ProgressReader& operator=(ProgressReader&&) noexcept;

  /// False when another file has the archive's name by now: it has to be opened anew.
  bool is_current() const;
  /// \throws ArchiveError when the archive cannot be read
  Progress read() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nxmc

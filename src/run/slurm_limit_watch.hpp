// Follows the time limit of the Slurm job that a run is in, which its user or an operator may change.
#pragma once

#include <functional>
#include <thread>

#include "nxmc/slurm/job.hpp"
#include "stop.hpp"

namespace nxmc {

/// A thread that asks squeue every minute, and more often when the limit is near, and moves the limit to what it says.
/// Nobody waits for it: an answer that does not come changes nothing.
class SlurmLimitWatch {
 public:
  /// \param known  what Slurm said of the job that the limit is of
  /// \param moved  called from the thread after each change
  SlurmLimitWatch(SlurmJob known, TimeLimit& limit, std::function<void(const SlurmJob&)> moved);
  ~SlurmLimitWatch() = default;
  SlurmLimitWatch(const SlurmLimitWatch&) = delete;
  SlurmLimitWatch& operator=(const SlurmLimitWatch&) = delete;

 private:
  void follow(const std::stop_token& stop);
  void ask(const std::stop_token& stop);

  SlurmJob known_;
  TimeLimit& limit_;
  std::function<void(const SlurmJob&)> moved_;
  std::jthread thread_;
};

/// What is left until a job ends, in seconds; infinity without end, or where nobody tells it.
double seconds_left(const SlurmJob& job);

}  // namespace nxmc

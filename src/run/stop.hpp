// Requests to stop early: signals and the time limit.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

namespace nxmc {

/// Makes SIGUSR1, SIGTERM and SIGINT requests to stop instead of deaths. To be called before MPI_Init, because a batch
/// system's warning can come first, and again after it: MPICH takes SIGUSR1 for news of dead processes, and a run
/// without mpiexec would wait for ever for somebody to tell which.
void install_stop_signals();

/// They end this process again.
void leave_signals_alone();

/// Threads that are made while it lives get no signals: those are for the main thread.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// The name of the stop signal that this process received, if any.
std::optional<std::string> received_stop_signal();

/// When a run has to stop by itself, which is so early that everything can be wound up. May be moved by another thread.
class TimeLimit {
 public:
  using Clock = std::chrono::steady_clock;
  /// None.
  TimeLimit() = default;
  /// The user's. Stops 5 s before it is over, or a tenth of a shorter one.
  static TimeLimit asked_for(double seconds, Clock::time_point start);
  /// Of the batch job around the run, which kills what is left: stops 30 s before, or a tenth of a shorter rest.
  /// \param seconds_left  infinity: the job may run for ever
  static TimeLimit of_slurm_job(const std::string& job, double seconds_left);
  /// What Slurm says later of the same job.
  void move_to(double seconds_left);

  /// What another rank knows of it.
  void stop_in(double seconds);

  bool reached() const;
  /// Infinity where there is no limit, negative after it.
  double seconds_until_stop() const;
  /// When the run has to be ended by force; nullopt: never.
  std::optional<Clock::time_point> last_moment() const;
  /// "the time limit of Slurm job 12", for messages.
  const std::string& name() const { return name_; }

 private:
  TimeLimit(std::string name, Clock::time_point stop_at, Clock::time_point last_moment)
      : name_(std::move(name)), stop_at_(stop_at), last_moment_(last_moment) {}

  static constexpr Clock::time_point never = Clock::time_point::max();

  std::string name_;
  std::atomic<Clock::time_point> stop_at_ = never;
  std::atomic<Clock::time_point> last_moment_ = never;
};

}  // namespace nxmc

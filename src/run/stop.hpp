// Requests to stop early: signals and the time limit.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace nxmc {

/// Makes SIGUSR1, SIGTERM and SIGINT requests to stop instead of deaths. To be called before MPI_Init: a batch system's
/// warning can come first.
void install_stop_signals();

/// The name of the stop signal that this process received, if any.
std::optional<std::string> received_stop_signal();

/// When a run has to stop by itself.
class TimeLimit {
 public:
  using Clock = std::chrono::steady_clock;
  /// \param seconds  counted from `start`; nullopt = no limit
  TimeLimit(std::optional<double> seconds, Clock::time_point start);
  /// True once so little is left that everything must be wound up: 5 s, or a tenth of a shorter limit.
  bool reached() const;

 private:
  std::optional<Clock::time_point> stop_at_;
};

}  // namespace nxmc

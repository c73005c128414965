#include "stop.hpp"

#include <algorithm>
#include <csignal>

namespace nxmc {

namespace {

// The only way out of a signal handler is an object of static storage; nothing else writes to it.
volatile std::sig_atomic_t stop_signal = 0;

extern "C" void remember_stop_signal(int signal) { stop_signal = signal; }

TimeLimit::Clock::duration without_margin(double seconds, double largest_margin) {
  const double margin = std::min(largest_margin, seconds / 10);
  return std::chrono::duration_cast<TimeLimit::Clock::duration>(std::chrono::duration<double>(seconds - margin));
}

}  // namespace

void install_stop_signals() {
  struct sigaction action {};
  action.sa_handler = remember_stop_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGUSR1, SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
}

std::optional<std::string> received_stop_signal() {
  switch (stop_signal) {
    case 0:
      return std::nullopt;
    case SIGUSR1:
      return "SIGUSR1";
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    default:
      return "signal " + std::to_string(static_cast<int>(stop_signal));
  }
}

TimeLimit TimeLimit::asked_for(double seconds, Clock::time_point start) {
  TimeLimit limit;
  limit.name_ = "the time limit";
  limit.stop_at_ = start + without_margin(seconds, 5);
  return limit;
}

TimeLimit TimeLimit::of_slurm_job(const std::string& job, double seconds_left) {
  TimeLimit limit;
  limit.name_ = "the time limit of Slurm job " + job;
  limit.stop_at_ = Clock::now() + without_margin(seconds_left, 30);
  return limit;
}

bool TimeLimit::reached() const { return stop_at_ && Clock::now() >= *stop_at_; }

}  // namespace nxmc

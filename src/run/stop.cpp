#include "stop.hpp"

#include <algorithm>
#include <csignal>

namespace nxmc {

namespace {

// The only way out of a signal handler is an object of static storage; nothing else writes to it.
volatile std::sig_atomic_t stop_signal = 0;

extern "C" void remember_stop_signal(int signal) { stop_signal = signal; }

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

TimeLimit::TimeLimit(std::optional<double> seconds, Clock::time_point start) {
  if (!seconds) return;
  const double margin = std::min(5.0, *seconds / 10);
  stop_at_ = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*seconds - margin));
}

bool TimeLimit::reached() const { return stop_at_ && Clock::now() >= *stop_at_; }

}  // namespace nxmc

#include "stop.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>

#include "patience.hpp"

namespace nxmc {

namespace {

// The only way out of a signal handler is an object of static storage; nothing else writes to it.
volatile std::sig_atomic_t stop_signal = 0;

extern "C" void remember_stop_signal(int signal) { stop_signal = signal; }

TimeLimit::Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<TimeLimit::Clock::duration>(std::chrono::duration<double>(seconds));
}

double margin_of(double seconds, double largest) { return std::min(largest, seconds / 10); }

}  // namespace

void install_stop_signals() {
  struct sigaction action {};
  action.sa_handler = remember_stop_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGUSR1, SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
}

SignalsBlocked::SignalsBlocked() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalsBlocked::~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

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
  limit.stop_at_ = start + duration_of(seconds - margin_of(seconds, 5));
  limit.last_moment_ = start + duration_of(seconds + Patience().after_limit);
  return limit;
}

TimeLimit TimeLimit::of_slurm_job(const std::string& job, double seconds_left) {
  TimeLimit limit;
  limit.name_ = "the time limit of Slurm job " + job;
  const double margin = margin_of(seconds_left, 30);
  limit.stop_at_ = Clock::now() + duration_of(seconds_left - margin);
  limit.last_moment_ = Clock::now() + duration_of(seconds_left - margin / 2);
  return limit;
}

bool TimeLimit::reached() const { return stop_at_ && Clock::now() >= *stop_at_; }

}  // namespace nxmc

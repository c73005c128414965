#include "stop.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <limits>

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

double slurm_margin(double seconds_left) { return margin_of(seconds_left, 30); }

/// From now; never for what is further away than clocks go.
TimeLimit::Clock::time_point moment_after(double seconds) {
  constexpr double longest = 1e9;
  return seconds > longest ? TimeLimit::Clock::time_point::max() : TimeLimit::Clock::now() + duration_of(seconds);
}

}  // namespace

void install_stop_signals() {
  struct sigaction action {};
  action.sa_handler = remember_stop_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGUSR1, SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
}

void leave_signals_alone() {
  for (const int signal : {SIGUSR1, SIGTERM, SIGINT}) std::signal(signal, SIG_DFL);
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
  return {"the time limit", start + duration_of(seconds - margin_of(seconds, 5)),
          start + duration_of(seconds + Patience().after_limit)};
}

TimeLimit TimeLimit::of_slurm_job(const std::string& job, double seconds_left) {
  const double margin = slurm_margin(seconds_left);
  return {"the time limit of Slurm job " + job, moment_after(seconds_left - margin),
          moment_after(seconds_left - margin / 2)};
}

void TimeLimit::move_to(double seconds_left) {
  const double margin = slurm_margin(seconds_left);
  stop_at_ = moment_after(seconds_left - margin);
  last_moment_ = moment_after(seconds_left - margin / 2);
}

void TimeLimit::stop_in(double seconds) { stop_at_ = moment_after(seconds); }

bool TimeLimit::reached() const { return Clock::now() >= stop_at_.load(); }

double TimeLimit::seconds_until_stop() const {
  const Clock::time_point end = stop_at_;
  return end == never ? std::numeric_limits<double>::infinity()
                      : std::chrono::duration<double>(end - Clock::now()).count();
}

std::optional<TimeLimit::Clock::time_point> TimeLimit::last_moment() const {
  const Clock::time_point end = last_moment_;
  return end == never ? std::nullopt : std::optional(end);
}

}  // namespace nxmc

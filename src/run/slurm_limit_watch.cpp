#include "slurm_limit_watch.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <utility>

namespace nxmc {

namespace {

/// Half of the time until the stop: the last answer is then a second old.
std::chrono::duration<double> until_next_question(double seconds_until_stop) {
  constexpr double shortest = 1;
  constexpr double longest = 60;
  return std::chrono::duration<double>(std::clamp(seconds_until_stop / 2, shortest, longest));
}

}  // namespace

double seconds_left(const SlurmJob& job) {
  if (!job.ends) return std::numeric_limits<double>::infinity();
  return std::chrono::duration<double>(*job.ends - std::chrono::system_clock::now()).count();
}

SlurmLimitWatch::SlurmLimitWatch(SlurmJob known, TimeLimit& limit, std::function<void(const SlurmJob&)> moved)
    : known_(std::move(known)), limit_(limit), moved_(std::move(moved)) {
  const SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
}

void SlurmLimitWatch::follow(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex);
    condition.wait_for(lock, stop, until_next_question(limit_.seconds_until_stop()), [] { return false; });
    if (!stop.stop_requested()) ask(stop);
  }
}

void SlurmLimitWatch::ask(const std::stop_token& stop) {
  const auto job = this_slurm_job([&stop] { return stop.stop_requested(); });
  if (!job || !job->answered || !job->why_left_over.empty() || job->ends == known_.ends) return;
  known_ = *job;
  limit_.move_to(seconds_left(known_));
  moved_(known_);
}

}  // namespace nxmc

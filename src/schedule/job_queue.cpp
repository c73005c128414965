#include "nxmc/schedule/job_queue.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace nxmc {

namespace {

// Ties in the order of the plan, so that the order of work can be foretold.
bool longer(const PendingJob& a, const PendingJob& b) {
  return std::tuple(-a.predicted_seconds, a.job) < std::tuple(-b.predicted_seconds, b.job);
}

}  // namespace

JobQueue::JobQueue(std::span<const PendingJob> jobs) : size_(jobs.size()) {
  for (const PendingJob& job : jobs) {
    if (job.kind >= kinds_.size()) kinds_.resize(job.kind + 1);
    kinds_[job.kind].jobs.push_back(job);
    kinds_[job.kind].predicted_waiting += job.predicted_seconds;
  }
  for (std::uint32_t k = 0; k < kinds_.size(); ++k) {
    std::sort(kinds_[k].jobs.begin(), kinds_[k].jobs.end(), longer);
    enter(k);
  }
}

void JobQueue::withdraw(std::uint32_t kind) {
  const Kind& own = kinds_.at(kind);
  if (own.jobs.empty()) return;
  const double front = own.jobs.front().predicted_seconds;
  if (own.measured()) {
    measured_.erase({-front * own.ratio(), kind});
    measured_waiting_ -= own.predicted_waiting * own.ratio();
  } else {
    unmeasured_.erase({-front, kind});
    unmeasured_waiting_ -= own.predicted_waiting;
  }
}

void JobQueue::enter(std::uint32_t kind) {
  const Kind& own = kinds_[kind];
  if (own.jobs.empty()) return;
  const double front = own.jobs.front().predicted_seconds;
  if (own.measured()) {
    measured_.emplace(-front * own.ratio(), kind);
    measured_waiting_ += own.predicted_waiting * own.ratio();
  } else {
    unmeasured_.emplace(-front, kind);
    unmeasured_waiting_ += own.predicted_waiting;
  }
}

double JobQueue::corrected(std::uint32_t kind, double predicted_seconds) const {
  assert(kind < kinds_.size());
  return predicted_seconds * (kinds_[kind].measured() ? kinds_[kind].ratio() : common_ratio());
}

double JobQueue::remaining_seconds() const {
  // Sums that are kept up to date leave rounding errors behind, of either sign.
  return empty() ? 0 : std::max(0.0, measured_waiting_ + unmeasured_waiting_ * common_ratio());
}

std::uint32_t JobQueue::longest_kind() const {
  if (measured_.empty()) return unmeasured_.begin()->second;
  if (unmeasured_.empty()) return measured_.begin()->second;
  const auto [minus_measured, measured] = *measured_.begin();
  const auto [minus_unmeasured, unmeasured] = *unmeasured_.begin();
  return std::min(std::pair(minus_measured, measured), std::pair(minus_unmeasured * common_ratio(), unmeasured)).second;
}

Batch JobQueue::take(double target_seconds) {
  Batch batch;
  while (!empty()) {
    const std::uint32_t k = longest_kind();
    const double seconds = corrected(k, kinds_[k].jobs.front().predicted_seconds);
    if (!batch.empty() && batch.seconds + seconds > target_seconds) break;
    batch.jobs.push_back(take_front(k));
    batch.seconds += seconds;
  }
  return batch;
}

PendingJob JobQueue::take_longest() { return take_front(longest_kind()); }

PendingJob JobQueue::take_front(std::uint32_t k) {
  Kind& kind = kinds_[k];
  const PendingJob front = kind.jobs.front();
  withdraw(k);
  kind.jobs.pop_front();
  kind.predicted_waiting = kind.jobs.empty() ? 0 : kind.predicted_waiting - front.predicted_seconds;
  enter(k);
  --size_;
  return front;
}

void JobQueue::add(const PendingJob& job) {
  if (job.kind >= kinds_.size()) kinds_.resize(job.kind + 1);
  put_back(job);
}

void JobQueue::put_back(const PendingJob& job) {
  withdraw(job.kind);
  Kind& kind = kinds_[job.kind];
  kind.jobs.insert(std::upper_bound(kind.jobs.begin(), kind.jobs.end(), job, longer), job);
  kind.predicted_waiting += job.predicted_seconds;
  enter(job.kind);
  ++size_;
}

void JobQueue::learn(std::uint32_t kind, double predicted_seconds, double measured_seconds) {
  withdraw(kind);
  kinds_[kind].predicted_done += predicted_seconds;
  kinds_[kind].measured_done += measured_seconds;
  predicted_done_ += predicted_seconds;
  measured_done_ += measured_seconds;
  enter(kind);
}

}  // namespace nxmc

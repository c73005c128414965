#include "job_queue.hpp"

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
  for (Kind& kind : kinds_) std::sort(kind.jobs.begin(), kind.jobs.end(), longer);
}

double JobQueue::corrected(std::uint32_t kind, double predicted_seconds) const {
  assert(kind < kinds_.size());
  const Kind& own = kinds_[kind];
  if (own.predicted_done > 0) return predicted_seconds * own.measured_done / own.predicted_done;
  if (predicted_done_ > 0) return predicted_seconds * measured_done_ / predicted_done_;
  return predicted_seconds;
}

double JobQueue::remaining_seconds() const {
  double seconds = 0;
  for (std::uint32_t k = 0; k < kinds_.size(); ++k) seconds += corrected(k, kinds_[k].predicted_waiting);
  return seconds;
}

JobQueue::Kind* JobQueue::longest() {
  Kind* best = nullptr;
  double best_seconds = -1;
  for (std::uint32_t k = 0; k < kinds_.size(); ++k) {
    if (kinds_[k].jobs.empty()) continue;
    const double seconds = corrected(k, kinds_[k].jobs.front().predicted_seconds);
    if (seconds > best_seconds) {
      best = &kinds_[k];
      best_seconds = seconds;
    }
  }
  return best;
}

Batch JobQueue::take(double target_seconds) {
  Batch batch;
  while (Kind* kind = longest()) {
    const PendingJob& next = kind->jobs.front();
    const double seconds = corrected(next.kind, next.predicted_seconds);
    if (!batch.empty() && batch.seconds + seconds > target_seconds) break;
    batch.jobs.push_back(next.job);
    batch.seconds += seconds;
    kind->predicted_waiting = kind->jobs.size() == 1 ? 0 : kind->predicted_waiting - next.predicted_seconds;
    kind->jobs.pop_front();
    --size_;
  }
  return batch;
}

void JobQueue::learn(std::uint32_t kind, double predicted_seconds, double measured_seconds) {
  kinds_.at(kind).predicted_done += predicted_seconds;
  kinds_.at(kind).measured_done += measured_seconds;
  predicted_done_ += predicted_seconds;
  measured_done_ += measured_seconds;
}

}  // namespace nxmc

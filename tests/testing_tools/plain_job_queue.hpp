// What JobQueue does, in the plainest way: looks at every kind for each job. Tests and benchmarks compare with it.
#pragma once

#include <algorithm>
#include <deque>
#include <tuple>
#include <vector>

#include "nxmc/schedule/job_queue.hpp"

namespace nxmc::testing_tools {

class PlainJobQueue {
 public:
  explicit PlainJobQueue(const std::vector<PendingJob>& jobs) {
    for (const PendingJob& job : jobs) {
      if (job.kind >= kinds_.size()) kinds_.resize(job.kind + 1);
      kinds_[job.kind].jobs.push_back(job);
    }
    for (Kind& kind : kinds_) std::sort(kind.jobs.begin(), kind.jobs.end(), longer);
  }

  double corrected(std::uint32_t kind, double predicted) const {
    const Kind& own = kinds_[kind];
    if (own.predicted_done > 0) return predicted * (own.measured_done / own.predicted_done);
    return predicted_done_ > 0 ? predicted * (measured_done_ / predicted_done_) : predicted;
  }

  double remaining_seconds() const {
    double seconds = 0;
    for (std::uint32_t k = 0; k < kinds_.size(); ++k)
      for (const PendingJob& job : kinds_[k].jobs) seconds += corrected(k, job.predicted_seconds);
    return seconds;
  }

  Batch take(double target_seconds) {
    Batch batch;
    while (Kind* kind = longest()) {
      const PendingJob next = kind->jobs.front();
      const double seconds = corrected(next.kind, next.predicted_seconds);
      if (!batch.empty() && batch.seconds + seconds > target_seconds) break;
      batch.jobs.push_back(next);
      batch.seconds += seconds;
      kind->jobs.pop_front();
    }
    return batch;
  }

  void put_back(const PendingJob& job) {
    std::deque<PendingJob>& jobs = kinds_[job.kind].jobs;
    jobs.push_back(job);
    std::sort(jobs.begin(), jobs.end(), longer);
  }

  void learn(std::uint32_t kind, double predicted, double measured) {
    kinds_[kind].predicted_done += predicted;
    kinds_[kind].measured_done += measured;
    predicted_done_ += predicted;
    measured_done_ += measured;
  }

 private:
  struct Kind {
    std::deque<PendingJob> jobs;
    double predicted_done = 0;
    double measured_done = 0;
  };
  static bool longer(const PendingJob& a, const PendingJob& b) {
    return std::tuple(-a.predicted_seconds, a.job) < std::tuple(-b.predicted_seconds, b.job);
  }
  Kind* longest() {
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

  std::vector<Kind> kinds_;
  double predicted_done_ = 0;
  double measured_done_ = 0;
};

}  // namespace nxmc::testing_tools

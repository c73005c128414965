// Which job comes next: longest first, by predicted costs that measured ones correct. Knows neither MPI nor physics.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace nxmc {

struct PendingJob {
  std::uint64_t job = 0;  ///< index into Plan::jobs
  double predicted_seconds = 0;
  std::uint32_t kind = 0;  ///< jobs of one kind err alike: same method, crystal and kernel
};

/// Jobs that travel together to one rank.
struct Batch {
  std::vector<std::uint64_t> jobs;
  double seconds = 0;  ///< predicted, corrected
  bool empty() const { return jobs.empty(); }
};

class JobQueue {
 public:
  explicit JobQueue(std::span<const PendingJob> jobs);

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// Predicted seconds of all jobs in the queue, corrected by what was measured.
  double remaining_seconds() const;
  /// The longest job, and further ones while the batch stays within `target_seconds`; empty when nothing is left.
  Batch take(double target_seconds);
  /// Tells that a job of this kind, predicted to take so long, took so long.
  void learn(std::uint32_t kind, double predicted_seconds, double measured_seconds);
  /// Prediction corrected by the measured jobs of its kind, or of all kinds while its own has none.
  double corrected(std::uint32_t kind, double predicted_seconds) const;

 private:
  struct Kind {
    std::deque<PendingJob> jobs;  // longest first
    double predicted_waiting = 0;
    double predicted_done = 0;
    double measured_done = 0;
  };
  Kind* longest();
  std::vector<Kind> kinds_;
  std::size_t size_ = 0;
  double predicted_done_ = 0;
  double measured_done_ = 0;
};

}  // namespace nxmc

// Which job comes next: longest first, by predicted costs that measured ones correct. Knows neither MPI nor physics.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace nxmc {

struct PendingJob {
  std::uint64_t job = 0;  ///< index into Plan::jobs
  double predicted_seconds = 0;
  std::uint32_t kind = 0;  ///< jobs of one kind err alike: same method, crystal and kernel
};

/// Jobs that travel together to one rank.
struct Batch {
  std::vector<PendingJob> jobs;
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
  /// \pre !empty()
  PendingJob take_longest();
  /// Takes a further job, of any kind.
  void add(const PendingJob& job);
  /// Takes a job back that was handed out and not begun.
  void put_back(const PendingJob& job);
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
    bool measured() const { return predicted_done > 0; }
    double ratio() const { return measured_done / predicted_done; }
  };
  /// The longest job of each kind that has some: minus its seconds, and the kind.
  using Order = std::set<std::pair<double, std::uint32_t>>;

  double common_ratio() const { return predicted_done_ > 0 ? measured_done_ / predicted_done_ : 1; }
  /// Takes the kind out of the order and the sums while it changes.
  void withdraw(std::uint32_t kind);
  void enter(std::uint32_t kind);
  std::uint32_t longest_kind() const;
  PendingJob take_front(std::uint32_t kind);

  std::vector<Kind> kinds_;
  std::size_t size_ = 0;
  double predicted_done_ = 0;
  double measured_done_ = 0;
  // What corrects all kinds without measurement in common leaves their order as it is.
  Order measured_;
  Order unmeasured_;
  double measured_waiting_ = 0;  // corrected seconds of the kinds with measurement
  double unmeasured_waiting_ = 0;
};

}  // namespace nxmc

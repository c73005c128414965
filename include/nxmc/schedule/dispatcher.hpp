// Who gets which jobs, and when. Knows neither MPI nor a clock: a run drives it in real time, a forecast in its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "nxmc/schedule/job_queue.hpp"

namespace nxmc {

/// The time of what does not come, in seconds.
inline constexpr double never = std::numeric_limits<double>::infinity();

/// Jobs for one of the ranks beside rank 0.
struct Assignment {
  std::size_t worker = 0;
  Batch batch;
};

/// Serves the jobs of one kernel group after the other. Workers get short jobs in batches, and each batch a while
/// before they need it, so that nobody waits for an answer; what a worker has not begun when others have run out of
/// work, it is asked to give back. So it does little harm to bind jobs to a rank early, or to have predicted them
/// badly.
class Dispatcher {
 public:
  /// \param workers  ranks beside rank 0, which takes its jobs itself
  explicit Dispatcher(std::size_t workers);

  /// A new group. \pre done()
  void begin(std::span<const PendingJob> jobs);
  /// A further job of this group.
  void add(const PendingJob& job) { queue_.add(job); }
  /// Everything is handed out: somebody may soon be without work.
  bool all_handed_out() const { return queue_.empty(); }
  /// Nothing is waiting and nothing is in progress.
  bool done() const { return queue_.empty() && in_progress_ == 0; }
  /// A worker that is not set aside has not answered a recall yet, though perhaps ended all of its jobs.
  bool awaits_answer() const { return unanswered_ > 0; }

  /// A batch for a worker that has nothing to do. \param now  in seconds, from any origin
  std::optional<Assignment> assign_to_idle(double now);
  /// A batch for a worker that will soon need one. To be asked when nobody is idle any more, rank 0 included.
  std::optional<Assignment> assign_ahead(double now);
  /// One job for rank 0 itself, the longest.
  std::optional<PendingJob> take_one();
  /// A worker that is to give back what it has not begun, because the queue is empty and somebody idle. A worker
  /// is not named again before it has answered.
  std::optional<std::size_t> recall(bool rank_0_is_idle, double now);

  /// Whether some worker may have jobs to give back.
  bool may_recall() const { return !holders_.empty(); }

  /// A worker says that it has ended this many of its jobs, in the order in which it got them.
  void ended(std::size_t worker, std::size_t jobs, double now);
  /// A worker has answered a recall: so many of its jobs, the last ones, wait again.
  void gave_back(std::size_t worker, std::size_t jobs);
  /// The job of rank 0 has ended.
  void ended_own();
  /// What a job has really taken.
  void learn(const PendingJob& job, double measured_seconds);

  /// A worker that gives no sign of life gets nothing more; what it has stays with it, as it may be at work after all.
  void set_aside(std::size_t worker);
  void take_back(std::size_t worker);
  bool is_set_aside(std::size_t worker) const { return workers_.at(worker).aside; }
  /// Nothing is left but what workers have that are set aside.
  bool waits_only_for_silent() const;

  /// A worker that has nothing, and would begin at once with whatever it got.
  bool is_idle(std::size_t worker) const;
  /// What a worker is at work on, as far as is known.
  std::optional<PendingJob> at_work(std::size_t worker) const;
  /// Ranks that have something to do, rank 0 included. \param rank_0_works  on a job of its own
  std::size_t busy_ranks(bool rank_0_works) const;
  /// Until all is done, as predicted.
  double seconds_left() const;
  /// When `assign` will have something for one of the workers unless something happens before; infinity when nothing
  /// waits.
  double next_assignment() const;

 private:
  struct Held {
    PendingJob job;
    double seconds = 0;  // corrected when it was assigned
  };
  struct Worker {
    std::deque<Held> jobs;    // the first one is at work
    double seconds = 0;       // of all of them
    double since = 0;         // when the first one began, as far as is known
    double need = 0;          // its place in by_need_
    bool holds = false;       // whether it is in holders_ …
    double held_seconds = 0;  // … and its place there
    bool recalled = false;
    bool aside = false;
    double waiting_seconds() const { return jobs.empty() ? 0 : std::max(0.0, seconds - jobs.front().seconds); }
  };

  double ranks() const { return static_cast<double>(workers_.size() + 1); }
  double batch_seconds() const;
  double seconds_ahead() const;
  Batch hand_to(std::size_t worker, double now);
  std::size_t name_recalled(std::size_t worker);
  void drop(Worker& worker, const Held& held);
  void update(std::size_t worker);
  void set_need(std::size_t worker, double need);

  JobQueue queue_{{}};
  std::vector<Worker> workers_;
  /// When each worker will have nothing left to do; minus infinity: already; infinity: not known before its next
  /// report.
  std::set<std::pair<double, std::size_t>> by_need_;
  /// Workers with jobs that they have not begun, as far as is known: minus the seconds of these.
  std::set<std::pair<double, std::size_t>> holders_;
  std::size_t in_progress_ = 0;  // handed out, or at work on rank 0
  std::size_t unanswered_ = 0;   // recalls
  double seconds_in_progress_ = 0;
  double own_seconds_ = 0;
  double next_recall_ = -std::numeric_limits<double>::infinity();
};

}  // namespace nxmc

// Rank 0: hands out jobs, works itself, and commits what comes back.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "listening.hpp"
#include "message.hpp"
#include "nxmc/schedule/dispatcher.hpp"
#include "nxmc/schedule/helpers.hpp"
#include "nxmc/schedule/kernel_groups.hpp"
#include "nxmc/schedule/rounds.hpp"
#include "progress.hpp"
#include "stop.hpp"
#include "vigil.hpp"
#include "worker.hpp"

namespace nxmc {

class Scheduler {
 public:
  /// \param vigil      tells who gives no sign of life
  /// \param replaced   another run has become the writer: nothing is worth doing any more
  /// \param rounds     of the points, as far as the archive has results; outlives the scheduler
  /// \param show_busy  told again and again how many ranks have work to do
  Scheduler(const WorkContext& context, const TimeLimit& limit, const Vigil& vigil, const std::atomic<bool>& replaced,
            const Counts& at_start, Rounds& rounds, int ranks, std::function<void(std::uint64_t)> show_busy);

  /// Does all jobs of the group together with the workers (which are in `work_for_rank_0`). False when the run has to
  /// stop early; everything that was finished is committed then. Workers that give no sign of life are not waited for:
  /// see left_behind().
  bool run(const KernelGroup& group, CrystalStore& crystals);

  const Counts& counts() const { return counts_; }
  /// What stopped the run ("SIGUSR1", "the time limit"), if anything did.
  const std::optional<std::string>& stopped_by() const { return stopped_by_; }
  /// Sentences about the ranks that have not answered when the run stopped; then nobody may wait for all ranks any
  /// more.
  const std::vector<std::string>& left_behind() const { return left_behind_; }
  /// Looks at signals and the time limit.
  bool must_stop();
  /// The run has to stop for this reason, unless it stops for another already.
  void stop(const std::string& reason);

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<PendingJob> jobs_of(const KernelGroup& group) const;
  void hand_out();
  void send(const Assignment& assignment);
  void pair_helpers();
  std::vector<std::size_t> idle_ranks() const;
  std::vector<LadderAtWork> ladders_at_work() const;
  void part_with(std::size_t rank);
  void take_own_job();
  void show_own_job_if_long();
  bool work_myself(CrystalStore& crystals);
  void receive();
  void receive_answers();
  void take_report(std::size_t worker, WorkerReport report);
  void accept(CompletedJob job);
  void commit_if_due();
  void commit();
  void begin_rounds();
  void tell_workers(Tag tag);
  void stop_workers();
  bool waits_for(std::size_t worker, double stopped) const;
  bool stop_early();
  void look_for_silent();
  bool must_stop_for_silent();
  double now() const;
  void look_around();
  void show_progress();

  const WorkContext& context_;
  const TimeLimit& limit_;
  const Vigil& vigil_;
  const std::atomic<bool>& replaced_;
  Counts counts_;
  Rounds& rounds_;
  ProgressDisplay progress_;
  std::function<void(std::uint64_t)> show_busy_;
  Outbox outbox_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_{};
  Dispatcher dispatcher_;
  Helpers helpers_;
  Clock::time_point paired_{};
  Listening listening_;
  Rests rests_;
  std::vector<bool> stopped_;              // [rank - 1]
  std::vector<PendingJob> pending_;        // [job of the plan]
  std::vector<std::uint64_t> job_of_row_;  // [row of the archive]
  std::optional<RunningJob> mine_;
  Clock::time_point mine_since_;
  bool mine_is_shown_ = false;  // as running, to readers
  std::vector<CompletedJob> uncommitted_;
  std::size_t uncommitted_bytes_ = 0;
  bool awaits_decision_ = false;  // of what is not committed something decides about further jobs
  Clock::time_point oldest_uncommitted_{};
  Clock::duration commit_interval_ = report_interval;
  std::optional<std::string> stopped_by_;
  std::vector<std::string> left_behind_;
};

}  // namespace nxmc

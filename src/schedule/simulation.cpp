#include "nxmc/schedule/simulation.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cmath>
#include <deque>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>

#include "nxmc/schedule/dispatcher.hpp"
#include "nxmc/schedule/helpers.hpp"
#include "nxmc/schedule/kernel_groups.hpp"
#include "nxmc/schedule/pending_jobs.hpp"
#include "nxmc/schedule/rhythm.hpp"

namespace nxmc {

namespace {

double seconds_of(std::chrono::duration<double> time) { return time.count(); }

/// An interval that brings the clock forward whatever it shows: in millions of years a slice is below its resolution.
double noticeable(std::chrono::duration<double> interval, double now) {
  constexpr double resolution = 1e-12;
  return std::max(interval.count(), resolution * now);
}

/// Time until all kernels are built, the longest first, each by the rank with least to do.
double build_seconds(std::vector<double> kernels, std::size_t ranks) {
  std::sort(kernels.begin(), kernels.end(), std::greater<>());
  std::priority_queue<double, std::vector<double>, std::greater<>> loads;
  for (std::size_t k = 0; k < std::min(ranks, kernels.size()); ++k) loads.push(0);
  double longest = 0;
  for (const double seconds : kernels) {
    const double load = loads.top() + seconds;
    loads.pop();
    loads.push(load);
    longest = std::max(longest, load);
  }
  return longest;
}

/// What a worker tells rank 0.
struct Report {
  std::size_t worker = 0;
  std::vector<std::uint64_t> ended;
  std::optional<std::size_t> given_back;
};

/// One group of jobs, on rank 0 and the workers beside it. Both follow what Scheduler and Worker do in a run.
class GroupSimulation {
 public:
  GroupSimulation(const SimulatedGroup& group, std::size_t ranks, const Overheads& overheads, double start)
      : group_(group), overheads_(overheads), dispatcher_(ranks - 1), workers_(ranks - 1), turn_(start), free_(start) {
    std::vector<PendingJob> pending;
    pending.reserve(group.jobs.size());
    for (const SimulatedJob& job : group.jobs) pending.push_back({pending.size(), job.predicted_seconds, job.kind});
    dispatcher_.begin(pending);
    for (Worker& worker : workers_) worker.reported = start;
  }

  /// Returns when rank 0 finds everything done and committed.
  double run() {
    while (!dispatcher_.done()) {
      if (!events_.empty() && events_.top().time <= turn_)
        take_event();
      else
        take_turn();
    }
    turn_ = free_;
    commit();
    return turn_;
  }

  double first_start() const { return first_start_; }
  double last_finish() const { return last_finish_; }

 private:
  enum class What : std::uint8_t { jobs_arrive, recall_arrives, job_ends, report_is_due, report_arrives };
  struct Event {
    double time = 0;
    std::uint64_t number = 0;  // of events at one time the first that was planned comes first
    What what = What::job_ends;
    std::size_t worker = 0;
    std::vector<std::uint64_t> jobs{};
    Report report{};
    bool operator>(const Event& other) const { return std::tie(time, number) > std::tie(other.time, other.number); }
  };
  struct Worker {
    std::deque<std::uint64_t> waiting;
    std::optional<std::uint64_t> current;
    double began = 0;
    std::vector<std::uint64_t> ended;  // not reported yet
    double reported = 0;
    bool report_planned = false;
  };

  void plan(double time, What what, std::size_t worker) { plan({time, 0, what, worker}); }
  void plan(Event event) {
    event.number = ++planned_;
    events_.push(std::move(event));
  }

  // ---- Workers

  void take_event() {
    Event event = events_.top();
    events_.pop();
    Worker& worker = workers_[event.worker];
    switch (event.what) {
      case What::jobs_arrive:
        worker.waiting.insert(worker.waiting.end(), event.jobs.begin(), event.jobs.end());
        if (!worker.current) begin_next(event.worker, event.time);
        break;
      case What::recall_arrives:
        report(event.worker, event.time, worker.waiting.size());
        worker.waiting.clear();
        break;
      case What::job_ends:
        end_job(event.worker, event.time);
        break;
      case What::report_is_due:
        worker.report_planned = false;
        if (!worker.ended.empty()) report_if_due(event.worker, event.time);
        break;
      case What::report_arrives:
        inbox_.push_back(std::move(event.report));
        turn_ = std::min(turn_, std::max(event.time, free_));
        break;
    }
  }

  double take_note_of(std::uint64_t job, double begin) {
    const double end = begin + group_.jobs[job].seconds;
    first_start_ = std::min(first_start_, begin);
    last_finish_ = std::max(last_finish_, end);
    return end;
  }

  void begin_next(std::size_t w, double time) {
    Worker& worker = workers_[w];
    if (worker.waiting.empty()) return;
    worker.current = worker.waiting.front();
    worker.waiting.pop_front();
    worker.began = time;
    plan(take_note_of(*worker.current, time) + overheads_.per_job, What::job_ends, w);
  }

  void end_job(std::size_t w, double time) {
    Worker& worker = workers_[w];
    worker.ended.push_back(*worker.current);
    worker.current.reset();
    begin_next(w, time);
    report_if_due(w, time);
  }

  void report_if_due(std::size_t w, double time) {
    Worker& worker = workers_[w];
    const double due = worker.reported + seconds_of(report_interval);
    if (!worker.current || time >= due) {
      report(w, time, {});
    } else if (!worker.report_planned) {
      worker.report_planned = true;
      plan(next_look(worker, due), What::report_is_due, w);
    }
  }

  /// The end of the slice of work in which something becomes known.
  static double next_look(const Worker& worker, double time) {
    if (!worker.current) return time;
    return worker.began + std::ceil(std::max(0.0, time - worker.began) / seconds_of(slice)) * seconds_of(slice);
  }

  void report(std::size_t w, double time, std::optional<std::size_t> given_back) {
    Worker& worker = workers_[w];
    Event event{time + overheads_.latency, 0, What::report_arrives, w};
    event.report = {w, std::exchange(worker.ended, {}), given_back};
    worker.reported = time;
    plan(std::move(event));
  }

  // ---- Rank 0

  /// What Scheduler::run does in one pass of its loop.
  void take_turn() {
    for (const Report& report : std::exchange(inbox_, {})) receive(report);
    hand_out();
    const bool worked = work();
    if (!uncommitted_.empty() && turn_ >= oldest_uncommitted_ + seconds_of(report_interval)) commit();
    free_ = turn_;
    if (!worked) turn_ = next_turn();
  }

  void receive(const Report& report) {
    turn_ += overheads_.message + overheads_.message_per_job * static_cast<double>(report.ended.size());
    for (const std::uint64_t job : report.ended) accept(job);
    dispatcher_.ended(report.worker, report.ended.size(), turn_);
    if (report.given_back) dispatcher_.gave_back(report.worker, *report.given_back);
  }

  void accept(std::uint64_t job) {
    const SimulatedJob& its = group_.jobs[job];
    dispatcher_.learn({job, its.predicted_seconds, its.kind}, its.seconds);
    if (uncommitted_.empty()) oldest_uncommitted_ = turn_;
    uncommitted_.push_back(job);
  }

  void hand_out() {
    while (const auto assignment = dispatcher_.assign_to_idle(turn_)) send(*assignment);
    if (!mine_) take_own_job();
    while (const auto assignment = dispatcher_.assign_ahead(turn_)) send(*assignment);
    if (const auto worker = dispatcher_.recall(!mine_, turn_)) {
      turn_ += overheads_.message;
      // Messages do not overtake each other, and a worker looks for them between two slices.
      plan(next_look(workers_[*worker], turn_ + overheads_.latency), What::recall_arrives, *worker);
    }
  }

  void send(const Assignment& assignment) {
    turn_ += overheads_.message + overheads_.message_per_job * static_cast<double>(assignment.batch.jobs.size());
    Event event{turn_ + overheads_.latency, 0, What::jobs_arrive, assignment.worker};
    for (const PendingJob& job : assignment.batch.jobs) event.jobs.push_back(job.job);
    plan(std::move(event));
  }

  void take_own_job() {
    const auto next = dispatcher_.take_one();
    if (!next) return;
    mine_ = next->job;
    my_rest_ = take_note_of(next->job, turn_) + overheads_.per_job - turn_;
  }

  /// False when rank 0 has nothing to do.
  bool work() {
    if (!mine_) return false;
    const double step = std::min(my_rest_, slices_until(next_of_interest()));
    turn_ += step;
    my_rest_ -= step;
    if (my_rest_ > 0) return true;
    last_finish_ = std::max(last_finish_, turn_);
    accept(*mine_);
    dispatcher_.ended_own();
    mine_.reset();
    return true;
  }

  /// Passes of the loop in which rank 0 does nothing but work are taken together.
  double slices_until(double time) const {
    const double one = noticeable(slice, turn_);
    return std::max(1.0, std::ceil((time - turn_) / one)) * one;
  }

  double next_of_interest() const {
    const double event = events_.empty() ? never : events_.top().time;
    const double commit = uncommitted_.empty() ? never : oldest_uncommitted_ + seconds_of(report_interval);
    return std::min({event, commit, dispatcher_.next_assignment()});
  }

  /// Without work rank 0 looks again when it has a reason to.
  double next_turn() const {
    // Jobs that a worker holds for longer than predicted are asked for without a message from it.
    const double look_again = dispatcher_.may_recall() ? turn_ + noticeable(slice, turn_) : never;
    const double commit = uncommitted_.empty() ? never : oldest_uncommitted_ + seconds_of(report_interval);
    return std::max(turn_ + noticeable(rest_interval, turn_),
                    std::min({commit, dispatcher_.next_assignment(), look_again}));
  }

  void commit() {
    if (uncommitted_.empty()) return;
    turn_ += overheads_.commit + overheads_.commit_per_job * static_cast<double>(uncommitted_.size());
    uncommitted_.clear();
  }

  const SimulatedGroup& group_;
  const Overheads& overheads_;
  Dispatcher dispatcher_;
  std::vector<Worker> workers_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t planned_ = 0;

  double turn_ = 0;  // when rank 0 next looks around
  double free_ = 0;  // until when it is busy
  std::vector<Report> inbox_;
  std::optional<std::uint64_t> mine_;
  double my_rest_ = 0;
  std::vector<std::uint64_t> uncommitted_;
  double oldest_uncommitted_ = 0;

  double first_start_ = never;
  double last_finish_ = 0;
};

double busy_seconds(const SimulatedGroup& group) {
  double seconds = std::accumulate(group.kernel_seconds.begin(), group.kernel_seconds.end(), 0.0);
  for (const SimulatedJob& job : group.jobs) seconds += job.seconds;
  return seconds;
}

}  // namespace

SimulatedRun simulate(std::span<const SimulatedGroup> groups, std::size_t ranks, const Overheads& overheads) {
  assert(ranks > 0);
  SimulatedRun run;
  run.first_start = never;
  run.wall_seconds = overheads.start_up;
  for (const SimulatedGroup& group : groups)
    run.wall_seconds += overheads.start_up_per_job * static_cast<double>(group.jobs.size());
  for (const SimulatedGroup& group : groups) {
    GroupSimulation simulation(group, ranks, overheads, run.wall_seconds + build_seconds(group.kernel_seconds, ranks));
    run.wall_seconds = simulation.run();
    run.first_start = std::min(run.first_start, simulation.first_start());
    run.last_finish = std::max(run.last_finish, simulation.last_finish());
    run.busy_seconds += busy_seconds(group);
  }
  run.first_start = std::min(run.first_start, run.wall_seconds);
  run.last_finish = std::max(run.last_finish, run.first_start);
  return run;
}

namespace {

std::vector<KernelGroup> groups_of(const Plan& plan, const NodeMemory& memory) {
  std::vector<std::uint64_t> all(plan.jobs.size());
  std::iota(all.begin(), all.end(), 0);
  try {
    return group_kernels(plan, all, memory);
  } catch (const KernelTooLarge&) {
    // On nodes that can hold it there may be room for everything.
    KernelGroup group{};
    group.jobs = all;
    group.kernels.resize(plan.kernels.size());
    std::iota(group.kernels.begin(), group.kernels.end(), 0);
    return {group};
  }
}

}  // namespace

namespace {

/// What of a ladder can be computed apart: who has nothing else to do helps with it. One rung each, or, where there are
/// more ranks than may share it, so many as these would find.
std::vector<SimulatedJob> rungs_to_share(const Plan& plan, std::span<const std::uint64_t> rungs,
                                         std::span<const double> job_seconds, std::size_t ranks) {
  const std::size_t most = most_ranks_of_ladder(rungs.size());
  std::size_t parts = ranks > most ? most : rungs.size();
  if (ranks == 1) parts = 1;
  std::vector<SimulatedJob> shared(parts);
  for (std::size_t k = 0; k < rungs.size(); ++k) {
    SimulatedJob& part = shared[k * parts / rungs.size()];
    part.predicted_seconds += plan.jobs[rungs[k]].cost_seconds;
    part.seconds += job_seconds[rungs[k]];
  }
  return shared;
}

}  // namespace

SimulatedRun simulate_campaign(const Plan& plan, std::span<const double> job_seconds, std::size_t ranks,
                               NodeMemory memory) {
  assert(job_seconds.size() == plan.jobs.size());
  const std::vector<PendingJob> pending = pending_jobs(plan);
  const std::vector<std::vector<std::uint64_t>> ladders = rungs_of_ladders(plan);
  memory.ranks = static_cast<int>(std::min<std::size_t>(ranks, static_cast<std::size_t>(memory.ranks)));
  std::vector<SimulatedGroup> groups;
  for (const KernelGroup& group : groups_of(plan, with_plan(memory, plan))) {
    SimulatedGroup simulated;
    for (const std::size_t k : group.kernels) simulated.kernel_seconds.push_back(plan.kernels[k].build_seconds);
    for (const std::uint64_t job : group.jobs) {
      if (!leads(plan.jobs[job])) continue;
      if (plan.jobs[job].ladder < 0) {
        simulated.jobs.push_back({pending[job].predicted_seconds, job_seconds[job], pending[job].kind});
        continue;
      }
      const auto& rungs = ladders[static_cast<std::size_t>(plan.jobs[job].ladder)];
      for (SimulatedJob& rung : rungs_to_share(plan, rungs, job_seconds, ranks)) {
        rung.kind = pending[job].kind;
        simulated.jobs.push_back(rung);
      }
    }
    groups.push_back(std::move(simulated));
  }
  return simulate(groups, ranks, {});
}

}  // namespace nxmc

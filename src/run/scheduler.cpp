#include "scheduler.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace nxmc {

namespace {

// A worker gets its next batch this long before it is expected to need it. Longer would bind long jobs to a rank too
// early.
constexpr double seconds_ahead = 0.5;
constexpr double largest_batch_seconds = 0.05;
constexpr std::size_t largest_commit_bytes = 1 << 20;

std::size_t bytes_of(const CompletedJob& job) {
  const Record& record = job.record;
  return sizeof(double) * (record.values.size() + record.summary.size() + record.profile.size()) +
         record.snapshots.size() + record.final_state.size();
}

/// Jobs of one kind err alike in their predicted costs.
std::vector<std::uint32_t> kinds_of(const Plan& plan) {
  std::map<std::tuple<Method, int, LatticeSpec>, std::uint32_t> known;
  std::vector<std::uint32_t> kinds;
  kinds.reserve(plan.jobs.size());
  for (const Job& job : plan.jobs) {
    const auto next = static_cast<std::uint32_t>(known.size());
    kinds.push_back(known.try_emplace({job.physics.method, job.kernel, job.physics.lattice}, next).first->second);
  }
  return kinds;
}

std::vector<std::uint64_t> invert(std::span<const std::uint64_t> rows) {
  const std::uint64_t size = rows.empty() ? 0 : *std::max_element(rows.begin(), rows.end()) + 1;
  std::vector<std::uint64_t> job_of_row(size);
  for (std::uint64_t job = 0; job < rows.size(); ++job) job_of_row[rows[job]] = job;
  return job_of_row;
}

}  // namespace

Scheduler::Scheduler(const WorkContext& context, const TimeLimit& limit, const Counts& at_start, int ranks)
    : context_(context),
      limit_(limit),
      counts_(at_start),
      progress_(at_start),
      outbox_(context.world),
      workers_(static_cast<std::size_t>(ranks - 1)),
      queue_({}),
      kind_(kinds_of(context.plan)),
      job_of_row_(invert(context.rows)) {}

void Scheduler::stop(const std::string& reason) {
  if (!stopped_by_) stopped_by_ = reason;
}

bool Scheduler::must_stop() {
  if (stopped_by_) return true;
  stopped_by_ = received_stop_signal();
  if (!stopped_by_ && limit_.reached()) stopped_by_ = limit_.name();
  return stopped_by_.has_value();
}

bool Scheduler::run(const KernelGroup& group, CrystalStore& crystals) {
  start_group(group);
  while (!group_done()) {
    receive();
    if (must_stop()) {
      stop_workers();
      commit();
      progress_.finish();
      return false;
    }
    hand_out();
    if (!work_myself(crystals)) rest();
    commit_if_due();
    progress_.update(counts_, seconds_left());
  }
  tell_workers(Tag::end_of_group);
  commit();
  progress_.finish();
  return true;
}

void Scheduler::start_group(const KernelGroup& group) {
  std::vector<PendingJob> pending;
  pending.reserve(group.jobs.size());
  for (const std::uint64_t job : group.jobs) pending.push_back({job, context_.plan.jobs[job].cost_seconds, kind_[job]});
  queue_ = JobQueue(pending);
}

bool Scheduler::group_done() const { return queue_.empty() && in_progress_ == 0; }

void Scheduler::hand_out() {
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    while (!queue_.empty() && needs_batch(workers_[w])) {
      const Batch batch = queue_.take(batch_seconds());
      if (workers_[w].batches.empty()) workers_[w].since = ProgressDisplay::Clock::now();
      workers_[w].batches.push_back(batch.seconds);
      in_progress_ += batch.jobs.size();
      seconds_in_progress_ += batch.seconds;
      outbox_.send(static_cast<int>(w) + 1, Tag::assign, batch.jobs);
      std::vector<std::uint64_t> rows;
      for (const std::uint64_t job : batch.jobs) rows.push_back(context_.rows[job]);
      context_.writer.mark_running(rows);
    }
  }
}

bool Scheduler::needs_batch(const Worker& worker) const {
  if (worker.batches.size() != 1) return worker.batches.empty();
  const double spent = std::chrono::duration<double>(ProgressDisplay::Clock::now() - worker.since).count();
  return worker.batches.front() - spent < seconds_ahead;
}

double Scheduler::batch_seconds() const {
  // Towards the end batches shrink, so that all ranks end together.
  return std::min(largest_batch_seconds, queue_.remaining_seconds() / (4.0 * static_cast<double>(workers_.size() + 1)));
}

bool Scheduler::work_myself(CrystalStore& crystals) {
  if (!mine_) {
    const Batch next = queue_.take(0);
    if (next.empty()) return false;
    const std::uint64_t row = context_.rows[next.jobs.front()];
    mine_.emplace(context_, next.jobs.front());
    ++in_progress_;
    seconds_in_progress_ += next.seconds;
    if (next.seconds > seconds_ahead) context_.writer.mark_running(std::span(&row, 1));
  }
  mine_->advance(crystals, slice);
  if (mine_->finished()) {
    accept(mine_->complete());
    mine_.reset();
  }
  return true;
}

void Scheduler::receive() {
  while (const auto message = poll_message(context_.world)) {
    if (message->tag == Tag::stop_request) {
      stop("a signal to one of the ranks");
      continue;
    }
    WorkerReport report = unpack_report(message->bytes);
    Worker& worker = workers_.at(static_cast<std::size_t>(message->source - 1));
    worker.stopped = report.stopped;
    if (report.finished_batches > 0) {
      const auto finished = std::min<std::size_t>(report.finished_batches, worker.batches.size());
      worker.batches.erase(worker.batches.begin(), worker.batches.begin() + static_cast<std::ptrdiff_t>(finished));
      worker.since = ProgressDisplay::Clock::now();
    }
    for (CompletedJob& job : report.jobs) accept(std::move(job));
  }
}

void Scheduler::accept(CompletedJob job) {
  const std::uint64_t index = job_of_row_[job.job];
  const double predicted = context_.plan.jobs[index].cost_seconds;
  seconds_in_progress_ = std::max(0.0, seconds_in_progress_ - queue_.corrected(kind_[index], predicted));
  if (has_results(job.status.state)) queue_.learn(kind_[index], predicted, job.status.wall_seconds);
  --in_progress_;
  if (uncommitted_.empty()) oldest_uncommitted_ = ProgressDisplay::Clock::now();
  uncommitted_bytes_ += bytes_of(job);
  uncommitted_.push_back(std::move(job));
}

void Scheduler::commit_if_due() {
  if (uncommitted_.empty()) return;
  const bool old = ProgressDisplay::Clock::now() - oldest_uncommitted_ >= report_interval;
  if (old || uncommitted_bytes_ >= largest_commit_bytes) commit();
}

void Scheduler::commit() {
  if (uncommitted_.empty()) return;
  context_.writer.commit(uncommitted_);
  for (const CompletedJob& job : uncommitted_) {
    if (has_results(job.status.state)) {
      ++counts_.done;
      if (job.status.state == JobState::truncated) ++counts_.truncated;
      continue;
    }
    ++counts_.failed;
    progress_.finish();
    spdlog::error("job {} failed: {}", to_string(context_.plan.jobs[job_of_row_[job.job]].identity), job.status.reason);
  }
  uncommitted_.clear();
  uncommitted_bytes_ = 0;
}

void Scheduler::tell_workers(Tag tag) {
  for (std::size_t w = 0; w < workers_.size(); ++w)
    outbox_.send(static_cast<int>(w) + 1, tag, std::span<const std::uint64_t>{});
}

void Scheduler::stop_workers() {
  tell_workers(Tag::stop);
  if (mine_) mine_->checkpoint();
  const auto running = [](const Worker& worker) { return !worker.stopped; };
  while (std::any_of(workers_.begin(), workers_.end(), running)) {
    receive();
    rest();
  }
}

double Scheduler::seconds_left() const {
  return (queue_.remaining_seconds() + seconds_in_progress_) / static_cast<double>(workers_.size() + 1);
}

}  // namespace nxmc

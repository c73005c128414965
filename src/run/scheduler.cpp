#include "scheduler.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "nxmc/schedule/pending_jobs.hpp"
#include "nxmc/schedule/rhythm.hpp"
#include "watchdog.hpp"

namespace nxmc {

namespace {

// Readers are shown rank 0's own jobs as running when there is time to see it.
constexpr double shown_seconds = 0.5;
constexpr std::size_t largest_commit_bytes = 1 << 20;
// On a slow disk commits become rarer, so that they take no more than one part in so many of the time of rank 0 …
constexpr int commit_share = 20;
// … but nobody waits longer than this for the safety of a result.
constexpr std::chrono::seconds longest_commit_interval{2};

std::size_t bytes_of(const CompletedJob& job) {
  const Record& record = job.record;
  return sizeof(double) * (record.values.size() + record.summary.size() + record.profile.size()) +
         record.configurations.size() + record.final_state.size();
}

std::vector<std::uint64_t> invert(std::span<const std::uint64_t> rows) {
  const std::uint64_t size = rows.empty() ? 0 : *std::max_element(rows.begin(), rows.end()) + 1;
  std::vector<std::uint64_t> job_of_row(size);
  for (std::uint64_t job = 0; job < rows.size(); ++job) job_of_row[rows[job]] = job;
  return job_of_row;
}

}  // namespace

Scheduler::Scheduler(const WorkContext& context, const TimeLimit& limit, const Vigil& vigil,
                     const std::atomic<bool>& replaced, const Counts& at_start, Rounds& rounds, int ranks,
                     std::function<void(std::uint64_t)> show_busy)
    : context_(context),
      limit_(limit),
      vigil_(vigil),
      replaced_(replaced),
      counts_(at_start),
      rounds_(rounds),
      progress_(at_start),
      show_busy_(std::move(show_busy)),
      outbox_(context.world),
      dispatcher_(static_cast<std::size_t>(ranks - 1)),
      stopped_(static_cast<std::size_t>(ranks - 1), false),
      pending_(pending_jobs(context.plan)),
      job_of_row_(invert(context.rows)) {}

void Scheduler::stop(const std::string& reason) {
  if (!stopped_by_) stopped_by_ = reason;
}

bool Scheduler::must_stop() {
  if (stopped_by_) return true;
  stopped_by_ = received_stop_signal();
  if (!stopped_by_ && limit_.reached()) stopped_by_ = limit_.name();
  if (!stopped_by_ && replaced_) stopped_by_ = "another run";
  return stopped_by_.has_value();
}

bool Scheduler::run(const KernelGroup& group, CrystalStore& crystals) {
  dispatcher_.begin(jobs_of(group));
  for (bool has_worked = false; !dispatcher_.done() || awaits_decision_;) {
    listening_.listen_if_due(!has_worked || context_.team.is_engaged(), [this] {
      receive();
      context_.team.receive();
    });
    context_.team.lead().decline_vain_offers([&](std::uint64_t job) { return mine_ && mine_->index() == job; });
    if (must_stop()) return stop_early();
    hand_out();
    has_worked = work_myself(crystals);
    if (has_worked)
      rests_.has_worked();
    else
      rests_.rest(context_.team.is_engaged());
    commit_if_due();
    look_around();
  }
  receive_answers();
  if (must_stop_for_silent()) return stop_early();
  tell_workers(Tag::end_of_group);
  commit();
  progress_.finish();
  return true;
}

bool Scheduler::stop_early() {
  stop_workers();
  commit();
  progress_.finish();
  return false;
}

std::vector<PendingJob> Scheduler::jobs_of(const KernelGroup& group) const {
  std::vector<PendingJob> jobs;
  jobs.reserve(group.jobs.size());
  for (const std::uint64_t job : group.jobs)
    if (leads(context_.plan.jobs[job])) jobs.push_back(pending_[job]);
  return jobs;
}

double Scheduler::now() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Scheduler::hand_out() {
  while (const auto assignment = dispatcher_.assign_to_idle(now())) send(*assignment);
  if (!mine_ && !context_.team.hand().is_bound()) take_own_job();
  while (const auto assignment = dispatcher_.assign_ahead(now())) send(*assignment);
  if (const auto worker = dispatcher_.recall(!mine_, now()))
    outbox_.send(static_cast<int>(*worker) + 1, Tag::recall, std::span<const std::uint64_t>{});
  pair_helpers();
}

/// Nobody idles while there is a ladder to help with.
void Scheduler::pair_helpers() {
  if (context_.ladders.empty() || Clock::now() - paired_ < slice) return;
  paired_ = Clock::now();
  if (!dispatcher_.all_handed_out()) {
    context_.team.hand().leave();
    return;
  }
  for (const Help& help : helpers_.pair(idle_ranks(), ladders_at_work())) {
    if (help.helper == 0)
      context_.team.hand().help(static_cast<int>(help.owner), help.job);
    else
      outbox_.send(static_cast<int>(help.helper), Tag::help, std::array{std::uint64_t{help.owner}, help.job});
  }
}

std::vector<std::size_t> Scheduler::idle_ranks() const {
  std::vector<std::size_t> ranks;
  if (!mine_) ranks.push_back(0);
  for (std::size_t w = 0; w < stopped_.size(); ++w)
    if (dispatcher_.is_idle(w)) ranks.push_back(w + 1);
  return ranks;
}

std::vector<LadderAtWork> Scheduler::ladders_at_work() const {
  std::vector<LadderAtWork> ladders;
  const auto add = [&](std::size_t rank, const PendingJob& job) {
    const int ladder = context_.plan.jobs[job.job].ladder;
    if (ladder >= 0)
      ladders.push_back({.owner = rank,
                         .job = job.job,
                         .rungs = context_.ladders[static_cast<std::size_t>(ladder)].size(),
                         .seconds = job.predicted_seconds});
  };
  if (mine_) add(0, pending_[mine_->index()]);
  for (std::size_t w = 0; w < stopped_.size(); ++w)
    if (const auto job = dispatcher_.at_work(w)) add(w + 1, *job);
  return ladders;
}

/// Those who share a ladder with a rank that gives no sign of life go on without it, and it without them.
void Scheduler::part_with(std::size_t rank) {
  const auto tell = [&](std::size_t whom, std::size_t of) {
    if (whom == 0)
      context_.team.part_with(static_cast<int>(of));
    else
      outbox_.send(static_cast<int>(whom), Tag::part, std::array{std::uint64_t{of}});
  };
  for (const std::size_t other : helpers_.part_with(rank)) {
    tell(other, rank);
    tell(rank, other);
  }
}

void Scheduler::send(const Assignment& assignment) {
  std::vector<std::uint64_t> jobs;
  std::vector<std::uint64_t> rows;
  for (const PendingJob& pending : assignment.batch.jobs) {
    jobs.push_back(pending.job);
    std::ranges::copy(context_.rows_of(pending.job), std::back_inserter(rows));
  }
  outbox_.send(static_cast<int>(assignment.worker) + 1, Tag::assign, jobs);
  helpers_.release(assignment.worker + 1);
  context_.writer.mark_running(rows);
}

void Scheduler::take_own_job() {
  const auto next = dispatcher_.take_one();
  if (!next) return;
  helpers_.release(0);
  context_.team.hand().leave();
  context_.team.hand().put_down();
  if (context_.plan.jobs[next->job].ladder >= 0) context_.team.lead().expect(next->job);
  mine_.emplace(context_, next->job);
  mine_since_ = Clock::now();
  mine_is_shown_ = next->predicted_seconds > shown_seconds;
  if (mine_is_shown_) context_.writer.mark_running(context_.rows_of(next->job));
}

/// A job that was predicted to be short may turn out to be long.
void Scheduler::show_own_job_if_long() {
  if (mine_is_shown_ || std::chrono::duration<double>(Clock::now() - mine_since_).count() < shown_seconds) return;
  context_.writer.mark_running(context_.rows_of(mine_->index()));
  mine_is_shown_ = true;
}

bool Scheduler::work_myself(CrystalStore& crystals) {
  if (!mine_) return help_others(context_, crystals);
  Timesheet::Work work(context_.timesheet);
  if (!mine_->advance(crystals, slice)) {
    work.discard();
    return false;
  }
  if (mine_->finished()) {
    for (CompletedJob& job : mine_->complete()) accept(std::move(job));
    dispatcher_.ended_own();
    mine_.reset();
  } else {
    show_own_job_if_long();
  }
  return true;
}

void Scheduler::receive() {
  while (const auto message = poll_message(context_.world)) {
    if (message->tag == Tag::stop_request) {
      stop("a signal to one of the ranks");
      continue;
    }
    take_report(static_cast<std::size_t>(message->source - 1), unpack_report(message->bytes));
  }
}

/// After the last group nobody would receive them, and MPI must not end with messages on their way.
void Scheduler::receive_answers() {
  while (dispatcher_.awaits_answer()) {
    receive();
    rest();
    look_around();
  }
}

void Scheduler::take_report(std::size_t worker, WorkerReport report) {
  stopped_.at(worker) = report.stopped;
  const auto ended = static_cast<std::size_t>(std::ranges::count_if(
      report.jobs, [&](const CompletedJob& job) { return leads(context_.plan.jobs[job_of_row_[job.job]]); }));
  for (CompletedJob& job : report.jobs) accept(std::move(job));
  dispatcher_.ended(worker, ended, now());
  if (report.given_back) dispatcher_.gave_back(worker, *report.given_back);
}

void Scheduler::accept(CompletedJob job) {
  const std::uint64_t index = job_of_row_[job.job];
  const PendingJob alone{index, context_.plan.jobs[index].cost_seconds, pending_[index].kind};
  if (has_results(job.status.state)) dispatcher_.learn(alone, job.status.wall_seconds);
  if (uncommitted_.empty()) oldest_uncommitted_ = Clock::now();
  awaits_decision_ = awaits_decision_ || rounds_.concerns(index);
  uncommitted_bytes_ += bytes_of(job);
  uncommitted_.push_back(std::move(job));
}

void Scheduler::commit_if_due() {
  if (uncommitted_.empty()) return;
  const bool old = Clock::now() - oldest_uncommitted_ >= commit_interval_;
  // Nobody waits for work that a decision would bring.
  const bool wanted = awaits_decision_ && dispatcher_.all_handed_out();
  if (old || wanted || uncommitted_bytes_ >= largest_commit_bytes) commit();
}

void Scheduler::commit() {
  if (uncommitted_.empty()) return;
  const auto begin = Clock::now();
  context_.writer.commit(uncommitted_);
  commit_interval_ =
      std::clamp<Clock::duration>(commit_share * (Clock::now() - begin), report_interval, longest_commit_interval);
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
  begin_rounds();
  uncommitted_.clear();
  uncommitted_bytes_ = 0;
}

/// Chains of points that are not known well enough go on. Decided by what is committed, as a run that resumes does.
void Scheduler::begin_rounds() {
  if (!awaits_decision_) return;
  awaits_decision_ = false;
  std::vector<std::uint64_t> rows;
  for (const CompletedJob& job : uncommitted_) {
    const std::uint64_t index = job_of_row_[job.job];
    if (!has_results(job.status.state)) continue;
    for (const std::uint64_t next : rounds_.finish(index, job.record.values)) {
      if (leads(context_.plan.jobs[next])) dispatcher_.add(pending_[next]);
      rows.push_back(context_.rows[next]);
    }
  }
  if (rows.empty()) return;
  counts_.total += rows.size();
  context_.writer.reset(rows);
}

void Scheduler::tell_workers(Tag tag) {
  for (std::size_t w = 0; w < stopped_.size(); ++w)
    outbox_.send(static_cast<int>(w) + 1, tag, std::span<const std::uint64_t>{});
}

void Scheduler::stop_workers() {
  tell_workers(Tag::stop);
  if (mine_) mine_->checkpoint();
  const double stopped = steady_seconds();
  for (std::size_t w = 0; w < stopped_.size(); ++w) {
    while (waits_for(w, stopped)) {
      receive();
      commit_if_due();
      context_.main_thread.look_around();
      rest();
    }
  }
  for (std::size_t w = 0; w < stopped_.size(); ++w)
    if (!stopped_[w]) left_behind_.push_back(vigil_.words_for(w + 1, steady_seconds()));
}

/// Who lives may take its time to come to the end of a slice, as long as the time limit allows that.
bool Scheduler::waits_for(std::size_t worker, double stopped) const {
  if (stopped_[worker]) return false;
  const double now = steady_seconds();
  const Patience& patience = vigil_.patience();
  const bool silent = vigil_.silence_of(worker + 1, now).work >= patience.at_stop;
  const bool waited = now - stopped >= patience.at_stop || dispatcher_.is_set_aside(worker);
  return !(silent && waited) && now < vigil_.deadline() - patience.last_words;
}

void Scheduler::look_for_silent() {
  const double now = steady_seconds();
  for (std::size_t w = 0; w < stopped_.size(); ++w) {
    const double silence = vigil_.silence_of(w + 1, now).work;
    if (!dispatcher_.is_set_aside(w) && silence >= vigil_.patience().silent_after) {
      progress_.finish();
      spdlog::warn("{}; the others go on without it", vigil_.words_for(w + 1, now));
      dispatcher_.set_aside(w);
      part_with(w + 1);
    } else if (dispatcher_.is_set_aside(w) && silence < vigil_.patience().at_stop) {
      progress_.finish();
      spdlog::info("{} is heard of again", vigil_.name_of(w + 1));
      dispatcher_.take_back(w);
    }
  }
}

/// What silent ranks have is all that is left, or nothing is left, but they would not come to the next group or end.
bool Scheduler::must_stop_for_silent() {
  bool any = false;
  for (std::size_t w = 0; w < stopped_.size(); ++w) any = any || dispatcher_.is_set_aside(w);
  if (!any || !(dispatcher_.done() || dispatcher_.waits_only_for_silent())) return false;
  stop("a rank that gives no sign of life");
  return true;
}

void Scheduler::look_around() {
  constexpr auto interval = std::chrono::milliseconds(100);
  context_.main_thread.look_around();
  const auto now = Clock::now();
  if (now - shown_ < interval) return;
  shown_ = now;
  look_for_silent();
  if (!dispatcher_.done()) must_stop_for_silent();
  show_progress();
}

void Scheduler::show_progress() {
  const std::uint64_t busy = dispatcher_.busy_ranks(mine_.has_value()) + helpers_.count();
  show_busy_(busy);
  progress_.update(
      {.counts = counts_, .seconds_left = dispatcher_.seconds_left(), .ranks = stopped_.size() + 1, .busy = busy});
}

}  // namespace nxmc

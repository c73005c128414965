#include "nxmc/schedule/dispatcher.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace nxmc {

namespace {

constexpr double already = -never;

// Workers have so much to do ahead that a rank 0 which cannot answer for a while (a slow disk) costs nothing.
constexpr double most_seconds_ahead = 0.5;
constexpr double largest_batch_seconds = 0.05;
// Less work than this is not worth a message of its own.
constexpr double smallest_batch_seconds = 0.002;
constexpr double worth_recalling_seconds = 0.01;

}  // namespace

Dispatcher::Dispatcher(std::size_t workers) : workers_(workers) {
  for (std::size_t w = 0; w < workers; ++w) {
    workers_[w].need = already;
    by_need_.emplace(already, w);
  }
}

void Dispatcher::begin(std::span<const PendingJob> jobs) {
  assert(done());
  queue_ = JobQueue(jobs);
}

// Towards the end both shrink, so that all ranks end together.
double Dispatcher::batch_seconds() const {
  return std::clamp(queue_.remaining_seconds() / (4 * ranks()), smallest_batch_seconds, largest_batch_seconds);
}

double Dispatcher::seconds_ahead() const {
  return std::min(most_seconds_ahead, queue_.remaining_seconds() / (2 * ranks()));
}

std::optional<Assignment> Dispatcher::assign_to_idle(double now) {
  while (!queue_.empty() && !by_need_.empty()) {
    const auto [need, w] = *by_need_.begin();
    if (need != already) break;
    if (!workers_[w].recalled) return Assignment{w, hand_to(w, now)};
    set_need(w, never);
  }
  return std::nullopt;
}

std::optional<Assignment> Dispatcher::assign_ahead(double now) {
  while (!queue_.empty() && !by_need_.empty()) {
    const auto [need, w] = *by_need_.begin();
    Worker& worker = workers_[w];
    const double ahead = seconds_ahead();
    if (need - now >= ahead) break;
    const bool overdue = !worker.jobs.empty() && now > worker.since + worker.jobs.front().seconds;
    if (worker.recalled || (overdue && worker.waiting_seconds() >= ahead)) {
      set_need(w, never);
      continue;
    }
    return Assignment{w, hand_to(w, now)};
  }
  return std::nullopt;
}

Batch Dispatcher::hand_to(std::size_t w, double now) {
  Worker& worker = workers_[w];
  if (worker.jobs.empty()) worker.since = now;
  Batch batch = queue_.take(batch_seconds());
  for (const PendingJob& job : batch.jobs) {
    const double seconds = queue_.corrected(job.kind, job.predicted_seconds);
    worker.jobs.push_back({job, seconds});
    worker.seconds += seconds;
  }
  in_progress_ += batch.jobs.size();
  seconds_in_progress_ += batch.seconds;
  update(w);
  return batch;
}

std::optional<PendingJob> Dispatcher::take_one() {
  if (queue_.empty()) return std::nullopt;
  const PendingJob job = queue_.take_longest();
  ++in_progress_;
  own_seconds_ = queue_.corrected(job.kind, job.predicted_seconds);
  seconds_in_progress_ += own_seconds_;
  return job;
}

std::optional<std::size_t> Dispatcher::recall(bool rank_0_is_idle, double now) {
  const bool worker_is_idle = !by_need_.empty() && by_need_.begin()->first == already;
  if (!queue_.empty() || holders_.empty() || !(rank_0_is_idle || worker_is_idle) || now < next_recall_)
    return std::nullopt;
  for (const auto& [minus_waiting, w] : holders_) {
    const Worker& worker = workers_[w];
    const double overdue = now - worker.since - worker.jobs.front().seconds;
    if (std::max(-minus_waiting, overdue) >= worth_recalling_seconds) return name_recalled(w);
  }
  next_recall_ = now + worth_recalling_seconds;
  return std::nullopt;
}

std::size_t Dispatcher::name_recalled(std::size_t w) {
  workers_[w].recalled = true;
  ++unanswered_;
  update(w);
  return w;
}

void Dispatcher::ended(std::size_t w, std::size_t jobs, double now) {
  Worker& worker = workers_.at(w);
  for (std::size_t k = 0; k < jobs; ++k) {
    drop(worker, worker.jobs.front());
    worker.jobs.pop_front();
  }
  if (jobs > 0) worker.since = now;
  update(w);
}

void Dispatcher::gave_back(std::size_t w, std::size_t jobs) {
  Worker& worker = workers_.at(w);
  for (std::size_t k = 0; k < jobs; ++k) {
    queue_.put_back(worker.jobs.back().job);
    drop(worker, worker.jobs.back());
    worker.jobs.pop_back();
  }
  worker.recalled = false;
  if (!worker.aside) --unanswered_;
  update(w);
}

void Dispatcher::set_aside(std::size_t w) {
  Worker& worker = workers_.at(w);
  if (worker.aside) return;
  worker.aside = true;
  if (worker.recalled) --unanswered_;
  update(w);
}

void Dispatcher::take_back(std::size_t w) {
  Worker& worker = workers_.at(w);
  if (!worker.aside) return;
  worker.aside = false;
  if (worker.recalled) ++unanswered_;
  update(w);
}

bool Dispatcher::waits_only_for_silent() const {
  std::size_t aside = 0;
  for (const Worker& worker : workers_)
    if (worker.aside) aside += worker.jobs.size();
  return queue_.empty() && in_progress_ > 0 && aside == in_progress_;
}

void Dispatcher::drop(Worker& worker, const Held& held) {
  // Sums that are kept up to date leave rounding errors behind.
  worker.seconds = worker.jobs.size() == 1 ? 0 : std::max(0.0, worker.seconds - held.seconds);
  --in_progress_;
  seconds_in_progress_ = in_progress_ == 0 ? 0 : std::max(0.0, seconds_in_progress_ - held.seconds);
}

void Dispatcher::ended_own() {
  --in_progress_;
  seconds_in_progress_ = in_progress_ == 0 ? 0 : std::max(0.0, seconds_in_progress_ - own_seconds_);
}

void Dispatcher::learn(const PendingJob& job, double measured_seconds) {
  queue_.learn(job.kind, job.predicted_seconds, measured_seconds);
}

void Dispatcher::update(std::size_t w) {
  Worker& worker = workers_[w];
  set_need(w, worker.aside ? never : worker.jobs.empty() ? already : worker.since + worker.seconds);
  if (worker.holds) holders_.erase({-worker.held_seconds, w});
  worker.holds = worker.jobs.size() > 1 && !worker.recalled && !worker.aside;
  worker.held_seconds = worker.waiting_seconds();
  if (worker.holds) holders_.emplace(-worker.held_seconds, w);
}

void Dispatcher::set_need(std::size_t w, double need) {
  by_need_.erase({workers_[w].need, w});
  workers_[w].need = need;
  by_need_.emplace(need, w);
}

bool Dispatcher::is_idle(std::size_t w) const {
  const Worker& worker = workers_.at(w);
  return worker.jobs.empty() && !worker.aside && !worker.recalled;
}

std::optional<PendingJob> Dispatcher::at_work(std::size_t w) const {
  const Worker& worker = workers_.at(w);
  return worker.jobs.empty() || worker.aside ? std::nullopt : std::optional(worker.jobs.front().job);
}

std::size_t Dispatcher::busy_ranks(bool rank_0_works) const {
  const auto busy =
      std::ranges::count_if(workers_, [](const Worker& worker) { return !worker.jobs.empty() && !worker.aside; });
  return static_cast<std::size_t>(busy) + (rank_0_works || !queue_.empty() ? 1U : 0U);
}

double Dispatcher::seconds_left() const { return (queue_.remaining_seconds() + seconds_in_progress_) / ranks(); }

double Dispatcher::next_assignment() const {
  if (queue_.empty() || by_need_.empty()) return never;
  return by_need_.begin()->first - seconds_ahead();
}

}  // namespace nxmc

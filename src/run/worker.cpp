#include "worker.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "listening.hpp"
#include "message.hpp"
#include "stop.hpp"

namespace nxmc {

namespace {

class Worker {
 public:
  Worker(const WorkContext& context, CrystalStore& crystals)
      : context_(context), crystals_(crystals), team_(context.team), outbox_(context.world) {}

  bool work() {
    for (bool has_worked = false;;) {
      context_.main_thread.look_around();
      listening_.listen_if_due(!has_worked || team_.is_engaged(), [this] {
        receive();
        team_.receive();
      });
      team_.lead().decline_vain_offers([&](std::uint64_t job) { return has(job); });
      pass_on_signal();
      if (stopping_) {
        if (current_) current_->checkpoint();
        report(true);
        return false;
      }
      has_worked = advance();
      if (has_worked) {
        rests_.has_worked();
      } else {
        if (group_ended_) return true;
        rests_.rest(team_.is_engaged());
      }
      report_if_due();
    }
  }

 private:
  void receive() {
    while (const auto message = poll_message(context_.world)) {
      switch (message->tag) {
        case Tag::assign:
          take_jobs(to_numbers(message->bytes));
          break;
        case Tag::help: {
          const std::vector<std::uint64_t> whom = to_numbers(message->bytes);
          team_.hand().help(static_cast<int>(whom.at(0)), whom.at(1));
          break;
        }
        case Tag::part:
          team_.part_with(static_cast<int>(to_numbers(message->bytes).at(0)));
          break;
        case Tag::recall:
          report_.given_back = waiting_.size();
          waiting_.clear();
          report(false);
          break;
        case Tag::end_of_group:
          group_ended_ = true;
          break;
        default:
          stopping_ = true;
          break;
      }
    }
  }

  void take_jobs(const std::vector<std::uint64_t>& jobs) {
    team_.hand().leave();
    for (const std::uint64_t job : jobs) {
      waiting_.push_back(job);
      if (context_.plan.jobs[job].ladder >= 0) team_.lead().expect(job);
    }
  }

  bool has(std::uint64_t job) const {
    return (current_ && current_->index() == job) || std::ranges::find(waiting_, job) != waiting_.end();
  }

  void pass_on_signal() {
    if (signal_passed_on_ || !received_stop_signal()) return;
    outbox_.send(0, Tag::stop_request, std::span<const std::uint64_t>{});
    signal_passed_on_ = true;
  }

  /// One slice of work; false when there is none.
  bool advance() {
    if (team_.hand().is_bound() || (!current_ && waiting_.empty())) return help_others(context_, crystals_);
    if (!current_) {
      team_.hand().put_down();
      current_.emplace(context_, waiting_.front());
      waiting_.pop_front();
    }
    Timesheet::Work work(context_.timesheet);
    if (!current_->advance(crystals_, slice)) {
      work.discard();
      return false;
    }
    if (!current_->finished()) return true;
    for (CompletedJob& job : current_->complete()) report_.jobs.push_back(std::move(job));
    current_.reset();
    return true;
  }

  void report_if_due() {
    if (report_.jobs.empty()) return;
    const bool idle = !current_ && waiting_.empty();
    if (idle || std::chrono::steady_clock::now() - reported_ >= report_interval) report(false);
  }

  void report(bool stopped) {
    report_.stopped = stopped;
    outbox_.send(0, Tag::report, pack(report_));
    report_ = WorkerReport{};
    reported_ = std::chrono::steady_clock::now();
  }

  const WorkContext& context_;
  CrystalStore& crystals_;
  LadderTeam& team_;
  Outbox outbox_;
  Listening listening_;
  Rests rests_;
  std::deque<std::uint64_t> waiting_;  // not begun
  std::optional<RunningJob> current_;
  WorkerReport report_;
  std::chrono::steady_clock::time_point reported_{};
  bool signal_passed_on_ = false;
  bool group_ended_ = false;
  bool stopping_ = false;
};

}  // namespace

bool work_for_rank_0(const WorkContext& context, CrystalStore& crystals) { return Worker(context, crystals).work(); }

bool help_others(const WorkContext& context, CrystalStore& crystals) {
  const auto start = std::chrono::steady_clock::now();
  Timesheet::Work work(context.timesheet);
  bool has_worked = false;
  for (bool moves = true; moves && std::chrono::steady_clock::now() - start < slice;) {
    moves = context.team.hand().advance(context, crystals);
    has_worked = has_worked || moves;
    context.team.receive_if_due();
  }
  if (!has_worked) work.discard();
  return has_worked;
}

void rest() { std::this_thread::sleep_for(rest_interval); }

void Rests::rest(bool soon) const {
  constexpr std::chrono::milliseconds longest_short_rests{2};
  if (soon && std::chrono::steady_clock::now() - worked_ < longest_short_rests)
    std::this_thread::yield();
  else
    nxmc::rest();
}

}  // namespace nxmc

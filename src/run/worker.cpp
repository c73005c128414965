#include "worker.hpp"

#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "message.hpp"
#include "stop.hpp"

namespace nxmc {

namespace {

class Worker {
 public:
  Worker(const WorkContext& context, CrystalStore& crystals)
      : context_(context), crystals_(crystals), outbox_(context.world) {}

  bool work() {
    for (;;) {
      context_.main_thread.look_around();
      receive();
      pass_on_signal();
      if (stopping_) {
        if (current_) current_->checkpoint();
        report(true);
        return false;
      }
      if (!advance()) {
        if (group_ended_) return true;
        rest();
      }
      report_if_due();
    }
  }

 private:
  void receive() {
    while (const auto message = poll_message(context_.world)) {
      switch (message->tag) {
        case Tag::assign:
          for (const std::uint64_t job : to_numbers(message->bytes)) waiting_.push_back(job);
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

  void pass_on_signal() {
    if (signal_passed_on_ || !received_stop_signal()) return;
    outbox_.send(0, Tag::stop_request, std::span<const std::uint64_t>{});
    signal_passed_on_ = true;
  }

  /// One slice of work; false when there is none.
  bool advance() {
    if (!current_) {
      if (waiting_.empty()) return false;
      current_.emplace(context_, waiting_.front());
      waiting_.pop_front();
    }
    const Timesheet::Work work(context_.timesheet);
    current_->advance(crystals_, slice);
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
  Outbox outbox_;
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

void rest() { std::this_thread::sleep_for(rest_interval); }

}  // namespace nxmc

#include "worker.hpp"

#include <deque>
#include <optional>
#include <thread>

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
          batches_.emplace_back(accept(message->bytes));
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

  static std::deque<std::uint64_t> accept(std::span<const std::byte> bytes) {
    const auto jobs = to_numbers(bytes);
    return {jobs.begin(), jobs.end()};
  }

  void pass_on_signal() {
    if (signal_passed_on_ || !received_stop_signal()) return;
    outbox_.send(0, Tag::stop_request, std::span<const std::uint64_t>{});
    signal_passed_on_ = true;
  }

  /// One slice of work; false when there is none.
  bool advance() {
    if (!current_) {
      if (batches_.empty()) return false;
      const std::uint64_t index = batches_.front().front();
      batches_.front().pop_front();
      current_.emplace(context_, index);
    }
    current_->advance(crystals_, slice);
    if (!current_->finished()) return true;
    report_.jobs.push_back(current_->complete());
    current_.reset();
    if (batches_.front().empty()) {
      batches_.pop_front();
      ++report_.finished_batches;
    }
    return true;
  }

  void report_if_due() {
    if (report_.jobs.empty()) return;
    const auto now = std::chrono::steady_clock::now();
    if (report_.finished_batches == 0 && now - reported_ < report_interval) return;
    reported_ = now;
    report(false);
  }

  void report(bool stopped) {
    report_.stopped = stopped;
    outbox_.send(0, Tag::report, pack(report_));
    report_ = WorkerReport{};
  }

  const WorkContext& context_;
  CrystalStore& crystals_;
  Outbox outbox_;
  std::deque<std::deque<std::uint64_t>> batches_;  // the one at work (empty during its last job) and the one ahead
  std::optional<RunningJob> current_;
  WorkerReport report_;
  std::chrono::steady_clock::time_point reported_{};
  bool signal_passed_on_ = false;
  bool group_ended_ = false;
  bool stopping_ = false;
};

}  // namespace

bool work_for_rank_0(const WorkContext& context, CrystalStore& crystals) { return Worker(context, crystals).work(); }

void rest() { std::this_thread::sleep_for(std::chrono::microseconds(100)); }

}  // namespace nxmc

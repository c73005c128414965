// How a rank has spent the time of a run.
#pragma once

#include <chrono>

namespace nxmc {

class Timesheet {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Timesheet(Clock::time_point start) : start_(start), last_work_(start) {}

  /// Its lifetime is work on kernels or jobs.
  class Work {
   public:
    explicit Work(Timesheet& sheet) : sheet_(sheet) {}
    ~Work() {
      if (!counts_) return;
      sheet_.last_work_ = Clock::now();
      sheet_.working_ += sheet_.last_work_ - begin_;
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    /// There was nothing to do.
    void discard() { counts_ = false; }

   private:
    Timesheet& sheet_;
    Clock::time_point begin_ = Clock::now();
    bool counts_ = true;
  };

  /// Everything is open and known: from now on there is work. Where a campaign goes on in steps, each begins so.
  void ready() {
    const auto now = Clock::now();
    starting_ += now - last_work_;
    last_work_ = now;
  }

  struct Shares {
    double total = 0;
    double starting = 0;  ///< before each step, since the work on the one before
    double working = 0;
    double idle_at_end = 0;  ///< since its last work
  };
  /// In seconds, until now.
  Shares shares() const {
    const auto now = Clock::now();
    return {seconds(now - start_), seconds(starting_), seconds(working_), seconds(now - last_work_)};
  }

 private:
  static double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }
  Clock::time_point start_;
  Clock::time_point last_work_;
  Clock::duration starting_{};
  Clock::duration working_{};
};

}  // namespace nxmc

// What a user sees while a campaign runs: one line that renews itself on a terminal, a log line now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>

namespace nxmc {

struct Counts {
  std::uint64_t total = 0;
  std::uint64_t done = 0;       ///< with results in the archive, of this and earlier runs
  std::uint64_t truncated = 0;  ///< of these, ended by max_events
  std::uint64_t failed = 0;
};

class ProgressDisplay {
 public:
  using Clock = std::chrono::steady_clock;
  explicit ProgressDisplay(const Counts& at_start);
  /// Shows the state if it is time to.
  /// \param seconds_left  predicted, on the ranks at work
  void update(const Counts& counts, double seconds_left);
  /// Clears the line, so that messages can follow.
  void finish();

 private:
  Counts at_start_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_ = start_;
  bool terminal_;
  bool line_shown_ = false;
};

}  // namespace nxmc

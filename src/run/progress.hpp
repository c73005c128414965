// What a user sees while a campaign runs: one line that renews itself on a terminal, a log line now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nxmc {

struct Counts {
  std::uint64_t total = 0;
  std::uint64_t done = 0;       ///< with results in the archive, of this and earlier runs
  std::uint64_t truncated = 0;  ///< of these, ended by max_events
  std::uint64_t failed = 0;
};

struct Activity {
  Counts counts;
  double seconds_left = 0;  ///< predicted, on the ranks at work
  std::uint64_t ranks = 1;
  std::uint64_t busy = 0;  ///< ranks with work to do
};

/// The line, and when it is time for one.
class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Place : std::uint8_t {
    terminal,  ///< several times a second
    log        ///< after a minute, then every five: fewer than 300 a day, and none of a short run
  };
  ProgressLine(Place place, const Counts& at_start, Clock::time_point start);
  /// nullopt when it is not time yet.
  std::optional<std::string> at(Clock::time_point now, const Activity& activity);

 private:
  /// How many jobs had ended by when.
  struct Mark {
    Clock::time_point time;
    std::uint64_t ended = 0;
  };
  bool is_due(Clock::time_point now) const;
  double jobs_per_second(const Mark& now);

  Place place_;
  Clock::time_point shown_;
  bool first_ = true;
  Mark start_;
  Mark earlier_;  // where the rate is counted from
  Mark recent_;   // will take its place
};

class ProgressDisplay {
 public:
  using Clock = ProgressLine::Clock;
  explicit ProgressDisplay(const Counts& at_start);
  /// Shows the state if it is time to.
  void update(const Activity& activity);
  /// Clears the line, so that messages can follow.
  void finish();

 private:
  Counts at_start_;
  bool terminal_;
  std::optional<ProgressLine> line_;  // from the first job on: what came before says nothing about the rate
  bool line_shown_ = false;
};

}  // namespace nxmc

#include "progress.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "nxmc/campaign/amounts.hpp"

namespace nxmc {

namespace {

using namespace std::chrono_literals;

std::uint64_t ended(const Counts& counts) { return counts.done + counts.failed; }

std::string describe(const Activity& activity, double jobs_per_second) {
  const Counts& counts = activity.counts;
  std::string text = fmt::format("{} of {} jobs done ({:.1f} %)", counts.done, counts.total,
                                 percent_of(static_cast<double>(counts.done), static_cast<double>(counts.total)));
  if (counts.failed > 0) text += fmt::format(", {} failed", counts.failed);
  if (jobs_per_second > 0) text += fmt::format(", {}", readable_rate(jobs_per_second));
  text += fmt::format(", {} left, {} of {} rank{} busy", readable_duration(activity.seconds_left), activity.busy,
                      activity.ranks, activity.ranks == 1 ? "" : "s");
  return text;
}

/// A line that does not fit would move on to the next one, where it cannot be renewed.
std::string cut_to_terminal(const std::string& line) {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? line.substr(0, size.ws_col - 1U) : line;
}

}  // namespace

ProgressLine::ProgressLine(Place place, const Counts& at_start, Clock::time_point start)
    : place_(place), shown_(start), start_{start, ended(at_start)}, earlier_(start_), recent_(start_) {}

std::optional<std::string> ProgressLine::at(Clock::time_point now, const Activity& activity) {
  if (!is_due(now)) return std::nullopt;
  shown_ = now;
  first_ = false;
  return describe(activity, jobs_per_second({now, ended(activity.counts)}));
}

bool ProgressLine::is_due(Clock::time_point now) const {
  const auto in_log = first_ ? Clock::duration(1min) : Clock::duration(5min);
  return now - shown_ >= (place_ == Place::terminal ? Clock::duration(200ms) : in_log);
}

double ProgressLine::jobs_per_second(const Mark& now) {
  const auto rate_since = [&now](const Mark& mark) {
    const double seconds = std::chrono::duration<double>(now.time - mark.time).count();
    return static_cast<double>(now.ended - mark.ended) / seconds;
  };
  const double lately = rate_since(earlier_);
  if (now.time - recent_.time >= 1min) {
    earlier_ = recent_;
    recent_ = now;
  }
  return lately > 0 ? lately : rate_since(start_);
}

ProgressDisplay::ProgressDisplay(const Counts& at_start) : at_start_(at_start), terminal_(isatty(STDERR_FILENO) != 0) {}

void ProgressDisplay::update(const Activity& activity) {
  const auto now = Clock::now();
  if (!line_) line_.emplace(terminal_ ? ProgressLine::Place::terminal : ProgressLine::Place::log, at_start_, now);
  const auto line = line_->at(now, activity);
  if (!line) return;
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", cut_to_terminal(*line));
    std::fflush(stderr);
    line_shown_ = true;
  } else {
    spdlog::info("{}", *line);
  }
}

void ProgressDisplay::finish() {
  if (!line_shown_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  line_shown_ = false;
}

}  // namespace nxmc

#include "progress.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "nxmc/campaign/amounts.hpp"

namespace nxmc {

namespace {

using namespace std::chrono_literals;

std::string describe(const Counts& counts, double jobs_per_second, double seconds_left) {
  const double percent = 100 * static_cast<double>(counts.done + counts.failed) /
                         static_cast<double>(std::max<std::uint64_t>(1, counts.total));
  std::string text = fmt::format("{}/{} jobs ({:.0f} %), {:.3g} jobs/s, {} left", counts.done, counts.total, percent,
                                 jobs_per_second, readable_duration(seconds_left));
  if (counts.failed > 0) text += fmt::format(", {} failed", counts.failed);
  return text;
}

}  // namespace

ProgressDisplay::ProgressDisplay(const Counts& at_start) : at_start_(at_start), terminal_(isatty(STDERR_FILENO) != 0) {}

void ProgressDisplay::update(const Counts& counts, double seconds_left) {
  const auto now = Clock::now();
  const auto running = now - start_;
  // In a log file the first lines come soon, later ones every few minutes.
  const auto interval = terminal_ ? Clock::duration(200ms) : std::clamp<Clock::duration>(running / 4, 5s, 300s);
  if (now - shown_ < interval) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(running).count();
  const auto line = describe(counts, static_cast<double>(counts.done - at_start_.done) / seconds, seconds_left);
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", line);
    std::fflush(stderr);
    line_shown_ = true;
  } else {
    spdlog::info("{}", line);
  }
}

void ProgressDisplay::finish() {
  if (!line_shown_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  line_shown_ = false;
}

}  // namespace nxmc

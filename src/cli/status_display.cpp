#include "status_display.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include "nxmc/campaign/amounts.hpp"

namespace nxmc {
namespace {

/// Bytes of UTF-8 that go on with a character do not count.
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

/// What is in a file must not steer the terminal.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = ' ';
  return text;
}

std::string cut(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end)
    if (begins_character(text[end]) && ++characters > width) break;
  return text.substr(0, end);
}

std::string padded(const std::string& text, std::size_t width) {
  const std::string fitting = cut(text, width);
  return fitting + std::string(width - width_of(fitting), ' ');
}

struct Segment {
  std::uint64_t jobs = 0;
  const char* unicode;
  char plain;
  const char* colour;  ///< parameters of the terminal's colour sequence; empty: as it is
};

std::vector<Segment> segments_of(const JobCounts& jobs) {
  return {{jobs[JobState::done] + jobs[JobState::truncated], "█", '#', "32"},
          {jobs[JobState::failed], "▚", 'x', "31"},
          {jobs[JobState::running], "▒", '>', "34"},
          {jobs[JobState::waiting], "░", '.', ""}};
}

/// Cells for each segment, in proportion; none that has jobs goes without one.
std::vector<std::size_t> share_out(const std::vector<Segment>& segments, std::size_t width) {
  const auto total = std::accumulate(segments.begin(), segments.end(), std::uint64_t{0},
                                     [](std::uint64_t sum, const Segment& s) { return sum + s.jobs; });
  std::vector<std::size_t> cells;
  for (const Segment& segment : segments) {
    const double share = total == 0 ? 0 : static_cast<double>(segment.jobs) / static_cast<double>(total);
    const auto whole = static_cast<std::size_t>(share * static_cast<double>(width));
    cells.push_back(segment.jobs > 0 ? std::max<std::size_t>(1, whole) : 0);
  }
  const auto largest = std::ranges::max_element(cells);
  const std::size_t others = std::accumulate(cells.begin(), cells.end(), std::size_t{0}) - *largest;
  *largest = total == 0 ? 0 : width - others;
  return cells;
}

std::string coloured(const std::string& text, const char* colour, const Screen& screen) {
  if (!screen.colour || *colour == '\0' || text.empty()) return text;
  return fmt::format("\033[{}m{}\033[0m", colour, text);
}

std::string bar(const std::vector<Segment>& segments, std::size_t width, const Screen& screen) {
  const std::vector<std::size_t> cells = share_out(segments, width);
  std::string text;
  for (std::size_t s = 0; s < segments.size(); ++s) {
    std::string piece;
    for (std::size_t cell = 0; cell < cells[s]; ++cell)
      piece += screen.unicode ? std::string(segments[s].unicode) : std::string(1, segments[s].plain);
    text += coloured(piece, segments[s].colour, screen);
  }
  return text;
}

std::string count_label(const JobCounts& jobs) {
  const std::uint64_t done = jobs[JobState::done] + jobs[JobState::truncated];
  const auto total = static_cast<double>(jobs.total());
  return fmt::format("{}/{} {:>5.1f} %", done, jobs.total(), percent_of(static_cast<double>(done), total));
}

std::string details(const JobCounts& jobs) {
  std::string text;
  if (jobs[JobState::running] > 0) text += fmt::format("  {} running", jobs[JobState::running]);
  if (jobs[JobState::failed] > 0) text += fmt::format("  {} failed", jobs[JobState::failed]);
  return text;
}

/// Widths of the columns of all bars.
struct Columns {
  std::size_t name = 0;
  std::size_t bar = 0;
  std::size_t label = 0;
};

Columns columns_for(const std::vector<ScanProgress>& rows, const Screen& screen) {
  constexpr std::size_t widest_bar = 60;
  constexpr std::size_t narrowest_bar = 5;
  Columns columns;
  std::size_t most_details = 0;
  for (const ScanProgress& row : rows) {
    columns.name = std::max(columns.name, width_of(row.scan));
    columns.label = std::max(columns.label, width_of(count_label(row.jobs)));
    most_details = std::max(most_details, width_of(details(row.jobs)));
  }
  columns.name = std::min(columns.name, std::max<std::size_t>(8, screen.columns / 4));
  const std::size_t others = columns.name + columns.label + 4;
  for (const std::size_t beside : {others + most_details, others}) {
    if (beside + narrowest_bar > screen.columns) continue;
    columns.bar = std::min(widest_bar, screen.columns - beside);
    break;
  }
  return columns;
}

/// Where there is no room for a bar, the numbers alone.
std::string row_of(const ScanProgress& row, const Columns& columns, const Screen& screen) {
  const std::string name = padded(printable(row.scan), columns.name);
  const std::string label = fmt::format("{:>{}}", count_label(row.jobs), columns.label);
  if (columns.bar == 0) return cut(name + "  " + label, screen.columns);
  const std::size_t room = screen.columns - columns.name - columns.bar - columns.label - 4;
  return name + "  " + bar(segments_of(row.jobs), columns.bar, screen) + "  " + label + cut(details(row.jobs), room);
}

std::string row_of(const JobAtWork& job, const Screen& screen) {
  constexpr std::size_t thousand = 1000;
  constexpr std::size_t width = 20;
  const auto done = static_cast<std::uint64_t>(job.fraction * thousand);
  const std::vector<Segment> segments{{done, "█", '#', "34"}, {thousand - done, "░", '.', ""}};
  const std::string end = fmt::format("  about {:.0f} %", 100 * job.fraction);
  if (screen.columns < 2 + width + end.size() + 10) return cut(job.job.substr(0, 8) + end, screen.columns);
  const std::string name = cut(job.job, screen.columns - width - end.size() - 4);
  return "  " + name + "  " + bar(segments, width, screen) + end;
}

/// The rows of a part that fit; where some do not, a last line tells how many.
void add_some(std::vector<std::string>& lines, const std::vector<std::string>& rows, std::size_t room,
              const std::string& noun, const Screen& screen) {
  const std::size_t shown = rows.size() <= room ? rows.size() : room - std::min<std::size_t>(1, room);
  lines.insert(lines.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown));
  if (shown < rows.size() && room > 0)
    lines.push_back(cut(fmt::format("  and {} more {}", rows.size() - shown, noun), screen.columns));
}

std::vector<std::string> scan_rows(const Progress& progress, const Screen& screen, std::size_t room) {
  std::vector<ScanProgress> all = progress.scans;
  all.push_back({"(all)", progress.total});
  const Columns columns = columns_for(all, screen);
  // Where not all have room, those with something left to do come first.
  if (progress.scans.size() + 1 > room)
    std::stable_sort(all.begin(), all.end() - 1, [](const ScanProgress& a, const ScanProgress& b) {
      const auto is_over = [](const JobCounts& jobs) { return jobs[JobState::waiting] + jobs[JobState::running] == 0; };
      return !is_over(a.jobs) && is_over(b.jobs);
    });
  std::vector<std::string> rows;
  rows.reserve(all.size());
  for (const ScanProgress& row : all) rows.push_back(row_of(row, columns, screen));
  const std::string total = rows.back();
  rows.pop_back();
  std::vector<std::string> lines;
  add_some(lines, rows, room - std::min<std::size_t>(1, room), "scans", screen);
  lines.push_back(total);
  return lines;
}

std::vector<std::string> failure_rows(const Progress& progress, const Screen& screen) {
  constexpr std::size_t most = 3;
  std::vector<FailedJob> failures = progress.failures;
  std::ranges::stable_sort(failures, {}, &FailedJob::finished);
  if (failures.size() > most) failures.erase(failures.begin(), failures.end() - most);
  std::vector<std::string> rows;
  rows.reserve(failures.size());
  for (const FailedJob& failure : failures)
    rows.push_back(cut(fmt::format("  {}  {}", failure.job.substr(0, 8), printable(failure.reason)), screen.columns));
  return rows;
}

std::vector<std::string> lower_part(const CampaignStatus& status, const Screen& screen) {
  constexpr std::size_t most_at_work = 4;
  constexpr std::size_t most_points = 3;
  std::vector<std::string> lines;
  for (const std::string& line : activity_lines(status)) lines.push_back(cut(printable(line), screen.columns));
  if (!status.progress) return lines;
  std::vector<std::string> at_work;
  for (const JobAtWork& job : status.progress->at_work) at_work.push_back(row_of(job, screen));
  if (!at_work.empty()) lines.push_back(cut("at work, by their last checkpoints:", screen.columns));
  add_some(lines, at_work, most_at_work, "jobs", screen);
  const std::vector<std::string> failures = failure_rows(*status.progress, screen);
  if (!failures.empty()) {
    const std::size_t all = status.progress->failures.size();
    const std::string which = all > failures.size() ? fmt::format("{} failed, at last:", all) : "failed:";
    lines.push_back(coloured(cut(which, screen.columns), "31", screen));
  }
  lines.insert(lines.end(), failures.begin(), failures.end());
  for (const auto& part :
       {verdict_lines(status, most_points), ladder_lines(status), precision_lines(status, most_points)})
    for (const std::string& line : part) lines.push_back(cut(line, screen.columns));
  return lines;
}

}  // namespace

std::vector<std::string> status_picture(const CampaignStatus& status, const Screen& screen) {
  const std::size_t most = screen.lines > 1 ? screen.lines - 1 : 1;
  const std::string title = status.progress
                                ? fmt::format("{}: campaign '{}'", status.archive, status.progress->campaign)
                                : fmt::format("{}: is not there yet", status.archive);
  std::vector<std::string> lines{cut(printable(title), screen.columns)};
  const std::vector<std::string> below = lower_part(status, screen);
  if (status.progress) {
    constexpr std::size_t fewest_scans = 3;
    const std::size_t used = lines.size() + below.size();
    const std::size_t room = most > used + fewest_scans ? most - used : fewest_scans;
    const std::vector<std::string> scans = scan_rows(*status.progress, screen, room);
    lines.insert(lines.end(), scans.begin(), scans.end());
  }
  lines.insert(lines.end(), below.begin(), below.end());
  if (lines.size() > most) lines.resize(most);
  return lines;
}

}  // namespace nxmc

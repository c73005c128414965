// `nxmc status`: how far a campaign is.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "commands.hpp"
#include "nxmc/analyze/print.hpp"
#include "nxmc/analyze/progress.hpp"
#include "nxmc/analyze/table.hpp"
#include "nxmc/campaign/amounts.hpp"
#include "output.hpp"

namespace nxmc {
namespace {

constexpr std::array shown_states{JobState::done, JobState::truncated, JobState::running, JobState::waiting,
                                  JobState::failed};

Table counts_table(const Progress& progress) {
  std::vector<ScanProgress> lines = progress.scans;
  lines.push_back({"(all)", progress.total});
  std::vector<std::string> names;
  std::vector<std::int64_t> totals;
  for (const ScanProgress& line : lines) {
    names.push_back(line.scan);
    totals.push_back(static_cast<std::int64_t>(line.jobs.total()));
  }
  Table table{{{"scan", "", Role::label, names}}, lines.size()};
  for (const JobState state : shown_states) {
    std::vector<std::int64_t> counts;
    counts.reserve(lines.size());
    for (const ScanProgress& line : lines) counts.push_back(static_cast<std::int64_t>(line.jobs[state]));
    table.columns.push_back({std::string(to_string(state)), "1", Role::label, std::move(counts)});
  }
  table.columns.push_back({"jobs", "1", Role::label, std::move(totals)});
  return table;
}

std::string readable_pace(const Progress& progress) {
  if (!progress.pace) return {};
  const double rate = progress.pace->jobs_per_second;
  if (rate >= 100) return fmt::format("{:.0f} jobs/s", rate);
  return rate >= 1 ? fmt::format("{:.3g} jobs/s", rate) : fmt::format("{:.3g} jobs/h", 3600 * rate);
}

bool is_unfinished(const Progress& progress) {
  return progress.total[JobState::waiting] + progress.total[JobState::running] > 0;
}

bool is_active(const Progress& progress) { return progress.runner && !progress.runner->dead; }

void print_activity(std::ostream& out, const Archive& archive, const Progress& progress) {
  if (is_active(progress)) {
    out << fmt::format("written by process {} on {} since {}\n", progress.runner->process, progress.runner->host,
                       readable_time(progress.runner->since));
  } else if (progress.runner && is_unfinished(progress)) {
    out << fmt::format("the run on {} ended without saying so; the same command goes on\n", progress.runner->host);
  } else if (is_unfinished(progress)) {
    out << fmt::format("no run is active: 'nxmc run CAMPAIGN --archive {}' goes on\n", archive.file().string());
  }
}

nlohmann::ordered_json to_json(const ClaimOwner& runner) {
  return {{"host", runner.host}, {"process", runner.process}, {"since", runner.since}};
}

void print_text(std::ostream& out, const Archive& archive, const Progress& progress) {
  out << fmt::format("{}: campaign '{}'\n\n", archive.file().string(), archive.campaign());
  print_table(out, counts_table(progress), TableFormat::table, false);
  if (is_active(progress) || progress.pace || is_unfinished(progress)) out << '\n';
  print_activity(out, archive, progress);
  if (progress.pace)
    out << fmt::format("rate       {}{}\n", readable_pace(progress), is_active(progress) ? "" : " in the last run");
  if (progress.seconds_left)
    out << fmt::format("time left  {} at this rate\n", readable_duration(*progress.seconds_left));
  if (progress.failures.empty()) return;
  out << "\nfailed (run again with --retry-failed):\n";
  for (const FailedJob& failure : progress.failures) out << fmt::format("  {}  {}\n", failure.job, failure.reason);
}

nlohmann::ordered_json to_json(const JobCounts& jobs) {
  nlohmann::ordered_json object;
  for (const JobState state : shown_states) object[std::string(to_string(state))] = jobs[state];
  object["total"] = jobs.total();
  return object;
}

void print_json(std::ostream& out, const Archive& archive, const Progress& progress) {
  nlohmann::ordered_json scans = nlohmann::ordered_json::array();
  for (const ScanProgress& scan : progress.scans) scans.push_back({{"scan", scan.scan}, {"jobs", to_json(scan.jobs)}});
  nlohmann::ordered_json failures = nlohmann::ordered_json::array();
  for (const FailedJob& failure : progress.failures)
    failures.push_back({{"job", failure.job}, {"reason", failure.reason}});
  nlohmann::ordered_json document{{"archive", archive.file().string()}, {"campaign", archive.campaign()}};
  document["jobs"] = to_json(progress.total);
  document["scans"] = scans;
  document["run"] = is_active(progress) ? to_json(*progress.runner) : nullptr;
  document["jobs_per_second"] = progress.pace ? nlohmann::ordered_json(progress.pace->jobs_per_second) : nullptr;
  document["seconds_left"] = progress.seconds_left ? nlohmann::ordered_json(*progress.seconds_left) : nullptr;
  document["failures"] = failures;
  out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

}  // namespace

ExitCode show_status(const StatusArguments& arguments) {
  const Archive archive = Archive::open(arguments.archive);
  const Progress progress = progress_of(archive);
  print_to_stdout([&](std::ostream& out) {
    arguments.json ? print_json(out, archive, progress) : print_text(out, archive, progress);
  });
  return ExitCode::done;
}

}  // namespace nxmc

#include "nxmc/analyze/progress.hpp"

#include <algorithm>
#include <numeric>

#include "nxmc/analyze/table.hpp"

namespace nxmc {
namespace {

const std::vector<std::string>& words(const std::vector<Column>& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
  if (found == columns.end()) throw ArchiveError("the archive has no column '" + name + "'");
  return std::get<std::vector<std::string>>(found->values);
}

void count(JobCounts& counts, JobState state) { ++counts.by_state[static_cast<std::size_t>(state)]; }

void count_in_scans(std::vector<ScanProgress>& scans, const std::string& memberships, JobState state) {
  for (const std::string& name : list_items(memberships)) {
    const auto scan = std::find_if(scans.begin(), scans.end(), [&](const ScanProgress& s) { return s.scan == name; });
    if (scan != scans.end()) count(scan->jobs, state);
  }
}

/// Index of the first job of the newest run among jobs in order of their ends.
std::size_t after_last_pause(const std::vector<FinishedJob>& jobs) {
  constexpr double shortest_pause = 60;
  constexpr double times_longest_job = 3;
  double longest = 0;
  for (const FinishedJob& job : jobs) longest = std::max(longest, job.wall_seconds);
  for (std::size_t k = jobs.size(); k-- > 1;) {
    if (jobs[k].finished - jobs[k - 1].finished > std::max(shortest_pause, times_longest_job * longest)) return k;
  }
  return 0;
}

}  // namespace

std::uint64_t JobCounts::total() const { return std::accumulate(by_state.begin(), by_state.end(), std::uint64_t{0}); }

std::optional<Pace> recent_pace(std::vector<FinishedJob> jobs) {
  constexpr std::size_t most = 1000;
  std::sort(jobs.begin(), jobs.end(), [](const auto& a, const auto& b) { return a.finished < b.finished; });
  if (jobs.size() > most) jobs.erase(jobs.begin(), jobs.end() - most);
  const std::size_t first = jobs.empty() ? 0 : after_last_pause(jobs);
  if (first + 1 >= jobs.size()) return std::nullopt;
  const double seconds = jobs.back().finished - jobs[first].finished;
  if (!(seconds > 0)) return std::nullopt;
  // The first job only starts the clock: when work on it began is not known.
  double work = 0;
  for (std::size_t k = first + 1; k < jobs.size(); ++k) work += jobs[k].work;
  return Pace{static_cast<double>(jobs.size() - first - 1) / seconds, work / seconds};
}

Progress progress_of(const Archive& archive) {
  Progress progress;
  for (const std::string& name : archive.scans()) progress.scans.push_back({name, {}});
  const std::vector<Column> columns = archive.job_columns();
  const std::vector<std::string>& names = words(columns, "job");
  const std::vector<std::string>& memberships = words(columns, "scan");
  const std::vector<JobStatus> status = archive.status();
  std::vector<FinishedJob> finished;
  for (std::size_t job = 0; job < status.size(); ++job) {
    const JobState state = status[job].state;
    count(progress.total, state);
    count_in_scans(progress.scans, memberships[job], state);
    if (has_results(state)) {
      finished.push_back({status[job].finished, status[job].wall_seconds, archive.predicted_seconds(job)});
    } else if (state == JobState::failed) {
      progress.failures.push_back({names[job], status[job].reason});
    } else {
      progress.work_left += archive.predicted_seconds(job);
    }
  }
  progress.pace = recent_pace(std::move(finished));
  const bool known = progress.pace && progress.pace->work_per_second > 0 && progress.work_left > 0;
  if (known) progress.seconds_left = progress.work_left / progress.pace->work_per_second;
  return progress;
}

}  // namespace nxmc

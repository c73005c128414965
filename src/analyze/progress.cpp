#include "nxmc/analyze/progress.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "nxmc/analyze/table.hpp"
#include "nxmc/archive/checkpoints.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {
namespace {

const std::vector<std::string>& words(const std::vector<Column>& columns, std::string_view name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
  if (found == columns.end()) throw ArchiveError("the archive has no column '" + std::string(name) + "'");
  return std::get<std::vector<std::string>>(found->values);
}

void count(JobCounts& counts, JobState state) { ++counts.by_state[state]; }

std::vector<std::size_t> numbers_of(const std::vector<std::string>& scans, const std::string& memberships) {
  std::vector<std::size_t> numbers;
  for (const std::string& name : list_items(memberships)) {
    const auto scan = std::ranges::find(scans, name);
    if (scan != scans.end()) numbers.push_back(static_cast<std::size_t>(scan - scans.begin()));
  }
  return numbers;
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

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::optional<Pace> pace_of(std::vector<FinishedJob> jobs, const std::optional<ClaimOwner>& runner) {
  if (!runner || runner->dead) return recent_pace(std::move(jobs), {});
  std::erase_if(jobs, [&](const FinishedJob& job) { return job.finished < runner->since; });
  return recent_pace(std::move(jobs), seconds_since_1970());
}

using JobNames = std::set<std::pair<Identity, Identity>>;  // identity, observation

JobNames jobs_of_campaign(const Archive& archive) {
  JobNames names;
  try {
    const Plan plan = make_plan(parse_campaign(archive.campaign_text(), archive.file().string()));
    for (const Job& job : plan.jobs) names.emplace(job.identity, job.observation);
  } catch (const CampaignError&) {
    // The text is one that this version no longer understands: then nothing is asked for.
  }
  return names;
}

/// Rows of shorter chains that only earlier versions of the campaign asked for. (Two scans can share chains: then it
/// asks for both.)
std::vector<bool> no_longer_asked_for(const Archive& archive) {
  const auto longer = archive.longer_chains();
  std::vector<bool> gone(longer.size());
  if (std::none_of(longer.begin(), longer.end(), [](const auto& row) { return row.has_value(); })) return gone;
  const JobNames asked = jobs_of_campaign(archive);
  const auto identities = archive.identities();
  const auto observations = archive.observations();
  for (std::size_t job = 0; job < gone.size(); ++job)
    gone[job] = longer[job].has_value() && !asked.contains({identities[job], observations[job]});
  return gone;
}

}  // namespace

std::uint64_t JobCounts::operator[](JobState state) const {
  const auto found = by_state.find(state);
  return found == by_state.end() ? 0 : found->second;
}

std::uint64_t JobCounts::total() const {
  return std::accumulate(by_state.begin(), by_state.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

std::optional<Pace> recent_pace(std::vector<FinishedJob> jobs, std::optional<double> now) {
  constexpr std::size_t enough = 1000;
  constexpr double lately = 10;
  constexpr double fewest = 3;
  constexpr double shortest = 2;
  std::sort(jobs.begin(), jobs.end(), [](const auto& a, const auto& b) { return a.finished < b.finished; });
  std::size_t older = jobs.size() > enough ? jobs.size() - enough : 0;
  while (older > 0 && jobs[older - 1].finished >= jobs.back().finished - lately) --older;
  const bool cut = older > 0;
  jobs.erase(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(older));
  std::size_t first = jobs.empty() ? 0 : after_last_pause(jobs);
  std::optional<double> start;
  for (std::size_t k = first; k < jobs.size() && !(cut && first == 0); ++k) {
    if (jobs[k].started) start = std::min(start.value_or(*jobs[k].started), *jobs[k].started);
  }
  // When it is not known how work on the first job began, its end starts the clock.
  if (!start && first < jobs.size()) start = jobs[first++].finished;
  const auto count = static_cast<double>(jobs.size() - first);
  if (count < fewest) return std::nullopt;
  const double seconds = std::max(now.value_or(jobs.back().finished), jobs.back().finished) - *start;
  if (!(seconds >= shortest)) return std::nullopt;
  double work = 0;
  for (std::size_t k = first; k < jobs.size(); ++k) work += jobs[k].work;
  return Pace{count / seconds, work / seconds};
}

namespace {

/// What does not change while a campaign runs.
struct JobFacts {
  std::string name;
  std::vector<std::size_t> scans;
  double predicted_seconds = 0;
  bool asked_for = true;
};

std::vector<JobFacts> read_facts(const Archive& archive, const std::vector<std::string>& scans) {
  const std::vector<Column> columns = archive.job_columns();
  const std::vector<std::string>& names = words(columns, "job");
  const std::vector<std::string>& memberships = words(columns, "scan");
  const std::vector<bool> gone = no_longer_asked_for(archive);
  std::vector<JobFacts> facts(names.size());
  for (std::size_t job = 0; job < facts.size(); ++job)
    facts[job] = {names[job], numbers_of(scans, memberships[job]), archive.predicted_seconds(job), !gone[job]};
  return facts;
}

/// How much longer jobs take than predicted, as the finished ones show.
double correction_of(const std::vector<FinishedJob>& jobs) {
  double measured = 0;
  double predicted = 0;
  for (const FinishedJob& job : jobs) {
    measured += job.wall_seconds;
    predicted += job.work;
  }
  return measured > 0 && predicted > 0 ? measured / predicted : 1;
}

}  // namespace

struct ProgressReader::Impl {
  explicit Impl(Archive opened)
      : archive(std::move(opened)),
        campaign(archive.campaign()),
        scans(archive.scans()),
        identities(archive.identities()),
        observations(archive.observations()),
        facts(read_facts(archive, scans)) {
    for (std::size_t job = 0; job < facts.size(); ++job) rows[{identities[job], observations[job]}] = job;
  }

  Progress read() const {
    Progress progress;
    progress.campaign = campaign;
    for (const std::string& name : scans) progress.scans.push_back({name, {}});
    progress.runner = claim_owner(archive.file());
    progress.runs = archive.runs();
    const std::vector<JobStatus> status = archive.status();
    std::vector<FinishedJob> finished = count_jobs(status, progress);
    add_jobs_at_work(status, correction_of(finished), progress);
    progress.pace = pace_of(std::move(finished), progress.runner);
    const bool known = progress.pace && progress.pace->work_per_second > 0 && progress.work_left > 0;
    if (known) progress.seconds_left = progress.work_left / progress.pace->work_per_second;
    return progress;
  }

  std::vector<FinishedJob> count_jobs(const std::vector<JobStatus>& status, Progress& progress) const {
    std::vector<FinishedJob> finished;
    for (std::size_t job = 0; job < status.size(); ++job) {
      if (!facts[job].asked_for) continue;
      const JobState state = status[job].state;
      count(progress.total, state);
      for (const std::size_t scan : facts[job].scans) count(progress.scans[scan].jobs, state);
      if (has_results(state)) {
        const auto begun = status[job].pieces <= 1 ? std::optional(status[job].started) : std::nullopt;
        finished.push_back({begun, status[job].finished, status[job].wall_seconds, facts[job].predicted_seconds});
      } else if (state == JobState::failed) {
        progress.failures.push_back({facts[job].name, status[job].reason, status[job].finished});
      } else {
        progress.work_left += facts[job].predicted_seconds;
      }
    }
    return finished;
  }

  /// What they have behind them is not left any more.
  void add_jobs_at_work(const std::vector<JobStatus>& status, double correction, Progress& progress) const {
    constexpr double nearly_done = 0.99;
    for (const CheckpointLabel& label : checkpoint_labels(archive.file())) {
      const auto row = rows.find({label.identity, label.observation});
      if (row == rows.end() || status[row->second].state != JobState::running) continue;
      const JobFacts& job = facts[row->second];
      const double fraction = std::min(nearly_done, label.wall_seconds / (correction * job.predicted_seconds));
      progress.at_work.push_back({job.name, label.wall_seconds, fraction});
      if (job.asked_for) progress.work_left -= fraction * job.predicted_seconds;
    }
    std::ranges::sort(progress.at_work, {}, &JobAtWork::fraction);
  }

  Archive archive;
  std::string campaign;
  std::vector<std::string> scans;
  std::vector<Identity> identities;
  std::vector<Identity> observations;
  std::vector<JobFacts> facts;                                // [row]
  std::map<std::pair<Identity, Identity>, std::size_t> rows;  // by identity and observation
};

ProgressReader::ProgressReader(Archive archive) : impl_(std::make_unique<Impl>(std::move(archive))) {}
ProgressReader::~ProgressReader() = default;
ProgressReader::ProgressReader(ProgressReader&&) noexcept = default;
ProgressReader& ProgressReader::operator=(ProgressReader&&) noexcept = default;

bool ProgressReader::is_current() const { return impl_->archive.is_current(); }

Progress ProgressReader::read() const { return impl_->read(); }

}  // namespace nxmc

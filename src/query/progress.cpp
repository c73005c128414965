#include "nxmc/query/progress.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include "job_ranges.hpp"
#include "nxmc/archive/checkpoints.hpp"
#include "nxmc/archive/clock.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/query/ladder_names.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {
namespace {

std::vector<std::size_t> numbers_of(const std::vector<std::string>& scans, const std::string& memberships) {
  std::vector<std::size_t> numbers;
  for (const std::string& name : list_items(memberships)) {
    const auto scan = std::ranges::find(scans, name);
    if (scan != scans.end()) numbers.push_back(static_cast<std::size_t>(scan - scans.begin()));
  }
  return numbers;
}

// How many of the last jobs tell the pace, or how many seconds where there are more; fewer seconds where these hold
// plenty.
constexpr std::size_t enough = 1000;
constexpr double lately = 10;
constexpr std::size_t plenty = 50'000;
constexpr double briefly = 2.5;

bool is_later(const FinishedJob& a, const FinishedJob& b) { return a.finished > b.finished; }

/// How many of them tell the pace. \param jobs  the last one first
std::size_t count_recent(const std::vector<FinishedJob>& jobs) {
  std::size_t count = std::min(jobs.size(), enough);
  while (count < jobs.size()) {
    const double ago = jobs.front().finished - jobs[count].finished;
    if (ago > (count < plenty ? lately : briefly)) break;
    ++count;
  }
  return count;
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

/// For each row the one that measures its chain for longer.
using LongerChains = std::vector<std::optional<std::uint64_t>>;

bool any_is_made_longer(const LongerChains& longer) {
  return std::ranges::any_of(longer, [](const auto& row) { return row.has_value(); });
}

/// Rows of shorter chains that only earlier versions of the campaign asked for. (Two scans can share chains: then it
/// asks for both.)
std::vector<bool> no_longer_asked_for(const Archive& archive, const LongerChains& longer) {
  std::vector<bool> gone(longer.size());
  if (!any_is_made_longer(longer)) return gone;
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
  constexpr double fewest = 3;
  constexpr double shortest = 2;
  std::ranges::sort(jobs, is_later);
  const std::size_t recent = count_recent(jobs);
  const bool cut = recent < jobs.size();
  jobs.resize(recent);
  std::ranges::reverse(jobs);
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

/// Which scans each job belongs to. Few combinations of scans serve millions of jobs.
class Memberships {
 public:
  Memberships(const Archive& archive, const std::vector<std::string>& scans) {
    std::map<std::string, std::uint32_t> known;
    of_job_.reserve(archive.jobs());
    for (const JobRange range : ranges_of_jobs(archive)) {
      const Column column = archive.job_column("scan", range);
      for (const std::string& names : std::get<std::vector<std::string>>(column.values)) {
        const auto [entry, is_new] = known.try_emplace(names, static_cast<std::uint32_t>(scans_.size()));
        if (is_new) scans_.push_back(numbers_of(scans, names));
        of_job_.push_back(entry->second);
      }
    }
  }
  std::uint32_t operator[](std::uint64_t job) const { return of_job_[job]; }
  /// The scans of each combination.
  const std::vector<std::vector<std::size_t>>& scans() const { return scans_; }

 private:
  std::vector<std::vector<std::size_t>> scans_;
  std::vector<std::uint32_t> of_job_;
};

/// The finished jobs that a pace can depend on: `recent_pace` says the same of them as of all.
class RecentJobs {
 public:
  void add(const FinishedJob& job) {
    jobs_.push_back(job);
    if (jobs_.size() > most_) drop_older_ones();
  }
  std::vector<FinishedJob> take() { return std::move(jobs_); }

 private:
  void drop_older_ones() {
    std::ranges::sort(jobs_, is_later);
    // One stays, as a sign that there were some.
    jobs_.resize(std::min(jobs_.size(), count_recent(jobs_) + 1));
    most_ = std::max(most_, 2 * jobs_.size());
  }

  std::size_t most_ = std::size_t{1} << 16U;
  std::vector<FinishedJob> jobs_;
};

/// Sums over all jobs at one look.
struct Tally {
  std::vector<std::array<std::uint64_t, all_job_states.size()>> counts;  ///< [combination of scans][state]
  std::vector<CoreTime> time;  ///< [combination of scans]; what is left as it was predicted
  RecentJobs recent;
  double measured_seconds = 0;
  double predicted_seconds = 0;
  std::vector<std::uint64_t> failed;
  std::vector<std::uint64_t> running;

  /// How much longer jobs take than predicted, as the finished ones show.
  double correction() const {
    return measured_seconds > 0 && predicted_seconds > 0 ? measured_seconds / predicted_seconds : 1;
  }
};

std::size_t index_of(JobState state) {
  return static_cast<std::size_t>(std::ranges::find(all_job_states, state) - all_job_states.begin());
}

/// Calls `visit` for each stretch that has some of the jobs, with those of them. \param jobs  ascending
template <class Visit>
void visit_stretches(std::span<const std::uint64_t> jobs, std::uint64_t all, Visit visit) {
  while (!jobs.empty()) {
    const std::uint64_t first = jobs.front() / jobs_at_once * jobs_at_once;
    const auto end = std::ranges::lower_bound(jobs, first + jobs_at_once);
    const auto count = static_cast<std::size_t>(end - jobs.begin());
    visit(JobRange{first, std::min(jobs_at_once, all - first)}, jobs.first(count));
    jobs = jobs.subspan(count);
  }
}

}  // namespace

struct ProgressReader::Impl {
  using Name = std::pair<Identity, Identity>;  // identity, observation

  explicit Impl(Archive opened)
      : archive(std::move(opened)),
        campaign(archive.campaign()),
        scans(archive.scans()),
        memberships(archive, scans),
        longer(archive.longer_chains()),
        has_longer(any_is_made_longer(longer)),
        gone(no_longer_asked_for(archive, longer)),
        ladders(archive) {}

  Progress read() {
    Progress progress;
    progress.campaign = campaign;
    for (const std::string& name : scans) progress.scans.push_back({name, {}});
    progress.runner = claim_owner(archive.file());
    progress.runs = archive.runs();
    const bool active = progress.is_active();
    Tally tally = count_jobs(active ? std::optional(progress.runner->since) : std::nullopt, progress);
    add_jobs_at_work(tally, progress);
    add_counts(tally, progress);
    add_time(tally, progress);
    add_failures(tally.failed, progress);
    progress.pace = recent_pace(tally.recent.take(), active ? std::optional(seconds_since_1970()) : std::nullopt);
    const bool known = progress.pace && progress.pace->work_per_second > 0 && progress.work_left > 0;
    if (known) progress.seconds_left = progress.work_left / progress.pace->work_per_second;
    return progress;
  }

  /// \param since  only later jobs tell the pace
  Tally count_jobs(std::optional<double> since, Progress& progress) const {
    Tally tally;
    tally.counts.resize(memberships.scans().size());
    tally.time.resize(memberships.scans().size());
    std::map<std::uint64_t, double> seconds;       // of jobs whose chain has longer ones
    std::map<LadderName, FinishedJob> on_ladders;  // their rungs ended together
    for (const JobRange range : ranges_of_jobs(archive)) {
      const JobTimings timings = archive.timings(range);
      for (std::size_t i = 0; i < range.count; ++i) {
        const std::uint64_t job = range.first + i;
        const JobState state = timings.state[i];
        if (state == JobState::running) tally.running.push_back(job);
        if (gone[job] || state == JobState::spare) continue;
        const double predicted = archive.predicted_seconds(job);
        ++tally.counts[memberships[job]][index_of(state)];
        if (has_results(state)) {
          if (longer[job]) seconds[job] = timings.wall_seconds[i];
          tally.measured_seconds += timings.wall_seconds[i];
          tally.time[memberships[job]].done += timings.wall_seconds[i];
          tally.predicted_seconds += predicted;
          if (since && timings.finished[i] < *since) continue;
          const auto begun = timings.pieces[i] <= 1 ? std::optional(timings.started[i]) : std::nullopt;
          const FinishedJob ended{begun, timings.finished[i], timings.wall_seconds[i], predicted};
          if (const std::optional<LadderName> ladder = ladders.of(job))
            add_rung(ended, on_ladders[*ladder]);
          else
            tally.recent.add(ended);
        } else if (state == JobState::failed) {
          tally.failed.push_back(job);
        } else {
          progress.work_left += predicted;
          tally.time[memberships[job]].left += predicted;
        }
      }
    }
    for (const auto& [ladder, ended] : on_ladders) tally.recent.add(ended);
    if (has_longer) count_chains_once(seconds, tally, progress);
    return tally;
  }

  static void add_rung(const FinishedJob& rung, FinishedJob& ladder) {
    ladder.started = rung.started;
    ladder.finished = rung.finished;
    ladder.wall_seconds += rung.wall_seconds;
    ladder.work += rung.work;
  }

  /// What a longer chain takes contains what the shorter one took. \param seconds  of those with results
  void count_chains_once(const std::map<std::uint64_t, double>& seconds, Tally& tally, Progress& progress) const {
    const std::vector<JobState> states = archive.states();
    for (const auto& [job, taken] : seconds) {
      const std::uint64_t next = *longer[job];
      if (gone[next] || states[next] == JobState::spare || states[next] == JobState::failed) continue;
      if (has_results(states[next])) {
        tally.time[memberships[job]].done -= taken;
      } else {
        progress.work_left -= archive.predicted_seconds(job);
        tally.time[memberships[next]].left -= archive.predicted_seconds(job);
      }
    }
  }

  void add_counts(const Tally& tally, Progress& progress) const {
    for (std::size_t combination = 0; combination < tally.counts.size(); ++combination) {
      for (const JobState state : all_job_states) {
        const std::uint64_t jobs = tally.counts[combination][index_of(state)];
        if (jobs == 0) continue;
        progress.total.by_state[state] += jobs;
        for (const std::size_t scan : memberships.scans()[combination])
          progress.scans[scan].jobs.by_state[state] += jobs;
      }
    }
  }

  void add_time(const Tally& tally, Progress& progress) const {
    for (std::size_t combination = 0; combination < tally.time.size(); ++combination) {
      const auto add = [&](CoreTime& sum) {
        sum.done += tally.time[combination].done;
        sum.left += tally.correction() * tally.time[combination].left;
      };
      add(progress.time);
      for (const std::size_t scan : memberships.scans()[combination]) add(progress.scans[scan].time);
    }
  }

  void add_failures(const std::vector<std::uint64_t>& failed, Progress& progress) const {
    visit_stretches(failed, archive.jobs(), [&](JobRange range, std::span<const std::uint64_t> jobs) {
      const auto names = archive.identities_and_observations(range);
      const std::vector<JobStatus> status = archive.status(range);
      for (const std::uint64_t job : jobs) {
        const JobStatus& of_job = status[job - range.first];
        progress.failures.push_back({to_string(names[job - range.first].first), of_job.reason, of_job.finished});
      }
    });
  }

  /// What they have behind them is not left any more.
  void add_jobs_at_work(Tally& tally, Progress& progress) {
    constexpr double nearly_done = 0.99;
    const std::vector<CheckpointLabel> labels = checkpoint_labels(archive.file());
    if (labels.empty()) return;
    const std::map<Name, std::uint64_t> running = rows_of(tally.running);
    for (const CheckpointLabel& label : labels) {
      const auto row = running.find({label.identity, label.observation});
      if (row == running.end()) continue;
      const std::vector<std::uint64_t> together = computed_together(row->second);
      double predicted = 0;
      for (const std::uint64_t job : together) predicted += archive.predicted_seconds(job);
      const double fraction = std::min(nearly_done, label.wall_seconds / (tally.correction() * predicted));
      progress.at_work.push_back({to_string(label.identity), label.wall_seconds, fraction});
      if (gone[row->second]) continue;
      progress.work_left -= fraction * predicted;
      tally.time[memberships[row->second]].left -= fraction * predicted;
      tally.time[memberships[row->second]].done += label.wall_seconds;
    }
    std::ranges::sort(progress.at_work, {}, &JobAtWork::fraction);
  }

  /// A checkpoint is one of all rungs of a ladder.
  std::vector<std::uint64_t> computed_together(std::uint64_t job) const {
    const std::optional<LadderName> ladder = ladders.of(job);
    return ladder ? ladders.ladders().at(*ladder) : std::vector{job};
  }

  std::map<Name, std::uint64_t> rows_of(const std::vector<std::uint64_t>& jobs) const {
    std::map<Name, std::uint64_t> rows;
    visit_stretches(jobs, archive.jobs(), [&](JobRange range, std::span<const std::uint64_t> some) {
      const auto names = archive.identities_and_observations(range);
      for (const std::uint64_t job : some) rows[names[job - range.first]] = job;
    });
    return rows;
  }

  Archive archive;
  std::string campaign;
  std::vector<std::string> scans;
  Memberships memberships;
  LongerChains longer;
  bool has_longer;
  std::vector<bool> gone;  // [job] no longer asked for
  LadderNames ladders;
};

ProgressReader::ProgressReader(Archive archive) : impl_(std::make_unique<Impl>(std::move(archive))) {}
ProgressReader::~ProgressReader() = default;
ProgressReader::ProgressReader(ProgressReader&&) noexcept = default;
ProgressReader& ProgressReader::operator=(ProgressReader&&) noexcept = default;

bool ProgressReader::is_current() const { return impl_->archive.is_current(); }

Progress ProgressReader::read() const { return impl_->read(); }

}  // namespace nxmc

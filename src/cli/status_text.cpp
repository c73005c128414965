#include "status_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "nxmc/archive/clock.hpp"
#include "nxmc/campaign/amounts.hpp"
#include "nxmc/campaign/core_hours.hpp"
#include "nxmc/query/print.hpp"
#include "nxmc/query/table.hpp"
#include "nxmc/yaml/shown.hpp"

namespace nxmc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array shown_states{JobState::done, JobState::truncated, JobState::running, JobState::waiting,
                                  JobState::failed};

/// Numbers that are read, not calculated with.
void add_core_hours(Table& table, const char* name, const std::vector<ScanProgress>& lines, double CoreTime::*part) {
  std::vector<double> hours;
  hours.reserve(lines.size());
  for (const ScanProgress& line : lines) hours.push_back(std::stod(readable_core_hours(line.time.*part)));
  table.columns.push_back({name, "h", Role::label, std::move(hours)});
}

Table counts_table(const Progress& progress) {
  std::vector<ScanProgress> lines = progress.scans;
  lines.push_back({"(all)", progress.total, progress.time});
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
  add_core_hours(table, "core-hours", lines, &CoreTime::done);
  add_core_hours(table, "left", lines, &CoreTime::left);
  return table;
}

std::string plural(std::uint64_t number, const std::string& noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string ranks_at_work(const ClaimOwner& runner) {
  return runner.busy ? fmt::format("{} of {} busy", *runner.busy, plural(runner.ranks, "rank"))
                     : plural(runner.ranks, "rank");
}

/// Jobs that end within half a second are never shown as running.
std::string ranks_at_work(const Progress& progress) {
  const bool none_shown = progress.total[JobState::running] == 0 && progress.total[JobState::waiting] > 0;
  const bool busy = progress.runner->busy.value_or(0) > 0;
  return ranks_at_work(*progress.runner) + (none_shown && busy ? " with short jobs" : "");
}

std::string sign_of_life(const Progress& progress) {
  const ClaimOwner& runner = *progress.runner;
  if (!runner.quiet) return ranks_at_work(progress);
  if (runner.gives_no_sign_of_life())
    return fmt::format("{}, no sign of life for {:.0f} s", plural(runner.ranks, "rank"), *runner.quiet);
  return fmt::format("{}, last sign of life {:.0f} s ago", ranks_at_work(progress), *runner.quiet);
}

std::string words_for_runner(const CampaignStatus& status) {
  const Progress& progress = *status.progress;
  if (progress.is_active()) {
    return fmt::format("written by {} since {}, {}", name_of(*progress.runner), readable_time(progress.runner->since),
                       sign_of_life(progress));
  }
  if (progress.unfinished() == 0) return {};
  if (progress.runner)
    return fmt::format("the run of {} ended without saying so; the same command goes on", name_of(*progress.runner));
  const bool will_go_on = !status.slurm.empty() && !status.slurm.front().has_ended();
  return will_go_on ? "no run is active"
                    : fmt::format("no run is active: 'nxmc run CAMPAIGN --archive {}' goes on", status.archive);
}

std::string words_for_slurm(const SlurmJobState& job) {
  std::string text = fmt::format("Slurm job {}: {}", job.id, job.state);
  if (!job.reason.empty()) text += fmt::format(" ({})", job.reason);
  if (job.is_pending()) {
    if (job.starts) text += fmt::format(", expected to start {}", readable_time(*job.starts));
  } else if (job.has_ended()) {
    if (job.ends) text += fmt::format(" since {}", readable_time(*job.ends));
  } else {
    if (job.nodes > 0) text += fmt::format(" on {}", plural(job.nodes, "node"));
    if (job.ends) text += fmt::format(", {} left", readable_duration(std::max(0.0, *job.ends - seconds_since_1970())));
  }
  if (job.restarts > 0) text += fmt::format(", requeued {}", job.restarts == 1 ? "once" : plural(job.restarts, "time"));
  return text;
}

void add_slurm_lines(const std::vector<SlurmJobState>& jobs, std::vector<std::string>& lines) {
  constexpr std::size_t most = 3;
  for (std::size_t k = 0; k < std::min(jobs.size(), most); ++k) lines.push_back(words_for_slurm(jobs[k]));
  if (jobs.size() > most) lines.push_back(fmt::format("and {}", plural(jobs.size() - most, "more Slurm job")));
}

std::string words_for_history(const CampaignStatus& status) {
  const std::uint64_t requeues = count_requeues(status);
  if (status.progress->runs.size() < 2 && requeues == 0) return {};
  std::string text = fmt::format("runs       {} on this archive", status.progress->runs.size());
  if (requeues > 0)
    text += fmt::format("; Slurm has requeued them {}", requeues == 1 ? "once" : plural(requeues, "time"));
  return text;
}

Json to_json(const ClaimOwner& runner) {
  Json object{{"host", runner.host}, {"process", runner.process}, {"since", runner.since}, {"ranks", runner.ranks}};
  object["busy"] = runner.busy ? Json(*runner.busy) : nullptr;
  object["seconds_since_sign_of_life"] = runner.quiet ? Json(*runner.quiet) : nullptr;
  return object;
}

Json to_json(const JobCounts& jobs) {
  Json object;
  for (const JobState state : shown_states) object[std::string(to_string(state))] = jobs[state];
  object["total"] = jobs.total();
  return object;
}

Json to_json(const CoreTime& time) {
  return {{"done", time.done / seconds_of_hour}, {"left", time.left / seconds_of_hour}};
}

Json to_json(const SlurmJobState& job) {
  const auto time = [](const std::optional<double>& seconds) { return seconds ? Json(*seconds) : nullptr; };
  Json object{{"job", job.id}, {"state", job.state}};
  object["reason"] = job.reason.empty() ? nullptr : Json(job.reason);
  object["starts"] = time(job.starts);
  object["ends"] = time(job.ends);
  object["nodes"] = job.nodes;
  object["requeues"] = job.restarts;
  return object;
}

template <class T, class ToJson>
Json list_of(const std::vector<T>& items, ToJson to_object) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(to_object(item));
  return list;
}

void add_progress(Json& document, const Progress& progress) {
  document["jobs"] = to_json(progress.total);
  document["scans"] = list_of(progress.scans, [](const ScanProgress& scan) {
    return Json{{"scan", scan.scan}, {"jobs", to_json(scan.jobs)}, {"core_hours", to_json(scan.time)}};
  });
  document["core_hours"] = to_json(progress.time);
  document["run"] = progress.is_active() ? to_json(*progress.runner) : nullptr;
  document["runs"] = progress.runs.size();
  document["jobs_per_second"] = progress.pace ? Json(progress.pace->jobs_per_second) : nullptr;
  document["seconds_left"] = progress.seconds_left ? Json(*progress.seconds_left) : nullptr;
  document["at_work"] = list_of(progress.at_work, [](const JobAtWork& job) {
    return Json{{"job", job.job}, {"wall_seconds", job.wall_seconds}, {"fraction", job.fraction}};
  });
  document["failures"] = list_of(progress.failures, [](const FailedJob& failure) {
    return Json{{"job", failure.job}, {"reason", failure.reason}};
  });
}

}  // namespace

std::vector<std::string> known_slurm_jobs(const std::optional<Progress>& progress) {
  std::vector<std::string> jobs;
  if (!progress) return jobs;
  for (const RunRecord& run : progress->runs)
    if (!run.slurm_job.empty()) jobs.push_back(run.slurm_job);
  if (progress->is_active() && !progress->runner->slurm_job.empty()) jobs.push_back(progress->runner->slurm_job);
  return jobs;
}

std::uint64_t count_requeues(const CampaignStatus& status) {
  std::map<std::string, std::uint64_t> restarts;
  const auto note = [&](const std::string& job, std::uint64_t count) {
    restarts[job] = std::max(restarts[job], count);
  };
  if (status.progress)
    for (const RunRecord& run : status.progress->runs) note(run.slurm_job, run.slurm_restarts);
  for (const SlurmJobState& job : status.slurm) note(job.raw_id, job.restarts);
  std::uint64_t sum = 0;
  for (const auto& [job, count] : restarts) sum += count;
  return sum;
}

namespace {

std::string words_for(const PointPrecision& point) {
  std::string text = point.where.empty() ? "the only point" : point.where;
  if (point.measured_sweeps == 0) return text + ": no results yet";
  const char* separator = ": ";
  for (const KnownTarget& target : point.precision.targets)
    text += fmt::format("{}{} ± {:.2g} ({:.2g} asked for)", std::exchange(separator, ", "), target.quantity,
                        target.average.error, target.asked_error);
  return fmt::format("{}; {}; {} of at most {} sweeps", text, to_string(point.precision.verdict), point.measured_sweeps,
                     point.at_most);
}

/// The first of some lines about points, and how many more there are.
void add_first(std::vector<std::string>& lines, const std::vector<std::string>& of_points, std::size_t most) {
  for (std::size_t k = 0; k < of_points.size() && k < most; ++k) lines.push_back("  " + of_points[k]);
  if (of_points.size() > most) lines.push_back(fmt::format("  … and {} more", of_points.size() - most));
}

constexpr std::array all_verdicts{Verdict::converged, Verdict::one_start, Verdict::too_short, Verdict::metastable};

std::string_view word_for(PointStanding standing) {
  switch (standing) {
    case PointStanding::going_on:
      return "going on";
    case PointStanding::precise:
      return "precise";
    case PointStanding::at_limit:
      return "at limit";
  }
  return "";
}

Json to_json(const PointPrecision& point) {
  Json object{{"where", point.where},
              {"standing", word_for(point.standing)},
              {"measured_sweeps", point.measured_sweeps},
              {"at_most", point.at_most}};
  object["verdict"] = point.measured_sweeps > 0 ? Json(to_string(point.precision.verdict)) : nullptr;
  object["targets"] = list_of(point.precision.targets, [](const KnownTarget& target) {
    return Json{{"quantity", target.quantity},
                {"average", target.average.mean},
                {"error", target.average.error},
                {"asked_error", target.asked_error}};
  });
  return object;
}

/// Whoever reads it shall know what was not looked at.
std::string_view words_for_evidence(const CampaignStatus& status) {
  return status.judged_by == Evidence::averages
             ? " (by averages; the column verdict of 'nxmc query' looks at samples, too)"
             : "";
}

}  // namespace

std::vector<std::string> precision_lines(const CampaignStatus& status, std::size_t most) {
  if (status.points.empty()) return {};
  const auto count = [&](PointStanding standing) {
    return std::ranges::count(status.points, standing, &PointPrecision::standing);
  };
  const auto going_on = count(PointStanding::going_on);
  const auto at_limit = count(PointStanding::at_limit);
  std::string all = fmt::format("precision  {} of {} are as precise as asked for", count(PointStanding::precise),
                                plural(status.points.size(), "point"));
  if (going_on > 0) all += fmt::format(", {} {} on", going_on, going_on == 1 ? "goes" : "go");
  if (at_limit > 0) all += fmt::format(", {} {} not after at_most sweeps", at_limit, at_limit == 1 ? "is" : "are");
  std::vector<std::string> lines{all + std::string(words_for_evidence(status))};
  std::vector<std::string> open;
  for (const PointPrecision& point : status.points)
    if (point.standing != PointStanding::precise) open.push_back(words_for(point));
  add_first(lines, open, most);
  return lines;
}

std::vector<std::string> verdict_lines(const CampaignStatus& status, std::size_t most) {
  if (status.judged.empty()) return {};
  std::vector<std::string> counts;
  for (const Verdict verdict : all_verdicts)
    if (const auto count = std::ranges::count(status.judged, verdict, &JudgedPoint::verdict); count > 0)
      counts.push_back(fmt::format("{} {}", count, to_string(verdict)));
  std::vector<std::string> lines{fmt::format("verdicts   {} with results: {}{}", plural(status.judged.size(), "point"),
                                             fmt::join(counts, ", "), words_for_evidence(status))};
  std::vector<std::string> doubtful;
  for (const JudgedPoint& point : status.judged)
    if (point.verdict != Verdict::converged && !point.where.empty())
      doubtful.push_back(fmt::format("{}: {}", point.where, to_string(point.verdict)));
  add_first(lines, doubtful, most);
  return lines;
}

std::vector<std::string> ladder_lines(const CampaignStatus& status) {
  if (status.ladders.empty()) return {};
  double round_trips = 0;
  double restarts = 0;
  const LadderSummary* hardest = nullptr;
  for (const LadderSummary& ladder : status.ladders) {
    round_trips += ladder.round_trips;
    restarts += std::isnan(ladder.restarts) ? 0 : ladder.restarts;
    if (!std::isnan(ladder.least_acceptance) &&
        (hardest == nullptr || ladder.least_acceptance < hardest->least_acceptance))
      hardest = &ladder;
  }
  const auto fewest = std::ranges::min(status.ladders, {}, &LadderSummary::round_trips).round_trips;
  std::vector<std::string> lines{fmt::format("ladders    {} with results: {}, {}", status.ladders.size(),
                                             plural(static_cast<std::size_t>(round_trips), "round trip"),
                                             plural(static_cast<std::size_t>(restarts), "restart"))};
  if (status.ladders.size() > 1) lines.front() += fmt::format(", {} at least on each", fewest);
  if (hardest != nullptr)
    lines.push_back(fmt::format("  fewest exchanges are accepted on {} {}, between {} {} and {}: {:.2g} of them",
                                lattice_word(hardest->first_rung.lattice), size_word(hardest->first_rung.lattice),
                                hardest->along, canonical_decimal(hardest->from), canonical_decimal(hardest->to),
                                hardest->least_acceptance));
  return lines;
}

std::vector<std::string> activity_lines(const CampaignStatus& status) {
  std::vector<std::string> lines;
  if (!status.progress) {
    add_slurm_lines(status.slurm, lines);
    return lines;
  }
  const Progress& progress = *status.progress;
  lines.push_back(words_for_runner(status));
  add_slurm_lines(status.slurm, lines);
  lines.push_back(words_for_history(status));
  if (progress.pace)
    lines.push_back(fmt::format("rate       {}{}", readable_rate(progress.pace->jobs_per_second),
                                progress.is_active() ? "" : " in the last run"));
  if (progress.seconds_left)
    lines.push_back(fmt::format("time left  {} at this rate", readable_duration(*progress.seconds_left)));
  std::erase(lines, "");
  return lines;
}

CampaignStatus with_shown_texts(CampaignStatus status) {
  const auto show = [](std::string& text) { text = shown(text); };
  show(status.archive);
  for (SlurmJobState& job : status.slurm)
    for (std::string* text : {&job.id, &job.state, &job.reason}) show(*text);
  if (!status.progress) return status;
  show(status.progress->campaign);
  for (ScanProgress& scan : status.progress->scans) show(scan.scan);
  for (FailedJob& failure : status.progress->failures) show(failure.reason);
  if (status.progress->runner) show(status.progress->runner->host);
  return status;
}

void print_status(std::ostream& out, const CampaignStatus& status) {
  if (!status.progress) {
    out << fmt::format("{}: is not there yet\n", status.archive);
    for (const std::string& line : activity_lines(status)) out << line << '\n';
    return;
  }
  out << fmt::format("{}: campaign '{}'\n\n", status.archive, status.progress->campaign);
  print_table(out, counts_table(*status.progress), TableFormat::table, false);
  constexpr std::size_t most_doubtful = 5;
  constexpr std::size_t most_open = 20;
  for (const auto& part : {activity_lines(status), verdict_lines(status, most_doubtful), ladder_lines(status),
                           precision_lines(status, most_open)}) {
    if (!part.empty()) out << '\n';
    for (const std::string& line : part) out << line << '\n';
  }
  if (status.progress->failures.empty()) return;
  out << "\nfailed (run again with --retry-failed):\n";
  for (const FailedJob& failure : status.progress->failures)
    out << fmt::format("  {}  {}\n", failure.job, failure.reason);
}

Json status_as_json(const CampaignStatus& status) {
  Json document{{"archive", status.archive}};
  document["campaign"] = status.progress ? Json(status.progress->campaign) : nullptr;
  if (status.progress)
    add_progress(document, *status.progress);
  else
    document["jobs"] = nullptr;
  if (!status.judged.empty())
    for (const Verdict verdict : all_verdicts)
      document["verdicts"][to_string(verdict)] = std::ranges::count(status.judged, verdict, &JudgedPoint::verdict);
  if (!status.judged.empty() || !status.points.empty())
    document["judged_by"] = status.judged_by == Evidence::samples ? "samples" : "averages";
  if (!status.points.empty())
    document["points"] = list_of(status.points, [](const PointPrecision& point) { return to_json(point); });
  if (!status.ladders.empty())
    document["ladders"] = list_of(status.ladders, [](const LadderSummary& ladder) {
      return Json{{"job", ladder.job},
                  {"along", ladder.along},
                  {"rungs", ladder.rungs},
                  {"round_trips", static_cast<std::uint64_t>(ladder.round_trips)},
                  {"restarts", ladder.restarts},
                  {"rejection", ladder.rejection},
                  {"least_acceptance", ladder.least_acceptance},
                  {"least_between", {ladder.from, ladder.to}}};
    });
  document["slurm"] = list_of(status.slurm, [](const SlurmJobState& job) { return to_json(job); });
  document["requeues"] = count_requeues(status);
  return document;
}

std::string status_in_one_line(const CampaignStatus& status) {
  std::string text;
  if (!status.progress) {
    text = fmt::format("{} is not there yet", status.archive);
  } else {
    const Progress& progress = *status.progress;
    const std::uint64_t done = progress.total[JobState::done] + progress.total[JobState::truncated];
    text = fmt::format("{} of {} jobs done ({:.1f} %)", done, progress.total.total(),
                       percent_of(static_cast<double>(done), static_cast<double>(progress.total.total())));
    if (const auto running = progress.total[JobState::running]; running > 0)
      text += fmt::format(", {} running", running);
    if (const auto failed = progress.total[JobState::failed]; failed > 0) text += fmt::format(", {} failed", failed);
    if (progress.pace && progress.is_active()) text += ", " + readable_rate(progress.pace->jobs_per_second);
    if (progress.seconds_left && progress.is_active())
      text += fmt::format(", {} left", readable_duration(*progress.seconds_left));
    if (progress.is_active()) {
      const ClaimOwner& runner = *progress.runner;
      text += ", " + (runner.gives_no_sign_of_life() ? sign_of_life(progress) : ranks_at_work(progress));
    }
    if (!progress.is_active() && progress.unfinished() > 0) text += ", no run is active";
  }
  if (!status.slurm.empty()) text += "; " + words_for_slurm(status.slurm.front());
  return text;
}

}  // namespace nxmc

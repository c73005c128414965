#include "nxmc/phase/precision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "nxmc/campaign/campaign.hpp"
#include "nxmc/observe/quantities.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/schedule/work_left.hpp"
#include "nxmc/statistics/pooled_mean.hpp"

namespace nxmc {
namespace {

double value_of(const ChainResult& chain, const std::string& column) {
  return chain.values[equilibrium_column(column)];
}

double mean_autocorrelation_time(std::span<const ChainResult> chains) {
  std::vector<Estimate> times;
  for (const ChainResult& chain : chains) times.push_back({value_of(chain, "tau_int"), 0});
  return pooled_mean(times).mean;
}

const Physics& physics_of(const Plan& plan, const PlannedPoint& point) {
  return *plan.jobs[point.rounds.front().front()].physics;
}

std::vector<std::string> conditions_on_points(const Plan& plan) {
  std::vector<std::vector<std::string>> words;
  words.reserve(plan.points.size());
  for (const PlannedPoint& point : plan.points) words.push_back(words_of_parameters(physics_of(plan, point)));
  const std::vector<std::size_t> differing = differing_parameters(words);
  std::vector<std::string> conditions;
  conditions.reserve(words.size());
  for (const auto& point : words) conditions.push_back(condition_on(differing, point));
  return conditions;
}

/// Without a look at samples: a run that looked at those of a point has asked for its next round, whatever averages
/// say.
void go_on_where_chains_do(const Archive& archive, const Plan& plan,
                           const std::vector<std::optional<std::uint64_t>>& rows, Rounds& rounds) {
  const std::vector<JobState> states = archive.states();
  const auto was_asked_for = [&](std::uint64_t job) {
    return plan.jobs[job].conditional && rows[job] &&
           (states[*rows[job]] == JobState::waiting || states[*rows[job]] == JobState::running);
  };
  for (std::size_t point = 0; point < rounds.points(); ++point) {
    const std::size_t next = rounds.round(point) + 1;
    if (rounds.standing(point) == PointStanding::precise && next < plan.points[point].rounds.size() &&
        std::ranges::any_of(plan.points[point].rounds[next], was_asked_for))
      rounds.go_on(point);
  }
}

Rounds rounds_of(const Archive& archive, const Plan& plan, Evidence evidence) {
  const NameIndex known = rows_by_name(archive);
  std::vector<std::optional<std::uint64_t>> rows;
  for (const Job& job : plan.jobs) rows.push_back(known.find({job.identity, job.observation}));
  Rounds rounds = rounds_so_far(archive, plan, rows, {}, is_precise);
  if (evidence == Evidence::averages) go_on_where_chains_do(archive, plan, rows, rounds);
  return rounds;
}

PointPrecision precision_in(const Rounds& rounds, const Plan& plan, std::size_t number) {
  const PlannedPoint& point = plan.points[number];
  PointPrecision found;
  found.standing = rounds.standing(number);
  found.at_most = point.until->at_most;
  std::size_t round = rounds.round(number);
  std::vector<ChainResult> chains = rounds.results(number, round);
  if (chains.empty() && round > 0) chains = rounds.results(number, --round);
  if (chains.empty()) return found;
  found.measured_sweeps = chains.front().job->schedule->measured_sweeps;
  found.precision = precision_of(*point.until, chains);
  return found;
}

/// Of precise points that are not converged when the samples of their chains are looked at: what they are instead.
std::map<std::size_t, Verdict> doubts(const Archive& archive, const Rounds& rounds) {
  std::map<std::size_t, Verdict> found;
  if (rounds.count(PointStanding::precise) == 0) return found;
  const NameIndex known = rows_by_name(archive);
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t point = 0; point < rounds.points(); ++point) {
    if (rounds.standing(point) != PointStanding::precise) continue;
    const Verdict verdict = verdict_by_samples(archive, known, rounds.results(point, rounds.round(point)), threads);
    if (verdict != Verdict::converged) found.emplace(point, verdict);
  }
  return found;
}

}  // namespace

Estimate average_of(std::span<const ChainResult> chains, const std::string& quantity) {
  std::vector<Estimate> estimates;
  for (const ChainResult& chain : chains)
    estimates.push_back({value_of(chain, quantity), value_of(chain, quantity + "_err")});
  return pooled_mean(estimates);
}

Verdict verdict_of(std::span<const ChainResult> chains) {
  std::map<Start, std::vector<ChainResult>> by_start;
  for (const ChainResult& chain : chains) by_start[chain.job->physics->start].push_back(chain);
  PointAverages point;
  for (std::size_t k = 0; k < judged_fractions.size(); ++k) {
    const std::string name(judged_fractions[k]);
    const auto knows_no_error = [&](const ChainResult& chain) { return std::isnan(value_of(chain, name + "_err")); };
    const bool has_one =
        std::ranges::none_of(chains, [&](const ChainResult& chain) { return std::isnan(value_of(chain, name)); });
    if (k > 0 ? std::ranges::any_of(chains, knows_no_error) : !has_one)
      continue;  // not in this dimension, without interior sites, or of an older version
    for (const auto& [start, some] : by_start) {
      const Estimate average = average_of(some, name);
      const auto sweeps = static_cast<double>(some.front().job->schedule->measured_sweeps);
      point[k].push_back({.start = std::string(to_string(start)),
                          .mean = average.mean,
                          .error = average.error,
                          .autocorrelation_times = sweeps / mean_autocorrelation_time(some)});
    }
  }
  return judge(point);
}

Verdict verdict_by_samples(const Archive& archive, const NameIndex& known, std::span<const ChainResult> chains,
                           std::size_t threads) {
  std::vector<std::uint64_t> rows;
  for (const ChainResult& chain : chains)
    if (const auto row = known.find({chain.job->identity, chain.job->observation})) rows.push_back(*row);
  return with_evidence(verdict_of(chains), evidence_of(archive, rows, threads));
}

bool Precision::is_met() const {
  return verdict == Verdict::converged && std::ranges::all_of(targets, &KnownTarget::is_met);
}

Precision precision_of(const Until& until, std::span<const ChainResult> chains) {
  assert(!chains.empty());
  Precision precision{.targets = {}, .verdict = verdict_of(chains)};
  for (const Until::Target& target : until.targets) {
    const Estimate known = average_of(chains, target.quantity);
    const double asked = target.relative ? target.error * std::abs(known.mean) : target.error;
    precision.targets.push_back({.quantity = target.quantity, .average = known, .asked_error = asked});
  }
  return precision;
}

bool is_precise(const Until& until, std::span<const ChainResult> chains) {
  return precision_of(until, chains).is_met();
}

std::vector<std::size_t> doubtful_points(const Archive& archive, const Rounds& rounds) {
  std::vector<std::size_t> points;
  for (const auto& [point, verdict] : doubts(archive, rounds)) points.push_back(point);
  return points;
}

std::vector<PointPrecision> precision_of_points(const Archive& archive, Evidence evidence) {
  std::vector<PointPrecision> points;
  const std::optional<Campaign> campaign = archived_campaign(archive);
  if (!campaign) return points;
  // A plan of a million jobs takes more memory than all else that is said of them.
  if (std::ranges::none_of(campaign->scans, [](const Scan& scan) { return scan.until.has_value(); })) return points;
  const Plan plan = make_plan(*campaign);
  Rounds rounds = rounds_of(archive, plan, evidence);
  std::map<std::size_t, Verdict> doubted;
  if (evidence == Evidence::samples)
    go_on_where_doubted(rounds, [&](const Rounds& known) {
      std::vector<std::size_t> doubtful;
      for (const auto& [point, verdict] : doubts(archive, known)) {
        doubtful.push_back(point);
        doubted[point] = verdict;
      }
      return doubtful;
    });
  const std::vector<std::string> conditions = conditions_on_points(plan);
  for (std::size_t number = 0; number < plan.points.size(); ++number) {
    points.push_back(precision_in(rounds, plan, number));
    points.back().where = conditions[number];
    if (const auto doubt = doubted.find(number); doubt != doubted.end())
      points.back().precision.verdict = doubt->second;
  }
  return points;
}

}  // namespace nxmc

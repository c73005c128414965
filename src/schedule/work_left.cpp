#include "nxmc/schedule/work_left.hpp"

#include <algorithm>
#include <utility>

#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/repairs.hpp"

namespace nxmc {

Standing standing_of(JobState state, bool again) {
  if (!again && state == JobState::done) return Standing::done;
  if (!again && state == JobState::truncated) return Standing::truncated;
  return !again && state == JobState::failed ? Standing::failed : Standing::left;
}

std::uint64_t leave_ladders_whole(const Plan& plan, std::vector<Standing>& jobs) {
  std::uint64_t again = 0;
  const auto is_left = [&](std::uint64_t job) { return jobs[job] == Standing::left; };
  for (const auto& rungs : rungs_of_ladders(plan)) {
    if (std::ranges::none_of(rungs, is_left)) continue;
    for (const std::uint64_t job : rungs) {
      again += is_left(job) ? 0 : 1;
      jobs[job] = Standing::left;
    }
  }
  return again;
}

Rounds rounds_so_far(const Archive& archive, const Plan& plan, const std::vector<std::optional<std::uint64_t>>& rows,
                     const std::set<std::uint64_t>& given_up, IsPrecise is_precise) {
  Rounds rounds(plan, std::move(is_precise));
  if (plan.points.empty()) return rounds;
  std::map<std::uint64_t, std::uint64_t> job_of_row;
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index)
    if (rows[index] && rounds.concerns(index) && !given_up.contains(*rows[index])) job_of_row[*rows[index]] = index;
  wanted.reserve(job_of_row.size());
  for (const auto& [row, index] : job_of_row) wanted.push_back(row);
  archive.visit_results(wanted, [&](std::uint64_t row, const VisitedResults* found) {
    if (found != nullptr) rounds.finish(job_of_row.at(row), found->values);
  });
  rounds.look_at_longest_chains();
  return rounds;
}

WorkLeft work_left(const Archive& archive, const Campaign& campaign, const Plan& plan, const IsPrecise& is_precise,
                   const FindDoubtful& find_doubtful) {
  acceptable_changes(archive, campaign, plan, false);
  Repairs repairs;
  for (const Damage& damage : archive.verify()) note_damage(archive, damage, repairs);
  const NameIndex known = rows_by_name(archive);
  const std::vector<JobState> states = archive.states();
  WorkLeft work;
  std::vector<std::optional<std::uint64_t>> rows;
  for (const Job& job : plan.jobs) rows.push_back(known.find({job.identity, job.observation}));
  Rounds rounds = rounds_so_far(archive, plan, rows, repairs.rows, is_precise);
  go_on_where_doubted(rounds, [&](const Rounds& so_far) { return find_doubtful(archive, so_far); });
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index) {
    const std::optional<std::uint64_t>& row = rows[index];
    Standing standing = row ? standing_of(states[*row], repairs.rows.contains(*row)) : Standing::left;
    if (standing == Standing::left && !rounds.asks_for(index)) standing = Standing::spare;
    work.jobs.push_back(standing);
  }
  leave_ladders_whole(plan, work.jobs);
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index)
    if (work.jobs[index] == Standing::left) work.pending.push_back(index);
  work.continued = rows_to_continue(archive, plan, work.pending, repairs.rows);
  return work;
}

}  // namespace nxmc

#include "nxmc/schedule/work_left.hpp"

#include "nxmc/schedule/campaign_changes.hpp"
#include "nxmc/schedule/repairs.hpp"

namespace nxmc {

Standing standing_of(JobState state, bool again) {
  if (!again && state == JobState::done) return Standing::done;
  if (!again && state == JobState::truncated) return Standing::truncated;
  return !again && state == JobState::failed ? Standing::failed : Standing::left;
}

WorkLeft work_left(const Archive& archive, const Campaign& campaign, const Plan& plan) {
  acceptable_changes(archive, campaign, plan, false);
  Repairs repairs;
  for (const Damage& damage : archive.verify()) note_damage(archive, damage, repairs);
  const NameIndex known = rows_by_name(archive);
  const std::vector<JobState> states = archive.states();
  WorkLeft work;
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index) {
    const auto row = known.find({plan.jobs[index].identity, plan.jobs[index].observation});
    work.jobs.push_back(row ? standing_of(states[*row], repairs.rows.contains(*row)) : Standing::left);
    if (work.jobs.back() == Standing::left) work.pending.push_back(index);
  }
  work.continued = rows_to_continue(archive, plan, work.pending, repairs.rows);
  return work;
}

}  // namespace nxmc

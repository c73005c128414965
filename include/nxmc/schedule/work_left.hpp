// What a run would still have to do for a campaign on an archive, found as the run finds it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/schedule/rounds.hpp"

namespace nxmc {

/// Where a job of a plan stands in an archive. A job that the archive does not know, or whose results are damaged, is
/// left; so is one that runs just now.
/// Spare is a conditional job without results that has not been asked for.
enum class Standing : std::uint8_t { done, truncated, failed, left, spare };

/// Where a job stands whose row is in this state, or is to be computed again.
Standing standing_of(JobState state, bool again);

/// Rungs of a ladder are computed together: where one is left, all are. Returns how many were not.
/// \param jobs  [job of the plan]
std::uint64_t leave_ladders_whole(const Plan& plan, std::vector<Standing>& jobs);

/// The rounds of a plan as far as an archive has results. \param rows  of the plan's jobs
/// \param given_up  rows whose results do not count
Rounds rounds_so_far(const Archive& archive, const Plan& plan, const std::vector<std::optional<std::uint64_t>>& rows,
                     const std::set<std::uint64_t>& given_up, IsPrecise is_precise);

struct WorkLeft {
  std::vector<Standing> jobs;          ///< [job of the plan]
  std::vector<std::uint64_t> pending;  ///< those that are left, ascending
  /// Of these, those that go on from the final state of a shorter chain: its row in the archive.
  std::map<std::uint64_t, std::uint64_t> continued;
};

/// \throws ArchiveError as the run would refuse: a compressed copy, another campaign, values that were changed
WorkLeft work_left(const Archive& archive, const Campaign& campaign, const Plan& plan, const IsPrecise& is_precise,
                   const FindDoubtful& find_doubtful);

}  // namespace nxmc

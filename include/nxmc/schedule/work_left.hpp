// What a run would still have to do for a campaign on an archive, found as the run finds it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"

namespace nxmc {

/// Where a job of a plan stands in an archive. A job that the archive does not know, or whose results are damaged, is
/// left; so is one that runs just now.
enum class Standing : std::uint8_t { done, truncated, failed, left };

/// Where a job stands whose row is in this state, or is to be computed again.
Standing standing_of(JobState state, bool again);

struct WorkLeft {
  std::vector<Standing> jobs;          ///< [job of the plan]
  std::vector<std::uint64_t> pending;  ///< those that are left, ascending
  /// Of these, those that go on from the final state of a shorter chain: its row in the archive.
  std::map<std::uint64_t, std::uint64_t> continued;
};

/// \throws ArchiveError as the run would refuse: a compressed copy, another campaign, values that were changed
WorkLeft work_left(const Archive& archive, const Campaign& campaign, const Plan& plan);

}  // namespace nxmc

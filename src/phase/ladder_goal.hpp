// What a ladder goes on for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/schedule/rounds.hpp"

namespace nxmc {

/// Where a ladder stands that has been measured for as long as its scan asks for, or longer.
struct LadderGoal {
  bool met = false;
  bool hopeless = false;  ///< going on would not help
  std::string words;      ///< what is known; empty where the scan wants nothing but its chains
};

/// With `until` the averages of all rungs as precise as it asks for, with `refine` the transition along the ladder, by
/// the samples of these ladders and of nothing else; both with the verdict `converged`.
/// \param chains  of all rungs, starts and replicas; not empty, from the first rung to the last
/// \param round_trips  of all of them
/// \throws ArchiveError
LadderGoal goal_of_ladder(const Archive& archive, const Scan& scan, std::span<const ChainResult> chains,
                          double round_trips, std::size_t threads);

/// The measured sweeps at which it ends in any case.
std::uint64_t most_sweeps_of_ladder(const Scan& scan);

}  // namespace nxmc

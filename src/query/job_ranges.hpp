// The jobs of an archive, range by range.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "nxmc/archive/archive.hpp"

namespace nxmc {

inline constexpr std::uint64_t jobs_at_once = 4096;  // as many as the archive reads at once

inline std::vector<JobRange> ranges_of_jobs(const Archive& archive) {
  std::vector<JobRange> ranges;
  for (std::uint64_t first = 0; first < archive.jobs(); first += jobs_at_once)
    ranges.push_back({first, std::min(jobs_at_once, archive.jobs() - first)});
  return ranges;
}

}  // namespace nxmc

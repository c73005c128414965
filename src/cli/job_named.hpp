// The job that --job names.
#pragma once

#include <cstdint>
#include <string>

#include "nxmc/archive/archive.hpp"

namespace nxmc {

/// What is asked for of a job: snapshots that its scan wants, or samples that its chain kept.
enum class Configurations : std::uint8_t { snapshots, samples };
bool has(const Archive& archive, std::uint64_t row, Configurations asked);

/// The job whose identity begins with `name`: as with git, a few digits suffice. Of a chain that was measured for
/// longer only the longest counts, as in queries; of a job with several rows the one that has what is asked for.
/// \throws UsageError  if there is none, or several
std::uint64_t job_named(const Archive& archive, const std::string& name, Configurations asked);

/// "q.h5: job 3f2a has no snapshots: it is done, and its scan has no 'snapshots' key".
std::string why_nothing_is_there(const Archive& archive, std::uint64_t job, const std::string& name,
                                 Configurations asked);

}  // namespace nxmc

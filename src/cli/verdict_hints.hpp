// What to say of averages that cannot be believed yet.
#pragma once

#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/query.hpp"

namespace nxmc {

/// Of an answer whose rows are averages of equilibrium jobs; none for others.
std::vector<std::string> verdict_hints(const Archive& archive, const Query& query);

/// That averages of equilibrium jobs count chains more than once, because scans observe them in several ways, and what
/// to do; empty where none does.
std::string warning_of_doubled_chains(const Archive& archive, const Query& query);

}  // namespace nxmc

// What a campaign could leave out when memory is short.
#pragma once

#include <optional>
#include <string>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/schedule/node_memory.hpp"

namespace nxmc {

/// When most of what a node needs is for local areas, which scans may leave unmeasured: how much, and how.
std::optional<std::string> memory_hint(const Plan& plan, const NodeForecast& node);

}  // namespace nxmc

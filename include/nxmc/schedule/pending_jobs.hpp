// The jobs of a plan as the queue sees them.
#pragma once

#include <vector>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/schedule/job_queue.hpp"

namespace nxmc {

/// [job of the plan]; the first rung of a ladder takes as long as all of it. Those that do not lead are never handed
/// out.
std::vector<PendingJob> pending_jobs(const Plan& plan);

}  // namespace nxmc

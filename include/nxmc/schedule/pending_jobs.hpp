// The jobs of a plan as the queue sees them.
#pragma once

#include <vector>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/schedule/job_queue.hpp"

namespace nxmc {

/// [job of the plan]
std::vector<PendingJob> pending_jobs(const Plan& plan);

}  // namespace nxmc

// The part of a plan that is left to do, as a plan of its own.
#pragma once

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/schedule/work_left.hpp"

namespace nxmc {

/// The jobs that are left and the kernels that they need. Jobs that go on from shorter chains cost what these lack;
/// kernels that the archive holds are not built again.
Plan remaining_plan(const Plan& plan, const Archive& archive, const WorkLeft& work);

}  // namespace nxmc

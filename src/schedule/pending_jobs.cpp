#include "nxmc/schedule/pending_jobs.hpp"

#include <map>
#include <tuple>

namespace nxmc {

std::vector<PendingJob> pending_jobs(const Plan& plan) {
  std::map<std::tuple<Method, int, LatticeSpec>, std::uint32_t> kinds;
  std::vector<PendingJob> pending;
  pending.reserve(plan.jobs.size());
  for (const Job& job : plan.jobs) {
    const auto next = static_cast<std::uint32_t>(kinds.size());
    const auto kind = kinds.try_emplace({job.physics->method, job.kernel, job.physics->lattice}, next).first->second;
    pending.push_back({pending.size(), job.cost_seconds, kind});
  }
  for (const auto& rungs : rungs_of_ladders(plan))
    for (std::size_t rung = 1; rung < rungs.size(); ++rung) {
      pending[rungs.front()].predicted_seconds += plan.jobs[rungs[rung]].cost_seconds;
      pending[rungs[rung]].kind = pending[rungs.front()].kind;
    }
  return pending;
}

}  // namespace nxmc

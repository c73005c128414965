// See node_memory.hpp. The constants were measured with Debian 12's Open MPI 4.1 and HDF5 1.10.
#include "nxmc/schedule/node_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "nxmc/schedule/kernel_groups.hpp"

namespace nxmc {
namespace {

constexpr double mebibyte = 1024 * 1024;

std::vector<std::uint64_t> all_jobs(const Plan& plan) {
  std::vector<std::uint64_t> jobs(plan.jobs.size());
  std::iota(jobs.begin(), jobs.end(), std::uint64_t{0});
  return jobs;
}

/// The group at whose peak the node's is.
void describe(const KernelGroup& group, NodeForecast& forecast) {
  forecast.kernels = group.memory.kernels;
  forecast.crystals = group.memory.crystals;
  forecast.building = group.memory.all_builders();
  forecast.displacements = group.memory.displacements;
  forecast.chains = group.memory.all_chains();
}

/// The first rank needs most while it makes the archive; the others wait for it and then list the jobs too.
double plan_bytes(const Plan& plan, int ranks) {
  constexpr double making_the_archive = 820;  // for each job
  constexpr double on_first_rank = 410;       // with the queue, states and positions in the archive
  constexpr double on_other_rank = 160;
  constexpr double waiting_results = 2 * mebibyte;  // in the largest commit
  const double per_job = std::max(making_the_archive, on_first_rank + (ranks - 1) * on_other_rank);
  return waiting_results + per_job * static_cast<double>(plan.jobs.size());
}

}  // namespace

double program_bytes(int ranks) {
  constexpr double shared_pages = 26.5 * mebibyte;  // of the program and its libraries
  constexpr double first_rank = 8.5 * mebibyte;
  constexpr double other_rank = 6.2 * mebibyte;
  return shared_pages + first_rank + (ranks - 1) * other_rank;
}

NodeMemory with_plan(NodeMemory memory, const Plan& plan) {
  memory.fixed = program_bytes(memory.ranks) + plan_bytes(plan, memory.ranks);
  memory.process_bytes -= plan_bytes(plan, 1);
  return memory;
}

double default_node_memory() { return share_of_available * available_memory(); }

NodeMemory within(const ProcessRoom& room, NodeMemory memory) {
  memory.process_bytes = share_of_available * room.bytes();
  memory.process_limit = room.name();
  return memory;
}

NodeForecast forecast_node(const Plan& plan, NodeMemory memory) {
  const std::vector<std::uint64_t> jobs = all_jobs(plan);
  memory = with_plan(memory, plan);
  NodeForecast forecast;
  forecast.programs = program_bytes(memory.ranks);
  forecast.plan = plan_bytes(plan, memory.ranks);
  std::vector<KernelGroup> groups;
  try {
    groups = group_kernels(plan, jobs, memory);
  } catch (const KernelTooLarge& error) {
    forecast.obstacle = error.what();
    memory.process_bytes = std::numeric_limits<double>::infinity();
    memory.bytes = least_memory(plan, jobs, memory);
    groups = group_kernels(plan, jobs, memory);
  }
  forecast.groups = groups.size();
  const auto peak = [](const KernelGroup& group) { return group.memory.peak(); };
  const auto highest = std::ranges::max_element(groups, {}, peak);
  if (highest != groups.end()) describe(*highest, forecast);
  forecast.peak = memory.fixed + (highest == groups.end() ? 0 : peak(*highest));
  return forecast;
}

}  // namespace nxmc

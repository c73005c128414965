// See kernel_memory.hpp.
#include "nxmc/run/kernel_memory.hpp"

#include <cstdint>
#include <numeric>
#include <vector>

#include "kernel_groups.hpp"
#include "nxmc/run/environment.hpp"

namespace nxmc {

double default_kernel_memory() { return share_for_kernels * available_memory(); }

std::optional<std::string> kernel_too_large(const Plan& plan, double bytes) {
  std::vector<std::uint64_t> jobs(plan.jobs.size());
  std::iota(jobs.begin(), jobs.end(), std::uint64_t{0});
  try {
    group_kernels(plan, jobs, {bytes, 1});
  } catch (const KernelTooLarge& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace nxmc

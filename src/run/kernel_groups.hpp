// Which kernels live in memory together.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "nxmc/campaign/plan.hpp"

namespace nxmc {

/// Kernels that share one stretch of node memory, and the jobs that are done while they do.
struct KernelGroup {
  std::vector<std::size_t> kernels;  ///< indices into Plan::kernels
  std::vector<std::uint64_t> jobs;   ///< indices into Plan::jobs
};

/// What one node has for kernels.
struct NodeMemory {
  double bytes = 0;
  int ranks = 1;
};

/// A kernel, or a crystal without one, that the memory of a node cannot hold; the message says how much it needs.
class KernelTooLarge : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Splits the pending jobs into as few groups as memory allows, those with most work first. Jobs without kernel join
/// the first group. \throws KernelTooLarge
std::vector<KernelGroup> group_kernels(const Plan& plan, std::span<const std::uint64_t> pending,
                                       const NodeMemory& memory);

}  // namespace nxmc

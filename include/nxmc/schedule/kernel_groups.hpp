// Which kernels live in memory together.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/schedule/node_memory.hpp"

namespace nxmc {

/// What a node holds while the jobs of a group are done, in bytes.
struct GroupMemory {
  double kernels = 0;  ///< once
  std::set<LatticeSpec> lattices;
  double crystals = 0;           ///< on all ranks
  double displacements = 0;      ///< on all ranks that may use them
  std::vector<double> builders;  ///< at most one on each rank, largest first
  std::vector<double> chains;    ///< at most one on each rank, largest first

  double crystals_each = 0;       ///< of these, on one rank
  double displacements_each = 0;  ///< and on one that uses all

  double all_builders() const;
  double all_chains() const;
  /// Chains start when all kernels are built.
  double peak() const;
  /// Of the rank that does most: kernels are part of its address space, whoever shares them.
  double process_peak() const;
};

/// Kernels that share one stretch of node memory, and the jobs that are done while they do.
struct KernelGroup {
  std::vector<std::size_t> kernels;  ///< indices into Plan::kernels
  std::vector<std::uint64_t> jobs;   ///< indices into Plan::jobs
  GroupMemory memory;
};

/// A kernel, or a crystal without one, that the memory of a node cannot hold; the message says how much it needs.
class KernelTooLarge : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Splits the pending jobs, of ladders all rungs or none, into as few groups as memory allows, those with most work
/// first. Jobs without kernel join the first group, unless they do not fit beside its kernels. \throws KernelTooLarge
std::vector<KernelGroup> group_kernels(const Plan& plan, std::span<const std::uint64_t> pending,
                                       const NodeMemory& memory);

/// The least memory with which `group_kernels` does not throw.
double least_memory(const Plan& plan, std::span<const std::uint64_t> pending, const NodeMemory& memory);

}  // namespace nxmc

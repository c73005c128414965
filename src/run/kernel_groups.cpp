#include "kernel_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nxmc/campaign/amounts.hpp"

namespace nxmc {

namespace {

struct KernelWork {
  std::vector<std::uint64_t> jobs;
  double seconds = 0;
};

/// Memory of one node while the kernels of a group are built and used.
struct GroupBytes {
  double held = 0;      // kernels once per node, displacement factors once per rank
  double building = 0;  // largest transient need of one builder

  double total(int ranks) const { return held + building * ranks; }
};

GroupBytes with(GroupBytes group, const PlannedKernel& kernel, int ranks) {
  group.held += kernel.node_bytes + kernel.rank_bytes * ranks;
  group.building = std::max(group.building, kernel.build_bytes);
  return group;
}

/// One kernel is built by one rank, and used by all.
void require_fits(const PlannedKernel& kernel, const NodeMemory& memory) {
  const double held = kernel.node_bytes + kernel.rank_bytes * memory.ranks;
  const double needed = held + kernel.build_bytes;
  if (needed <= memory.bytes) return;
  throw KernelTooLarge(
      fmt::format("the kernel of the {} of size {} with {} shell layer{} ({} sites) needs {} of memory ({} to keep, {} "
                  "to build), but {} may be used "
                  "on a node. Use a smaller size, a node with more memory, or raise --memory",
                  kernel.spec.lattice.shape, size_name(kernel.spec.lattice), kernel.spec.lattice.shell_layers,
                  kernel.spec.lattice.shell_layers == 1 ? "" : "s", kernel.sites, readable_bytes(needed),
                  readable_bytes(held), readable_bytes(kernel.build_bytes), readable_bytes(memory.bytes)));
}

/// A crystal without kernel still has neighbours, symmetry and rates, on every rank.
void require_fits(const LatticeSpec& lattice, const NodeMemory& memory) {
  constexpr double bytes_per_site = 560;  // peak of an exchange chain of a 100^3 Ising crystal: 534 MB
  const double needed = bytes_per_site * count_sites(lattice) * memory.ranks;
  if (needed <= memory.bytes) return;
  throw KernelTooLarge(
      fmt::format("the {} of size {} ({:.0f} sites) needs {} of memory on a node of {} rank{}, but {} may be used. Use "
                  "a smaller size, fewer "
                  "ranks on a node, or raise --memory",
                  lattice.shape, size_name(lattice), count_sites(lattice), readable_bytes(needed), memory.ranks,
                  memory.ranks == 1 ? "" : "s", readable_bytes(memory.bytes)));
}

}  // namespace

std::vector<KernelGroup> group_kernels(const Plan& plan, std::span<const std::uint64_t> pending,
                                       const NodeMemory& memory) {
  std::map<std::size_t, KernelWork> work;
  std::vector<std::uint64_t> without_kernel;
  std::set<LatticeSpec> lattices_without_kernel;
  for (const std::uint64_t index : pending) {
    const Job& job = plan.jobs[index];
    if (job.kernel < 0) {
      without_kernel.push_back(index);
      lattices_without_kernel.insert(job.physics.lattice);
      continue;
    }
    KernelWork& entry = work[static_cast<std::size_t>(job.kernel)];
    entry.jobs.push_back(index);
    entry.seconds += job.cost_seconds;
  }

  for (const LatticeSpec& lattice : lattices_without_kernel) require_fits(lattice, memory);
  std::vector<std::size_t> order;
  order.reserve(work.size());
  for (const auto& [kernel, entry] : work) order.push_back(kernel);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return work.at(a).seconds > work.at(b).seconds; });

  std::vector<KernelGroup> groups;
  GroupBytes bytes;
  for (const std::size_t kernel : order) {
    require_fits(plan.kernels[kernel], memory);
    const GroupBytes wider = with(bytes, plan.kernels[kernel], memory.ranks);
    const bool fits = !groups.empty() && wider.total(memory.ranks) <= memory.bytes;
    bytes = fits ? wider : with({}, plan.kernels[kernel], memory.ranks);
    if (!fits) groups.emplace_back();
    groups.back().kernels.push_back(kernel);
    const auto& jobs = work.at(kernel).jobs;
    groups.back().jobs.insert(groups.back().jobs.end(), jobs.begin(), jobs.end());
  }
  if (groups.empty() && !without_kernel.empty()) groups.emplace_back();
  if (!groups.empty())
    groups.front().jobs.insert(groups.front().jobs.end(), without_kernel.begin(), without_kernel.end());
  return groups;
}

}  // namespace nxmc

#include "nxmc/schedule/kernel_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "nxmc/campaign/amounts.hpp"
#include "nxmc/schedule/helpers.hpp"

namespace nxmc {

namespace {

double sum(const std::vector<double>& bytes) { return std::accumulate(bytes.begin(), bytes.end(), 0.0); }

/// Adds to a list of the largest, of which there are as many as ranks.
void keep_largest(std::vector<double>& largest, double bytes, int ranks) {
  const auto place = std::ranges::upper_bound(largest, bytes, std::greater<>());
  if (place == largest.end() && largest.size() == static_cast<std::size_t>(ranks)) return;
  largest.insert(place, bytes);
  if (largest.size() > static_cast<std::size_t>(ranks)) largest.pop_back();
}

struct KernelWork {
  std::vector<std::uint64_t> jobs;
  std::vector<double> chains;
  std::size_t rungs = 0;  // of ladders, among the jobs
  double seconds = 0;
};

/// Kernels that live together because ladders lead from one to the other.
using Bundle = std::vector<std::size_t>;

class Grouping {
 public:
  Grouping(const Plan& plan, std::span<const std::uint64_t> pending, NodeMemory memory)
      : plan_(plan),
        memory_(std::move(memory)),
        ladder_bytes_(plan.ladders.size()),
        rungs_of_ladder_(plan.ladders.size()) {
    for (const std::uint64_t index : pending) add_job(index);
    for (const std::uint64_t index : pending)
      if (leads(plan_.jobs[index])) add_chain(plan_.jobs[index]);
  }

  std::vector<KernelGroup> groups() {
    for (const Bundle& bundle : most_work_first()) place(bundle);
    place_jobs_without_kernel();
    return std::move(groups_);
  }

  /// With one kernel at a time, or those of one ladder.
  double least_memory() const {
    double most = with_chains({}, without_kernel_).peak();
    for (const Bundle& bundle : bundles()) most = std::max(most, with({}, bundle).peak());
    return memory_.fixed + most;
  }

 private:
  void add_job(std::uint64_t index) {
    const Job& job = plan_.jobs[index];
    KernelWork& entry = work_of(job);
    entry.jobs.push_back(index);
    entry.seconds += job.cost_seconds;
    if (job.ladder < 0) return;
    ladder_bytes_[static_cast<std::size_t>(job.ladder)] += job.chain_bytes;
    ++rungs_of_ladder_[static_cast<std::size_t>(job.ladder)];
    ++entry.rungs;
    if (job.kernel >= 0) kernels_of_ladders_[job.ladder].insert(static_cast<std::size_t>(job.kernel));
  }

  /// All rungs of a ladder are on one rank, and those with which others help once more on these.
  void add_chain(const Job& job) {
    const double bytes = job.ladder < 0 ? job.chain_bytes : ladder_bytes_[static_cast<std::size_t>(job.ladder)];
    keep_largest(work_of(job).chains, bytes, memory_.ranks);
    if (may_be_shared(job)) keep_largest(work_of(job).chains, bytes, memory_.ranks);
  }

  bool may_be_shared(const Job& job) const {
    return job.ladder >= 0 && most_ranks_of_ladder(rungs_of_ladder_[static_cast<std::size_t>(job.ladder)]) > 1;
  }

  KernelWork& work_of(const Job& job) {
    return job.kernel < 0 ? without_kernel_ : work_[static_cast<std::size_t>(job.kernel)];
  }

  std::vector<Bundle> bundles() const {
    std::vector<std::set<std::size_t>> joined;
    for (const auto& [kernel, entry] : work_) joined.push_back({kernel});
    for (const auto& [ladder, kernels] : kernels_of_ladders_) {
      std::set<std::size_t> together;
      const auto takes_part = [&kernels = kernels](const std::set<std::size_t>& bundle) {
        return std::ranges::any_of(bundle, [&](std::size_t kernel) { return kernels.contains(kernel); });
      };
      for (const auto& bundle : joined)
        if (takes_part(bundle)) together.insert(bundle.begin(), bundle.end());
      std::erase_if(joined, takes_part);
      joined.push_back(std::move(together));
    }
    std::vector<Bundle> all;
    all.reserve(joined.size());
    for (const auto& bundle : joined) all.emplace_back(bundle.begin(), bundle.end());
    std::ranges::sort(all);
    return all;
  }

  std::vector<Bundle> most_work_first() const {
    std::vector<Bundle> order = bundles();
    std::ranges::stable_sort(order, std::greater<>(), [&](const Bundle& bundle) {
      double seconds = 0;
      for (const std::size_t kernel : bundle) seconds += work_.at(kernel).seconds;
      return seconds;
    });
    return order;
  }

  void place(const Bundle& bundle) {
    require_fits(bundle);
    std::optional<GroupMemory> wider;
    if (!groups_.empty()) wider = with(groups_.back().memory, bundle);
    if (!wider || !fits(*wider)) {
      wider = with({}, bundle);
      groups_.emplace_back();
    }
    KernelGroup& group = groups_.back();
    group.memory = *std::move(wider);
    for (const std::size_t kernel : bundle) {
      group.kernels.push_back(kernel);
      const auto& jobs = work_.at(kernel).jobs;
      group.jobs.insert(group.jobs.end(), jobs.begin(), jobs.end());
    }
  }

  void place_jobs_without_kernel() {
    if (without_kernel_.jobs.empty()) return;
    const GroupMemory alone = with_chains({}, without_kernel_);
    if (!fits(alone)) refuse_jobs_without_kernel(alone);
    GroupMemory wider = groups_.empty() ? alone : with_chains(groups_.front().memory, without_kernel_);
    if (groups_.empty()) {
      groups_.emplace_back();
    } else if (!fits(wider)) {
      groups_.insert(groups_.begin(), KernelGroup{});
      wider = alone;
    }
    KernelGroup& group = groups_.front();
    group.memory = std::move(wider);
    group.jobs.insert(group.jobs.end(), without_kernel_.jobs.begin(), without_kernel_.jobs.end());
  }

  bool fits(const GroupMemory& group) const {
    return memory_.fixed + group.peak() <= memory_.bytes && fits_process(group);
  }
  bool fits_process(const GroupMemory& group) const { return group.process_peak() <= memory_.process_bytes; }

  GroupMemory with(GroupMemory group, const Bundle& bundle) const {
    for (const std::size_t kernel : bundle) group = with(std::move(group), kernel);
    return group;
  }

  GroupMemory with(GroupMemory group, std::size_t kernel) const {
    const PlannedKernel& planned = plan_.kernels[kernel];
    const KernelWork& entry = work_.at(kernel);
    group.kernels += planned.node_bytes;
    if (group.lattices.insert(planned.spec.lattice).second) {
      group.crystals += memory_.ranks * planned.crystal_bytes;
      group.crystals_each += planned.crystal_bytes;
    }
    const auto users = std::min(static_cast<std::size_t>(memory_.ranks), entry.jobs.size() + entry.rungs);
    group.displacements += static_cast<double>(users) * planned.rank_bytes;
    group.displacements_each += planned.rank_bytes;
    keep_largest(group.builders, planned.build_bytes, memory_.ranks);
    return with_chains(std::move(group), entry);
  }

  GroupMemory with_chains(GroupMemory group, const KernelWork& entry) const {
    for (const double bytes : entry.chains) keep_largest(group.chains, bytes, memory_.ranks);
    return group;
  }

  void require_fits(const Bundle& bundle) const {
    const GroupMemory alone = with({}, bundle);
    if (fits(alone)) return;
    const std::string who = words_for(bundle);
    if (!fits_process(alone)) throw KernelTooLarge(fmt::format("{} {}", who, too_much_for_a_process(alone)));
    const double needed = memory_.fixed + alone.peak();
    const double built = alone.all_builders();
    throw KernelTooLarge(fmt::format(
        "{} {} of memory ({} to keep, {} to build, {} to work with), but {} may be used on a node of {} rank{}. Use a "
        "smaller size, {}fewer ranks on a node, a node with more memory, or raise --memory",
        who, readable_bytes(needed), readable_bytes(alone.kernels), readable_bytes(built),
        readable_bytes(memory_.fixed + alone.crystals + alone.displacements + alone.all_chains()),
        readable_bytes(memory_.bytes), memory_.ranks, memory_.ranks == 1 ? "" : "s",
        plan_.ladders.empty() ? "" : "fewer rungs, "));
  }

  /// "the kernel of the hexagon of size 10 with 1 shell layer (331 sites) needs"
  std::string words_for(const Bundle& bundle) const {
    const PlannedKernel& first = plan_.kernels[bundle.front()];
    const LatticeSpec& lattice = first.spec.lattice;
    const std::string crystal =
        fmt::format("the {} of size {} with {} shell layer{} ({} sites)", lattice.shape, size_name(lattice),
                    lattice.shell_layers, lattice.shell_layers == 1 ? "" : "s", first.sites);
    if (bundle.size() == 1) return fmt::format("the kernel of {} needs", crystal);
    return fmt::format("the {} kernels of a ladder of {}, or of several that share some, need", bundle.size(), crystal);
  }

  std::string too_much_for_a_process(const GroupMemory& group) const {
    return fmt::format("{} of memory in one process; {} leaves {} for it. Use a smaller size, or raise that limit",
                       readable_bytes(group.process_peak()), memory_.process_limit,
                       readable_bytes(std::max(0.0, memory_.process_bytes)));
  }

  [[noreturn]] void refuse_jobs_without_kernel(const GroupMemory& alone) const {
    const auto bytes = [&](std::uint64_t index) { return plan_.jobs[index].chain_bytes; };
    const std::uint64_t largest = *std::ranges::max_element(without_kernel_.jobs, {}, bytes);
    const LatticeSpec& lattice = plan_.jobs[largest].physics->lattice;
    if (!fits_process(alone)) {
      throw KernelTooLarge(fmt::format("the {} of size {} ({:.0f} sites) needs {}", lattice.shape, size_name(lattice),
                                       count_sites(lattice), too_much_for_a_process(alone)));
    }
    throw KernelTooLarge(fmt::format(
        "the {} of size {} ({:.0f} sites) needs {} of memory on a node of {} rank{}, but {} may be used. Use a smaller "
        "size, fewer ranks on a node, or raise --memory",
        lattice.shape, size_name(lattice), count_sites(lattice), readable_bytes(memory_.fixed + alone.peak()),
        memory_.ranks, memory_.ranks == 1 ? "" : "s", readable_bytes(memory_.bytes)));
  }

  const Plan& plan_;
  NodeMemory memory_;
  std::vector<double> ladder_bytes_;  // of all its chains
  std::vector<std::size_t> rungs_of_ladder_;
  std::map<int, std::set<std::size_t>> kernels_of_ladders_;  // [ladder]
  std::map<std::size_t, KernelWork> work_;
  KernelWork without_kernel_;
  std::vector<KernelGroup> groups_;
};

}  // namespace

double GroupMemory::all_builders() const { return sum(builders); }

double GroupMemory::all_chains() const { return sum(chains); }

double GroupMemory::peak() const { return kernels + crystals + std::max(all_builders(), displacements + all_chains()); }

double GroupMemory::process_peak() const {
  const auto largest = [](const std::vector<double>& bytes) { return bytes.empty() ? 0 : bytes.front(); };
  return kernels + crystals_each + std::max(largest(builders), displacements_each + largest(chains));
}

std::vector<KernelGroup> group_kernels(const Plan& plan, std::span<const std::uint64_t> pending,
                                       const NodeMemory& memory) {
  return Grouping(plan, pending, memory).groups();
}

double least_memory(const Plan& plan, std::span<const std::uint64_t> pending, const NodeMemory& memory) {
  return Grouping(plan, pending, memory).least_memory();
}

}  // namespace nxmc

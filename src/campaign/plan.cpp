// From a campaign to distinct kernels and jobs.
#include "nxmc/campaign/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "cost.hpp"
#include "nxmc/engine/memory.hpp"

namespace nxmc {
namespace {

constexpr double largest_kernel = 0x1p50;  // 1 PiB

struct Row {
  Identity job;
  Identity observation;
  friend bool operator==(const Row&, const Row&) = default;
};

struct HashRow {
  std::size_t operator()(const Row& row) const {
    // Identities are hashes already.
    return static_cast<std::size_t>(row.job.low ^ (row.observation.low * 0x9e3779b97f4a7c15U));
  }
};

PlannedKernel plan_kernel(const KernelSpec& spec) {
  return {.spec = spec,
          .identity = kernel_identity(spec),
          .sites = static_cast<std::uint64_t>(count_sites(spec.lattice)),
          .representatives = static_cast<std::uint64_t>(count_orbits(spec.lattice)),
          .node_bytes = kernel_bytes(spec),
          .build_bytes = kernel_build_bytes(spec),
          .crystal_bytes = lattice_bytes(spec.lattice) + symmetry_bytes(spec.lattice),
          .build_seconds = predicted_build_seconds(spec)};
}

/// What jobs of one scan have in common: their schedule, with areas (elastic jobs) and without.
struct Observed {
  std::shared_ptr<const Schedule> schedule;
  Identity identity;
  Identity continuation;
};

Observed observe(Schedule schedule, Method method, bool elastic) {
  if (!elastic) {
    schedule.areas = false;
    schedule.areas_every = 0;
  }
  const Identity identity = observation_identity(schedule, method);
  const Identity continuation = continuation_identity(schedule, method);
  return {std::make_shared<const Schedule>(std::move(schedule)), identity, continuation};
}

class Planner {
 public:
  explicit Planner(const Campaign& campaign) : campaign_(campaign) {}

  Plan plan() {
    plan_.campaign = campaign_.name;
    plan_.text = campaign_.text;
    plan_.seed = campaign_.seed;
    plan_.jobs.reserve(most_jobs());
    rows_.reserve(most_jobs());
    for (const Scan& scan : campaign_.scans) add_scan(scan);
    if (!problems_.empty()) throw CampaignError(campaign_.file, std::move(problems_));
    return std::move(plan_);
  }

 private:
  /// As many as there are when no scan has jobs of another one.
  std::size_t most_jobs() const {
    std::size_t jobs = 0;
    for (const Scan& scan : campaign_.scans) jobs += scan.points.size() * static_cast<std::size_t>(scan.replicas);
    return jobs;
  }

  void add_scan(const Scan& scan) {
    plan_.scans.push_back(scan.name);
    const Method method = scan.points.front().physics.method;
    const Observed with_areas = observe(scan.schedule, method, true);
    const Observed without_areas = observe(scan.schedule, method, false);
    for (const Point& point : scan.points) {
      add_point(scan, point.physics, is_elastic(point.physics) ? with_areas : without_areas);
    }
  }

  void add_point(const Scan& scan, const Physics& physics, const Observed& observed) {
    const std::string text = canonical_text(physics);
    Job job;
    job.observation = observed.identity;
    job.continuation = observed.continuation;
    job.physics = physics;
    job.schedule = observed.schedule;
    if (is_elastic(physics)) {
      const std::optional<int> kernel = find_kernel(scan, physics);
      if (!kernel) return;
      job.kernel = *kernel;
    }
    job.cost_seconds = predicted_seconds(physics, *observed.schedule);
    job.chain_bytes = chain_bytes(physics, *observed.schedule);
    if (job.kernel < 0) job.chain_bytes += lattice_bytes(physics.lattice);
    for (int replica = 0; replica < scan.replicas; ++replica) {
      job.replica = static_cast<std::uint32_t>(replica);
      job.identity = job_identity(text, job.replica);
      add_job(job);
    }
  }

  /// A job that an earlier scan has too is one job of both.
  void add_job(const Job& job) {
    if (needs_displacements(job)) {
      plan_.kernels[static_cast<std::size_t>(job.kernel)].rank_bytes = DisplacementSolver::bytes(job.physics.lattice);
    }
    const auto scan = static_cast<std::uint32_t>(plan_.scans.size() - 1);
    const auto [row, is_new] = rows_.try_emplace(Row{job.identity, job.observation}, plan_.jobs.size());
    if (is_new) plan_.jobs.push_back(job);
    std::vector<std::uint32_t>& scans = plan_.jobs[row->second].scans;
    if (scans.empty() || scans.back() != scan) scans.push_back(scan);
  }

  std::optional<int> find_kernel(const Scan& scan, const Physics& physics) {
    const KernelSpec spec{.lattice = physics.lattice,
                          .shell_stiffness = physics.shell_stiffness,
                          .projected = physics.hamiltonian == Hamiltonian::exact};
    const auto [kernel, is_new] = kernels_.try_emplace(spec, static_cast<int>(plan_.kernels.size()));
    if (is_new) {
      if (!can_be_held(scan, spec)) {
        kernels_.erase(kernel);
        return std::nullopt;
      }
      plan_.kernels.push_back(plan_kernel(spec));
    }
    return kernel->second;
  }

  bool can_be_held(const Scan& scan, const KernelSpec& spec) {
    const double bytes = kernel_bytes(spec) + kernel_build_bytes(spec);
    if (bytes <= largest_kernel) return true;
    const auto place = scan.places.find("size");
    Problem problem{
        .place = place == scan.places.end() ? scan.place : place->second,
        .path = fmt::format("scans[{}].size", plan_.scans.size() - 1),
        .message = fmt::format("a crystal of {} sites needs {:.3g} PiB for its kernel; no machine has more than 1",
                               canonical_decimal(count_sites(spec.lattice)), bytes / largest_kernel)};
    const auto same = [&](const Problem& other) {
      return other.path == problem.path && other.message == problem.message;
    };
    if (std::ranges::none_of(problems_, same)) problems_.push_back(std::move(problem));
    return false;
  }

  const Campaign& campaign_;
  Plan plan_;
  std::unordered_map<Row, std::size_t, HashRow> rows_;
  std::map<KernelSpec, int> kernels_;
  std::vector<Problem> problems_;
};

}  // namespace

std::string names_of_scans(const Plan& plan, const Job& job) {
  std::string names;
  for (const std::uint32_t scan : job.scans) {
    if (!names.empty()) names += ',';
    names += plan.scans[scan];
  }
  return names;
}

bool needs_displacements(const Job& job) {
  if (!is_elastic(job.physics)) return false;
  return job.physics.method == Method::exchange ? job.schedule->areas : job.schedule->areas_every > 0;
}

Plan make_plan(const Campaign& campaign) { return Planner(campaign).plan(); }

}  // namespace nxmc

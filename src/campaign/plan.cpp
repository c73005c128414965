// From a campaign to distinct kernels and jobs.
#include "nxmc/campaign/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "cost.hpp"
#include "ladder.hpp"
#include "nxmc/engine/memory.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {
namespace {

constexpr double largest_kernel = 0x1p50;  // 1 PiB

struct Row {
  Identity job;
  Identity observation;
  friend bool operator==(const Row&, const Row&) = default;
};

/// Jobs by row: their indices in an open hash table, because ten million of them are a lot for std::unordered_map.
class JobIndex {
 public:
  explicit JobIndex(std::size_t most_jobs) : slots_(std::bit_ceil(most_jobs + most_jobs / 2 + 1), free_slot) {}

  /// The job that has this row, or `next` if there was none: then it is `next` from now on.
  std::size_t find_or_add(const Row& row, const std::vector<Job>& jobs, std::size_t next) {
    // Identities are hashes already.
    std::uint64_t slot = row.job.low ^ (row.observation.low * 0x9e3779b97f4a7c15U);
    for (;; ++slot) {
      std::uint32_t& job = slots_[slot % slots_.size()];
      if (job == free_slot) {
        job = static_cast<std::uint32_t>(next);
        return next;
      }
      if (Row{jobs[job].identity, jobs[job].observation} == row) return job;
    }
  }

 private:
  static constexpr std::uint32_t free_slot = ~0U;
  std::vector<std::uint32_t> slots_;
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

/// What jobs with the same schedule have in common.
struct Observed {
  std::shared_ptr<const Schedule> schedule;
  Identity identity;
  Identity continuation;
};

/// Schedules by what they observe: thousands of scans may share a list of times, whose name takes time to make.
class Schedules {
 public:
  Observed find(Schedule schedule, Method method, bool elastic) {
    if (!elastic) {
      schedule.areas = false;
      schedule.areas_every = 0;
    }
    const std::size_t key = hash(schedule) + static_cast<std::size_t>(method);
    const auto [first, last] = known_.equal_range(key);
    for (auto known = first; known != last; ++known)
      if (known->second.method == method && *known->second.observed.schedule == schedule) return known->second.observed;
    const Identity identity = observation_identity(schedule, method);
    const Identity continuation = continuation_identity(schedule, method);
    return known_
        .emplace(key, Known{method, {std::make_shared<const Schedule>(std::move(schedule)), identity, continuation}})
        ->second.observed;
  }

 private:
  struct Known {
    Method method;
    Observed observed;
  };

  static std::size_t hash(const Schedule& schedule) {
    std::size_t sum = std::hash<std::uint64_t>()(schedule.measured_sweeps);
    const auto add = [&](auto value) { sum = sum * 31 + std::hash<decltype(value)>()(value); };
    add(schedule.equilibration_sweeps);
    add(schedule.phases_every);
    add(schedule.areas_every);
    add(schedule.max_events);
    for (const double time : schedule.times) add(time);
    for (const double time : schedule.snapshot_times) add(time);
    for (const std::uint64_t sweep : schedule.snapshot_sweeps) add(sweep);
    return sum;
  }

  std::unordered_multimap<std::size_t, Known> known_;
};

/// Puts the chains of a scan with `until` into rounds of their points.
class RoundsOfScan {
 public:
  explicit RoundsOfScan(const Scan& scan) {
    if (scan.until && !scan.ladder) until_ = std::make_shared<const Until>(*scan.until);
  }
  void begin_round() { ++round_; }
  void add(Physics physics, std::uint64_t job) {
    if (!until_) return;
    physics.start = Start::random;  // a point has chains of all starts
    const auto [known, is_new] = numbers_.try_emplace(physics, points_.size());
    if (is_new) points_.push_back({until_, {}});
    PlannedPoint& point = points_[known->second];
    point.rounds.resize(round_);
    point.rounds.back().push_back(job);
  }
  std::vector<PlannedPoint> take() { return std::move(points_); }

 private:
  std::shared_ptr<const Until> until_;
  std::size_t round_ = 0;
  std::map<Physics, std::size_t> numbers_;
  std::vector<PlannedPoint> points_;
};

class Planner {
 public:
  Planner(const Campaign& campaign, std::span<const PlacedPoint> placed)
      : campaign_(campaign), placed_(placed), rows_(most_jobs()) {}

  Plan plan() {
    plan_.campaign = campaign_.name;
    plan_.text = campaign_.text;
    plan_.seed = campaign_.seed;
    plan_.jobs.reserve(most_jobs());
    try {
      for (const Scan& scan : campaign_.scans) add_scan(scan);
    } catch (const TooManyProblems&) {
      throw CampaignError(campaign_.file, problems_.sorted());
    }
    if (!problems_.empty()) throw CampaignError(campaign_.file, problems_.sorted());
    join_ladders();
    return std::move(plan_);
  }

 private:
  /// As many as there are when no scan has jobs of another one.
  std::size_t most_jobs() const {
    std::size_t jobs = 0;
    for (const Scan& scan : campaign_.scans)
      jobs += scan.points.size() * static_cast<std::size_t>(scan.replicas) * lengths_of_chains(scan).size();
    for (const PlacedPoint& placed : placed_) {
      const Scan& scan = campaign_.scans[placed.scan];
      jobs += physics_of(scan, placed).size() * static_cast<std::size_t>(scan.replicas);
    }
    return jobs;
  }

  void add_scan(const Scan& scan) {
    plan_.scans.push_back(scan.name);
    RoundsOfScan rounds(scan);
    Purpose purpose = Purpose::results;
    for (const std::uint64_t sweeps : lengths_of_chains(scan)) {
      if (explores(scan, sweeps)) purpose = Purpose::placement;
      add_points(scan, schedule_of(scan, sweeps), std::exchange(purpose, Purpose::further_round), rounds);
    }
    std::ranges::move(rounds.take(), std::back_inserter(plan_.points));
    if (scan.ladder) return add_placed_ladders(scan);
    for (const PlacedPoint& placed : placed_)
      if (&campaign_.scans[placed.scan] == &scan)
        add_placed_points(scan, physics_of(scan, placed), placed.measured_sweeps);
  }

  void add_placed_ladders(const Scan& scan) {
    std::map<std::tuple<std::uint64_t, std::uint64_t, Identity>, std::vector<double>> ladders;
    for (const PlacedPoint& rung : placed_)
      if (&campaign_.scans[rung.scan] == &scan)
        ladders[{rung.point, rung.measured_sweeps, rung.ladder}].push_back(rung.place);
    for (const auto& [ladder, places] : ladders) {
      const auto& [point, sweeps, name] = ladder;
      add_placed_points(scan, rungs_of(scan, point, places), sweeps);
    }
  }

  void add_placed_points(const Scan& scan, const std::vector<Physics>& points, std::uint64_t sweeps) {
    const Schedule schedule = schedule_of(scan, sweeps);
    const Purpose purpose = explores(scan, sweeps) ? Purpose::placement : Purpose::results;
    RoundsOfScan none(scan);
    for (const Physics& physics : points)
      add_point(scan, physics, schedules_.find(schedule, physics.method, is_elastic(physics)), purpose, none);
  }

  /// Why a job is asked for.
  enum class Purpose : std::uint8_t {
    results,
    further_round,  ///< of a point with `until`
    placement       ///< of rungs
  };

  static bool explores(const Scan& scan, std::uint64_t sweeps) {
    return scan.ladder && scan.ladder->places_rungs && sweeps < scan.schedule.measured_sweeps;
  }

  /// Of what only tells where to place rungs nothing else is kept.
  static Schedule schedule_of(const Scan& scan, std::uint64_t sweeps) {
    Schedule schedule = scan.schedule;
    schedule.measured_sweeps = sweeps;
    if (!explores(scan, sweeps)) return schedule;
    schedule.areas_every = 0;
    schedule.snapshot_sweeps.clear();
    schedule.samples = {.every = 0, .at_most = 0};
    return schedule;
  }

  void add_points(const Scan& scan, const Schedule& schedule, Purpose purpose, RoundsOfScan& rounds) {
    const Method method = scan.points.front().physics.method;
    std::array<std::optional<Observed>, 2> observed;  // elastic jobs have areas, others do not
    rounds.begin_round();
    for (const Point& point : scan.points) {
      const bool elastic = is_elastic(point.physics);
      std::optional<Observed>& kind = observed[elastic ? 1 : 0];
      if (point.schedule != nullptr) {
        kind = schedules_.find(*point.schedule, method, elastic);
      } else if (!kind) {
        kind = schedules_.find(schedule, method, elastic);
      }
      add_point(scan, point.physics, *kind, purpose, rounds);
    }
  }

  void add_point(const Scan& scan, const Physics& physics, const Observed& observed, Purpose purpose,
                 RoundsOfScan& rounds) {
    const std::string text = canonical_text(physics);
    Job job;
    job.conditional = purpose == Purpose::further_round;
    job.exploratory = purpose == Purpose::placement;
    job.observation = observed.identity;
    job.continuation = observed.continuation;
    job.physics = std::make_shared<const Physics>(physics);
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
      rounds.add(physics, add_job(job));
    }
  }

  /// A job that an earlier scan has too is one job of both. Returns its index.
  std::uint64_t add_job(const Job& job) {
    if (needs_displacements(job)) {
      plan_.kernels[static_cast<std::size_t>(job.kernel)].rank_bytes = DisplacementSolver::bytes(job.physics->lattice);
    }
    const auto scan = static_cast<std::uint32_t>(plan_.scans.size() - 1);
    const std::size_t index = rows_.find_or_add({job.identity, job.observation}, plan_.jobs, plan_.jobs.size());
    if (index == plan_.jobs.size()) plan_.jobs.push_back(job);
    ScanSet& scans = plan_.jobs[index].scans;
    if (scans.empty() || scans.back() != scan) scans = with_scan(scans, scan);
    if (!job.conditional) plan_.jobs[index].conditional = false;
    if (!job.exploratory) plan_.jobs[index].exploratory = false;
    return index;
  }

  /// The jobs that come one after the other mostly belonged to the same scans so far.
  const ScanSet& with_scan(const ScanSet& before, std::uint32_t scan) {
    if (widened_.size() == 0 || widened_.back() != scan || !before.shares_with(narrower_)) {
      std::vector<std::uint32_t> scans(before.begin(), before.end());
      scans.push_back(scan);
      widened_ = ScanSet(std::move(scans));
      narrower_ = before;
    }
    return widened_;
  }

  void join_ladders() {
    const auto has_ladder = [](const Scan& scan) { return scan.ladder || scan.bias; };
    if (std::ranges::none_of(campaign_.scans, has_ladder)) return;
    std::map<std::tuple<Identity, Identity, std::uint32_t>, std::vector<Job*>> ladders;
    for (Job& job : plan_.jobs) {
      if (job.physics->exchange_every == 0) continue;
      const Identity exchanges = exchanges_identity(*job.physics, job.replica);
      ladders[{exchanges, job.observation, job.replica}].push_back(&job);
    }
    for (auto& [name, rungs] : ladders) {
      std::ranges::sort(rungs, {}, [](const Job* job) { return *job->physics; });
      for (std::size_t rung = 0; rung < rungs.size(); ++rung) {
        rungs[rung]->ladder = static_cast<int>(plan_.ladders.size());
        rungs[rung]->rung = static_cast<std::uint16_t>(rung);
      }
      plan_.ladders.push_back({std::get<0>(name)});
    }
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
    problems_.add(place == scan.places.end() ? scan.place : place->second,
                  fmt::format("scans[{}].size", plan_.scans.size() - 1),
                  fmt::format("a crystal of {} sites needs {:.3g} PiB for its kernel; no machine has more than 1",
                              canonical_decimal(count_sites(spec.lattice)), bytes / largest_kernel));
    return false;
  }

  const Campaign& campaign_;
  std::span<const PlacedPoint> placed_;
  Plan plan_;
  JobIndex rows_;
  std::map<KernelSpec, int> kernels_;
  ScanSet narrower_;  // and the last set that was made of it
  ScanSet widened_;
  Schedules schedules_;
  Problems problems_;
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
  if (!is_elastic(*job.physics)) return false;
  return job.physics->method == Method::exchange ? job.schedule->areas : job.schedule->areas_every > 0;
}

std::vector<std::vector<std::uint64_t>> rungs_of_ladders(const Plan& plan) {
  std::vector<std::vector<std::uint64_t>> ladders(plan.ladders.size());
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index) {
    const Job& job = plan.jobs[index];
    if (job.ladder < 0) continue;
    std::vector<std::uint64_t>& rungs = ladders[static_cast<std::size_t>(job.ladder)];
    if (rungs.size() <= job.rung) rungs.resize(job.rung + 1);
    rungs[job.rung] = index;
  }
  return ladders;
}

Plan make_plan(const Campaign& campaign, std::span<const PlacedPoint> placed) {
  return Planner(campaign, placed).plan();
}

std::vector<Physics> physics_of(const Scan& scan, const PlacedPoint& placed) {
  std::vector<Physics> all;
  for (const Point& point : scan.points) {
    Physics physics = scan.points[placed.point].physics;
    along(physics, *placed_along(scan)) = placed.place;
    physics.start = point.physics.start;
    if (std::ranges::find(all, physics) == all.end()) all.push_back(physics);
  }
  return all;
}

std::vector<Physics> rungs_of(const Scan& scan, std::uint64_t point, const std::vector<double>& places) {
  std::vector<Point> points;
  for (const double place : places)
    for (const Physics& physics : physics_of(scan, {.scan = 0, .point = point, .place = place, .measured_sweeps = 0}))
      points.push_back({physics});
  for (Point& rung : points) {
    rung.physics.exchange_every = 0;  // that of the first round, and the name of its ladder
    rung.physics.ladder = {};
  }
  join_rungs(*scan.ladder, points);
  std::vector<Physics> rungs;
  rungs.reserve(points.size());
  for (const Point& rung : points) rungs.push_back(rung.physics);
  return rungs;
}

namespace {

/// The same without some of its jobs, and without points, whose rounds would lack them.
Plan without_jobs(const Plan& plan, const std::function<bool(std::uint64_t)>& left_out) {
  Plan part{.campaign = plan.campaign,
            .text = plan.text,
            .seed = plan.seed,
            .scans = plan.scans,
            .jobs = {},
            .kernels = plan.kernels,
            .points = {},
            .ladders = plan.ladders};
  for (std::uint64_t index = 0; index < plan.jobs.size(); ++index)
    if (!left_out(index)) part.jobs.push_back(plan.jobs[index]);
  return part;
}

}  // namespace

Plan least_of(const Plan& plan) {
  return without_jobs(plan, [&](std::uint64_t index) { return plan.jobs[index].conditional; });
}

Plan most_of(const Plan& plan) {
  std::vector<bool> goes_on(plan.jobs.size());
  for (const PlannedPoint& point : plan.points)
    for (std::size_t round = 0; round + 1 < point.rounds.size(); ++round)
      for (const std::uint64_t job : point.rounds[round]) goes_on[job] = true;
  return without_jobs(plan, [&](std::uint64_t index) { return goes_on[index]; });
}

}  // namespace nxmc

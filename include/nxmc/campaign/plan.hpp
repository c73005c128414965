// From a campaign to distinct kernels and jobs, their identities, sizes and predicted costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nxmc/campaign/campaign.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/random/stream.hpp"
#include "nxmc/yaml/numbers.hpp"

namespace nxmc {

/// Ascending indices into Plan::scans: those that a job belongs to. Jobs share them, since most jobs of a scan have the
/// same.
class ScanSet {
 public:
  using value_type = std::uint32_t;
  using const_iterator = std::vector<std::uint32_t>::const_iterator;

  ScanSet() : ScanSet(std::vector<std::uint32_t>()) {}
  explicit ScanSet(std::vector<std::uint32_t> scans)
      : scans_(std::make_shared<const std::vector<std::uint32_t>>(std::move(scans))) {}

  const_iterator begin() const { return scans_->begin(); }
  const_iterator end() const { return scans_->end(); }
  std::size_t size() const { return scans_->size(); }
  bool empty() const { return scans_->empty(); }
  std::uint32_t back() const { return scans_->back(); }
  /// Whether this is the same object, not only an equal one.
  bool shares_with(const ScanSet& other) const { return scans_ == other.scans_; }

 private:
  std::shared_ptr<const std::vector<std::uint32_t>> scans_;
};

/// A job: one chain. Jobs with the same identity share a trajectory; a row of the archive is (identity, observation).
struct Job {
  Identity identity;     ///< physical parameters that differ from the defaults, and the replica
  Identity observation;  ///< what is observed and for how long
  /// The observation but for the number of measured sweeps: jobs that share it and the identity are one chain, and the
  /// longer goes on where the shorter ends.
  Identity continuation;
  std::shared_ptr<const Physics> physics;    ///< shared by the replicas of a point
  std::shared_ptr<const Schedule> schedule;  ///< shared by all jobs of a scan
  ScanSet scans;                             ///< that it belongs to
  std::uint32_t replica = 0;                 ///< counts from 0
  int kernel = -1;                           ///< index into Plan::kernels, -1 without elastic interaction
  int ladder = -1;                           ///< index into Plan::ladders, -1 without
  std::uint16_t rung = 0;                    ///< of that, from 0; small, as there may be ten million jobs
  /// Of a point with `until`: done only if shorter chains were not enough. Another scan may want it in any case.
  bool conditional = false;
  /// Of a round in which a ladder finds where to place its rungs: nothing but the next round is concluded from it.
  bool exploratory = false;
  double cost_seconds = 0;  ///< predicted, on one core, from the start of the chain
  double chain_bytes = 0;   ///< predicted, on the rank at work on it; with its crystal if that has no kernel
};

struct PlannedKernel {
  KernelSpec spec;
  Identity identity;
  std::uint64_t sites = 0;
  std::uint64_t representatives = 0;  ///< rows of the reduced kernel
  double node_bytes = 0;              ///< once in each node's shared memory
  double build_bytes = 0;             ///< at most beside these, on the rank that builds it
  double crystal_bytes = 0;           ///< on each rank: lattice and symmetry, which kernels of one lattice share
  double rank_bytes = 0;              ///< on each rank that works with it (displacement factor)
  double build_seconds = 0;           ///< predicted
};

/// A job that is handed out by itself: any but the further rungs of a ladder, which go with the first one.
inline bool leads(const Job& job) { return job.rung == 0; }

/// Chains that exchange configurations, of one start and replica and measured for equally long.
struct PlannedLadder {
  Identity identity;  ///< names the stream that decides about exchanges
};

/// The chains of a point of a scan with `until`, those of all starts and replicas, which go on together.
struct PlannedPoint {
  std::shared_ptr<const Until> until;
  /// [round][chain] indices into Plan::jobs; a chain of one round is the continuation of that of the round before.
  std::vector<std::vector<std::uint64_t>> rounds;
};

struct Plan {
  std::string campaign;  ///< name
  std::string text;      ///< the campaign file, verbatim
  std::uint64_t seed = 0;
  std::vector<std::string> scans;      ///< names
  std::vector<Job> jobs;               ///< in the order of the campaign file
  std::vector<PlannedKernel> kernels;  ///< in the order of first use
  std::vector<PlannedPoint> points;    ///< of scans with `until`
  std::vector<PlannedLadder> ladders{};
};

/// [ladder][rung] indices into Plan::jobs; a part of a plan may lack all of a ladder.
std::vector<std::vector<std::uint64_t>> rungs_of_ladders(const Plan& plan);

/// What is done in any case: without conditional jobs.
Plan least_of(const Plan& plan);
/// What is done if every point goes on to its limit: of chains that go on the longest only.
Plan most_of(const Plan& plan);

/// Names of the scans that a job belongs to, joined by commas.
std::string names_of_scans(const Plan& plan, const Job& job);

/// True when the job measures areas, and so needs displacements.
bool needs_displacements(const Job& job);

/// A point that was chosen while the campaign ran, for all starts and replicas of a scan with `refine`; or one that it
/// has already, with longer chains.
struct PlacedPoint {
  std::uint64_t scan = 0;             ///< index into Campaign::scans
  std::uint64_t point = 0;            ///< index into Scan::points: the other parameters
  double place = 0;                   ///< along the axis, with 12 digits at most
  std::uint64_t measured_sweeps = 0;  ///< of its chains
  Identity ladder{};                  ///< of a rung: names the places of all rungs
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const PlacedPoint&, const PlacedPoint&) = default;
};

/// \param placed  of scans with `refine`
/// \throws CampaignError when a crystal cannot be simulated on any machine (its kernel needs more than 1 PiB)
Plan make_plan(const Campaign& campaign, std::span<const PlacedPoint> placed = {});

/// The physics of its chains, one for each start of the scan.
std::vector<Physics> physics_of(const Scan& scan, const PlacedPoint& placed);

/// The rungs of a ladder that the campaign places, of all starts of the scan. \param point  the other parameters
std::vector<Physics> rungs_of(const Scan& scan, std::uint64_t point, const std::vector<double>& places);
/// PlacedPoint::ladder of rungs at these places.
Identity places_identity(const std::vector<double>& places);
/// Measured sweeps of rounds in which a ladder places its rungs; they double, and the last one has all.
std::uint64_t first_round_of_ladder(std::uint64_t measured_sweeps);
std::uint64_t next_round_of_ladder(std::uint64_t round_sweeps, std::uint64_t measured_sweeps);

/// Canonical text of the physical parameters that differ from the defaults, sorted by key
/// ("lattice=box;size=10,10,50;…"): what is hashed. Adding a key to the schema later leaves the identities of existing
/// jobs as they are.
std::string canonical_text(const Physics& physics);
std::string canonical_text(const Schedule& schedule, Method method);
Identity job_identity(const Physics& physics, std::uint32_t replica);
/// The same from canonical_text(physics), for many replicas of one point.
Identity job_identity(const std::string& canonical_physics, std::uint32_t replica);
Identity observation_identity(const Schedule& schedule, Method method);
Identity continuation_identity(const Schedule& schedule, Method method);
Identity kernel_identity(const KernelSpec& spec);
/// The name of the ladder with these rungs, of which `exchange_every` counts, and no name that they may have already.
/// \param rungs  ascending
Identity ladder_of_rungs(std::span<const Physics> rungs);
/// Of the stream that decides about exchanges.
Identity exchanges_identity(const Physics& rung, std::uint32_t replica);

/// 32 lower-case hexadecimal digits, and back.
std::string to_string(Identity identity);
/// \throws std::invalid_argument if `text` is not 32 hexadecimal digits
Identity parse_identity(std::string_view text);

/// Words of the campaign file and of queries.
std::string_view to_string(Method method);
std::string_view to_string(Start start);
std::string_view to_string(Ensemble ensemble);
std::string_view to_string(Boundary boundary);
std::string_view to_string(Hamiltonian hamiltonian);
std::string to_string(const Interaction& interaction);  ///< "elastic", "ising", "none", or "elastic:1+ising:0.3"
/// "epsilon", "J" or "kT": the unit of a job's energies.
std::string_view energy_unit(const Interaction& interaction);

}  // namespace nxmc

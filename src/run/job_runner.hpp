// One rank's work on one job: the chain, its crystal, its clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "nxmc/elastic/displacements.hpp"
#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/exchange.hpp"
#include "shared_kernels.hpp"
#include "work_context.hpp"

namespace nxmc {

/// What jobs of one kernel group run on: shared kernels, and this rank's own lattices and displacement factors. A
/// crystal without kernel is made in a moment and may have millions of sites: only that of the last job is kept.
class CrystalStore {
 public:
  explicit CrystalStore(const SharedKernels& kernels) : kernels_(&kernels) {}
  /// The returned pointers live until the next call.
  Crystal crystal(const Job& job);

 private:
  const Lattice& lattice_without_kernel(const LatticeSpec& spec);

  const SharedKernels* kernels_;
  std::optional<Lattice> lattice_without_kernel_;
  std::map<std::pair<LatticeSpec, double>, std::unique_ptr<DisplacementSolver>> displacements_;
};

/// A job in progress. A failure inside a chain (a bad number, no memory) ends this job, not the campaign.
class RunningJob {
 public:
  RunningJob(const WorkContext& context, std::uint64_t index);

  /// Works for about `time_slice`, and keeps a checkpoint when it is time for one. The first call builds the chain:
  /// from its last checkpoint if there is one, else from the end of a shorter chain that the archive has.
  void advance(CrystalStore& crystals, std::chrono::duration<double> time_slice);
  /// Keeps the state of the chain; nothing to do before the first `advance`.
  void checkpoint() const;
  bool finished() const { return finished_; }
  std::uint64_t index() const { return index_; }
  /// The result, with a large payload (profile, configurations, final state) already in the archive. \pre finished()
  CompletedJob complete();

 private:
  using Chain = std::variant<std::monostate, ExchangeChain, EquilibriumChain>;
  void build(CrystalStore& crystals);
  bool resume_from_checkpoint();
  void go_on_from_shorter_chain();
  void count_earlier_pieces(std::uint32_t pieces, double started, double wall_seconds);
  void work(std::chrono::duration<double> time_slice);
  void fail(const std::string& reason);

  const WorkContext* context_;
  const Job* job_;
  std::uint64_t index_;
  Chain chain_;
  Record record_;
  JobStatus status_;
  double steps_per_second_ = 0;
  bool finished_ = false;
};

}  // namespace nxmc

// One rank's work on one job: the chain, its crystal, its clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "checkpointer.hpp"
#include "nxmc/archive/writer.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/elastic/displacements.hpp"
#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/exchange.hpp"
#include "shared_kernels.hpp"

namespace nxmc {

/// What jobs of one kernel group run on: shared kernels, and this rank's own lattices and displacement factors.
class CrystalStore {
 public:
  explicit CrystalStore(const SharedKernels& kernels) : kernels_(&kernels) {}
  /// The returned pointers live as long as the store.
  Crystal crystal(const Job& job);

 private:
  const SharedKernels* kernels_;
  std::map<LatticeSpec, std::unique_ptr<Lattice>> lattices_;
  std::map<std::pair<LatticeSpec, double>, std::unique_ptr<DisplacementSolver>> displacements_;
};

/// What a row says about who computed it.
struct Origin {
  std::string program_version;
  std::string host;
};

/// A job in progress. A failure inside a chain (a bad number, no memory) ends this job, not the campaign.
class RunningJob {
 public:
  RunningJob(const Plan& plan, std::uint64_t index, std::uint64_t row, const Origin& origin);

  /// Works for about `slice`, and keeps a checkpoint when it is time for one. The first call builds the chain, from its
  /// last checkpoint if there is one.
  void advance(CrystalStore& crystals, Checkpointer& checkpointer, std::chrono::duration<double> slice);
  /// Keeps the state of the chain; nothing to do before the first `advance`.
  void checkpoint(Checkpointer& checkpointer) const;
  bool finished() const { return finished_; }
  std::uint64_t index() const { return index_; }
  /// The result, with a large payload (profile, snapshots) already in the archive. \pre finished()
  CompletedJob complete(ArchiveWriter& writer);

 private:
  using Chain = std::variant<std::monostate, ExchangeChain, EquilibriumChain>;
  void build(CrystalStore& crystals, Checkpointer& checkpointer);
  void resume(Checkpointer& checkpointer);
  void work(std::chrono::duration<double> slice);
  void fail(const std::string& reason);

  const Job* job_;
  std::uint64_t index_;
  std::uint64_t row_;
  std::uint64_t seed_;
  Chain chain_;
  Record record_;
  JobStatus status_;
  double steps_per_second_ = 0;
  bool finished_ = false;
};

}  // namespace nxmc

// One rank's work on one job: the chain, its crystal, its clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nxmc/elastic/displacements.hpp"
#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/exchange.hpp"
#include "nxmc/engine/ladder.hpp"
#include "shared_kernels.hpp"
#include "work_context.hpp"

namespace nxmc {

/// What jobs of one kernel group run on: shared kernels, and this rank's own lattices and displacement factors. A
/// crystal without kernel is made in a moment and may have millions of sites: only that of the last job is kept.
class CrystalStore {
 public:
  explicit CrystalStore(const SharedKernels& kernels) : kernels_(&kernels) {}
  /// The returned pointers live until a crystal of another lattice is asked for.
  Crystal crystal(const Job& job);

 private:
  const Lattice& lattice_without_kernel(const LatticeSpec& spec);

  const SharedKernels* kernels_;
  std::optional<Lattice> lattice_without_kernel_;
  std::map<std::pair<LatticeSpec, double>, std::unique_ptr<DisplacementSolver>> displacements_;
};

/// A job in progress, or all those of a ladder. A failure inside a chain (a bad number, no memory) ends these, not the
/// campaign.
class RunningJob {
 public:
  /// \pre the job leads
  RunningJob(const WorkContext& context, std::uint64_t index);

  /// Works for about `time_slice`, and keeps a checkpoint when it is time for one. The first call builds the chain:
  /// from its last checkpoint if there is one, else from the end of a shorter chain that the archive has.
  /// \returns false when it waits for those who help with it
  bool advance(CrystalStore& crystals, std::chrono::duration<double> time_slice);
  /// Keeps the state of the chain; nothing to do before the first `advance`. What others are at work on is given up.
  void checkpoint();
  bool finished() const { return finished_; }
  std::uint64_t index() const { return index_; }
  /// The results, with large payloads (profile, configurations, final state) already in the archive. \pre finished()
  std::vector<CompletedJob> complete();

 private:
  using Chain = std::variant<std::monostate, ExchangeChain, EquilibriumChain, Ladder>;
  void build(CrystalStore& crystals);
  void make_chain(CrystalStore& crystals);
  bool resume_from_checkpoint(CrystalStore& crystals);
  void go_on_from_shorter_chain(CrystalStore& crystals);
  void continue_from(const std::vector<FinalState>& ends);
  void count_earlier_pieces(std::uint32_t pieces, double started, double wall_seconds);
  bool work(std::chrono::duration<double> time_slice);
  void work_alone(std::chrono::duration<double> time_slice);
  bool work_together(Ladder& ladder, std::chrono::duration<double> time_slice);
  void finish();
  void fail(const std::string& reason);

  const WorkContext* context_;
  const Job* job_;
  std::uint64_t index_;
  std::vector<std::uint64_t> jobs_;  // itself, or all rungs
  Chain chain_;
  std::vector<Record> records_;  // [of jobs_]
  JobStatus status_;
  double steps_per_second_ = 0;
  bool finished_ = false;
};

}  // namespace nxmc

// What there is to do: a new archive, or an existing one compared with the campaign.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "checkpointer.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/run/run.hpp"
#include "progress.hpp"

namespace nxmc {

/// The archive of a campaign, ready to be written to, and what is still to be computed.
struct Agenda {
  std::vector<std::uint64_t> rows;         ///< archive row of each job of the plan
  std::vector<std::uint64_t> kernel_rows;  ///< place in the archive of each kernel of the plan
  std::vector<std::uint64_t> pending;      ///< indices into Plan::jobs
  std::vector<std::uint64_t> reset;        ///< rows that have to go back to waiting before they are computed
  /// Indices into Plan::kernels; to be built again in any case.
  std::vector<std::uint64_t> damaged_kernels;
  /// Pending jobs that lead and that ended before, or another rung of theirs: what is left of their old chains is
  /// worthless.
  std::set<std::uint64_t> begin_anew;
  /// Pending jobs that go on from the final state of a shorter chain: its row in the archive.
  std::map<std::uint64_t, std::uint64_t> continued;
  std::optional<Rounds> rounds;  ///< as far as there are results; on rank 0
  Counts counts;
};

/// Finds what the file of checkpoints holds of the pending jobs, and gives every rank a lane of its own. Checkpoints of
/// jobs that are to begin anew are removed for good.
CheckpointPlan plan_checkpoints(CheckpointFile& file, const Plan& plan, const Agenda& agenda, int ranks);

/// Conditional jobs that may come while the run goes on: the rows of the chains that they go on with, which have
/// results by then.
std::map<std::uint64_t, std::uint64_t> rows_before_later_rounds(const Plan& plan, const Agenda& agenda);

/// Tells the checkpoints of this archive from those of another that had its name.
Identity checkpoint_token(const Archive& archive);

/// Creates the archive, or checks that an existing one belongs to this campaign (and extends it when the campaign has
/// new jobs). \throws ArchiveError with the difference when it does not, and what `require_ours` throws when another
/// run has become the writer meanwhile
Agenda prepare_archive(const RunOptions& options, const Campaign& campaign, const Plan& plan,
                       const Provenance& provenance, const std::function<void()>& require_ours);

}  // namespace nxmc

// Runs a campaign on all ranks: rank 0 plans, schedules and works; kernels are shared by the ranks of a node; results
// are committed as they finish. The only command that starts MPI.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/schedule/placed_points.hpp"
#include "nxmc/schedule/rounds.hpp"

namespace nxmc {

/// Exit codes that users and batch scripts rely on.
enum class ExitCode : int { done = 0, error = 1, usage = 2, resumable = 75 };

struct RunOptions {
  std::filesystem::path campaign;
  std::filesystem::path archive;
  std::optional<double> time_limit_seconds;
  std::optional<double> memory_bytes;  ///< for the kernels of one node; default: four fifths of what is available
  double checkpoint_seconds = 60;      ///< wall time between checkpoints of a running job
  bool retry_failed = false;
  bool allow_removed = false;  ///< the campaign may lose jobs and gain others at once
  /// Rows of an existing archive that are to be computed again (--redo); called on rank 0.
  std::function<std::vector<std::uint64_t>(const Archive&)> redo;
  /// Ends the chains of points with `until`; called on rank 0. Needed where a campaign has such.
  IsPrecise is_precise;
  /// Has them go on where samples doubt it; called on rank 0. Needed where a campaign has such.
  FindDoubtful find_doubtful;
  /// Places further points of scans with `refine` and rungs of ladders; called on rank 0. Needed where a campaign has
  /// such, as is the one that finds those of earlier runs.
  ChooseNext choose_next;
  FindPlaced find_placed;
  std::string program_version;
  std::string git_hash;
  std::string libraries;  ///< names and versions, for provenance
  std::string log_level = "info";
};

/// Everything from MPI_Init to MPI_Finalize. Messages go to stderr, from one rank.
ExitCode run_campaign(const RunOptions& options);

}  // namespace nxmc

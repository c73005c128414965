// Slurm's own programs, asked as a user asks them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace nxmc {

struct SlurmAnswer {
  std::string text;  ///< of both outputs
  bool succeeded = false;

  /// For messages about a failure.
  std::string first_line() const;
};

/// Runs squeue, sbatch … with its arguments, for so long at most. Times are written as seconds since 1970.
SlurmAnswer ask_slurm(const std::vector<std::string>& words, std::chrono::seconds at_most = std::chrono::seconds(10));

}  // namespace nxmc

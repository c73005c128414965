// Slurm's own programs, asked as a user asks them.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace nxmc {

struct SlurmAnswer {
  std::string text;       ///< its standard output
  std::string complaint;  ///< its standard error: also warnings of an answer that is right
  bool succeeded = false;

  /// For messages about a failure.
  std::string first_line() const;
};

/// Runs squeue, sbatch … with its arguments, for so long at most, or until somebody does not want to know any more.
/// Times are written as seconds since 1970. Can be used beside MPI and from any thread.
SlurmAnswer ask_slurm(const std::vector<std::string>& words, std::chrono::seconds at_most = std::chrono::seconds(10),
                      const std::function<bool()>& give_up = {});

}  // namespace nxmc

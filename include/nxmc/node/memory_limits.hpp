// Every limit on the memory of this process and of its node.
#pragma once

#include <filesystem>
#include <limits>
#include <string>

namespace nxmc {

/// Memory that this node can still give, in bytes: MemAvailable, or less where a control group or strict accounting
/// (vm.overcommit_memory = 2) limits it.
double available_memory();

/// What Slurm gave this job of each node (--mem, --mem-per-cpu), in bytes, from its environment; infinity where it says
/// nothing. Not every Slurm makes a control group of it.
double memory_by_slurm();

/// What control groups leave, the tightest of a process's own and all around it; infinity without limit.
/// \param groups  like /proc/self/cgroup, of version 1 or 2 or both
/// \param mount   where their files are
double left_by_control_groups(const std::filesystem::path& groups, const std::filesystem::path& mount);

/// What a single process may still map, in bytes; infinity without limit.
struct ProcessRoom {
  double address_space = std::numeric_limits<double>::infinity();  ///< RLIMIT_AS, `ulimit -v`
  double data = std::numeric_limits<double>::infinity();  ///< RLIMIT_DATA, `ulimit -d`: what it shares with nobody

  /// For memory that counts as both.
  double bytes() const;
  /// The limit that this comes from, as users know it.
  std::string name() const;
};
ProcessRoom process_room();
/// What is left for kernels, crystals and chains, of a process that MPI and BLAS have taken their parts of.
ProcessRoom room_for_campaign();
/// The same, of a run that is to be started with the limits of this process.
ProcessRoom room_for_campaign_of_a_run();

/// What to say when memory was refused after all: limits and remedy.
std::string not_enough_memory();

/// To be called before MPI starts, which explains a refusal on a page of its own or not at all.
/// \throws std::runtime_error with the limit and the remedy
void require_room_for_mpi();

}  // namespace nxmc

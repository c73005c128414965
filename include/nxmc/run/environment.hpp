// What launchers and the node tell a process through its environment.
#pragma once

#include <optional>
#include <string>

namespace nxmc {

/// What is wrong between the launcher's number of processes and MPI's.
struct LaunchProblem {
  std::string message;
  bool fatal = false;  ///< N separate copies would run: stop
};

/// What can be told before MPI starts, which may end with a page of its own for each process.
std::optional<LaunchProblem> foresee_launch_problem();

/// Compares SLURM_NTASKS (and what mpirun says) with the size of MPI_COMM_WORLD.
std::optional<LaunchProblem> find_launch_problem(int world_size);

/// Memory that this node can still give, in bytes: MemAvailable, or less where a cgroup limits it.
double available_memory();

/// Free bytes of the file system that holds `directory`; 0 if it does not exist.
double free_space(const std::string& directory);

std::string host_name();
std::string user_name();

}  // namespace nxmc

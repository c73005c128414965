// What mpirun and srun tell the processes that they start.
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

/// The rank of this process, if a launcher started it and no shell in between: variables that a shell has inherited
/// from a job of long ago name a rank, too. To be asked before MPI_Init, which changes the environment.
std::optional<int> rank_from_launcher();

/// srun started this process: a rank that ends before MPI does, by MPI_Abort or not, makes Slurm end the step of its
/// number in the job of its number, which belongs to the next start of the job when that was requeued.
bool is_slurm_step();

/// Whether nothing in the environment says that this is another rank than 0, rightly or not.
bool may_be_rank_0();

/// Whether rank 0 was given this very command, and this process is another rank. Only what is certain counts: mpirun's
/// own command line can be read and ends with that of this process. A shell or a wrapper in between, several programs
/// in one run, another host, srun: all of these may give each rank something else to do, and the answer is no.
bool repeats_rank_0();

}  // namespace nxmc

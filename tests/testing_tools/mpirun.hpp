// Programs on several ranks, started as a user would.
#pragma once

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "program.hpp"

namespace nxmc::testing_tools {

/// `mpirun -n RANKS program…` of the MPI that the tests were built with, also as root and with more ranks than cores.
inline std::vector<std::string> under_mpirun(int ranks, const std::vector<std::string>& program) {
  std::istringstream words(NXMC_MPIRUN);
  std::vector<std::string> arguments(std::istream_iterator<std::string>(words), {});
  arguments.insert(arguments.end(), {"-n", std::to_string(ranks)});
  arguments.insert(arguments.end(), program.begin(), program.end());
  return arguments;
}

/// Ranks that wait give their core away: there are more of them than cores.
inline Environment oversubscribed() { return {{"OMPI_MCA_mpi_yield_when_idle", "1"}}; }

}  // namespace nxmc::testing_tools

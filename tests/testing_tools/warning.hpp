// The warning that a batch system gives to a run before its time is over.
#pragma once

#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "processes.hpp"
#include "program.hpp"

namespace nxmc::testing_tools {

/// SIGUSR1 to mpirun; to the ranks themselves where mpirun does not pass signals on as it should.
inline void warn(const RunningProgram& run) {
  if (NXMC_MPIRUN_PASSES_SIGNALS != 0) return run.send(SIGUSR1);
  std::vector<pid_t> processes = descendants_of(run.pid());
  processes.push_back(run.pid());
  for (const pid_t process : processes) {
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(process) + "/exe", error);
    if (program == NXMC_PROGRAM || program == NXMC_AT_GATE) kill(process, SIGUSR1);
  }
}

}  // namespace nxmc::testing_tools

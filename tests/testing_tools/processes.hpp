// The processes that a test started, wherever they went: mpirun puts ranks into process groups of their own, and
// orphans of a killed mpirun would leave the family if nobody adopted them.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "process_table.hpp"
#include "program.hpp"

namespace nxmc::testing_tools {

/// From now on orphans among the descendants become children of this process.
inline void adopt_orphans() {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) throw std::runtime_error("prctl(PR_SET_CHILD_SUBREAPER) failed");
}

/// Parent of every process that runs; those that ended and wait for their parent do not count.
inline std::map<pid_t, pid_t> parents_of_processes() {
  std::map<pid_t, pid_t> parents;
  for (const ProcessEntry& entry : process_table())
    if (!entry.has_ended) parents[entry.process] = entry.parent;
  return parents;
}

inline std::vector<pid_t> descendants_of(pid_t ancestor) {
  const auto parents = parents_of_processes();
  std::vector<pid_t> found;
  for (const auto& [process, its_parent] : parents) {
    pid_t parent = its_parent;
    while (parent != ancestor && parents.contains(parent)) parent = parents.at(parent);
    if (parent == ancestor) found.push_back(process);
  }
  return found;
}

/// Descendants of this process that run `program`.
inline std::vector<pid_t> running_copies_of(const std::filesystem::path& program) {
  std::vector<pid_t> copies = descendants_of(getpid());
  std::erase_if(copies, [&](pid_t process) {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/" + std::to_string(process) + "/exe", error) != program;
  });
  return copies;
}

/// Waits until no descendant is left. False when some outlive the limit; they are then killed.
inline bool wait_for_all_descendants(std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!descendants_of(getpid()).empty()) {
    if (std::chrono::steady_clock::now() > deadline) {
      for (const pid_t process : descendants_of(getpid())) kill(process, SIGKILL);
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  return true;
}

}  // namespace nxmc::testing_tools

// What the kernel of the operating system says of the memory of a campaign's ranks.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "program.hpp"

namespace nxmc::testing_tools {

struct SharedMapping {
  std::string inode;  ///< with the device: the same for all who share the memory
  std::size_t bytes = 0;
};

struct MemoryOfRank {
  std::vector<SharedMapping> of_kernels;
  std::size_t private_bytes = 0;  ///< that lie in no file
};

/// The value of a variable in the environment of a process; empty without it.
inline std::string variable_of(const std::filesystem::path& process, const std::string& name) {
  std::istringstream variables(read_file(process / "environ"));
  for (std::string variable; std::getline(variables, variable, '\0');)
    if (variable.starts_with(name + "=")) return variable.substr(name.size() + 1);
  return {};
}

/// The processes that run `program` in `directory`, by the Slurm node that they run on.
inline std::map<std::string, std::vector<pid_t>> ranks_by_node(const std::filesystem::path& program,
                                                               const std::filesystem::path& directory) {
  std::map<std::string, std::vector<pid_t>> ranks;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code error;
    if (std::filesystem::read_symlink(entry.path() / "exe", error) != program) continue;
    if (std::filesystem::read_symlink(entry.path() / "cwd", error) != directory) continue;
    ranks[variable_of(entry.path(), "SLURMD_NODENAME")].push_back(static_cast<pid_t>(std::stol(name)));
  }
  return ranks;
}

/// Kernels lie in a window of Open MPI, or in a temporary file where /dev/shm is small.
inline bool holds_kernels(const std::string& file) {
  return file.find("osc_sm.") != std::string::npos || file.find("nxmc-kernels-") != std::string::npos;
}

inline MemoryOfRank memory_of_rank(pid_t rank) {
  MemoryOfRank memory;
  const std::filesystem::path process = "/proc/" + std::to_string(rank);
  std::istringstream mappings(read_file(process / "maps"));
  for (std::string line; std::getline(mappings, line);) {
    std::istringstream words(line);
    std::size_t begin = 0;
    std::size_t end = 0;
    char dash = 0;
    std::string rights;
    std::string offset;
    std::string device;
    std::string inode;
    std::string file;
    words >> std::hex >> begin >> dash >> end >> rights >> offset >> device >> inode >> file;
    if (rights.ends_with("s") && holds_kernels(file)) memory.of_kernels.push_back({device + " " + inode, end - begin});
  }
  std::istringstream status(read_file(process / "status"));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) memory.private_bytes = 1024 * std::stoul(line.substr(8));
  return memory;
}

}  // namespace nxmc::testing_tools

// The processes that there are at this moment.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace nxmc::testing_tools {

struct ProcessEntry {
  pid_t process = 0;
  pid_t parent = 0;
  bool has_ended = false;  ///< and waits for its parent to take note
};

inline std::vector<ProcessEntry> process_table() {
  std::vector<ProcessEntry> table;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    const std::string stat{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) continue;
    std::istringstream fields(stat.substr(name_end + 1));
    char state = 'X';
    pid_t parent = 0;
    fields >> state >> parent;
    table.push_back({static_cast<pid_t>(std::stol(name)), parent, state == 'Z' || state == 'X'});
  }
  return table;
}

inline std::vector<ProcessEntry> children_of(pid_t parent) {
  std::vector<ProcessEntry> children = process_table();
  std::erase_if(children, [=](const ProcessEntry& entry) { return entry.parent != parent; });
  return children;
}

}  // namespace nxmc::testing_tools

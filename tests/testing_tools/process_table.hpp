// The processes that there are at this moment.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace nxmc::testing_tools {

struct ProcessEntry {
  pid_t process = 0;
  pid_t parent = 0;
  bool has_ended = false;  ///< and waits for its parent to take note
  friend bool operator==(const ProcessEntry&, const ProcessEntry&) = default;
};

/// What an open /proc/<process>/stat says; nothing once that process is gone.
inline std::optional<ProcessEntry> entry_in(const std::ifstream& stat_file, pid_t process) {
  std::ostringstream text;
  text << stat_file.rdbuf();  // reads nothing of a process that is gone, where iterators over the stream throw
  const std::string stat = text.str();
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  char state = 'X';
  pid_t parent = 0;
  fields >> state >> parent;
  return ProcessEntry{process, parent, state == 'Z' || state == 'X'};
}

inline std::vector<ProcessEntry> process_table() {
  std::vector<ProcessEntry> table;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::ifstream stat(entry.path() / "stat");
    if (const auto known = entry_in(stat, static_cast<pid_t>(std::stol(name)))) table.push_back(*known);
  }
  return table;
}

inline std::vector<ProcessEntry> children_of(pid_t parent) {
  std::vector<ProcessEntry> children = process_table();
  std::erase_if(children, [=](const ProcessEntry& entry) { return entry.parent != parent; });
  return children;
}

}  // namespace nxmc::testing_tools

// What the node tells a process about itself.
#pragma once

#include <string>

namespace nxmc {

/// Free bytes of the file system that holds `directory`; 0 if it does not exist.
double free_space(const std::string& directory);

std::string host_name();
std::string user_name();

}  // namespace nxmc

#include "nxmc/node/environment.hpp"

#include <pwd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>

namespace nxmc {

double free_space(const std::string& directory) {
  struct statvfs file_system {};
  if (statvfs(directory.c_str(), &file_system) != 0) return 0;
  return static_cast<double>(file_system.f_bavail) * static_cast<double>(file_system.f_frsize);
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::string user_name() {
  const passwd* entry = getpwuid(getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(getuid());
}

}  // namespace nxmc

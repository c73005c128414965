// Opening an archive for a command that reads it.
#include <fmt/format.h>

#include "commands.hpp"
#include "nxmc/archive/archive.hpp"

namespace nxmc {

Archive open_archive(const std::filesystem::path& file, const GlobalOptions& global) {
  Archive archive = Archive::open(file);
  const std::string changes = archive.changes_by_others();
  if (!changes.empty()) warn(global, fmt::format("{}: {}", file.string(), changes));
  return archive;
}

}  // namespace nxmc

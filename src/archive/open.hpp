// The one way to open an archive: nothing of it is believed before it was checked.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tables.hpp"
#include "user_block.hpp"

namespace nxmc {

struct OpenedArchive {
  UserBlock block;
  Tables tables;
};

/// Checks that a file is an intact archive of a known format: its bytes, or at least each of its objects, are what was
/// sealed, and every index, length and word in it is one that there is.
/// \throws ArchiveError that says what the file is instead, or what is damaged, and what to do
OpenedArchive open_checked(const std::filesystem::path& file);

}  // namespace nxmc

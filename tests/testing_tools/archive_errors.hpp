// What nxmc says when an archive, a claim or a file of checkpoints is refused.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "nxmc/archive/archive.hpp"

namespace nxmc::testing_tools {

inline std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ArchiveError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

inline std::string message_of_opening(const std::filesystem::path& file) {
  return message_of([&] { Archive::open(file); });
}

}  // namespace nxmc::testing_tools

// Files that people write, from their bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace nxmc {

/// No file that is written by hand is larger.
inline constexpr std::size_t largest_text_file = std::size_t{1} << 20U;

/// \param kind  what the file should be: "campaign"
std::string too_large_message(std::string_view kind);

/// Everything that a file or pipe gives. \param interrupt  called again and again while a pipe has nothing to read yet;
/// throws to give up
/// \throws FileProblems for a file that is missing, a directory, unreadable or larger than 1 MiB (refused unread)
std::string read_text_file(const std::filesystem::path& file, std::string_view kind,
                           const std::function<void()>& interrupt = {});

}  // namespace nxmc

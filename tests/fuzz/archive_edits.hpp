// Changes of an archive, as lines of text:
//
//   /jobs/times 8 0500000000000000   these bytes from byte 8 of the dataset on; then all checksums are made to fit
//   @4711 ff                         these bytes from byte 4711 of the file on, and the checksums stay as they were
//   length 4096                      so many bytes are left of the file
//   status                           what is done with it (see `looks`); without such a line all of it
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "small_archive.hpp"

namespace nxmc::fuzz {

inline constexpr std::array<std::string_view, 7> looks{"read",   "jobs",   "times", "profiles",
                                                       "series", "export", "status"};

struct Edit {
  std::string where;  ///< a dataset, "@", "length", or a look
  std::uint64_t offset = 0;
  std::string bytes;
};

/// Lines that are none of these are left out.
std::vector<Edit> parse_edits(std::string_view text);
std::string to_text(const std::vector<Edit>& edits);

inline bool is_look(const Edit& edit) { return std::ranges::find(looks, edit.where) != looks.end(); }

/// Writes the archive with the edits; false when there is nothing to look at, because the edits leave it as it is.
bool write_edited(const std::filesystem::path& file, const SmallArchive& archive, const std::vector<Edit>& edits);

}  // namespace nxmc::fuzz

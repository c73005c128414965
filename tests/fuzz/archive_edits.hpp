// Changes of an archive, as lines of text:
//
//   /jobs/times 8 0500000000000000   these bytes from byte 8 of the dataset on; then all checksums are made to fit
//   @4711 ff                         these bytes from byte 4711 of the file on, and the checksums stay as they were
//   length 4096                      so many bytes are left of the file
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "small_archive.hpp"

namespace nxmc::fuzz {

struct Edit {
  std::string where;  ///< a dataset, "@", or "length"
  std::uint64_t offset = 0;
  std::string bytes;
};

/// Lines that are none of these are left out.
std::vector<Edit> parse_edits(std::string_view text);
std::string to_text(const std::vector<Edit>& edits);

/// Writes the archive with the edits; false when there is nothing to look at, because the edits leave it as it is.
bool write_edited(const std::filesystem::path& file, const SmallArchive& archive, const std::vector<Edit>& edits);

}  // namespace nxmc::fuzz

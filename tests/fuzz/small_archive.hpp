// An archive with everything that archives hold, as small as can be, and the places of its datasets in the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nxmc::fuzz {

/// The campaign of the archive, as text.
extern const char* const small_campaign;

/// A dataset in the bytes of the archive.
struct Place {
  std::string path;         ///< "/jobs/times"
  std::size_t offset = 0;   ///< in the file
  std::size_t length = 0;   ///< bytes
  std::size_t element = 1;  ///< bytes of one value
  bool is_text = false;
  bool is_real = false;  ///< double
};

struct SmallArchive {
  std::string bytes;
  std::vector<Place> places;  ///< in the order of their names
};

/// Finished but for a job that waits and one that failed. The same bytes each time.
SmallArchive make_small_archive(const std::filesystem::path& directory);

/// Makes the checksums of all rows fit what is in the file. \pre its indices are as they were made
void seal_rows(const std::filesystem::path& archive);

/// Makes the digest in the user block fit what is in the file. \pre the user block is as it was made
void seal_metadata(const std::filesystem::path& archive);

}  // namespace nxmc::fuzz

// An archive with everything that archives hold, as small as can be, and the places of its datasets in the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"

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

/// Some bytes of the archive.
struct Stretch {
  std::size_t offset = 0;
  std::size_t length = 0;
};

/// What is hashed of a job besides its row of /status.
struct RowOfJob {
  Identity identity;
  Identity observation;
  Stretch values;
  Stretch summary;
  Stretch profile;
  Stretch configurations;
  Stretch final_state;
};

struct SmallArchive {
  std::string bytes;
  std::vector<Place> places;   ///< in the order of their names
  std::vector<RowOfJob> rows;  ///< of each job
};

/// nullptr when there is no such dataset.
const Place* find_place(const SmallArchive& archive, const std::string& path);

/// Finished but for a job that waits and one that failed. The same bytes each time.
SmallArchive make_small_archive(const std::filesystem::path& directory);

/// Makes the checksums of all rows fit what is in `bytes`, which are those of the archive with other values in datasets
/// that change while a campaign runs.
void seal_rows(std::string& bytes, const SmallArchive& archive);

/// Makes the digests in the user block fit what is in `bytes`. \pre the user block is as it was made
void seal_metadata(std::string& bytes);

}  // namespace nxmc::fuzz

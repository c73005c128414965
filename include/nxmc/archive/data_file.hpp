// Arrays as an HDF5 file of their own, for analysis outside nxmc.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nxmc {

/// A dataset.
struct DataArray {
  std::string path;  ///< "/pattern/time"
  std::string unit;  ///< "1" where there is none
  std::string description;
  std::vector<std::uint64_t> shape;
  std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>> values;
};

/// The file appears under its name only when it is complete. \param attributes  of the root: names and texts
/// \throws ArchiveError when the name is taken or the file cannot be written
void write_data_file(const std::filesystem::path& file, const std::vector<DataArray>& arrays,
                     const std::vector<std::pair<std::string, std::string>>& attributes);

}  // namespace nxmc

#include "nxmc/archive/data_file.hpp"

#include <algorithm>
#include <span>

#include "durable_file.hpp"
#include "hdf5.hpp"

namespace nxmc {
namespace {

void write(const hdf5::File& file, const DataArray& array) {
  hdf5::Description description{array.path, hdf5::Type::f64, {}, array.unit, array.description};
  description.shape.assign(array.shape.begin(), array.shape.end());
  if (const auto* reals = std::get_if<std::vector<double>>(&array.values)) {
    file.create_dataset(description, hdf5::Storage::preallocated).write<double>(*reals);
  } else if (const auto* wholes = std::get_if<std::vector<std::int64_t>>(&array.values)) {
    description.type = hdf5::Type::i64;
    file.create_dataset(description, hdf5::Storage::preallocated).write<std::int64_t>(*wholes);
  } else {
    const auto& words = std::get<std::vector<std::string>>(array.values);
    description.type = hdf5::Type::text;
    description.text_width = 1;
    for (const std::string& word : words) description.text_width = std::max(description.text_width, word.size());
    file.create_dataset(description, hdf5::Storage::preallocated).write_text(words);
  }
}

}  // namespace

void write_data_file(const std::filesystem::path& file, const std::vector<DataArray>& arrays,
                     const std::vector<std::pair<std::string, std::string>>& attributes) {
  require_absent(file);
  UnfinishedFile unfinished(file);
  hdf5::File content = hdf5::File::create(unfinished.path(), 0);
  for (const auto& [name, text] : attributes) content.write_attribute(name.c_str(), text);
  for (const DataArray& array : arrays) write(content, array);
  content.close();
  unfinished.publish_as_new();
}

}  // namespace nxmc

#include "site_lists.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace nxmc {
namespace {

std::string path_of(const std::string& word) { return "/crystals/" + word; }

SiteList read_list(const hdf5::File& file, const std::string& path) {
  const hdf5::Dataset dataset = file.dataset(path);
  if (dataset.shape().size() != 2 || dataset.shape()[0] == 0 || dataset.shape()[1] < 2 || dataset.shape()[1] > 3)
    return {};
  const std::uint64_t width = dataset.shape()[1];
  const std::vector<std::int32_t> values = dataset.read_rows<std::int32_t>(0, dataset.shape()[0]);
  std::vector<Cell> cells(dataset.shape()[0]);
  for (std::size_t k = 0; k < values.size(); ++k) cells[k / width][k % width] = values[k];
  std::ranges::sort(cells);
  if (std::ranges::adjacent_find(cells) != cells.end()) return {};
  return {static_cast<int>(width), std::move(cells)};
}

}  // namespace

void SiteLists::complete(LatticeSpec& spec) {
  if (!spec.shape.starts_with(std::string(list_of_sites) + "-")) return;
  auto list = lists_.find(spec.shape);
  if (list == lists_.end()) {
    const std::string path = path_of(spec.shape);
    if (!file_.has(path)) return;
    list = lists_.emplace(spec.shape, read_list(file_, path)).first;
  }
  if (list->second.empty()) return;
  spec.shape = list_of_sites;
  spec.sites = list->second;
}

std::string path_of_sites(const LatticeSpec& spec) {
  LatticeSpec bare = spec;
  bare.shell_of_a = false;
  return path_of(lattice_word(bare));
}

}  // namespace nxmc

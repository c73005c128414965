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
  constexpr std::int32_t largest = 100'000;  // of what a file with a list may hold; more would overflow further on
  if (std::ranges::any_of(values, [](std::int32_t value) { return value < -largest || value > largest; })) return {};
  for (std::size_t k = 0; k < values.size(); ++k) cells[k / width][k % width] = values[k];
  std::ranges::sort(cells);
  if (std::ranges::adjacent_find(cells) != cells.end()) return {};
  return {static_cast<int>(width), std::move(cells)};
}

}  // namespace

void SiteLists::complete(LatticeSpec& spec) {
  if (!names_a_list_of_sites(spec.shape)) return;
  auto list = lists_.find(spec.shape);
  if (list == lists_.end()) {
    const std::string path = path_of(spec.shape);
    if (!file_.has(path)) return;
    list = lists_.emplace(spec.shape, read_list(file_, path)).first;
  }
  // The word has the digest of the list.
  const LatticeSpec named{.shape = std::string(list_of_sites), .sites = list->second};
  if (named.sites.empty() || lattice_word(named) != spec.shape) return;
  spec.shape = named.shape;
  spec.sites = named.sites;
}

std::string path_of_sites(const LatticeSpec& spec) {
  LatticeSpec bare = spec;
  bare.shell_of_a = false;
  return path_of(lattice_word(bare));
}

}  // namespace nxmc

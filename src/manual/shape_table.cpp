#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "keys.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {
namespace {

std::string row_of(std::string_view name, int dimension, std::string_view sizes_are, std::string_view facets) {
  return fmt::format("| `{}` | {}D | {} | {} |\n", name, dimension, sizes_are, facets);
}

std::string facets_in_words(const LatticeSpec& spec) {
  const std::vector<std::string> facets = facets_of(spec);
  return facets.empty() ? "" : fmt::format("`{}`", fmt::join(facets, "` `"));
}

}  // namespace

std::string shape_table() {
  std::string table = "| lattice | | size | facets |\n|---|---|---|---|\n";
  for (const Shape& shape : shapes())
    table += row_of(shape.name, shape.dimension, shape.sizes_are, facets_in_words({.shape = std::string(shape.name)}));
  for (const BoxWord& word : box_words())
    table += row_of(word.name, 3, word.sizes_are, facets_in_words({.shape = "box"}));
  return table;
}

}  // namespace nxmc

// Crystals of every row of the table of shapes: what holds for crystals is tested on all of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc::testing_tools {

/// Small ones with a surface: bare, with a shell, and with one on some facets.
inline std::vector<LatticeSpec> crystals_of_all_shapes() {
  constexpr Boundary free = Boundary::free;
  std::vector<LatticeSpec> crystals{
      {"hexagon", {3, 0, 0}, 0},
      {"hexagon", {2, 0, 0}, 1, free, 0b1},
      {"hexagon", {3, 0, 0}, 2, free, 0b110000},
      {"box", {3, 3, 3}, 0},
      {"box", {2, 3, 4}, 1, free, 0b110000},
      {"rectangle", {4, 5, 0}, 0},
      {"rectangle", {5, 4, 0}, 1},
      {"rectangle", {3, 4, 0}, 2, free, 0b0011},
      {"parallelogram", {3, 5, 0}, 0},
      {"parallelogram", {3, 3, 0}, 1},
      {"triangle", {5, 0, 0}, 0},
      {"triangle", {3, 0, 0}, 2},
      {"triangle", {4, 0, 0}, 1, free, 0b010},
      {"disc", {3, 0, 0}, 0},
      {"disc", {2, 0, 0}, 1},
      {"elongated_hexagon", {2, 3, 4}, 0},
      {"elongated_hexagon", {3, 2, 3}, 1},
      {"octahedron", {3, 0, 0}, 0},
      {"octahedron", {2, 0, 0}, 1},
      {"octahedron", {3, 0, 0}, 1, free, 0b1},
      {"truncated_octahedron", {5, 1, 0}, 0},
      {"truncated_octahedron", {3, 1, 0}, 1},
      {"tetrahedron", {4, 0, 0}, 0},
      {"tetrahedron", {3, 0, 0}, 1},
      {"truncated_cube", {4, 1, 0}, 0},
      {"truncated_cube", {3, 1, 0}, 1},
      {"sphere", {2, 0, 0}, 0},
      {"sphere", {2, 0, 0}, 1},
      {"cylinder", {2, 4, 0}, 0},
      {"cylinder", {1, 5, 0}, 1},
      {"cylinder", {2, 3, 0}, 1, free, 0b01},
      {"hexagonal_plate", {2, 4, 0}, 0},
      {"hexagonal_plate", {3, 2, 0}, 0},
      {"hexagonal_plate", {2, 2, 0}, 1},
  };
  // Lists: a wedge of the triangular lattice, and a cube without a corner.
  const SiteList wedge(
      2, {{0, 0, 0}, {0, 1, 0}, {0, 2, 0}, {0, 3, 0}, {1, 0, 0}, {1, 1, 0}, {1, 2, 0}, {2, 0, 0}, {2, 1, 0}});
  std::vector<Cell> dented;
  for (int place = 0; place < 26; ++place) dented.push_back({place / 9, place / 3 % 3, place % 3});
  const std::string list{list_of_sites};
  crystals.push_back({.shape = list, .sites = wedge});
  crystals.push_back({.shape = list, .shell_layers = 1, .sites = wedge});
  crystals.push_back({.shape = list, .sites = SiteList(3, dented)});
  crystals.push_back({.shape = list, .shell_layers = 1, .sites = SiteList(3, dented)});
  for (const Shape& shape : shapes()) {
    const auto has_shape = [&](const LatticeSpec& spec) { return spec.shape == shape.name; };
    EXPECT_TRUE(shape.sizes == 0 || std::ranges::any_of(crystals, has_shape)) << shape.name << " is not tested";
  }
  return crystals;
}

inline std::string name_of_crystal(const LatticeSpec& spec) {
  return lattice_word(spec) + " " + size_word(spec) + " + " + std::to_string(spec.shell_layers);
}

}  // namespace nxmc::testing_tools

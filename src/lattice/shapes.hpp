// Shapes of crystals: which cells belong to them, which facets they have, and which sizes are allowed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// Sites along each edge of a crystal, its shell included, or what else its sizes are; 64 bits, because size + layers
/// may not fit in an int.
using Edges = std::array<std::int64_t, 3>;

/// Where a flat side ends a crystal: its cells have normal . cell <= bound.
struct Facet {
  std::string_view name;  ///< the direction in which it looks
  std::array<int, 3> normal;
  std::int64_t bound;
};

/// Where a curved side ends it: distances from the first site of the lattice, or from the z axis, up to a radius.
enum class Curve : std::uint8_t { none, ball, cylinder };

/// What a shape cuts out of the lattice.
struct Region {
  std::array<std::int64_t, 3> lowest;  ///< corners of a box around it
  std::array<std::int64_t, 3> highest;
  std::vector<Facet> facets;
  Curve curve = Curve::none;
  std::int64_t radius = 0;
};

/// One row of the table of shapes.
struct ShapeDefinition {
  Shape shape;
  int edge_growth;  ///< by how many sites one shell layer lengthens an edge; 0: a shell is all sites within as many
                    ///< bonds as it has layers
  Region (*region)(const Edges& edges);
  double (*count)(const Edges& edges) = nullptr;       ///< number of cells; nullptr: they are counted
  double (*orbits)(const Edges& edges) = nullptr;      ///< number of classes of cells equivalent under the symmetry
  double (*symmetries)(const Edges& edges) = nullptr;  ///< order of the crystal's point group
  /// To sizes that do not go together; empty where they do.
  std::string (*objection)(const Edges& core, int shell_layers) = nullptr;
};

/// The shape that a spec names.
/// \throws std::invalid_argument for an unknown shape, a size that it does not allow, layers or facets that it has not
const ShapeDefinition& checked_shape(const LatticeSpec& spec);

/// Edges of the whole crystal. \pre the shape grows by its edges
Edges total_edges(const ShapeDefinition& definition, const LatticeSpec& spec);

}  // namespace nxmc

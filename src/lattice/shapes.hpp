// Shapes of crystals: which cells belong to them, how many these are, and which sizes are allowed.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// Sites along each edge of a crystal, its shell included; 64 bits, because size + layers may not fit in an int.
using Edges = std::array<std::int64_t, 3>;

/// One row of the table of shapes.
struct ShapeDefinition {
  Shape shape;
  int edge_growth;                                 ///< by how many sites one shell layer lengthens an edge
  std::vector<Cell> (*cells)(const Edges& edges);  ///< in lexicographic order
  double (*count)(const Edges& edges);             ///< number of cells
  double (*orbits)(const Edges& edges);      ///< number of classes of cells equivalent under the crystal's symmetry
  double (*symmetries)(const Edges& edges);  ///< order of the crystal's point group
};

/// The shape that a spec names.
/// \throws std::invalid_argument for an unknown shape, a size that it does not allow, or negative layers
const ShapeDefinition& checked_shape(const LatticeSpec& spec);

/// Edges of the whole crystal.
Edges total_edges(const ShapeDefinition& definition, const LatticeSpec& spec);

}  // namespace nxmc

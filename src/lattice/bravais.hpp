// The infinite lattices that crystals are cut from: where their cells lie, which cells are bonded, and their point
// group.
#pragma once

#include <array>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

struct BravaisLattice {
  std::array<Vector3, 3> basis;  ///< position of a cell: sum_k cell[k] * basis[k]
  std::vector<Cell> bonds;       ///< [Z] cell offsets in the order of Lattice::direction
};

/// A linear map of cells, given by the images of the three basis cells.
using CellMap = std::array<Cell, 3>;

/// Triangular lattice (dimension 2; a cell is {row, place along the row, 0}) or simple cubic with 18 bonds (dimension
/// 3).
const BravaisLattice& bravais_lattice(int dimension);

Vector3 position_of(const BravaisLattice& bravais, const Cell& cell);
Cell apply(const CellMap& map, const Cell& cell);

/// All rotations and reflections that leave the lattice as it is: 12 (triangular) or 48 (cubic), the identity first.
std::vector<CellMap> point_group(int dimension);

/// Whether the periods of a crystal (cells along each edge; 0 where there is no such edge) are periods of its image.
bool preserves_periods(const CellMap& map, const std::array<int, 3>& periods);

/// Cartesian matrix (rows) of a map of cells.
std::array<Vector3, 3> cartesian(const BravaisLattice& bravais, const CellMap& map);

}  // namespace nxmc

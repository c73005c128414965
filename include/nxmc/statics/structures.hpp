// Cells of the structures of binary compounds.
#pragma once

#include <cstddef>

#include "nxmc/statics/compound.hpp"
#include "nxmc/statics/ions.hpp"

namespace nxmc::statics {

/// The free parameters of a structure.
struct Shape {
  double a = 0;  ///< Å
  double c = 0;  ///< Å, hexagonal structures
  double u = 0;  ///< along c from a cation to the anion above it, in units of c; wurtzite
};

/// Its primitive cell: 2 ions, 4 of hexagonal structures. Cations and anions take turns in no particular order.
/// Honeycomb (P6_3/mmc) is wurtzite with u = 1/2, where each ion is in one plane with its neighbours.
Ions primitive_cell(Structure structure, const Shape& shape, std::size_t cation, std::size_t anion);
/// The cell that Miller indices refer to: 8 ions of cubic structures on a face-centred lattice, else the primitive one.
Ions conventional_cell(Structure structure, const Shape& shape, std::size_t cation, std::size_t anion);
/// a, c and u of a primitive cell that was made by primitive_cell and changed along symmetric_changes.
Shape shape_of(Structure structure, const Ions& primitive);

/// Ideal proportions where the distance of nearest neighbours is 1.
Shape ideal_shape(Structure structure);

/// The changes (ions.hpp) of the primitive cell that keep its symmetry: one column for a; a, c; a, c, u.
Eigen::MatrixXd symmetric_changes(Structure structure);

}  // namespace nxmc::statics

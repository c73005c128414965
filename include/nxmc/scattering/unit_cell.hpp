// Unit cells of compounds whose anions form a face-centred cubic lattice.
#pragma once

#include <cstdint>
#include <vector>

#include "nxmc/scattering/atoms.hpp"

namespace nxmc {

/// Where the cations are among the anions: in all octahedra, or in every second tetrahedron.
enum class CationPlaces : std::uint8_t { rocksalt, zincblende };

struct UnitCell {
  int cation = 0;  ///< atomic number
  int anion = 0;
  CationPlaces structure = CationPlaces::rocksalt;
  double edge = 0;  ///< angstrom
};

/// Of one cell in units of its edge: four anions, whose mean is the origin, and the four cations that are at (1/2, 0,
/// 0), or at (1/4, 1/4, 1/4), from them, moved by whole periods so that those of rock salt lie around the origin, too.
/// Cells of both structures have their anions at the same places.
const std::array<Position, 4>& anions_of_cell();
const std::array<Position, 4>& cations_of_cell(CationPlaces structure);

/// Adds the eight atoms of a cell, undistorted, along the axes. \param centre  of its anions, angstrom
void add_cell(Atoms& atoms, const UnitCell& cell, const Position& centre);

/// A sphere round an anion: what lies within radius (1 - shell_fraction)^(1/3) is of the core's lattice, the rest of
/// the shell's, which goes on as if it began at the same anion (Nelson et al. 2019). Nothing is relaxed: anions of core
/// and shell do not meet at the interface. \param shell_fraction  of the volume \pre radius > 0, 0 <= shell_fraction <=
/// 1
Atoms core_shell_sphere(const UnitCell& core, const UnitCell& shell, double radius, double shell_fraction);

}  // namespace nxmc

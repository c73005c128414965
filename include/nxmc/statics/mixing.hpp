// What it costs to mix two compounds that share an ion and a structure.
#pragma once

#include <cstddef>

#include "nxmc/statics/relaxed_structure.hpp"

namespace nxmc::statics {

/// eV per formula unit.
struct MixingEnergies {
  double one = 0;
  double other = 0;
  double mixed = 0;        ///< mean over arrangements of equal parts
  double mixed_error = 0;  ///< standard error of that mean
  std::size_t arrangements = 0;
  std::size_t ions = 0;  ///< of each arrangement
};

/// Both compounds in one structure, and mixtures of equal parts of them: quasi-random arrangements of the ions that
/// they do not share, in cells of 64 or 72 ions, each the one of many whose correlations between first and between
/// second neighbours are nearest to those of an endless random mixture, which are zero. Cells and ions are relaxed, so
/// that what differing sizes cost is in it, as in energies of mixing of density functional theory. \pre the compounds
/// share the cation or the anion, not both \throws StaticsError  as relaxed() does, and where a mixture leaves the
/// structure: an ion goes farther than half of the
///                       distance to its nearest neighbours
MixingEnergies mixing_energies(const PairPotentials& potentials, const Pairing& one, const Pairing& other,
                               Structure structure);

}  // namespace nxmc::statics

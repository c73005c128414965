// What a material file does not tell and its potentials do.
#pragma once

#include "nxmc/material/material.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// Lattice and elastic constants of A and B where they are missing, and energies of mixing, for which both are in the
/// structure of A, and the mixture of equal parts is the mean of quasi-random cells. All are rounded to 1e-4 Å, 0.01
/// GPa and 1e-5 eV, so that every machine has the same. What cannot be computed of a compound is a problem, of mixing a
/// remark. \param node  the key `potentials`. \pre the material has potentials
void compute_from_potentials(Material& material, const YamlNode& node, Problems& problems);

}  // namespace nxmc

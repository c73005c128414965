// Input of LAMMPS for the potentials of a material: molecular dynamics belongs there.
#pragma once

#include <string>
#include <vector>

#include "nxmc/material/material.hpp"

namespace nxmc {

struct NamedText {
  std::string name;  ///< of a file in one folder
  std::string text;
};

/// Both compounds, relaxed, as data files; scripts for their energy, their relaxation and their molecular dynamics.
/// Where they share the anion also a nanocrystal of A in a solution of cations of B and pseudoligands (Fan et al., Nat.
/// Commun. 7, 11503 (2016), Supplementary Table 1), with a script of the exchange. \pre the material has potentials
/// \throws statics::StaticsError  where a compound has no minimum
std::vector<NamedText> lammps_input(const Material& material);

}  // namespace nxmc

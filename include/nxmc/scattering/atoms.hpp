// Atoms that scatter.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <vector>

namespace nxmc {

using Position = std::array<double, 3>;  ///< angstrom

/// Positions of the atoms of each element, by its atomic number.
using Atoms = std::map<int, std::vector<Position>>;

std::size_t number_of_atoms(const Atoms& atoms);

}  // namespace nxmc

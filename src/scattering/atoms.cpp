#include "nxmc/scattering/atoms.hpp"

namespace nxmc {

std::size_t number_of_atoms(const Atoms& atoms) {
  std::size_t number = 0;
  for (const auto& [element, positions] : atoms) number += positions.size();
  return number;
}

}  // namespace nxmc

// What is known of a crystal without building it: by formulas, or counted row by row and remembered.
#pragma once

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

struct Counts {
  double sites;
  double core;
  double inner_core;
  Cell planes;
  Cell core_planes;
};

/// \throws std::invalid_argument as outline_of
Counts counted(const LatticeSpec& spec);

struct SymmetryCounts {
  double operations;
  double orbits;
};

/// Of more than some million sites, of which no kernel could be kept, the ends of rows are looked at alone, and classes
/// are estimated as sites per operation.
SymmetryCounts counted_symmetry(const LatticeSpec& spec);

}  // namespace nxmc

// Configurations for OVITO, VMD and ASE, in extended XYZ.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// One frame per snapshot on the perfect lattice (spacing 1): species A or B, position, layer (1 = surface), and the
/// plaquette order parameter s of Eq. 13 (U1 = 2, S1 = 1, none = 0, S2 = -1, U2 = -2; 0 on the boundary, where it is
/// not defined). \param clock  what `Snapshot::at` counts, the key of the frame's comment: "time" or "sweep"
void print_extended_xyz(std::ostream& out, const Lattice& lattice, const std::vector<Snapshot>& snapshots,
                        const std::string& clock);

}  // namespace nxmc

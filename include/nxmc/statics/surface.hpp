// Surfaces: slabs cut from a relaxed structure, relaxed, and what they cost.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/statics/relaxed_structure.hpp"

namespace nxmc::statics {

/// Of the conventional cell; hexagonal {hkil} without i: {11-20} is {1, 1, 0}.
using MillerIndices = std::array<int, 3>;

struct SurfaceEnergy {
  double relaxed = 0;  ///< J/m^2
  double as_cut = 0;   ///< J/m^2, ions where they are in the crystal
  Ions slab;           ///< relaxed; both of its surfaces are of this kind, the third edge is normal to them
};

/// Of the termination that costs least, among all without a dipole, of a slab of at least `thickness` with as much
/// vacuum above it as its waves need to die out. Cells are the smallest ones of the plane, so that nothing reconstructs
/// into larger ones. Where the two sides of a cut differ, the mean of both. The slab repeats in a 3D Ewald sum, which
/// is exact for slabs without a dipole up to exp(-2 pi vacuum/edge). \param thickness  Å; a slab half as thick again
/// must tell the same \throws StaticsError  a plane all of whose terminations have a dipole, which no finite energy
/// belongs to; a slab that
///                       falls apart, or that changes as a whole when its surface relaxes, so that thicker ones tell
///                       something else
SurfaceEnergy surface_energy(const PairPotentials& potentials, const RelaxedStructure& structure,
                             const MillerIndices& plane, double thickness = 24);

/// The planes that a structure is cut at most easily, and how they are written ("{10-10}").
struct NamedPlane {
  MillerIndices indices;
  std::string_view name;
};
std::vector<NamedPlane> usual_planes(Structure structure);

}  // namespace nxmc::statics

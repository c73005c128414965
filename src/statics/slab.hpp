// Slabs of crystals.
#pragma once

#include <vector>

#include "nxmc/statics/ions.hpp"
#include "nxmc/statics/surface.hpp"

namespace nxmc::statics {

/// A crystal cut into equal layers parallel to a plane.
struct Layers {
  Ions one;                  ///< first two edges in the plane, the third leads from layer to layer; heights are along z
  double height = 0;         ///< Å, of one layer
  std::vector<double> cuts;  ///< heights, one between any two planes of ions that follow each other
};

/// \param conventional  the edges that the indices refer to
Layers layers(const Ions& primitive, const Eigen::Matrix3d& conventional, const MillerIndices& plane);

/// So many layers from this height on, with vacuum above them.
Ions slab(const Layers& crystal, double cut, int count, double vacuum);

}  // namespace nxmc::statics

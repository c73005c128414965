// An order of elimination for sparse factorisations of matrices that couple bonded sites.
#pragma once

#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// Nested dissection (George 1973) by lattice coordinates: a plane of sites separates the crystal into halves that
/// share no bond; it comes last, and each half is ordered in the same way. On these regular crystals the factor is no
/// larger than with graph partitioning, and the order is the same on every machine. \return all sites, first to be
/// eliminated first
std::vector<Site> elimination_order(const Lattice& lattice);

}  // namespace nxmc

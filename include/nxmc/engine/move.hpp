// What can happen in an exchange.
#pragma once

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// A flip of `site`, or a swap of the A at `site` with the B at its neighbour `partner`.
struct Move {
  Site site = no_site;
  Site partner = no_site;  ///< no_site for a flip
  friend bool operator==(const Move&, const Move&) = default;
};

}  // namespace nxmc

// Which cells a crystal has: its core, and the core with its shell.
#pragma once

#include "nxmc/lattice/lattice.hpp"
#include "runs.hpp"

namespace nxmc {

struct Outline {
  Runs core;
  Runs whole;
};

/// What takes more steps than this to find is refused.
inline constexpr double most_rows = 1e7;

/// \throws std::invalid_argument as checked_shape, and for more rows of sites than can be gone through
Outline outline_of(const LatticeSpec& spec);

/// Whether the shell is the outermost layers: of closed shells of hexagons and boxes, and without any.
bool shell_is_layers(const LatticeSpec& spec);

}  // namespace nxmc

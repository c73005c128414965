// What chains take of memory, from their parameters alone.
#pragma once

#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// Predicted bytes of a chain that runs, with its observations, what a measurement of areas takes, and its record. The
/// crystal is not part of it.
double chain_bytes(const Physics& physics, const Schedule& schedule);

}  // namespace nxmc

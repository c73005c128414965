// Kernels that may be given up while they are built: large ones take minutes.
#pragma once

#include <functional>
#include <span>

#include "nxmc/elastic/kernel.hpp"

namespace nxmc {

/// Thrown when somebody does not want a kernel any more; its rows are worthless then.
struct BuildingAbandoned {};

/// As `build_kernel`, which asks several times a second. What cannot be interrupted computes on in a thread of its own
/// then, and the process is to end soon.
/// \param must_stop  called by this thread; must not throw; empty: never
/// \throws BuildingAbandoned when `must_stop` says so
int build_kernel(const Lattice& lattice, const Orbits& orbits, const KernelSpec& spec, std::span<double> rows,
                 const std::function<bool()>& must_stop);

}  // namespace nxmc

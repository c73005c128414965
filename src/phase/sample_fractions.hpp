// What is counted in the configurations of samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// [fraction_columns()][sample] over the interior of the core: NaN where the dimension does not have it, or the core no
/// interior. The bits do not depend on `threads`.
/// \param bits  whole configurations of the lattice, as in Samples
std::vector<std::vector<double>> fractions_of_samples(const Lattice& lattice, std::span<const std::uint8_t> bits,
                                                      std::size_t threads);

/// [sample] fraction of A in the core; the shell has none.
std::vector<double> core_compositions(const Lattice& lattice, std::span<const std::uint8_t> bits);

}  // namespace nxmc

// Sizes that both the building of kernels, or the solving for displacements, and the prediction of its memory depend
// on.
#pragma once

#include <cstddef>

namespace nxmc {

/// How many rows of V are computed at a time: wide enough for BLAS to work at full speed, narrow enough that a block is
/// small beside the factor.
inline constexpr std::size_t rows_per_block = 32;

/// How many displacements are solved for at a time: with as many, a factor that fits no cache costs as little to read
/// as one that does.
inline constexpr std::size_t configurations_at_a_time = 64;

/// Up to 64 MiB a row of its own for every site costs less than permuting rows on the fly.
inline bool stored_in_full(double sites) { return sites * sites * sizeof(double) <= 64.0 * 1024 * 1024; }

}  // namespace nxmc

// Sizes that both the building of kernels and the prediction of its memory depend on.
#pragma once

#include <cstddef>

namespace nxmc {

/// How many rows of V are computed at a time: wide enough for BLAS to work at full speed, narrow enough that a block is
/// small beside the factor.
inline constexpr std::size_t rows_per_block = 32;

/// Up to 64 MiB a row of its own for every site costs less than permuting rows on the fly.
inline bool stored_in_full(double sites) { return sites * sites * sizeof(double) <= 64.0 * 1024 * 1024; }

}  // namespace nxmc

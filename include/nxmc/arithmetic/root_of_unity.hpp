// Waves on a periodic crystal with the same bits on every machine: the C library's sine and cosine differ between
// processors.
#pragma once

#include <complex>
#include <cstdint>

namespace nxmc {

/// exp(2 pi i n / period), each part to within 1e-16. \pre 0 < period < 2^59
std::complex<double> root_of_unity(std::int64_t n, std::int64_t period);

}  // namespace nxmc

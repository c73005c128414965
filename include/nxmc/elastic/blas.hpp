// The memory that the BLAS library takes for itself.
#pragma once

namespace nxmc {

/// What BLAS maps at its first call and keeps, in bytes: OpenBLAS's BUFFER_SIZE on x86-64 and ARM, used or not.
inline constexpr double blas_buffer_bytes = 128.0 * 1024 * 1024;

/// Whether the system would give BLAS its buffer now. OpenBLAS itself takes no refusal: it asks again for ever.
bool blas_can_start();

/// For those who ask beforehand.
inline constexpr const char* blas_cannot_start =
    "the BLAS library needs 128 MiB of memory for itself, which a limit of this process does not leave: raise it with "
    "'ulimit -v unlimited -d unlimited', or ask whoever has set it";

/// Makes the first call, so that BLAS holds its buffer from here on and later calls cannot hang.
/// \throws std::runtime_error where the system refuses the buffer
void start_blas();

}  // namespace nxmc

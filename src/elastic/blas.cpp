#include "nxmc/elastic/blas.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <stdexcept>

#include "cholesky.hpp"

namespace nxmc {

bool blas_can_start() {
  constexpr auto bytes = static_cast<std::size_t>(blas_buffer_bytes) + std::size_t{1024} * 1024;
  void* const buffer = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (buffer == MAP_FAILED) return false;
  ::munmap(buffer, bytes);
  return true;
}

void start_blas() {
  static bool started = false;
  if (started) return;
  if (!blas_can_start()) throw std::runtime_error(blas_cannot_start);
  SparseMatrix unit(8, 8);
  unit.setIdentity();
  const CholeskyFactor factor(unit);
  started = true;
}

}  // namespace nxmc

#include "freed_memory.hpp"

#include <cstdlib>

// Where the system's C library has no such settings, nothing is lost but time.
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace nxmc {

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int mebibyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * mebibyte);  // glibc's largest
  mallopt(M_TRIM_THRESHOLD, 256 * mebibyte);
#endif
}

}  // namespace nxmc

// Preloaded: a rank that looks at messages and finds none is without a processor for NXMC_LOOK_TAKES milliseconds, as
// it is where others want it, too. At its end it says in the file NXMC_LOOKS how often that was.
#include <mpi.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {
unsigned long looks = 0;
}

extern "C" int MPI_Improbe(int source, int tag, MPI_Comm comm, int* flag, MPI_Message* message, MPI_Status* status) {
  const int code = PMPI_Improbe(source, tag, comm, flag, message, status);
  if (*flag != 0) return code;
  ++looks;
  if (const char* takes = std::getenv("NXMC_LOOK_TAKES"))
    std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(takes)));
  return code;
}

extern "C" int MPI_Finalize() {
  if (const char* name = std::getenv("NXMC_LOOKS")) {
    if (std::FILE* out = std::fopen(name, "w")) {
      std::fprintf(out, "%lu\n", looks);
      std::fclose(out);
    }
  }
  return PMPI_Finalize();
}

// Preloaded: at its end a rank says in the file NXMC_LOOKS how often it has looked at messages and found none.
#include <mpi.h>

#include <cstdio>
#include <cstdlib>

namespace {
unsigned long looks = 0;
}

extern "C" int MPI_Improbe(int source, int tag, MPI_Comm comm, int* flag, MPI_Message* message, MPI_Status* status) {
  const int code = PMPI_Improbe(source, tag, comm, flag, message, status);
  if (*flag == 0) ++looks;
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

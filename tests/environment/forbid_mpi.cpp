// Preloaded into a program: MPI does not start, as on login nodes where it is forbidden.
#include <cstdio>
#include <cstdlib>

extern "C" int MPI_Init_thread(int*, char***, int, int*) {
  std::fputs("MPI is forbidden here\n", stderr);
  std::_Exit(9);
}
extern "C" int MPI_Init(int*, char***) { return MPI_Init_thread(nullptr, nullptr, 0, nullptr); }

// Preloaded into the ranks: the one that NXMC_STAND_STILL_RANK names stands still as soon as its main thread has called
// the functions of NXMC_STAND_STILL_AT (separated by spaces) in that order, just before the last of them does anything.
// It says so by making the file NXMC_STANDS_STILL, with its process number. NXMC_STAND_STILL_HOW: "process" stops all
// of it, "thread" only the main thread, as one that waits for a file system that does not answer.
#include <dlfcn.h>
#include <mpi.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_the_rank() {
  const std::string wanted = variable("NXMC_STAND_STILL_RANK");
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"})
    if (std::getenv(name) != nullptr) return variable(name) == wanted;
  return wanted == "0";
}

void say_so() {
  const std::string file = variable("NXMC_STANDS_STILL");
  const std::string draft = file + ".new";
  std::FILE* out = std::fopen(draft.c_str(), "w");
  if (out == nullptr) std::abort();
  std::fprintf(out, "%d\n", static_cast<int>(::getpid()));
  std::fclose(out);
  std::rename(draft.c_str(), file.c_str());
}

void stand_still() {
  say_so();
  if (variable("NXMC_STAND_STILL_HOW") != "thread") {
    ::raise(SIGSTOP);
    return;
  }
  while (true) ::pause();
}

/// What is still to be called.
class Calls {
 public:
  Calls() {
    if (!is_the_rank()) return;
    std::istringstream words(variable("NXMC_STAND_STILL_AT"));
    for (std::string word; words >> word;) names_.push_back(word);
  }
  void called(const std::string& name) {
    if (next_ >= names_.size() || names_[next_] != name || ::gettid() != ::getpid()) return;
    if (++next_ == names_.size()) stand_still();
  }

 private:
  std::vector<std::string> names_;
  std::size_t next_ = 0;
};

void called(const char* name) {
  static Calls calls;
  calls.called(name);
}

/// The function that would have been called without this library.
template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

#define NXMC_STAND_STILL_AT(name, parameters, ...)         \
  extern "C" int name parameters {                         \
    static auto* const next = real<int parameters>(#name); \
    called(#name);                                         \
    return next(__VA_ARGS__);                              \
  }

NXMC_STAND_STILL_AT(MPI_Comm_dup, (MPI_Comm a, MPI_Comm* b), a, b)
NXMC_STAND_STILL_AT(MPI_Comm_split_type, (MPI_Comm a, int b, int c, MPI_Info d, MPI_Comm* e), a, b, c, d, e)
NXMC_STAND_STILL_AT(MPI_Win_allocate_shared, (MPI_Aint a, int b, MPI_Info c, MPI_Comm d, void* e, MPI_Win* f), a, b, c,
                    d, e, f)
NXMC_STAND_STILL_AT(MPI_Mrecv, (void* a, int b, MPI_Datatype c, MPI_Message* d, MPI_Status* e), a, b, c, d, e)
NXMC_STAND_STILL_AT(MPI_File_open, (MPI_Comm a, const char* b, int c, MPI_Info d, MPI_File* e), a, b, c, d, e)
NXMC_STAND_STILL_AT(MPI_File_close, (MPI_File * a), a)
NXMC_STAND_STILL_AT(MPI_Finalize, ())
NXMC_STAND_STILL_AT(fdatasync, (int a), a)

#include "mpi_session.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include "patience.hpp"

namespace nxmc {

void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw std::runtime_error(std::string(call) + ": " + std::string(text.data(), static_cast<std::size_t>(length)));
}

namespace {

/// As MPI_Finalized, but from the beginning of MPI_Finalize on: MPICH then refuses MPI_Abort, and ends the process with
/// an exit code of its own. MPI itself has no word for it, and there is one MPI for each process.
std::atomic<bool> is_finalizing{false};

/// Keeps what signals of crashes do. Open MPI catches them to print a backtrace, for which it needs the heap: a process
/// that crashed within malloc would wait for itself for ever, instead of ending.
class CrashSignals {
 public:
  CrashSignals() {
    for (std::size_t k = 0; k < signals.size(); ++k) sigaction(signals[k], nullptr, &actions_[k]);
  }
  void restore() const {
    for (std::size_t k = 0; k < signals.size(); ++k) sigaction(signals[k], &actions_[k], nullptr);
  }

 private:
  static constexpr std::array signals{SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
  std::array<struct sigaction, signals.size()> actions_{};
};

}  // namespace

MpiSession::MpiSession() {
  int level = MPI_THREAD_SINGLE;
  const CrashSignals crash_signals;
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &level), "MPI_Init_thread");
  crash_signals.restore();
  if (level < MPI_THREAD_FUNNELED)
    throw std::runtime_error("this MPI cannot be used by programs with threads; ask for one that is built for them");
  threads_may_send_ = level >= MPI_THREAD_MULTIPLE;
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
}

MpiSession::~MpiSession() {
  is_finalizing = true;
  MPI_Finalize();
}

void MpiSession::end_soon(int exit_code) {
  std::thread([exit_code] {
    std::this_thread::sleep_for(std::chrono::duration<double>(Patience().last_words));
    std::_Exit(exit_code);
  }).detach();
}

void MpiSession::abort_after(double seconds, int exit_code) {
  std::thread([seconds, exit_code] {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    abort(exit_code);
  }).detach();
}

void MpiSession::abort(int exit_code) {
  end_soon(exit_code);
  // MPICH's mpiexec drops what it has not passed on by then, and that is the reason for this end.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  int started = 0;
  MPI_Initialized(&started);
  // Afterwards mpiexec ends the others, because this process leaves without them.
  if (started != 0 && !is_finalizing) MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

std::string MpiSession::library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  check_mpi(MPI_Get_library_version(text.data(), &length), "MPI_Get_library_version");
  const std::string whole(text.data(), static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_first_of(",\n"));
}

Communicator Communicator::copy(MPI_Comm world) {
  MPI_Comm copy = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(world, &copy), "MPI_Comm_dup");
  return Communicator(copy);
}

Communicator Communicator::ranks_of_this_node(MPI_Comm world) {
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node), "MPI_Comm_split_type");
  return Communicator(node);
}

Communicator Communicator::split(MPI_Comm world, int color) {
  MPI_Comm part = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(world, color, 0, &part), "MPI_Comm_split");
  return Communicator(part);
}

Communicator Communicator::node_leaders(MPI_Comm world, const Communicator& node) {
  return split(world, node.rank() == 0 ? 0 : MPI_UNDEFINED);
}

Communicator::~Communicator() {
  if (comm_ != MPI_COMM_NULL) MPI_Comm_free(&comm_);
}

Communicator::Communicator(Communicator&& other) noexcept : comm_(std::exchange(other.comm_, MPI_COMM_NULL)) {}

int Communicator::rank() const {
  int rank = 0;
  check_mpi(MPI_Comm_rank(comm_, &rank), "MPI_Comm_rank");
  return rank;
}

int Communicator::size() const {
  int size = 0;
  check_mpi(MPI_Comm_size(comm_, &size), "MPI_Comm_size");
  return size;
}

namespace {

// MPI counts are int: larger buffers travel in pieces.
constexpr std::size_t largest_piece = std::size_t{1} << 28;

template <class Container>
Container broadcast_container(Container values, MPI_Datatype type, MPI_Comm comm) {
  std::uint64_t size = values.size();
  check_mpi(MPI_Bcast(&size, 1, MPI_UINT64_T, 0, comm), "MPI_Bcast");
  values.resize(size);
  for (std::size_t begin = 0; begin < size; begin += largest_piece) {
    const int count = static_cast<int>(std::min(largest_piece, size - begin));
    check_mpi(MPI_Bcast(values.data() + begin, count, type, 0, comm), "MPI_Bcast");
  }
  return values;
}

}  // namespace

std::string broadcast(std::string bytes, MPI_Comm comm) {
  return broadcast_container(std::move(bytes), MPI_CHAR, comm);
}

std::vector<std::uint64_t> broadcast(std::vector<std::uint64_t> numbers, MPI_Comm comm) {
  return broadcast_container(std::move(numbers), MPI_UINT64_T, comm);
}

}  // namespace nxmc

// MPI as objects: initialised once, every return code checked.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nxmc {

/// Throws std::runtime_error with MPI's own explanation unless `code` is MPI_SUCCESS.
void check_mpi(int code, const char* call);

/// MPI from initialisation to finalisation. When left by an exception while other ranks may be waiting, use `abort`.
class MpiSession {
 public:
  MpiSession();
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Any thread may call MPI, not only the main one.
  bool threads_may_send() const { return threads_may_send_; }
  /// Ends every rank at once, with this exit code: this one within seconds, though MPI may hang.
  [[noreturn]] static void abort(int exit_code);
  /// The same after a while in which the ranks may end by themselves.
  static void abort_after(double seconds, int exit_code);
  /// Ends this process in two seconds, whatever hangs.
  static void end_soon(int exit_code);
  static std::string library_version();

 private:
  int rank_ = 0;
  int size_ = 1;
  bool threads_may_send_ = false;
};

/// A communicator that is freed at the end of its scope.
class Communicator {
 public:
  /// The same ranks, apart from whatever else they say to each other.
  static Communicator copy(MPI_Comm world);
  static Communicator ranks_of_this_node(MPI_Comm world);
  /// The ranks that gave the same color; holds MPI_COMM_NULL for MPI_UNDEFINED.
  static Communicator split(MPI_Comm world, int color);
  /// The first rank of each node; holds MPI_COMM_NULL elsewhere.
  static Communicator node_leaders(MPI_Comm world, const Communicator& node);
  ~Communicator();
  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&&) = delete;

  MPI_Comm get() const { return comm_; }
  int rank() const;
  int size() const;

 private:
  explicit Communicator(MPI_Comm comm) : comm_(comm) {}
  MPI_Comm comm_;
};

/// Rank 0's bytes on every rank.
std::string broadcast(std::string bytes, MPI_Comm comm);
std::vector<std::uint64_t> broadcast(std::vector<std::uint64_t> numbers, MPI_Comm comm);

}  // namespace nxmc

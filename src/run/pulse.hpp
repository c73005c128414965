// Signs of life between rank 0 and the other ranks, also while their main threads are at work or in MPI.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "main_thread.hpp"
#include "mpi_session.hpp"
#include "vigil.hpp"

namespace nxmc {

/// A thread of each rank that tells rank 0 of it, and rank 0's tells all others of rank 0 and of the time that the run
/// has left. A sign of life says for how long the main thread has stood still, where it should not.
class Pulse {
 public:
  /// Collective over the world. \pre mpi.threads_may_send()
  Pulse(const MpiSession& mpi, Vigil& vigil, MainThread& main_thread);
  ~Pulse() = default;
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// Collective, before MPI ends: nobody listens any more, and nothing is on its way.
  void leave();

 private:
  struct Beat {
    double standstill = 0;
    double left = 0;  // until the deadline of rank 0
    std::uint64_t asked_to_stop = 0;
  };
  struct Outgoing {
    Beat beat;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void beat_until(const std::stop_token& stop);
  void beat_if_due(double now);
  void tell(double now);
  bool receive();
  Beat sign_of_life(double now);
  void say_goodbye();

  Communicator world_;
  int rank_;
  Vigil& vigil_;
  MainThread& main_thread_;
  std::vector<Outgoing> peers_;  // [rank] on rank 0, else rank 0 alone
  int goodbyes_ = 0;
  double told_;
  std::jthread thread_;
};

}  // namespace nxmc

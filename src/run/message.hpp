// What ranks say to each other while a campaign runs.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <vector>

#include "nxmc/archive/writer.hpp"

namespace nxmc {

/// Small and fixed: some implementations allow no tags above 32767.
enum class Tag : int {
  assign = 1,        ///< rank 0 → worker: indices of further jobs
  end_of_group = 2,  ///< rank 0 → worker: nothing more with these kernels
  stop = 3,          ///< rank 0 → worker: stop at the next slice
  report = 4,        ///< worker → rank 0: WorkerReport
  stop_request = 5,  ///< worker → rank 0: this process received a signal
  recall = 6,        ///< rank 0 → worker: give back what you have not begun
  help = 7,          ///< rank 0 → worker: help this rank with the ladder of this job, while you have nothing else
  part = 8,          ///< rank 0 → worker: this rank gives no sign of life, neither help it nor count on its help

  // Between those who share a ladder, apart from the others (HelpChannel).
  offer = 9,      ///< helper → owner: give me a task
  decline = 10,   ///< owner → helper: that ladder has ended
  task = 11,      ///< owner → helper: move these rungs
  letter = 12,    ///< from a rung to another one
  result = 13,    ///< helper → owner: they are at the end of the stretch
  failed = 14,    ///< helper → owner: I cannot
  abandon = 15,   ///< owner → helper: forget that stretch
  withdraw = 16,  ///< helper → owner: my offer counts no more
};

struct WorkerReport {
  bool stopped = false;  ///< the last report of a worker that was told to stop
  /// Answer to a recall: how many of the worker's jobs wait again, the last ones that it was given.
  std::optional<std::uint64_t> given_back;
  std::vector<CompletedJob> jobs;  ///< ended since the last report
};

std::vector<std::byte> pack(const WorkerReport& report);
WorkerReport unpack_report(std::span<const std::byte> bytes);

/// A message that has arrived.
struct Received {
  int source = 0;
  Tag tag = Tag::stop;
  std::vector<std::byte> bytes;
};

/// The next message for this rank, if one has arrived. Returns at once.
std::optional<Received> poll_message(MPI_Comm comm);

/// Sends without waiting for the receiver, and keeps the bytes until they are gone. Two ranks that send to each other
/// at the same time therefore never wait for each other.
class Outbox {
 public:
  explicit Outbox(MPI_Comm comm) : comm_(comm) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox();

  void send(int destination, Tag tag, std::vector<std::byte> bytes);
  void send(int destination, Tag tag, std::span<const std::uint64_t> numbers);
  /// Waits until everything is on its way.
  void flush();

 private:
  struct Pending {
    std::vector<std::byte> bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  void forget_sent();
  MPI_Comm comm_;
  std::list<Pending> pending_;
};

std::vector<std::uint64_t> to_numbers(std::span<const std::byte> bytes);

}  // namespace nxmc

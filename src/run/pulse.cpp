#include "pulse.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <limits>
#include <mutex>

#include "nxmc/run/run.hpp"
#include "stop.hpp"
#include "watchdog.hpp"
#include "worker.hpp"

namespace nxmc {

namespace {

constexpr int sign_of_life_tag = 1;
constexpr int goodbye_tag = 2;

}  // namespace

Pulse::Pulse(const MpiSession& mpi, Vigil& vigil, MainThread& main_thread)
    : world_(Communicator::copy(MPI_COMM_WORLD)),
      rank_(mpi.rank()),
      vigil_(vigil),
      main_thread_(main_thread),
      peers_(static_cast<std::size_t>(mpi.rank() == 0 ? mpi.size() : 1)),
      told_(-std::numeric_limits<double>::infinity()) {
  const SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { beat_until(stop); });
}

void Pulse::beat_until(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds between_looks{100};
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  try {
    while (!wake.wait_for(lock, stop, between_looks, [&] { return stop.stop_requested(); })) {
      while (receive()) {
      }
      beat_if_due(steady_seconds());
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "nxmc: rank {}: signs of life: {}\n", rank_, error.what());
    MpiSession::abort(static_cast<int>(ExitCode::error));
  }
}

void Pulse::beat_if_due(double now) {
  if (now - told_ < vigil_.patience().beat_every) return;
  tell(now);
  told_ = now;
}

/// False when nothing has arrived.
bool Pulse::receive() {
  int arrived = 0;
  MPI_Status status;
  check_mpi(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, world_.get(), &arrived, &status), "MPI_Iprobe");
  if (arrived == 0) return false;
  Beat beat;
  check_mpi(MPI_Recv(&beat, sizeof beat, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, world_.get(), MPI_STATUS_IGNORE),
            "MPI_Recv");
  const double now = steady_seconds();
  if (status.MPI_TAG == goodbye_tag) {
    ++goodbyes_;
    return true;
  }
  vigil_.heard_of(static_cast<std::size_t>(status.MPI_SOURCE), beat.standstill, now);
  if (beat.asked_to_stop != 0) vigil_.asked_to_stop(now);
  if (rank_ != 0) vigil_.keep_deadline(now + beat.left);
  return true;
}

/// Whoever has not received the last sign of life gets no other one: they would pile up.
void Pulse::tell(double now) {
  const Beat beat = sign_of_life(now);
  for (std::size_t peer = rank_ == 0 ? 1 : 0; peer < peers_.size(); ++peer) {
    Outgoing& outgoing = peers_[peer];
    int sent = 1;
    check_mpi(MPI_Test(&outgoing.request, &sent, MPI_STATUS_IGNORE), "MPI_Test");
    if (sent == 0) continue;
    outgoing.beat = beat;
    check_mpi(MPI_Isend(&outgoing.beat, sizeof outgoing.beat, MPI_BYTE, static_cast<int>(peer), sign_of_life_tag,
                        world_.get(), &outgoing.request),
              "MPI_Isend");
  }
}

/// Only where ranks work apart: a main thread that waits for others in MPI may do so without using the processor.
Pulse::Beat Pulse::sign_of_life(double now) {
  const double standstill = main_thread_.standstill(now);
  return {vigil_.stage() == Stage::apart ? standstill : 0, vigil_.deadline() - now,
          vigil_.is_asked_to_stop() ? std::uint64_t{1} : 0};
}

void Pulse::say_goodbye() {
  const Beat beat{0, vigil_.deadline() - steady_seconds(), 0};
  for (std::size_t peer = rank_ == 0 ? 1 : 0; peer < peers_.size(); ++peer) {
    check_mpi(MPI_Wait(&peers_[peer].request, MPI_STATUS_IGNORE), "MPI_Wait");
    check_mpi(MPI_Send(&beat, sizeof beat, MPI_BYTE, static_cast<int>(peer), goodbye_tag, world_.get()), "MPI_Send");
  }
}

void Pulse::leave() {
  thread_.request_stop();
  thread_.join();
  vigil_.enter(Stage::leaving, "MPI is left", steady_seconds());
  const int expected = rank_ == 0 ? static_cast<int>(peers_.size()) - 1 : 1;
  if (rank_ != 0) say_goodbye();
  while (goodbyes_ < expected)
    if (!receive()) rest();
  if (rank_ == 0) say_goodbye();
}

}  // namespace nxmc

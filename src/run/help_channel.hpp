// How those who share a ladder speak with each other, while rank 0 and its workers speak on a channel of their own.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "message.hpp"
#include "mpi_session.hpp"

namespace nxmc {

/// What a message is about: an owner's stretch, by its number, or, of offers and their refusal, its job.
struct Subject {
  std::uint64_t owner = 0;
  std::uint64_t number = 0;
  friend bool operator==(const Subject&, const Subject&) = default;
};

struct HelpMessage {
  int source = 0;
  Tag tag = Tag::failed;
  Subject subject;
  std::vector<std::byte> body;
};

class HelpChannel {
 public:
  /// Collective over the world.
  explicit HelpChannel(MPI_Comm world);

  int rank() const { return rank_; }
  void send(int to, Tag tag, const Subject& subject, std::span<const std::byte> body = {});
  /// The next message for this rank, if one has arrived. Returns at once.
  std::optional<HelpMessage> poll();
  /// For a stretch of this rank; none has had it.
  Subject new_stretch() { return {static_cast<std::uint64_t>(rank_), ++stretches_}; }
  /// Takes what is still on its way, and nobody needs any more. Collective over the world.
  void drain();

 private:
  Communicator comm_;
  int rank_;
  Outbox outbox_;
  std::uint64_t stretches_ = 0;
  std::vector<std::uint64_t> sent_;      // [rank] messages to it …
  std::vector<std::uint64_t> received_;  // … and from it
};

}  // namespace nxmc

// When a rank that works looks at messages.
#pragma once

#include <chrono>
#include <functional>

#include "nxmc/schedule/rhythm.hpp"

namespace nxmc {

/// At each look MPI may give the processor away (mpi_yield_when_idle), and where others want it, too, it comes back
/// milliseconds later: there a rank works between two looks for ten times as long as these take, or for a slice.
class Listening {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// \param least  between two looks
  explicit Listening(Duration least = listen_interval) : least_(least) {}

  /// \param at_once  there is nothing else to do, or somebody is about to say something
  void listen_if_due(bool at_once, const std::function<void()>& listen);

 private:
  Duration least_;
  std::chrono::steady_clock::time_point due_{};
};

}  // namespace nxmc

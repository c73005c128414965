// When a rank that works looks at messages.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "nxmc/schedule/rhythm.hpp"

namespace nxmc {

/// At each look MPI may give the processor away (mpi_yield_when_idle), and where others want it, too, it comes back
/// milliseconds later: there a rank works between two looks for ten times as long as these take, or for a slice.
class Listening {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  /// \param least  between two looks
  explicit Listening(Clock::duration least = listen_interval, Now now = Clock::now)
      : least_(least), now_(std::move(now)) {}

  /// \param at_once  there is nothing else to do, or somebody is about to say something
  void listen_if_due(bool at_once, const std::function<void()>& listen);

 private:
  Clock::duration least_;
  Now now_;
  Clock::time_point due_{};
};

}  // namespace nxmc

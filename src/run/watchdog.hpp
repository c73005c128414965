// Ends a process that waits for ever.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "vigil.hpp"

namespace nxmc {

/// In seconds, of a clock that never jumps.
double steady_seconds();

/// A thread that looks at the vigil and needs nothing else: neither MPI, which may hang, nor a file. When something
/// that the run cannot do without is silent for too long, or the time limit is over whatever the reason, it says so and
/// ends all ranks with the exit code for runs that can go on.
class Watchdog {
 public:
  /// \param hint         how to go on, for its last words
  /// \param is_replaced  asked before: then ending by force would harm the successor, and is left to others
  Watchdog(Vigil& vigil, std::string hint, std::function<bool()> is_replaced);
  ~Watchdog() = default;
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch(const std::stop_token& stop);
  bool is_seen_to_be_replaced() const;

  Vigil& vigil_;
  std::string hint_;
  std::function<bool()> is_replaced_;
  std::jthread thread_;
};

}  // namespace nxmc

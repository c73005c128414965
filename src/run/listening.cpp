#include "listening.hpp"

#include <algorithm>

namespace nxmc {

void Listening::listen_if_due(bool at_once, const std::function<void()>& listen) {
  using Clock = std::chrono::steady_clock;
  constexpr int work_per_look = 10;
  const auto begin = Clock::now();
  if (!at_once && begin < due_) return;
  listen();
  const auto end = Clock::now();
  due_ = end + std::clamp<Duration>(work_per_look * (end - begin), least_, slice);
}

}  // namespace nxmc

#include "listening.hpp"

#include <algorithm>

namespace nxmc {

void Listening::listen_if_due(bool at_once, const std::function<void()>& listen) {
  constexpr int work_per_look = 10;
  const auto begin = now_();
  if (!at_once && begin < due_) return;
  listen();
  const auto end = now_();
  due_ = end + std::clamp<Clock::duration>(work_per_look * (end - begin), least_, slice);
}

}  // namespace nxmc

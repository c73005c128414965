// Whether the main thread of this process gets on.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <ctime>

namespace nxmc {

/// The main thread looks around between slices of work; a slice can take minutes, but then it uses the processor. A
/// thread that does neither hangs, in a file system for example. However slow a machine is, it is not taken for that.
class MainThread {
 public:
  /// To be made by the main thread.
  MainThread() { known_ = ::pthread_getcpuclockid(::pthread_self(), &clock_) == 0; }
  MainThread(const MainThread&) = delete;
  MainThread& operator=(const MainThread&) = delete;

  void look_around() { looks_.fetch_add(1, std::memory_order_relaxed); }

  /// For how long the main thread has stood still, as seen by one other thread that asks again and again.
  double standstill(double now) {
    const std::uint64_t looks = looks_.load(std::memory_order_relaxed);
    const std::int64_t used = processor_time();
    if (looks != seen_looks_ || used != seen_used_ || !known_) moved_ = now;
    seen_looks_ = looks;
    seen_used_ = used;
    return now - moved_;
  }

 private:
  std::int64_t processor_time() const {
    constexpr std::int64_t billion = 1'000'000'000;
    std::timespec used{};
    return known_ && ::clock_gettime(clock_, &used) == 0 ? used.tv_sec * billion + used.tv_nsec : -1;
  }

  clockid_t clock_{};
  bool known_ = false;
  std::atomic<std::uint64_t> looks_ = 0;
  std::uint64_t seen_looks_ = 0;
  std::int64_t seen_used_ = 0;
  double moved_ = 0;
};

}  // namespace nxmc

// Computing that cannot be interrupted, but left alone.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <thread>
#include <type_traits>
#include <utility>

#include "nxmc/elastic/abandoned.hpp"

namespace nxmc {

inline void abandon_if(const std::function<bool()>& must_stop) {
  if (must_stop && must_stop()) throw BuildingAbandoned();
}

/// The thread computes on, for nobody, until the process ends; which it then does without taking down the libraries
/// that the thread uses.
void leave_alone(std::thread& thread);

/// The result of `work`, computed by a thread of its own, unless `must_stop`, which is asked again and again and must
/// not throw, says that it is not wanted any more. Where nobody is to be asked, there is no thread.
/// \pre `work` owns all that it uses, because it may outlive this call
/// \throws BuildingAbandoned; what `work` throws; std::system_error where no thread can be started
template <class Work>
std::invoke_result_t<Work&> abandonable(Work work, const std::function<bool()>& must_stop) {
  if (!must_stop) return work();
  constexpr std::chrono::milliseconds between_looks{50};
  abandon_if(must_stop);
  std::packaged_task<std::invoke_result_t<Work&>()> task(std::move(work));
  auto result = task.get_future();
  std::thread thread(std::move(task));
  while (result.wait_for(between_looks) != std::future_status::ready) {
    if (!must_stop()) continue;
    leave_alone(thread);
    throw BuildingAbandoned();
  }
  thread.join();
  return result.get();
}

}  // namespace nxmc

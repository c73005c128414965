#include "watchdog.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <memory>
#include <mutex>
#include <utility>

#include "mpi_session.hpp"
#include "nxmc/run/run.hpp"
#include "stop.hpp"

namespace nxmc {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Watchdog::Watchdog(Vigil& vigil, std::string hint, std::function<bool()> is_replaced)
    : vigil_(vigil), hint_(std::move(hint)), is_replaced_(std::move(is_replaced)) {
  const SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

/// The answer may come from a file system that hangs: then there is none.
bool Watchdog::is_seen_to_be_replaced() const {
  const auto answer = std::make_shared<std::promise<bool>>();
  std::future<bool> answered = answer->get_future();
  std::thread([answer, ask = is_replaced_] { answer->set_value(ask()); }).detach();
  const auto limit = std::chrono::duration<double>(vigil_.patience().last_words / 2);
  return answered.wait_for(limit) == std::future_status::ready && answered.get();
}

void Watchdog::watch(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds between_looks{100};
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, stop, between_looks, [&] { return stop.stop_requested(); })) {
    const double now = steady_seconds();
    vigil_.look(now);
    if (received_stop_signal()) vigil_.asked_to_stop(now);
    const auto why = vigil_.why_end(now);
    if (!why) continue;
    if (is_seen_to_be_replaced()) {
      fmt::print(stderr, "nxmc: {}; another start of this job writes to the archive: this one waits for its end\n",
                 *why);
      leave_signals_alone();
      return;
    }
    // The message may have to wait for ever, too: whoever reads it may hang.
    MpiSession::end_soon(static_cast<int>(ExitCode::resumable));
    fmt::print(stderr, "nxmc: this run is ended, because it would wait for ever: {}. {}\n", *why, hint_);
    std::fflush(stderr);
    MpiSession::abort(static_cast<int>(ExitCode::resumable));
  }
}

}  // namespace nxmc

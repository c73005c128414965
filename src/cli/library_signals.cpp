#include "library_signals.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace nxmc {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool handlers_are_wanted = true;  // the sanitizer's own
#else
constexpr bool handlers_are_wanted = false;
#endif

/// As the kernel takes it on the machines that there are: the handler first, all zeros being the default action. UCX
/// replaces sigaction of the C library by one that leaves its own handlers in place.
using KernelAction = std::array<unsigned long, 4>;
constexpr unsigned long bytes_of_signal_set = 8;

bool catches(int signal) {
  KernelAction action{};
  if (syscall(SYS_rt_sigaction, signal, nullptr, action.data(), bytes_of_signal_set) != 0) return false;
  const unsigned long ignore = 1;
  return action[0] != 0 && action[0] != ignore;
}

}  // namespace

void forget_signal_handlers_of_libraries() {
  if (handlers_are_wanted) return;
  const KernelAction by_default{};
  for (const int signal : {SIGHUP, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV})
    if (catches(signal)) syscall(SYS_rt_sigaction, signal, by_default.data(), nullptr, bytes_of_signal_set);
}

}  // namespace nxmc

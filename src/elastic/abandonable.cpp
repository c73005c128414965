#include "abandonable.hpp"

#include <cstdio>
#include <cstdlib>

namespace nxmc {
namespace {

extern "C" void end_at_once(int status, void* /*unused*/) {
  std::fflush(nullptr);
  std::_Exit(status);
}

}  // namespace

void leave_alone(std::thread& thread) {
  // OpenBLAS gives its memory back when it is unloaded, whoever still computes with it.
  ::on_exit(end_at_once, nullptr);
  thread.detach();
}

}  // namespace nxmc

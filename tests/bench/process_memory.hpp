// What this process takes of memory now and at most, as Linux counts it.
#pragma once

#include <malloc.h>

#include <fstream>
#include <string>

namespace nxmc::bench {

/// In bytes; VmRSS is now, VmHWM the most since the start or the last `forget_peak`.
inline double memory_of_process(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return 1024 * std::stod(line.substr(name.size() + 1));
  return 0;
}

inline void forget_peak() { std::ofstream("/proc/self/clear_refs") << '5'; }

/// What `work` takes at most beyond what was taken before.
template <class Work>
double peak_of(Work work) {
  malloc_trim(0);  // or it would take what earlier work has left
  forget_peak();
  const double before = memory_of_process("VmRSS");
  work();
  return memory_of_process("VmHWM") - before;
}

}  // namespace nxmc::bench

// Times two programs for the same task in turns, so that a machine whose speed drifts slows both alike.
#pragma once

#include <benchmark/benchmark.h>

#include <ctime>

namespace nxmc::bench {

/// Processor time of this thread in seconds: other users of the machine do not enter.
inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Time and amount of work of one of the two.
struct Tally {
  double seconds = 0;
  double work = 0;
  double nanoseconds() const { return work > 0 ? 1e9 * seconds / work : 0; }
};

/// Calls `work`, which returns how much it has done.
template <class Work>
double timed(Tally& tally, Work work) {
  const double start = cpu_seconds();
  tally.work += static_cast<double>(work());
  const double seconds = cpu_seconds() - start;
  tally.seconds += seconds;
  return seconds;
}

/// Columns of the table: nanoseconds per attempt, event, …, of nxmc and of the plain program, and their ratio.
inline void report(benchmark::State& run, const Tally& fast, const Tally& plain) {
  run.counters["ns"] = fast.nanoseconds();
  run.counters["plain_ns"] = plain.nanoseconds();
  run.counters["ratio"] = plain.nanoseconds() / fast.nanoseconds();
}

}  // namespace nxmc::bench

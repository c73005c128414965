// Benchmarks whose names are known when the program runs.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <utility>

namespace nxmc::bench {

/// The library owns what it returns.
#ifdef __clang_analyzer__
// clang's analyzer takes what the library owns for a leak, and says so in the library's header, where no NOLINT can
// stand.
benchmark::internal::Benchmark* add_benchmark(const std::string& name, std::function<void(benchmark::State&)> run);
#else
inline benchmark::internal::Benchmark* add_benchmark(const std::string& name,
                                                     std::function<void(benchmark::State&)> run) {
  return benchmark::RegisterBenchmark(name.c_str(), std::move(run));
}
#endif

}  // namespace nxmc::bench

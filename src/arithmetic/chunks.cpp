#include "nxmc/arithmetic/chunks.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace nxmc {
namespace {

constexpr std::size_t samples_in_chunk = 8192;

}  // namespace

void in_parallel(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& visit) {
  std::atomic<std::size_t> next = 0;
  std::mutex failure_mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) visit(i);
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t k = 1; k < std::min(threads, count); ++k) others.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

std::size_t number_of_chunks(std::size_t samples) { return (samples + samples_in_chunk - 1) / samples_in_chunk; }

void for_each_chunk(std::size_t samples, std::size_t threads, const std::function<void(const Chunk&)>& visit) {
  in_parallel(number_of_chunks(samples), threads, [&](std::size_t number) {
    const std::size_t first = number * samples_in_chunk;
    visit({number, first, std::min(first + samples_in_chunk, samples)});
  });
}

}  // namespace nxmc

#include "chunks.hpp"

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

std::size_t number_of_chunks(std::size_t samples) { return (samples + samples_in_chunk - 1) / samples_in_chunk; }

void for_each_chunk(std::size_t samples, std::size_t threads, const std::function<void(const Chunk&)>& visit) {
  const std::size_t chunks = number_of_chunks(samples);
  std::atomic<std::size_t> next = 0;
  std::mutex failure_mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t number = next++; number < chunks; number = next++) {
        const std::size_t first = number * samples_in_chunk;
        visit({number, first, std::min(first + samples_in_chunk, samples)});
      }
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      failure = std::current_exception();
      next = chunks;
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t k = 1; k < std::min(threads, chunks); ++k) others.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nxmc

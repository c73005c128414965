// Sums over many samples by several threads, with the same bits for any number of them.
#pragma once

#include <cstddef>
#include <functional>

namespace nxmc {

/// Samples first … last - 1.
struct Chunk {
  std::size_t number;
  std::size_t first;
  std::size_t last;
};

std::size_t number_of_chunks(std::size_t samples);

/// Visits all samples in chunks, whose bounds depend on their number only, by as many threads as given; what chunks
/// yield is to be kept apart and put together in the order of their numbers. \throws what a visit throws
void for_each_chunk(std::size_t samples, std::size_t threads, const std::function<void(const Chunk&)>& visit);

}  // namespace nxmc

// Work that several threads share, with the same bits for any number of them: what each part yields is kept apart and
// put together in the order of the parts.
#pragma once

#include <cstddef>
#include <functional>

namespace nxmc {

/// Calls visit(0) … visit(count - 1), each once, by at most as many threads as given. \throws what one of them throws
void in_parallel(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& visit);

/// Samples first … last - 1.
struct Chunk {
  std::size_t number;
  std::size_t first;
  std::size_t last;
};

std::size_t number_of_chunks(std::size_t samples);

/// Visits all samples in chunks, whose bounds depend on their number only, as in_parallel does.
void for_each_chunk(std::size_t samples, std::size_t threads, const std::function<void(const Chunk&)>& visit);

}  // namespace nxmc

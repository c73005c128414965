#include "nxmc/random/stream.hpp"

#include <Random123/philox.h>

namespace nxmc {

void Stream::refill() {
  constexpr std::size_t block_words = 4;
  const philox4x64_key_t key = {{identity_.high, identity_.low}};
  const std::uint64_t first_block = (position_ - position_ % buffered_words) / block_words;
  for (std::size_t block = 0; block < buffered_words / block_words; ++block) {
    const philox4x64_ctr_t counter = {{first_block + block, seed_, 0, 0}};
    const philox4x64_ctr_t words = philox4x64_R(10, counter, key);
    for (std::size_t k = 0; k < block_words; ++k) words_[block * block_words + k] = words.v[k];
  }
}

/// Of the 2^64 div n(n-1) words that give this pair, in ascending order, the present one is number k. With a uniform
/// number behind its point it is uniform to the full resolution of doubles.
bool Stream::decide_with_another_word(double p, const DistinctPair& pair, std::uint32_t n) {
  const std::uint64_t pairs = static_cast<std::uint64_t>(n) * (n - 1);
  const std::uint64_t threshold = (0 - pairs) % pairs;
  const std::uint64_t words_of_pair = (0 - pairs) / pairs + 1;
  const std::uint64_t k = (pair.rest - threshold) / pairs;
  return uniform() < p * static_cast<double>(words_of_pair) - static_cast<double>(k);
}

}  // namespace nxmc

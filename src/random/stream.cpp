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

}  // namespace nxmc

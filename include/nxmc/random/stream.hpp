// Counter-based random streams (Philox4x64-10 of Random123), named by campaign seed and job identity.
#pragma once

#include <array>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "nxmc/arithmetic/exp_log.hpp"

namespace nxmc {

/// 128-bit name of a job (or of anything else that is hashed).
struct Identity {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that results are compared with for a pointer
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

/// Number on (0, 1) made of the upper 52 of 64 bits: (k + 1/2) 2^-52, exact, never 0 and never 1. One bit more, and the
/// upper half of the numbers would no longer be representable and 1 would occur.
inline double unit_interval(std::uint64_t bits) {
  return static_cast<double>(static_cast<std::int64_t>((bits >> 11U) | 1U)) * 0x1p-53;
}

/// Two different numbers, and what is left of the word that they were drawn from: uniform on 0 … 2^64 in steps of
/// n(n-1), whichever the pair.
struct DistinctPair {
  std::uint32_t first;
  std::uint32_t second;
  std::uint64_t rest;
  friend bool operator==(const DistinctPair&, const DistinctPair&) = default;
};

/// A stream of random words. Its whole state is the number of words drawn: `seek(position())` reproduces it anywhere.
///
/// Word w is word w mod 4 of the Philox block with key {identity.high, identity.low} and counter {w / 4, seed, 0, 0}:
/// no two streams, and no two positions of one stream, ever share a block.
class Stream {
 public:
  static constexpr std::size_t buffered_words = 64;

  Stream(std::uint64_t campaign_seed, Identity identity) : seed_(campaign_seed), identity_(identity) {}

  /// 64 uniform bits.
  std::uint64_t bits() {
    const std::size_t next = position_ % buffered_words;
    if (next == 0) refill();
    ++position_;
    return words_[next];
  }

  /// Uniform on (0, 1): see unit_interval.
  double uniform() { return unit_interval(bits()); }

  /// Exponentially distributed with mean 1, by portable_log.
  double exponential() { return -portable_log(uniform()); }

  /// Uniform on 0 … n-1 without bias. \pre n > 0
  ///
  /// The high half of word * n; words whose low half lies below 2^64 mod n are rejected (Lemire, ACM TOMACS 29, 3
  /// (2019)).
  std::uint64_t below(std::uint64_t n) {
    assert(n > 0);
    Product product = multiply(bits(), n);
    if (product.low < n) {  // rarely true, and only then is the division needed
      const std::uint64_t threshold = (0 - n) % n;
      while (product.low < threshold) product = multiply(bits(), n);
    }
    return product.high;
  }

  /// Two different numbers from 0 … n-1, each ordered pair equally likely, from one word unless rejected. \pre 2 <= n <
  /// 2^32
  ///
  /// One word yields both: the low half of word * n is the word for the second, and words whose last low half lies
  /// below 2^64 mod n(n-1) are rejected (Brackett-Rozinsky and Lemire, "Batched ranged random integer generation",
  /// Softw. Pract. Exper. 55, 155 (2025), arXiv 2408.06213).
  DistinctPair distinct_pair(std::uint32_t n) {
    assert(n >= 2);
    const std::uint64_t pairs = static_cast<std::uint64_t>(n) * (n - 1);
    DistinctPair pair = pair_of_word(bits(), n);
    if (pair.rest < pairs) {
      const std::uint64_t threshold = (0 - pairs) % pairs;
      while (pair.rest < threshold) pair = pair_of_word(bits(), n);
    }
    return pair;
  }

  /// True with probability p, as the word decides from which `pair` was drawn; another word is drawn in the one case of
  /// about 2^64 / n^2 that this one leaves open.
  bool chance(double p, const DistinctPair& pair, std::uint32_t n) {
    const double pairs = static_cast<double>(n) * (n - 1.0);
    const double above = static_cast<double>(pair.rest) - p * 0x1p64;
    const double resolution = 4 * pairs + 0x1p13;  // of the rest, and of doubles near 2^64
    if (above < -resolution) return true;
    return above <= resolution && decide_with_another_word(p, pair, n);
  }

  /// The words that will be drawn next: at least one, and as many as are known without more work.
  std::span<const std::uint64_t> ahead() {
    if (position_ % buffered_words == 0) refill();
    return std::span(words_).subspan(position_ % buffered_words);
  }
  /// Leaves out `count` words. \pre count <= ahead().size()
  void skip(std::size_t count) { position_ += count; }

  /// Number of words drawn so far.
  std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position) {
    position_ = position;
    if (position_ % buffered_words != 0) refill();
  }

 private:
  struct Product {
    std::uint64_t high;
    std::uint64_t low;
  };
  static Product multiply(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return {static_cast<std::uint64_t>(product >> 64U), static_cast<std::uint64_t>(product)};
  }

  static DistinctPair pair_of_word(std::uint64_t word, std::uint32_t n) {
    const Product first = multiply(word, n);
    const Product second = multiply(first.low, n - 1);
    // `second` numbers the values other than `first`.
    const std::uint64_t skip = second.high >= first.high ? 1 : 0;
    return {static_cast<std::uint32_t>(first.high), static_cast<std::uint32_t>(second.high + skip), second.low};
  }
  bool decide_with_another_word(double p, const DistinctPair& pair, std::uint32_t n);

  /// Computes the words around position_. Many blocks at once, because their rounds are independent and fill the
  /// pipeline.
  void refill();

  std::uint64_t seed_;
  Identity identity_;
  std::uint64_t position_ = 0;
  std::array<std::uint64_t, buffered_words> words_{};
};

}  // namespace nxmc

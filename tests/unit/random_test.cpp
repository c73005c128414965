// Random streams: the published generator, reproducible at every position, independent by name, unbiased.
//
// Statistical tests have fixed seeds; each bound is passed by a true generator with probability 1 - 1e-5 or more.
#include "nxmc/random/stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace nxmc {
namespace {

constexpr std::uint64_t all_ones = std::numeric_limits<std::uint64_t>::max();

using Block = std::array<std::uint64_t, 4>;
using Key = std::array<std::uint64_t, 2>;
__extension__ using Wide = unsigned __int128;

/// Philox4x64-10 as Salmon et al. (SC 2011) define it.
Block philox(Block counter, Key key) {
  for (int round = 0; round < 10; ++round) {
    const Wide left = static_cast<Wide>(counter[0]) * 0xD2E7470EE14C6C93U;
    const Wide right = static_cast<Wide>(counter[2]) * 0xCA5A826395121157U;
    counter = {static_cast<std::uint64_t>(right >> 64U) ^ counter[1] ^ key[0], static_cast<std::uint64_t>(right),
               static_cast<std::uint64_t>(left >> 64U) ^ counter[3] ^ key[1], static_cast<std::uint64_t>(left)};
    key[0] += 0x9E3779B97F4A7C15U;
    key[1] += 0xBB67AE8584CAA73BU;
  }
  return counter;
}

/// Value that chi^2 with this many degrees of freedom exceeds with probability 1e-5 (Wilson and Hilferty 1931).
double chi_square_limit(std::size_t degrees_of_freedom) {
  const double k = 2.0 / (9.0 * static_cast<double>(degrees_of_freedom));
  return static_cast<double>(degrees_of_freedom) * std::pow(1 - k + 4.265 * std::sqrt(k), 3);
}

double chi_square_of_uniform(const std::vector<std::uint64_t>& counts) {
  double draws = 0;
  for (const std::uint64_t count : counts) draws += static_cast<double>(count);
  const double expected = draws / static_cast<double>(counts.size());
  double chi_square = 0;
  for (const std::uint64_t count : counts) {
    chi_square += (static_cast<double>(count) - expected) * (static_cast<double>(count) - expected) / expected;
  }
  return chi_square;
}

void expect_uniform(const std::vector<std::uint64_t>& counts) {
  EXPECT_LT(chi_square_of_uniform(counts), chi_square_limit(counts.size() - 1)) << counts.size() << " bins";
}

std::vector<std::uint64_t> first_words(Stream stream, std::size_t count) {
  std::vector<std::uint64_t> words(count);
  for (std::uint64_t& word : words) word = stream.bits();
  return words;
}

TEST(Philox, ReferenceOfTheseTestsGivesThePublishedAnswers) {
  // kat_vectors of Random123: "philox4x64 10".
  EXPECT_EQ(philox({}, {}),
            (Block{0x16554d9eca36314cU, 0xdb20fe9d672d0fdcU, 0xd7e772cee186176bU, 0x7e68b68aec7ba23bU}));
  EXPECT_EQ(philox({all_ones, all_ones, all_ones, all_ones}, {all_ones, all_ones}),
            (Block{0x87b092c3013fe90bU, 0x438c3c67be8d0224U, 0x9cc7d7c69cd777b6U, 0xa09caebf594f0ba0U}));
  EXPECT_EQ(philox({0x243f6a8885a308d3U, 0x13198a2e03707344U, 0xa4093822299f31d0U, 0x082efa98ec4e6c89U},
                   {0x452821e638d01377U, 0xbe5466cf34e90c6cU}),
            (Block{0xa528f45403e61d95U, 0x38c72dbd566e9788U, 0xa5a1610e72fd18b5U, 0x57bd43b5e52b7fe6U}));
}

TEST(Stream, WordsAreTheDocumentedPhiloxBlocks) {
  const std::uint64_t seed = 20211228;
  const Identity identity{0x0123456789abcdefU, 0xfedcba9876543210U};
  const std::vector<std::uint64_t> words = first_words({seed, identity}, 1000);
  for (std::size_t w = 0; w < words.size(); ++w) {
    ASSERT_EQ(words[w], philox({w / 4, seed, 0, 0}, {identity.high, identity.low})[w % 4]) << "word " << w;
  }
}

TEST(Stream, LastBlocksAreReachable) {
  const std::uint64_t last = all_ones - 1;
  Stream stream(7, {8, 9});
  stream.seek(last);
  EXPECT_EQ(stream.bits(), philox({last / 4, 7, 0, 0}, {8, 9})[last % 4]);
}

TEST(Stream, SeekContinuesFromEveryPosition) {
  const std::vector<std::uint64_t> words = first_words({1, {2, 3}}, 200);
  for (std::size_t start = 0; start < words.size(); ++start) {
    Stream elsewhere(1, {2, 3});
    elsewhere.seek(start);
    ASSERT_EQ(elsewhere.position(), start);
    for (std::size_t w = start; w < words.size(); ++w) ASSERT_EQ(elsewhere.bits(), words[w]) << "from " << start;
    elsewhere.seek(start);
    ASSERT_EQ(elsewhere.bits(), words[start]) << "back to " << start;
  }
}

TEST(Stream, PositionRestoresMixedDraws) {
  Stream stream(4, {5, 6});
  for (std::uint32_t n = 2; n < 500; ++n) {
    stream.uniform();
    stream.exponential();
    stream.below(n);
    stream.distinct_pair(n);
    Stream copy(4, {5, 6});
    copy.seek(stream.position());
    Stream original = stream;
    ASSERT_EQ(copy.exponential(), original.exponential());
    ASSERT_EQ(copy.distinct_pair(n), original.distinct_pair(n));
  }
}

TEST(Stream, DifferentNamesGiveUnrelatedWords) {
  // Every name that differs in a single bit of seed or identity: half of the output bits must differ.
  constexpr std::size_t count = 256;
  const std::vector<std::uint64_t> words = first_words({1, {2, 3}}, count);
  const double bits = 64.0 * count;
  double all_differences = 0;
  for (unsigned bit = 0; bit < 192; ++bit) {
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    const Stream relative(bit / 64 == 0 ? 1 ^ mask : 1, {bit / 64 == 1 ? 2 ^ mask : 2, bit / 64 == 2 ? 3 ^ mask : 3});
    const std::vector<std::uint64_t> other = first_words(relative, count);
    double differences = 0;
    for (std::size_t w = 0; w < count; ++w) differences += std::popcount(words[w] ^ other[w]);
    EXPECT_NEAR(differences, bits / 2, 5.5 * std::sqrt(bits / 4)) << "bit " << bit;
    all_differences += differences;
  }
  EXPECT_NEAR(all_differences, 192 * bits / 2, 4.5 * std::sqrt(192 * bits / 4));
}

TEST(Stream, NeighbouringNamesShareNoWord) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    for (std::uint64_t high = 0; high < 4; ++high) {
      for (std::uint64_t low = 0; low < 4; ++low) {
        for (const std::uint64_t word : first_words({seed, {high, low}}, 500)) {
          ASSERT_TRUE(seen.insert(word).second) << seed << ' ' << high << ' ' << low;
        }
      }
    }
  }
}

TEST(Uniform, IsStrictlyBetweenZeroAndOneForEveryWord) {
  EXPECT_EQ(unit_interval(0), 0x1p-53);
  EXPECT_EQ(unit_interval(all_ones), 1 - 0x1p-53);
  EXPECT_EQ(unit_interval(std::uint64_t{1} << 63U), 0.5 + 0x1p-53);
  EXPECT_EQ(unit_interval((std::uint64_t{1} << 63U) - 1), 0.5 - 0x1p-53);
}

TEST(Uniform, FillsTheIntervalEvenly) {
  Stream stream(10, {1, 1});
  std::vector<std::uint64_t> counts(256);
  double sum = 0;
  constexpr int draws = 1000000;
  for (int n = 0; n < draws; ++n) {
    const double u = stream.uniform();
    sum += u;
    ++counts[static_cast<std::size_t>(u * 256)];
  }
  expect_uniform(counts);
  EXPECT_NEAR(sum / draws, 0.5, 4.5 * std::sqrt(1.0 / 12 / draws));
}

TEST(Exponential, HasMeanOneAndTheRightTails) {
  Stream stream(11, {1, 1});
  constexpr int draws = 1000000;
  double sum = 0;
  std::vector<std::uint64_t> counts(64);
  for (int n = 0; n < draws; ++n) {
    const double t = stream.exponential();
    ASSERT_GT(t, 0);
    sum += t;
    ++counts[static_cast<std::size_t>(std::exp(-t) * 64)];  // e^-t is uniform
  }
  EXPECT_NEAR(sum / draws, 1, 4.5 / std::sqrt(draws));
  expect_uniform(counts);
}

TEST(Below, OneIsAlwaysZero) {
  Stream stream(12, {1, 1});
  for (int n = 0; n < 100; ++n) ASSERT_EQ(stream.below(1), 0U);
}

TEST(Below, IsUniform) {
  Stream stream(13, {1, 1});
  for (const std::uint64_t n : {2U, 3U, 7U, 271U, 1000U}) {
    std::vector<std::uint64_t> counts(n);
    for (int draw = 0; draw < 400000; ++draw) ++counts.at(stream.below(n));
    expect_uniform(counts);
  }
}

TEST(Below, RejectsWhatWouldBiasIt) {
  // For n = 3/4 2^64 a multiplication without rejection reaches every third value from two words, the others from one.
  const std::uint64_t n = std::uint64_t{3} << 62U;
  Stream stream(14, {1, 1});
  std::vector<std::uint64_t> residues(3);
  constexpr int draws = 100000;
  for (int draw = 0; draw < draws; ++draw) ++residues[stream.below(n) % 3];
  expect_uniform(residues);
  // A word is accepted with probability 3/4.
  EXPECT_NEAR(static_cast<double>(stream.position()), draws / 0.75, 4.5 * std::sqrt(draws * 0.25) / 0.75);
}

TEST(DistinctPair, OfTwoGivesBothOrders) {
  Stream stream(15, {1, 1});
  std::vector<std::uint64_t> orders(2);
  for (int draw = 0; draw < 100000; ++draw) {
    const auto [first, second, rest] = stream.distinct_pair(2);
    ASSERT_EQ(first + second, 1U);
    ++orders[first];
  }
  expect_uniform(orders);
}

TEST(DistinctPair, EveryOrderedPairIsEquallyLikely) {
  Stream stream(16, {1, 1});
  for (const std::uint32_t n : {3U, 5U, 19U, 37U}) {
    std::vector<std::uint64_t> counts(std::size_t{n} * (n - 1));
    for (int draw = 0; draw < 500000; ++draw) {
      const auto [first, second, rest] = stream.distinct_pair(n);
      ASSERT_LT(first, n);
      ASSERT_LT(second, n);
      ASSERT_NE(first, second);
      ++counts[first * (n - 1) + (second > first ? second - 1 : second)];
    }
    expect_uniform(counts);
  }
}

TEST(DistinctPair, ConsecutivePairsAreIndependent) {
  Stream stream(17, {1, 1});
  std::vector<std::uint64_t> counts(36);
  const auto number = [&stream] {
    const auto [first, second, rest] = stream.distinct_pair(3);
    return first * 2 + (second > first ? second - 1 : second);
  };
  for (int draw = 0; draw < 300000; ++draw) {
    const std::uint32_t before = number();
    ++counts[before * 6 + number()];
  }
  expect_uniform(counts);
}

TEST(DistinctPair, LargestCountsUseTheExactRejectionThreshold) {
  // n(n-1) = 0.75 2^64 to 10 digits: a word is accepted with probability n(n-1)/2^64.
  const std::uint32_t n = 3719550787U;
  const double acceptance = static_cast<double>(n) * (n - 1.0) / 0x1p64;
  Stream stream(18, {1, 1});
  constexpr int draws = 100000;
  std::vector<std::uint64_t> halves(4);
  for (int draw = 0; draw < draws; ++draw) {
    const auto [first, second, rest] = stream.distinct_pair(n);
    ASSERT_LT(first, n);
    ASSERT_LT(second, n);
    ASSERT_NE(first, second);
    ++halves[(first < n / 2 ? 0U : 2U) + (second < n / 2 ? 0U : 1U)];
  }
  expect_uniform(halves);
  EXPECT_NEAR(static_cast<double>(stream.position()), draws / acceptance,
              4.5 * std::sqrt(draws * (1 - acceptance)) / acceptance);
}

TEST(DistinctPair, LeavesAUniformRestWhicheverThePair) {
  Stream stream(19, {1, 1});
  std::vector<std::uint64_t> counts(std::size_t{6} * 16);
  for (int draw = 0; draw < 400000; ++draw) {
    const auto [first, second, rest] = stream.distinct_pair(3);
    const std::size_t number = std::size_t{2} * first + (second > first ? second - 1 : second);
    ++counts[16 * number + (rest >> 60U)];
  }
  expect_uniform(counts);
}

TEST(Chance, IsTrueWithItsProbability) {
  Stream stream(20, {1, 1});
  for (const double p : {0.0, 1e-4, 0.3, 0.999, 1.0}) {
    constexpr int draws = 400000;
    int yes = 0;
    for (int draw = 0; draw < draws; ++draw) {
      const DistinctPair pair = stream.distinct_pair(271);
      yes += stream.chance(p, pair, 271) ? 1 : 0;
    }
    EXPECT_NEAR(yes, p * draws, 4.5 * std::sqrt(p * (1 - p) * draws)) << p;
  }
  EXPECT_EQ(stream.position(), 5U * 400000U) << "one word is enough";
}

/// With 0.75 2^64 pairs a word says nothing beyond the pair, and each decision is that of another word.
TEST(Chance, DrawsAnotherWordWhereTheFirstLeavesItOpen) {
  const std::uint32_t n = 3719550787U;
  Stream stream(21, {1, 1});
  constexpr int draws = 100000;
  int yes = 0;
  std::uint64_t more = 0;
  for (int draw = 0; draw < draws; ++draw) {
    const DistinctPair pair = stream.distinct_pair(n);
    const std::uint64_t before = stream.position();
    yes += stream.chance(0.3, pair, n) ? 1 : 0;
    more += stream.position() - before;
  }
  EXPECT_NEAR(yes, 0.3 * draws, 4.5 * std::sqrt(0.21 * draws));
  EXPECT_EQ(more, static_cast<std::uint64_t>(draws));
}

/// Probabilities far below the resolution of one word, 271 * 270 / 2^64 = 4e-15, on words that are as small as can be.
TEST(Chance, ResolvesProbabilitiesBelowAWord) {
  Stream stream(22, {1, 1});
  const std::uint32_t n = 271;
  const std::uint64_t pairs = std::uint64_t{n} * (n - 1);
  const DistinctPair smallest{0, 1, (0 - pairs) % pairs};  // k = 0: its share of all words of the pair is the smallest
  const std::uint64_t whole = (0 - pairs) / pairs + 1;
  const auto words_of_pair = static_cast<double>(whole);
  constexpr int draws = 100000;
  int yes = 0;
  for (int draw = 0; draw < draws; ++draw) yes += stream.chance(0.3 / words_of_pair, smallest, n) ? 1 : 0;
  EXPECT_NEAR(yes, 0.3 * draws, 4.5 * std::sqrt(0.21 * draws));
}

TEST(Stream, WordsAheadAreThoseThatAreDrawnNext) {
  Stream stream(23, {1, 1});
  Stream drawn = stream;
  for (std::size_t step = 1; step < 300; ++step) {
    const std::span<const std::uint64_t> ahead = stream.ahead();
    ASSERT_FALSE(ahead.empty());
    const std::size_t count = std::min(step % 70, ahead.size());
    for (std::size_t k = 0; k < count; ++k) ASSERT_EQ(ahead[k], drawn.bits());
    stream.skip(count);
    ASSERT_EQ(stream.position(), drawn.position());
    ASSERT_EQ(stream.bits(), drawn.bits());
  }
}

}  // namespace
}  // namespace nxmc

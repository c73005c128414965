// Counter-based random streams (Philox4x64-10 of Random123), named by campaign seed and job identity.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace nxmc {

/// 128-bit name of a job (or of anything else that is hashed).
struct Identity {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

/// A stream of random words. Its whole state is the number of words drawn: `seek(position())` reproduces it anywhere.
/// Streams of different (seed, identity) are independent: both enter the 256 bits of Philox key and counter.
class Stream {
 public:
  Stream(std::uint64_t campaign_seed, Identity identity);

  /// 64 uniform bits.
  std::uint64_t bits();
  /// Uniform on (0, 1): (k + 1/2) 2^-53, never 0 and never 1.
  double uniform();
  /// Exponentially distributed with mean 1, by portable_log.
  double exponential();
  /// Uniform on 0 … n-1 without bias. \pre n > 0
  std::uint64_t below(std::uint64_t n);
  /// Two different numbers from 0 … n-1, each ordered pair equally likely, from one word unless rejected. \pre 2 <= n < 2^32
  std::pair<std::uint32_t, std::uint32_t> distinct_pair(std::uint32_t n);

  std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position);

 private:
  void refill();
  std::array<std::uint64_t, 2> key_;
  std::array<std::uint64_t, 2> name_;
  std::array<std::uint64_t, 4> block_{};
  std::uint64_t position_ = 0;
};

}  // namespace nxmc

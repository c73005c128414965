// Which rungs of a ladder try to exchange configurations, and whether they do: wherever that is decided, the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "nxmc/random/stream.hpp"

namespace nxmc {

/// What a rung knows of an exchange: -ln of the weight of its own configuration, and of its neighbour's.
struct Look {
  double own = 0;
  double other = 0;
};

/// \param chance  uniform on (0, 1)
bool exchange_is_accepted(const Look& lower, const Look& upper, double chance);

/// After every `exchange_every` sweeps all pairs of neighbours that begin at an even rung try to exchange, then those
/// at an odd one, in turn (non-reversible: Okabe et al., Chem. Phys. Lett. 335, 435 (2001); Syed et al., JRSS B 84, 321
/// (2022)). \param exchange  how many were before \returns with which rung this one tries; nullopt: with none
std::optional<std::size_t> partner_of(std::size_t rung, std::uint64_t exchange, std::size_t rungs);

/// The random words that decide: one for each attempt, whether it is needed or not, so that their places are known.
class ExchangeWords {
 public:
  ExchangeWords(const Stream& stream, std::size_t rungs) : stream_(stream), rungs_(rungs) {}
  /// Of the pair of this rung and the next one. \pre it is their turn
  double chance(std::uint64_t exchange, std::size_t rung);

 private:
  Stream stream_;
  std::size_t rungs_;
};

}  // namespace nxmc

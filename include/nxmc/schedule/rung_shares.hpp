// Which rungs of a ladder each of those moves who share it. Knows neither MPI nor a clock.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nxmc {

/// [rung] its party, so that all parties are done at about the same time; neighbours together where that costs little.
/// \param seconds  [rung] that it takes from one exchange to the next \param parties  no more than rungs
/// \param before   the shares so far, kept while they are nearly as good: chains would have to be built; empty: none
std::vector<std::size_t> share_rungs(std::span<const double> seconds, std::size_t parties,
                                     const std::vector<std::size_t>& before);

}  // namespace nxmc

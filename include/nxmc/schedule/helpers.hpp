// Which ranks without work help with which ladders in progress. Knows neither MPI nor a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace nxmc {

/// That share a ladder: two rungs at least for each.
constexpr std::size_t most_ranks_of_ladder(std::size_t rungs) { return rungs < 4 ? 1 : rungs / 2; }

/// A ladder that a rank is at work on.
struct LadderAtWork {
  std::size_t owner = 0;  ///< this rank
  std::uint64_t job = 0;  ///< that leads
  std::size_t rungs = 0;
  double seconds = 0;  ///< predicted, on one rank
};

struct Help {
  std::size_t helper = 0;
  std::size_t owner = 0;
  std::uint64_t job = 0;
};

class Helpers {
 public:
  /// Finds ladders for idle ranks: most for those that take longest, up to most_ranks_of_ladder. Who has one
  /// stays with it as long as it is in progress. \returns who is to be told so
  std::vector<Help> pair(std::span<const std::size_t> idle, std::span<const LadderAtWork> ladders);
  /// The rank has other work.
  void release(std::size_t helper) { helped_.erase(helper); }
  /// The rank gives no sign of life. \returns whom it helps, or who helps it: they are to be told to do without it
  std::vector<std::size_t> part_with(std::size_t rank);
  std::size_t count() const { return helped_.size(); }

 private:
  std::map<std::size_t, Help> helped_;  // [helper]
};

}  // namespace nxmc

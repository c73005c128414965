#include "nxmc/statistics/crossings.hpp"

#include <cassert>

namespace nxmc {

std::size_t crossings(std::span<const double> values, double low, double high) {
  assert(low < high);
  enum class Side { unknown, below, above };
  Side side = Side::unknown;
  std::size_t count = 0;
  for (const double value : values) {
    const Side now = value <= low ? Side::below : value >= high ? Side::above : side;
    if (side != Side::unknown && now != side) ++count;
    side = now;
  }
  return count;
}

}  // namespace nxmc

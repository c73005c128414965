// The number of a cell that has none.
#pragma once

#include <limits>

namespace nxmc {

inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

}  // namespace nxmc

// What is not known.
#pragma once

#include <limits>

namespace nxmc {

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace nxmc

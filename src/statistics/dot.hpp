// Sums of products in a fixed order.
#pragma once

#include <span>

namespace nxmc {

/// Sum of a[i] b[i] in eight lanes: the same bits for every vector width. \pre both have the same length
double dot(std::span<const double> a, std::span<const double> b);

}  // namespace nxmc

// How often a chain has gone from one of two states to the other.
#pragma once

#include <cstddef>
#include <span>

namespace nxmc {

/// Number of passages between the states "at most low" and "at least high", in either direction. Between the two
/// thresholds a chain is still in the state that it came from, so that noise about a boundary is no crossing; a value
/// that is NaN changes nothing. \pre low < high
std::size_t crossings(std::span<const double> values, double low, double high);

}  // namespace nxmc

// Where a function is largest, and where it vanishes.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

namespace nxmc {

struct Maximum {
  double place = 0;
  double height = 0;
  bool at_end = false;  ///< at an end of the range: the true one may lie beyond
};

/// The largest value of a function on [low, high]: the highest of `points` evenly spaced ones, then golden sections
/// between its neighbours down to 10^-7 of the range, which is as well as a place can be known where a function is
/// flat. A function that is NaN somewhere is not looked at there; nothing where it is NaN throughout. \pre low < high,
/// points >= 3
std::optional<Maximum> maximum(const std::function<double(double)>& f, double low, double high,
                               std::size_t points = 17);

/// The place in [low, high] where a function changes its sign, to 10^-12 of the range or until it is exactly zero
/// (regula falsi in Illinois' form, bisection where that is slow). Nothing when both ends have one sign or a value is
/// NaN. \pre low < high
std::optional<double> root(const std::function<double(double)>& f, double low, double high);

}  // namespace nxmc

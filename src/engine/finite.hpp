// Results are finite, or the job fails: no average hides a number that has left the range of a double.
#pragma once

#include <span>
#include <string>

#include "nxmc/observe/quantities.hpp"

namespace nxmc {

/// \throws std::runtime_error that names the quantity unless `value` is finite
void require_finite(const std::string& name, double value);

/// The same for rows of results, in which NaN stands for what does not exist.
/// \param rows  row-major; of each row as many values as there are columns
void require_no_infinity(std::span<const double> rows, std::span<const Quantity> columns);

}  // namespace nxmc

#include "finite.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace nxmc {

void require_finite(const std::string& name, double value) {
  if (std::isfinite(value)) return;
  throw std::runtime_error(
      fmt::format("{} is {}: numbers of this job leave the range of double precision", name, value));
}

void require_no_infinity(std::span<const double> rows, std::span<const Quantity> columns) {
  for (std::size_t k = 0; k < rows.size(); ++k)
    if (std::isinf(rows[k])) require_finite(columns[k % columns.size()].name, rows[k]);
}

}  // namespace nxmc

#include "dot.hpp"

#include <array>
#include <cassert>
#include <cstddef>

#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {

NXMC_FOR_EACH_PROCESSOR
double dot(std::span<const double> a, std::span<const double> b) {
  assert(a.size() == b.size());
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> lane{};
  const std::size_t whole = a.size() - a.size() % lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t k = 0; k < lanes; ++k) lane[k] += a[i + k] * b[i + k];
  for (std::size_t i = whole; i < a.size(); ++i) lane[i - whole] += a[i] * b[i];
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

}  // namespace nxmc

// Which point operations of the lattice map a set of cells onto itself, and by which shift they have to be followed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "bravais.hpp"

namespace nxmc {

/// Shift t with which `map` followed by t keeps the centre of mass S/N of a set of cells in place, in whole cells if
/// there is one: N t = S - M S. \param total  S
std::optional<Cell> shift_about_centre(const std::array<std::int64_t, 3>& total, std::int64_t cells,
                                       const CellMap& map);

inline Cell moved(const CellMap& map, const Cell& shift, const Cell& cell) {
  const Cell image = apply(map, cell);
  return {image[0] + shift[0], image[1] + shift[1], image[2] + shift[2]};
}

}  // namespace nxmc

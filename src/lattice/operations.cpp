#include "operations.hpp"

#include <cstddef>

namespace nxmc {

std::optional<Cell> shift_about_centre(const std::array<std::int64_t, 3>& total, std::int64_t cells,
                                       const CellMap& map) {
  std::array<std::int64_t, 3> shift = total;
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t x = 0; x < 3; ++x) shift[x] -= total[k] * map[k][x];
  }
  Cell whole{};
  for (std::size_t k = 0; k < 3; ++k) {
    if (shift[k] % cells != 0) return std::nullopt;
    whole[k] = static_cast<int>(shift[k] / cells);
  }
  return whole;
}

}  // namespace nxmc

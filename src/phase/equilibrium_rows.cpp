#include "equilibrium_rows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nxmc {

Query equilibria(const Where& where) {
  Where chosen = narrowed(where, "method == equilibrium");
  return {.rows = RowKind::jobs,
          .where = std::move(chosen.condition),
          .columns = {},
          .group_by = {},
          .joined = std::move(chosen.joined)};
}

std::vector<std::string> joined_names(std::vector<std::string> names, const std::vector<std::string>& others) {
  for (const std::string& name : others)
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  return names;
}

void visit_averages(const Archive& archive, const Query& query, const std::function<void(const Cells&)>& visit) {
  Answer(archive, query).visit([&](const Block& block) {
    for (std::size_t row = 0; row < block.rows.rows; ++row) {
      const Cells cells(block, row);
      if (!std::isnan(cells.number("f_U")) || !std::isnan(cells.number("c"))) visit(cells);
    }
    return true;
  });
}

}  // namespace nxmc

#include "remark_column.hpp"

#include <algorithm>

namespace nxmc {

Table chosen_columns(const Table& table, const std::vector<std::string>& asked_for, TableFormat format) {
  if (!asked_for.empty()) return select_columns(table, asked_for);
  Table chosen = table;
  if (format == TableFormat::table)
    std::erase_if(chosen.columns, [](const TableColumn& column) { return column.name == remark_column; });
  return chosen;
}

}  // namespace nxmc

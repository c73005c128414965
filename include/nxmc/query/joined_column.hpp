// Columns of rows that other modules know: what they are made from, and who asks for them.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "nxmc/query/table.hpp"

namespace nxmc {

struct Query;

/// Cells that follow from other columns of a row.
struct JoinedCells {
  using Cell = std::variant<double, std::string>;
  std::vector<std::string> by;                                   ///< these columns
  std::function<Cell(const std::vector<std::string>&)> cell_of;  ///< given their cells as words; NaN, empty: missing
};

/// A column that takes work, and is there where a query names it.
struct JoinedColumn {
  std::string name;
  std::string unit;
  Values values;  ///< none, of the type of its cells: real numbers or words
  std::string description;
  /// Called once for the rows of a query that shows the column; and once for a query of all rows by themselves, where a
  /// condition names it: rows are chosen by what is known of single jobs, before any are averaged.
  std::function<JoinedCells(const Query&)> join;
  std::vector<std::string> words{};  ///< all that its cells can be; empty: not words
};

/// Which jobs: a condition, and the columns that it may name beside those of every archive. A condition alone may stand
/// for it.
struct Where {
  Where() = default;
  Where(std::string text) : condition(std::move(text)) {}     // NOLINT(google-explicit-constructor)
  Where(const char* text) : condition(text) {}                // NOLINT(google-explicit-constructor)
  Where(std::string text, std::vector<JoinedColumn> columns)  //
      : condition(std::move(text)), joined(std::move(columns)) {}

  std::string condition;  ///< empty: all
  std::vector<JoinedColumn> joined;
};
/// Those of them that fulfil another condition, too.
Where narrowed(const Where& where, const std::string& condition);

}  // namespace nxmc

#include "row_selection.hpp"

#include <algorithm>

#include "nxmc/query/query.hpp"

namespace nxmc {
namespace {

bool mentions_only(const Condition& condition, const Table& table) {
  return std::ranges::all_of(compared_columns(condition),
                             [&](const std::string& name) { return find_column(table, name) != nullptr; });
}

/// The parts of a condition joined by `and` that can be decided without reading results: whole jobs drop out before
/// their thousands of rows are built.
Condition decided_by_parameters(const Condition& condition, const Table& parameters) {
  if (mentions_only(condition, parameters)) return condition;
  Condition kept;
  kept.kind = Condition::Kind::all_of;
  if (condition.kind != Condition::Kind::all_of) return kept;
  for (const Condition& part : condition.parts) kept.parts.push_back(decided_by_parameters(part, parameters));
  return kept;
}

}  // namespace

RowSelection rows_where(const Condition& condition, std::span<const JoinedColumn> joined, RowKind rows) {
  RowSelection selection{.of_jobs = decided_by_parameters(condition, parameter_columns()),
                         .of_rows = condition,
                         .columns = compared_columns(condition)};
  const Query all{.rows = rows, .where = {}, .columns = {}, .group_by = {}};
  for (const JoinedColumn& column : joined) {
    if (selection.columns.erase(column.name) == 0) continue;
    selection.joined.push_back({column, column.join(all)});
    const std::vector<std::string>& by = selection.joined.back().cells.by;
    selection.columns.insert(by.begin(), by.end());
  }
  return selection;
}

}  // namespace nxmc

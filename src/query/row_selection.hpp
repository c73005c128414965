// Which rows of an archive a condition chooses, and which columns that takes.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "joined_rows.hpp"
#include "nxmc/query/columns.hpp"
#include "nxmc/query/condition.hpp"

namespace nxmc {

/// Which rows, and which of their columns.
struct RowSelection {
  Condition of_jobs;  ///< on parameters: other jobs are not looked at
  Condition of_rows;
  std::set<std::string> columns;     ///< that blocks have
  std::vector<JoinedRows> joined{};  ///< that the condition on rows compares
  bool row_per_scan = false;         ///< a job of several scans is a row for each, before the condition on rows
};

/// With the columns that the condition compares, those among them that are joined with what they follow from.
RowSelection rows_where(const Condition& condition, std::span<const JoinedColumn> joined, RowKind rows);

}  // namespace nxmc

// Which rows of an archive a condition chooses, and which columns that takes.
#pragma once

#include <set>
#include <string>

#include "nxmc/query/condition.hpp"

namespace nxmc {

/// Which rows, and which of their columns.
struct RowSelection {
  Condition of_jobs;  ///< on parameters: other jobs are not looked at
  Condition of_rows;
  std::set<std::string> columns;  ///< that blocks have
  bool row_per_scan = false;      ///< a job of several scans is a row for each, before the condition on rows
};

/// With the columns that the condition compares.
RowSelection rows_where(const Condition& condition);

}  // namespace nxmc

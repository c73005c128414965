// Why something is missing in an answer about transitions.
#pragma once

#include <string>
#include <vector>

#include "nxmc/query/print.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

inline constexpr const char* remark_column = "remark";

/// The columns that were asked for, or all; but tables for people tell remarks below, as hints, unless the column is
/// asked for. \throws QueryError for a column that there is not
Table chosen_columns(const Table& table, const std::vector<std::string>& asked_for, TableFormat format);

}  // namespace nxmc

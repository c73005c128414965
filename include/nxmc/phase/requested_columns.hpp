// Columns of queries that tell how far results can be believed, and why they are there.
#pragma once

#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/joined_column.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// `verdict`, `r_hat`, `crossings`, `unequilibrated` and `reason`; `kelvin`, `unit_energy`, `unit_length` and
/// `unit_time`. What one of them has read, the others know: copies of them may serve several queries of one archive,
/// which outlives them.
std::vector<JoinedColumn> requested_columns(const Archive& archive);

/// `describe_columns` of queries, with lines for those.
Table describe_all_columns();

/// For commands whose jobs cannot be chosen by them. \throws QueryError for a condition that names one
void require_no_requested_columns(const std::string& condition);

}  // namespace nxmc

// Averages over rows that agree in chosen columns, with error bars: replicas, starts, trajectories.
#pragma once

#include <string>
#include <vector>

#include "nxmc/analyze/table.hpp"

namespace nxmc {

struct Groups {
  Table table;  ///< the keys, `n`, then for every observable its mean `<name>` and error `<name>_err`
  std::vector<std::string> mixed;  ///< parameters that are no key and yet differ between measured rows of one group
};

/// One row per distinct combination of the keys' values, in the order of first appearance.
///
/// `n` counts the rows of a group in which anything was measured; missing values enter no mean. The error of a mean
/// over n >= 2 values is the larger of their standard error, s / sqrt(n), and sqrt(sum err_i^2) / n with the rows' own
/// errors: few members may agree by chance more closely than each is known. With n = 1 it is the row's own error, or
/// missing.
///
/// \throws QueryError for an unknown key or one that is an observable
Groups group_rows(const Table& table, const std::vector<std::string>& keys);

/// A row whose cell in `column` is a list ("a,b": a job of two scans) becomes one row for each item: it counts in the
/// groups of all. \pre the column holds words
Table one_row_per_item(const Table& table, const std::string& column);

}  // namespace nxmc

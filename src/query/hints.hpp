// What a query may have meant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/query.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// \throws QueryError for a column that is not there because of how the query is written, not because of its name
void require_column(const Query& query, const Table& table, const std::string& name);
void require_columns_of(const Condition& condition, const Query& query, const Table& table);

/// What was seen of the rows of an answer.
struct RowsSeen {
  bool methods_count = false;  ///< whether rows_of_exchange says something
  std::uint64_t rows = 0;
  std::uint64_t rows_of_exchange = 0;

  /// \pre the block has the column `method` if methods count
  void add(const Block& block);
};

/// Other rows that would answer better.
std::vector<std::string> hints_of_rows(const Query& query, const Archive& archive, const RowsSeen& seen);

}  // namespace nxmc

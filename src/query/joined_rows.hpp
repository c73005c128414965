// Columns that other modules know, put beside those of the rows of an archive.
#pragma once

#include <set>
#include <span>
#include <string>

#include "nxmc/query/condition.hpp"
#include "nxmc/query/joined_column.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// A column with its cells, which may not be known yet.
struct JoinedRows {
  JoinedColumn column;
  JoinedCells cells;
};

TableColumn head_of(const JoinedColumn& joined);
/// The columns of rows that have those as well.
Table with_joined(Table columns, std::span<const JoinedColumn> joined);
/// Adds the words that their cells can be. \throws QueryError where a condition compares them with another word
void collect_words_of_joined(std::span<const JoinedColumn> joined, const Condition& condition, WordsOfColumns& words);

/// Adds the column to each row. \pre the block has the columns that its cells follow from
void join(const JoinedRows& joined, Block& block);

}  // namespace nxmc

// Rows of an archive as named, typed columns: what a query selects from, averages and prints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace nxmc {

/// A query that cannot be answered because of how it is written: place, reason and the nearest valid word.
class QueryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a column tells about its row, which decides what grouping does with it.
enum class Role : std::uint8_t {
  label,      ///< names the row or counts something about it; never averaged, allowed to differ within a group
  parameter,  ///< physical: averaging over rows in which it differs deserves a warning
  observable  ///< measured: averaged
};

/// One value per row. A missing number is NaN, a missing word is empty, integers are never missing.
using Values = std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>>;

struct TableColumn {
  std::string name;
  std::string unit;  ///< "1" or empty where there is none
  Role role = Role::label;
  Values values;
  std::string description{};
  bool on_request = false;  ///< shown only when a query names it
};

struct Table {
  std::vector<TableColumn> columns;
  std::size_t rows = 0;
};

/// Some rows of a table that is too long to be held. What rows of a job share stands once for each job.
struct Block {
  Table jobs;                             ///< columns that are the same in all rows of a job; one row for each job
  Table rows;                             ///< the other ones; `rows.rows` is the number of rows of the block
  std::vector<std::uint32_t> job_of_row;  ///< row of `jobs`; ascending
};

/// Where a value of a row of a block stands.
struct BlockColumn {
  const TableColumn* column = nullptr;
  bool of_jobs = false;
};
/// `column` is nullptr if there is none of this name.
BlockColumn find_column(const Block& block, const std::string& name);
/// All rows of a table. \pre it has less than 2^32 rows
Block as_block(Table table);

bool is_text(const TableColumn& column);
/// A cell as a number. \pre !is_text(column)
double number_at(const TableColumn& column, std::size_t row);
/// A cell as a word: numbers in their shortest form that reads back as the same number, missing values empty.
std::string text_at(const TableColumn& column, std::size_t row);
bool is_missing(const TableColumn& column, std::size_t row);

/// Items of a cell that lists several words: "a,b" (a job that belongs to two scans).
std::vector<std::string> list_items(const std::string& cell);

/// nullptr if there is no such column.
const TableColumn* find_column(const Table& table, const std::string& name);
/// \throws QueryError with the nearest existing name
const TableColumn& get_column(const Table& table, const std::string& name);

/// The named columns, in the order asked for.
/// \throws QueryError for an unknown name
Table select_columns(const Table& table, const std::vector<std::string>& names);
/// The given rows, in the order given; a row may occur more than once.
Table select_rows(const Table& table, const std::vector<std::size_t>& rows);
/// Only the columns with a value in some row; all of them in a table without rows.
Table without_empty_columns(const Table& table);

/// Only the columns that are shown without being named.
Table without_columns_on_request(const Table& table);

/// The candidate that differs from `word` in the fewest letters; empty when none is near enough to be meant.
std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace nxmc

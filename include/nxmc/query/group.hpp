// Averages over rows that agree in chosen columns, with error bars: replicas, starts, trajectories.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nxmc/query/table.hpp"

namespace nxmc {

struct Groups {
  Table table;  ///< the keys, `n`, then for every observable its mean `<name>` and error `<name>_err`
  std::vector<std::string> mixed;  ///< parameters that are no key and yet differ between measured rows of one group
};

/// One row per distinct combination of the keys' values, sorted by them: numbers by value, and so the numbers in words,
/// missing values last.
///
/// `n` counts the rows of a group in which anything was measured; missing values enter no mean. The error of a mean
/// over n >= 2 values is the larger of their standard error, s / sqrt(n), and sqrt(sum err_i^2) / n with the rows' own
/// errors: few members may agree by chance more closely than each is known. With n = 1 it is the row's own error, or
/// missing. Variances along chains (f_U_var) are pooled: within plus between chains, see pooled_variance.
///
/// Rows come block by block and twice, because deviations are from the mean: memory grows with groups, not with rows.
class GroupBuilder {
 public:
  /// \param columns  of the rows to come, without rows
  /// \param wanted  columns of the result that are needed; empty: all. Others may be missing.
  /// \throws QueryError for an unknown key or one that is an observable
  GroupBuilder(const Table& columns, const std::vector<std::string>& keys, const std::vector<std::string>& wanted = {});
  ~GroupBuilder();
  GroupBuilder(GroupBuilder&&) noexcept;
  GroupBuilder& operator=(GroupBuilder&&) noexcept;

  /// What the result has, without rows.
  Table columns() const;
  /// Columns of the rows that the first pass looks at, and the second.
  std::vector<std::string> columns_of_first_pass() const;
  std::vector<std::string> columns_of_second_pass() const;

  void add(const Block& block);
  void begin_second_pass();
  void add_again(const Block& block);
  /// False when the second pass has not brought the rows of the first.
  bool passes_agree() const;
  Groups finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The same of a table. \throws QueryError as GroupBuilder
Groups group_rows(const Table& table, const std::vector<std::string>& keys);

/// Whether words or numbers come in this order: "9" before "10", "4x4x12" before "10x10x4".
bool comes_before(const TableColumn& column, std::size_t row, std::size_t other);

/// A row whose cell in `column` is a list ("a,b": a job of two scans) becomes one row for each item: it counts in the
/// groups of all. \pre the column holds words
Table one_row_per_item(const Table& table, const std::string& column);
/// The same for a block. \pre the column is one of jobs
Block one_row_per_item(const Block& block, const std::string& column);

}  // namespace nxmc

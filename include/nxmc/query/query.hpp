// What `query` answers: which rows of an archive, which of their columns, averaged over what.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/physical_units.hpp"
#include "nxmc/query/columns.hpp"
#include "nxmc/query/joined_column.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

struct Query {
  RowKind rows = RowKind::jobs;
  std::string where;                   ///< empty: all rows
  std::vector<std::string> columns;    ///< empty: all columns
  std::vector<std::string> group_by;   ///< empty: no averages
  std::vector<JoinedColumn> joined{};  ///< that `where` and `columns` may name; of rows in units of the model
  /// K, eV, nm and s in place of units of the model, everywhere; nullptr: the latter.
  std::shared_ptr<const PhysicalUnits> units{};
};

/// Rows come block by block: memory grows with the groups of an answer, not with the rows of an archive.
class Answer {
 public:
  /// \throws QueryError when the query is not understood; ArchiveError when the archive cannot be read
  Answer(const Archive& archive, Query query);
  ~Answer();
  Answer(Answer&&) noexcept;
  Answer& operator=(Answer&&) noexcept;

  /// What each row has, in the order asked for, without rows.
  const Table& columns() const;
  /// Calls `visit` with blocks of rows, which may have more columns, until it returns false. May be repeated: the rows
  /// are those that were there when the answer was made. \throws ArchiveError when the archive cannot be read
  void visit(const std::function<bool(const Block&)>& visit);

  // After a visit to the end (or at once where rows are averaged):
  std::vector<std::string> warnings() const;  ///< it is not what it seems: damaged rows, averages of unlike rows
  std::vector<std::string> hints() const;     ///< another query may have been meant

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nxmc

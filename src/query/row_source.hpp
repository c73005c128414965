// The rows of an archive that a query asks for, block by block.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/query.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// All columns that rows of a kind have, without rows.
Table columns_of(const Archive& archive, Query::Rows kind);
/// Those of them that are known without reading results.
Table parameter_columns(const Archive& archive);

/// Which rows, and which of their columns.
struct RowSelection {
  Condition of_jobs;  ///< on parameters: other jobs are not looked at
  Condition of_rows;
  std::set<std::string> columns;  ///< that blocks have
  bool row_per_scan = false;      ///< a job of several scans is a row for each, before the condition on rows
};

/// What there is to see of jobs was decided when it is made: later passes bring the same rows, though a campaign writes
/// meanwhile.
class RowSource {
 public:
  enum class Chains : std::uint8_t {
    longest,  ///< of a chain that was measured for more sweeps only the longest row
    all
  };
  RowSource(const Archive& archive, Query::Rows kind, Chains chains);

  const Table& columns() const { return columns_; }

  /// Calls `visit` with blocks that are not empty until it returns false.
  using Visit = std::function<bool(const Block& block, const std::vector<std::uint64_t>& jobs)>;
  void visit(const RowSelection& selection, const Visit& visit);

  /// Jobs whose results are damaged, in the last visit.
  std::uint64_t damaged() const { return damaged_; }

 private:
  class Stretch;

  const Archive& archive_;
  Query::Rows kind_;
  Table columns_;
  std::vector<JobState> states_;
  std::vector<bool> hidden_;  ///< empty: none
  std::uint64_t damaged_ = 0;
};

/// Words of those columns of jobs that hold words, among the columns named.
WordsOfColumns words_in(const Archive& archive, const std::set<std::string>& names);

}  // namespace nxmc

// The rows of an archive that a query asks for, block by block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/physical_units.hpp"
#include "nxmc/query/columns.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/table.hpp"
#include "physical_columns.hpp"
#include "row_selection.hpp"

namespace nxmc {

/// What there is to see of jobs was decided when it is made: later passes bring the same rows, though a campaign writes
/// meanwhile.
class RowSource {
 public:
  enum class Chains : std::uint8_t {
    longest,  ///< of a chain that was measured for more sweeps only the longest row
    all
  };
  /// \param units  nullptr: rows are in units of the model
  RowSource(const Archive& archive, RowKind kind, Chains chains, std::shared_ptr<const PhysicalUnits> units = nullptr);

  const Table& columns() const { return columns_; }

  /// Calls `visit` with blocks that are not empty until it returns false.
  using Visit = std::function<bool(const Block& block, const std::vector<std::uint64_t>& jobs)>;
  void visit(const RowSelection& selection, const Visit& visit);

  /// Jobs whose results are damaged, in the last visit.
  std::uint64_t damaged() const { return damaged_; }

 private:
  class Stretch;

  const Archive& archive_;
  RowKind kind_;
  Table columns_;
  std::shared_ptr<const PhysicalUnits> units_;
  PhysicalColumns physical_;  ///< empty without units
  std::vector<JobState> states_;
  std::vector<bool> hidden_;  ///< empty: none
  std::uint64_t damaged_ = 0;
};

/// Words of those columns of jobs that hold words, among the columns named.
WordsOfColumns words_in(const Archive& archive, const std::set<std::string>& names);

}  // namespace nxmc

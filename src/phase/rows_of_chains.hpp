// Of each equilibrium chain one row of the archive: scans may observe a chain in several ways (samples, snapshots,
// equilibration_sweeps), which makes its samples no more independent.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "nxmc/archive/archive.hpp"

namespace nxmc {

/// Rows with samples go before those without, long chains before short ones; of equals the one that was added first.
class RowsOfChains {
 public:
  /// \pre the archive outlives it
  explicit RowsOfChains(const Archive& archive);

  void add(std::uint64_t row);
  const std::map<Identity, std::uint64_t>& by_chain() const { return row_of_; }
  std::vector<std::uint64_t> ascending() const;

 private:
  bool is_better(std::uint64_t row, std::uint64_t known) const;

  const Archive& archive_;
  std::vector<Identity> identities_;
  std::vector<std::uint64_t> measured_sweeps_;
  std::map<Identity, std::uint64_t> row_of_;
};

}  // namespace nxmc

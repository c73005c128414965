// Chains that a condition names only where they were shorter than they are.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/joined_column.hpp"

namespace nxmc {

struct LongerChains {
  std::uint64_t rows = 0;       ///< with results that answers leave out, because their chains have longer ones
  std::set<std::string> scans;  ///< of the longest ones
  std::uint64_t placing = 0;    ///< with results that answers leave out, because they told where rungs are placed
};

/// Of the equilibrium chains that were chosen. \throws QueryError, ArchiveError
LongerChains longer_chains_of(const Archive& archive, const Where& where);

}  // namespace nxmc

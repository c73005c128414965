// Which chains the rows of a query are of.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/joined_column.hpp"

namespace nxmc {

/// Cells of a row.
using Words = std::vector<std::string>;

/// Equilibrium chains with results, each as the row of the archive that stands for it (RowsOfChains): [keys of the
/// row][parameters of the point].
using Chosen = std::map<Words, std::map<Words, std::vector<std::uint64_t>>>;

/// \param where  of which jobs \param keys  columns of jobs; without any all rows have the same, empty keys
/// \throws QueryError, ArchiveError as Answer
Chosen chosen_chains(const Archive& archive, const Where& where, const Words& keys);

}  // namespace nxmc

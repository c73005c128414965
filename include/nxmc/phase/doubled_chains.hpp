// Chains that averages count more than once.
#pragma once

#include <cstddef>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/query.hpp"

namespace nxmc {

/// How many equilibrium chains the averages of a query take for several, because scans observe them in several ways
/// (samples, snapshots, equilibration_sweeps). 0 of queries that average nothing, or each chain by itself.
/// \throws QueryError, ArchiveError as Answer
std::size_t doubled_chains(const Archive& archive, const Query& query);

}  // namespace nxmc

// How configurations pass through the ladders of an archive.
#pragma once

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/joined_column.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// One row for each pair of neighbouring rungs of each ladder that has results, and as many columns without results.
///
/// `rejection` is the sum of rejected shares of exchanges from the first rung to the end of the pair, whose value at
/// the last rung is the barrier Lambda of Syed et al., J. R. Stat. Soc. B 84, 321 (2022), and `rejection_density` that
/// of the pair per unit of the axis, which is largest where rungs are too far apart or the states change most. \param
/// where  condition on jobs \throws QueryError, ArchiveError
Table ladder_traffic(const Archive& archive, const Where& where);

}  // namespace nxmc

// How configurations pass through the ladders of an archive.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/joined_column.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// One row for each pair of neighbouring rungs of each ladder whose rungs all have results; without such ladders no
/// columns either.
///
/// `rejection` is the sum of rejected shares of exchanges from the first rung to the end of the pair, whose value at
/// the last rung is the barrier Lambda of Syed et al., J. R. Stat. Soc. B 84, 321 (2022), and `rejection_density` that
/// of the pair per unit of the axis, which is largest where rungs are too far apart or the states change most.
///
/// \param where  condition on jobs: ladders with a rung that fulfils it are shown as a whole
/// \throws QueryError, ArchiveError
Table ladder_traffic(const Archive& archive, const Where& where);

/// A ladder as a whole.
struct LadderSummary {
  std::string job;    ///< of its first rung, as queries name it
  std::string along;  ///< in which its rungs differ
  std::size_t rungs = 0;
  double round_trips = 0;
  double rejection = 0;         ///< Lambda
  double least_acceptance = 0;  ///< of exchanges between neighbours, and between which
  double from = 0;
  double to = 0;
};

/// Those whose rungs all have results. \throws as ladder_traffic
std::vector<LadderSummary> ladder_summaries(const Archive& archive, const Where& where);

}  // namespace nxmc

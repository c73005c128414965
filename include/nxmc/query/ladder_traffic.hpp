// How configurations pass through the ladders of an archive.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/columns.hpp"
#include "nxmc/query/joined_column.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

/// Columns of `ladder_traffic` that are none of jobs, or are of a pair of rungs there. A unit that is empty is that of
/// the axis, or one over it.
inline constexpr std::array ladder_columns{
    DescribedColumn{"rungs", "1", "whole", "parameter", "of the ladder"},
    DescribedColumn{"along", "", "word", "parameter", "in which its rungs differ"},
    DescribedColumn{"from", "", "real", "label", "place of the rung along the axis, of a window its middle"},
    DescribedColumn{"to", "", "real", "label", "place of the next one"},
    DescribedColumn{"exchange_acceptance", "1", "real", "measured", "accepted exchanges between the two per attempt"},
    DescribedColumn{"rejection", "1", "real", "measured",
                    "rejected exchanges per attempt, summed from the first rung to the next one"},
    DescribedColumn{"rejection_density", "", "real", "measured", "rejected exchanges per attempt and unit of the axis"},
    DescribedColumn{"round_trips", "1", "real", "measured",
                    "of configurations, from the first rung of the ladder to the last and back"},
    DescribedColumn{"sweeps_per_round_trip", "sweeps", "real", "measured",
                    "measured sweeps of a rung in which the ladder as a whole makes one round trip"},
    DescribedColumn{"restarts", "1", "real", "measured",
                    "of configurations, from the first rung of the ladder to the last"}};

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
  std::string job;  ///< of its first rung, as queries name it
  Physics first_rung;
  std::string along;  ///< in which its rungs differ
  std::size_t rungs = 0;
  double round_trips = 0;
  double restarts = 0;
  double rejection = 0;         ///< Lambda
  double least_acceptance = 0;  ///< of exchanges between neighbours, and between which
  double from = 0;
  double to = 0;
};

/// Those whose rungs all have results. \throws as ladder_traffic
std::vector<LadderSummary> ladder_summaries(const Archive& archive, const Where& where);

}  // namespace nxmc

// Which phase most of the core is in, over the plane of two parameters: of equilibrium chains, or of exchange
// trajectories in time.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/phase/verdict.hpp"
#include "nxmc/query/joined_column.hpp"
#include "nxmc/statistics/series.hpp"

namespace nxmc {

/// Two parameters whose values are numbers. Without y what is shown is a row for each combination of the others.
struct MapAxes {
  std::string x;
  std::string y;
  bool in_time() const { return x == "time" || y == "time"; }
};

/// Of equilibrium chains, those along which there are transitions first.
const std::vector<std::string>& axes_of_equilibrium();

/// "shell_stiffness,size" \throws QueryError that says what can be written instead
MapAxes parse_map_axes(const std::string& text);

struct MapPoint {
  std::vector<std::string> parameters;  ///< in the order of PhaseMap::parameters; empty where it has none
  double x = 0;
  double y = 0;
  std::vector<Estimate> fractions;  ///< in the order of PhaseMap::fractions; NaN where a crystal cannot have the phase
  std::string phase;                ///< the one with the largest fraction: U, S, C or 0; on maps over delta_mu of
                                    ///< equilibrium U1 or U2 in place of U, there and over composition
                                    ///< S1 or S2 where that is most of S
  std::optional<Verdict> verdict;   ///< of equilibrium chains
};

struct PhaseMap {
  MapAxes axes;
  std::vector<std::string> parameters;  ///< that points are told apart by, both axes among them
  std::set<std::string> words;          ///< those of them that are no numbers
  std::vector<std::string> fractions;   ///< names of columns: f_U …
  std::vector<MapPoint> points;         ///< by the other parameters, then by y, then by x
  std::uint64_t points_without_results = 0;
  std::vector<std::string> warnings;  ///< as of Answer

  /// The parameters of a point without those that are named.
  std::vector<std::string> parameters_but(const std::set<std::string>& named,
                                          const std::vector<std::string>& of_point) const;
};

/// What a map of these axes has, without points.
PhaseMap map_without_points(const MapAxes& axes);

/// \param where  of which jobs
/// \throws QueryError where an axis has values that are no numbers; ArchiveError as Answer
PhaseMap read_phase_map(const Archive& archive, const MapAxes& axes, const Where& where);

}  // namespace nxmc

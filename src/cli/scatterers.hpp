// What patterns are computed of: crystals of an archive, spheres, and atoms that other programs placed.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "commands.hpp"
#include "nxmc/scattering/pair_histogram.hpp"
#include "nxmc/scattering/unit_cell.hpp"

namespace nxmc {

/// What a pattern is of: some configurations that count as one. NaN and empty: has none.
struct Scatterer {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::string scan;
  std::string job;
  double frame = none;
  double time = none;
  double sweep = none;
  double shell_fraction = none;  ///< of the volume of a sphere
  double fraction_B = none;      ///< of the sites
  PairHistogram pairs;
};

struct Scatterers {
  std::vector<UnitCell> cells;       ///< whose reflections are looked for; none: atoms of which nothing is known
  std::vector<std::string> remarks;  ///< what is not as in nature
  /// Computes them one after the other.
  std::function<void(const std::function<void(Scatterer&&)>&)> visit;
};

/// \throws UsageError, ArchiveError, std::runtime_error with what is missing; also while they are visited
Scatterers scatterers_of(const DiffractionArguments& arguments, std::size_t threads, const GlobalOptions& global);

}  // namespace nxmc

// Where the dominant phase of a map changes along its first axis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/phase/phase_map.hpp"

namespace nxmc {

enum class BoundaryKind : std::uint8_t {
  step,          ///< between two measured points: half way, and the error reaches both
  equal_weight,  ///< as of Transition
  variance_peak
};
std::string_view to_string(BoundaryKind kind);

struct BoundaryPlace {
  std::vector<std::string> parameters;  ///< in the order of PhaseMap::parameters; the axes' are of no meaning
  double y = 0;
  Estimate x{};
  double low = 0;  ///< the measured points that it is between
  double high = 0;
  BoundaryKind kind = BoundaryKind::step;
  std::string below;     ///< dominant phase at `low`
  std::string above;     ///< at `high`
  std::size_t line = 0;  ///< from 1; places of one line follow each other along y, between the same phases
  std::string verdict;   ///< the worst at the points from `low` to `high`; empty in time
};

/// From dominant phases alone, along each row of the map. By rows, `line` is 0.
std::vector<BoundaryPlace> steps_between_points(const PhaseMap& map);

/// Those, but transitions (with the errors of their bootstrap) where samples along the first axis find them. By lines.
/// \param where  as of the map \param split  as of find_transitions \throws as Reweighting
std::vector<BoundaryPlace> boundaries_of(const Archive& archive, const PhaseMap& map, const std::string& where,
                                         std::optional<double> split);

}  // namespace nxmc

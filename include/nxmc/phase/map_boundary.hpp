// Where the dominant phase of a map changes along its first axis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/phase/judged_transition.hpp"
#include "nxmc/phase/phase_map.hpp"

namespace nxmc {

enum class BoundaryKind : std::uint8_t {
  step,          ///< between two measured points: half way, and the error reaches both
  equal_weight,  ///< as of Transition
  variance_peak
};
std::string_view to_string(BoundaryKind kind);

struct BoundaryPlace {
  std::vector<std::string> parameters;  ///< of the point at `low`, in the order of PhaseMap::parameters
  double y = 0;
  Estimate x{};
  std::string below;  ///< dominant phase on the side of small x
  std::string above;
  double low = 0;  ///< the nearest measured points that are in these phases
  double high = 0;
  BoundaryKind kind = BoundaryKind::step;
  std::optional<Verdict> verdict;  ///< the worse of the points of a step; that of a transition; none in time
  std::size_t line = 0;            ///< from 1; places of one line follow each other along y, between the same phases
};

/// By lines. \param transitions  along the first axis, by the samples of the same chains: they stand, with their
/// errors, for the steps between the points that they are told from; where these are all in one phase, for the nearest
/// change of phase below them, else above
std::vector<BoundaryPlace> boundaries_of(const PhaseMap& map, std::span<const JudgedTransition> transitions = {});

/// Points that differ along the first axis only, all in one phase.
struct UnchangedRow {
  std::vector<std::string> parameters;  ///< of its first point
  std::string phase;
  std::size_t points = 0;
  double low = 0;  ///< its ends
  double high = 0;
};
std::vector<UnchangedRow> rows_without_boundary(const PhaseMap& map);

}  // namespace nxmc

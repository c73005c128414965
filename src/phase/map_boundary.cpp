#include "nxmc/phase/map_boundary.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "nxmc/phase/parameters.hpp"

namespace nxmc {
namespace {

using RowOfMap = std::span<const MapPoint>;

/// Points that differ along the first axis only, ascending.
std::vector<RowOfMap> rows_of(const PhaseMap& map) {
  std::vector<RowOfMap> rows;
  for (auto first = map.points.begin(); first != map.points.end();) {
    const auto others = map.parameters_but({map.axes.x}, first->parameters);
    const auto last = std::find_if(first, map.points.end(), [&](const MapPoint& point) {
      return map.parameters_but({map.axes.x}, point.parameters) != others;
    });
    rows.emplace_back(first, last);
    first = last;
  }
  return rows;
}

std::vector<BoundaryPlace> steps_in(RowOfMap row) {
  std::vector<BoundaryPlace> steps;
  for (std::size_t k = 1; k < row.size(); ++k) {
    const MapPoint& low = row[k - 1];
    const MapPoint& high = row[k];
    if (low.phase == high.phase) continue;
    steps.push_back({.parameters = low.parameters,
                     .y = low.y,
                     .x = {(low.x + high.x) / 2, (high.x - low.x) / 2},
                     .below = low.phase,
                     .above = high.phase,
                     .low = low.x,
                     .high = high.x,
                     .kind = BoundaryKind::step,
                     .verdict = std::max(low.verdict, high.verdict),
                     .line = 0});
  }
  return steps;
}

/// The points of a row in two different phases that a transition leads from one to the other of.
struct SidesOfRow {
  RowOfMap::iterator from;
  RowOfMap::iterator to;
};

/// The measured places that tell most about it; in large cores one fraction is the largest on both sides, since f_S has
/// overtaken f_U long before: then from further away, towards low values first. What is told apart by c is A and B,
/// and no other phases.
std::optional<SidesOfRow> sides_of(const Transition& transition, RowOfMap row) {
  SidesOfRow sides{std::ranges::find(row, transition.from, &MapPoint::x),
                   std::ranges::find(row, transition.to, &MapPoint::x)};
  if (sides.from == row.end() || sides.to == row.end()) return std::nullopt;
  const std::string near = sides.from->phase;
  if (sides.to->phase != near) return sides;
  if (transition.of == OrderParameter::c) return std::nullopt;
  const auto differs = [&](const MapPoint& point) { return point.phase != near; };
  const auto below = std::find_if(std::reverse_iterator(sides.from), row.rend(), differs);
  if (below != row.rend()) return SidesOfRow{std::prev(below.base()), sides.to};
  const auto above = std::find_if(sides.to, row.end(), differs);
  return above == row.end() ? std::nullopt : std::optional(SidesOfRow{sides.from, above});
}

/// Nothing where the place is not known, or where all points of its row are in one phase.
std::optional<BoundaryPlace> place_of(const JudgedTransition& judged, RowOfMap row) {
  const Transition& transition = judged.transition;
  const bool both_sides = !std::isnan(transition.equal_weight.mean);
  const Estimate& x = both_sides ? transition.equal_weight : transition.variance_peak;
  const bool is_between = transition.from < x.mean && x.mean < transition.to;  // false where it is not known
  const std::optional<SidesOfRow> sides = is_between ? sides_of(transition, row) : std::nullopt;
  if (!sides) return std::nullopt;
  const MapPoint* low = &*sides->from;
  const MapPoint* high = &*sides->to;
  for (const MapPoint& point : row) {
    if (point.x > low->x && point.x <= x.mean && point.phase == sides->from->phase) low = &point;
    if (point.x < high->x && point.x >= x.mean && point.phase == sides->to->phase) high = &point;
  }
  return BoundaryPlace{.parameters = low->parameters,
                       .y = low->y,
                       .x = x,
                       .below = low->phase,
                       .above = high->phase,
                       .low = low->x,
                       .high = high->x,
                       .kind = both_sides ? BoundaryKind::equal_weight : BoundaryKind::variance_peak,
                       .verdict = judged.verdict,
                       .line = 0};
}

const JudgedTransition* transition_in(const PhaseMap& map, RowOfMap row,
                                      std::span<const JudgedTransition> transitions) {
  if (transitions.empty()) return nullptr;  // in time, parameters are others
  const auto key_of = [&](const std::vector<std::string>& parameters) {
    return map.parameters_but({map.axes.x}, parameters);
  };
  const auto found = std::ranges::find_if(transitions, [&](const JudgedTransition& judged) {
    return key_of(words_of_parameters(judged)) == key_of(row.front().parameters);
  });
  return found == transitions.end() ? nullptr : &*found;
}

std::vector<BoundaryPlace> places_in(RowOfMap row, const JudgedTransition* judged) {
  std::vector<BoundaryPlace> places = steps_in(row);
  const std::optional<BoundaryPlace> place = judged == nullptr ? std::nullopt : place_of(*judged, row);
  if (!place) return places;
  const double from = std::min(place->low, judged->transition.from);
  const double to = std::max(place->high, judged->transition.to);
  std::erase_if(places, [&](const BoundaryPlace& step) { return step.low >= from && step.high <= to; });
  places.push_back(*place);
  std::ranges::sort(places, {}, [](const BoundaryPlace& one) { return one.x.mean; });
  return places;
}

/// Places of rows that follow each other join where the same phases meet, for the first time along a row, the second …
void number_lines(const PhaseMap& map, std::vector<BoundaryPlace>& places) {
  using Meeting = std::vector<std::string>;  // parameters without axes, both phases
  std::map<std::pair<Meeting, double>, std::size_t> met;
  std::map<std::pair<Meeting, std::size_t>, std::size_t> lines;
  for (BoundaryPlace& place : places) {
    Meeting meeting = map.parameters_but({map.axes.x, map.axes.y}, place.parameters);
    meeting.insert(meeting.end(), {place.below, place.above});
    const std::size_t before = met[{meeting, place.y}]++;
    place.line = lines.try_emplace({std::move(meeting), before}, lines.size() + 1).first->second;
  }
  std::ranges::stable_sort(places, {}, &BoundaryPlace::line);
}

}  // namespace

std::string_view to_string(BoundaryKind kind) {
  switch (kind) {
    case BoundaryKind::step:
      return "step";
    case BoundaryKind::equal_weight:
      return "equal weight";
    case BoundaryKind::variance_peak:
      return "variance peak";
  }
  return "";
}

std::vector<BoundaryPlace> boundaries_of(const PhaseMap& map, std::span<const JudgedTransition> transitions) {
  std::vector<BoundaryPlace> places;
  for (const RowOfMap row : rows_of(map))
    for (BoundaryPlace& place : places_in(row, transition_in(map, row, transitions)))
      places.push_back(std::move(place));
  number_lines(map, places);
  return places;
}

std::vector<UnchangedRow> rows_without_boundary(const PhaseMap& map) {
  std::vector<UnchangedRow> unchanged;
  for (const RowOfMap row : rows_of(map)) {
    const MapPoint& first = row.front();
    if (std::ranges::any_of(row, [&](const MapPoint& point) { return point.phase != first.phase; })) continue;
    unchanged.push_back({.parameters = first.parameters,
                         .phase = first.phase,
                         .points = row.size(),
                         .low = first.x,
                         .high = row.back().x});
  }
  return unchanged;
}

}  // namespace nxmc

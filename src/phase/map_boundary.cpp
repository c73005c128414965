#include "nxmc/phase/map_boundary.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <span>
#include <thread>
#include <utility>

#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/reweighting.hpp"
#include "nxmc/phase/transition.hpp"
#include "nxmc/phase/verdict.hpp"

namespace nxmc {
namespace {

using Row = std::span<const MapPoint>;
/// By the words of their parameters without those of the first axis.
using TransitionOfRow = std::map<std::vector<std::string>, Transition>;

/// Points that differ along the first axis only, ascending.
std::vector<Row> rows_of(const PhaseMap& map) {
  std::vector<Row> rows;
  for (auto first = map.points.begin(); first != map.points.end();) {
    const auto others = map.parameters_but({map.axes.x}, *first);
    const auto last = std::find_if(first, map.points.end(), [&](const MapPoint& point) {
      return map.parameters_but({map.axes.x}, point) != others;
    });
    rows.emplace_back(first, last);
    first = last;
  }
  return rows;
}

std::string worst_verdict(Row row, double low, double high) {
  constexpr Verdict by_doubt[] = {Verdict::metastable, Verdict::too_short, Verdict::one_start, Verdict::converged};
  for (const Verdict verdict : by_doubt)
    for (const MapPoint& point : row)
      if (point.x >= low && point.x <= high && point.verdict == to_string(verdict)) return point.verdict;
  return "";
}

std::vector<BoundaryPlace> steps_in(Row row) {
  std::vector<BoundaryPlace> steps;
  for (std::size_t k = 1; k < row.size(); ++k) {
    const MapPoint& low = row[k - 1];
    const MapPoint& high = row[k];
    if (low.phase == high.phase) continue;
    steps.push_back({.parameters = low.parameters,
                     .y = low.y,
                     .x = {(low.x + high.x) / 2, (high.x - low.x) / 2},
                     .low = low.x,
                     .high = high.x,
                     .kind = BoundaryKind::step,
                     .below = low.phase,
                     .above = high.phase,
                     .line = 0,
                     .verdict = worst_verdict(row, low.x, high.x)});
  }
  return steps;
}

std::optional<TransitionAxis> reweighted(const std::string& axis) {
  for (const TransitionAxis known : {TransitionAxis::shell_stiffness, TransitionAxis::temperature})
    if (axis == to_string(known)) return known;
  return std::nullopt;
}

std::vector<std::string> row_of(const LatticeSpec& lattice, double composition, const SampledState& others,
                                const std::string& axis) {
  Physics physics;
  physics.lattice = lattice;
  physics.composition = composition;
  physics.shell_stiffness = others.shell_stiffness;
  physics.temperature = others.temperature;
  physics.interaction = others.interaction;
  physics.hamiltonian = others.hamiltonian;
  const std::vector<std::string> words = words_of_parameters(physics);
  std::vector<std::string> row;
  for (const std::size_t k : parameters_but(axis)) row.push_back(words[k]);
  return row;
}

TransitionOfRow transitions_along(const Archive& archive, TransitionAxis axis, const std::string& where,
                                  std::optional<double> split) {
  TransitionOfRow found;
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  for (SampleSet& set : read_samples(archive, where).sets) {
    Reweighting reweighting(archive, std::move(set), threads);
    const SampleSet& samples = reweighting.samples();
    for (const Transition& transition : find_transitions(reweighting, axis, split))
      found[row_of(samples.lattice, samples.composition, transition.others, std::string(to_string(axis)))] = transition;
  }
  return found;
}

/// Nothing where neither place is known.
std::optional<BoundaryPlace> place_of(const Transition& transition, Row row) {
  const bool both_sides = !std::isnan(transition.equal_weight.mean);
  const Estimate& x = both_sides ? transition.equal_weight : transition.variance_peak;
  if (std::isnan(x.mean)) return std::nullopt;
  const auto above = std::ranges::find_if(row, [&](const MapPoint& point) { return point.x >= x.mean; });
  if (above == row.begin() || above == row.end()) return std::nullopt;
  // The points right beside it can have either phase; those from which it is told lie on its two sides.
  const auto at = [&](double place) { return std::ranges::find(row, place, &MapPoint::x); };
  const auto from = at(transition.from);
  const auto to = at(transition.to);
  if (from == row.end() || to == row.end()) return std::nullopt;
  const bool disagree = transition.r_hat > largest_r_hat;
  return BoundaryPlace{.parameters = row.front().parameters,
                       .y = row.front().y,
                       .x = x,
                       .low = std::prev(above)->x,
                       .high = above->x,
                       .kind = both_sides ? BoundaryKind::equal_weight : BoundaryKind::variance_peak,
                       .below = from->phase,
                       .above = to->phase,
                       .line = 0,
                       .verdict = disagree ? std::string(to_string(Verdict::metastable))
                                           : worst_verdict(row, transition.from, transition.to)};
}

/// The transition stands for the steps that are as near to it as the points that it is told from.
std::vector<BoundaryPlace> with_transition(const PhaseMap& map, Row row, const TransitionOfRow& transitions) {
  std::vector<BoundaryPlace> places = steps_in(row);
  const auto found = transitions.find(map.parameters_but({map.axes.x}, row.front()));
  if (found == transitions.end()) return places;
  const std::optional<BoundaryPlace> transition = place_of(found->second, row);
  if (!transition || transition->below == transition->above) return places;
  std::erase_if(places, [&](const BoundaryPlace& step) {
    return step.low >= found->second.from && step.high <= found->second.to;
  });
  places.push_back(*transition);
  std::ranges::sort(places, {}, [](const BoundaryPlace& place) { return place.x.mean; });
  return places;
}

/// Places of rows that follow each other join where the phases on both sides are the same.
void number_lines(const PhaseMap& map, std::vector<BoundaryPlace>& places) {
  const auto line_of = [&](const BoundaryPlace& place) {
    std::vector<std::string> key = map.parameters_but(
        {map.axes.x, map.axes.y},
        {.parameters = place.parameters, .x = 0, .y = 0, .fractions = {}, .phase = {}, .verdict = {}});
    key.push_back(place.below);
    key.push_back(place.above);
    return key;
  };
  std::map<std::vector<std::string>, std::map<double, std::size_t>> met;  // by y: how often the phases meet in a row
  std::map<std::pair<std::vector<std::string>, std::size_t>, std::size_t> lines;
  for (BoundaryPlace& place : places) {
    const std::vector<std::string> key = line_of(place);
    const std::size_t time = met[key][place.y]++;
    place.line = lines.try_emplace({key, time}, lines.size() + 1).first->second;
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

std::vector<BoundaryPlace> steps_between_points(const PhaseMap& map) {
  std::vector<BoundaryPlace> places;
  for (const Row row : rows_of(map)) std::ranges::move(steps_in(row), std::back_inserter(places));
  return places;
}

std::vector<BoundaryPlace> boundaries_of(const Archive& archive, const PhaseMap& map, const std::string& where,
                                         std::optional<double> split) {
  const std::optional<TransitionAxis> axis = map.axes.in_time() ? std::nullopt : reweighted(map.axes.x);
  const TransitionOfRow transitions = axis ? transitions_along(archive, *axis, where, split) : TransitionOfRow();
  std::vector<BoundaryPlace> places;
  for (const Row row : rows_of(map))
    std::ranges::move(with_transition(map, row, transitions), std::back_inserter(places));
  number_lines(map, places);
  return places;
}

}  // namespace nxmc

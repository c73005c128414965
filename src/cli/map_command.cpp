// `nxmc diagram --map`: the dominant phase over two parameters, and where it changes; `--along` axes of which only
// single values are possible, where it is a step.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "nxmc/phase/map_boundary.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/phase_map.hpp"
#include "nxmc/phase/requested_columns.hpp"
#include "nxmc/query/print.hpp"
#include "output.hpp"
#include "samples_for_answers.hpp"

namespace nxmc {
namespace {

template <class Rows, class ValueOf>
void add_reals(Table& table, const std::string& name, const Rows& rows, ValueOf value_of) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(value_of(row));
  table.columns.push_back({name, "1", Role::observable, std::move(values)});
}

template <class Rows, class ValueOf>
void add_wholes(Table& table, const std::string& name, const Rows& rows, ValueOf value_of) {
  std::vector<std::int64_t> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(static_cast<std::int64_t>(value_of(row)));
  table.columns.push_back({name, "1", Role::observable, std::move(values)});
}

/// Values of a parameter, which rows of maps have all.
template <class Rows, class ValueOf>
void add_values_of(const std::string& parameter, Table& table, const std::string& name, const Rows& rows,
                   ValueOf value_of) {
  if (parameter == "size" || parameter == "shell_layers")
    add_wholes(table, name, rows, value_of);
  else
    add_reals(table, name, rows, value_of);
}

template <class Rows, class WordOf>
void add_words(Table& table, const std::string& name, const Rows& rows, WordOf word_of) {
  std::vector<std::string> words;
  words.reserve(rows.size());
  for (const auto& row : rows) words.emplace_back(word_of(row));
  table.columns.push_back({name, "", Role::label, std::move(words)});
}

double number_of(const std::string& word) {
  return word.empty() ? std::numeric_limits<double>::quiet_NaN() : std::stod(word);
}

std::string word_of(const std::optional<Verdict>& verdict) {
  return verdict ? std::string(to_string(*verdict)) : std::string();
}

/// All parameters that are no axis, of rows that have `parameters`.
template <class Rows>
Table table_of_others(const PhaseMap& map, const Rows& rows) {
  Table table;
  table.rows = rows.size();
  for (std::size_t k = 0; k < map.parameters.size(); ++k) {
    const std::string& name = map.parameters[k];
    if (name == map.axes.x || name == map.axes.y) continue;
    if (map.words.contains(name))
      add_words(table, name, rows, [=](const auto& row) { return row.parameters[k]; });
    else
      add_values_of(name, table, name, rows, [=](const auto& row) { return number_of(row.parameters[k]); });
  }
  return table;
}

Table table_of_points(const PhaseMap& map) {
  Table table = table_of_others(map, map.points);
  add_values_of(map.axes.x, table, map.axes.x, map.points, [](const MapPoint& point) { return point.x; });
  add_values_of(map.axes.y, table, map.axes.y, map.points, [](const MapPoint& point) { return point.y; });
  for (std::size_t k = 0; k < map.fractions.size(); ++k) {
    add_reals(table, map.fractions[k], map.points, [=](const MapPoint& point) { return point.fractions[k].mean; });
    add_reals(table, map.fractions[k] + "_err", map.points,
              [=](const MapPoint& point) { return point.fractions[k].error; });
  }
  add_words(table, "phase", map.points, [](const MapPoint& point) { return point.phase; });
  if (!map.axes.in_time())
    add_words(table, "verdict", map.points, [](const MapPoint& point) { return word_of(point.verdict); });
  return table;
}

Table table_of_boundaries(const PhaseMap& map, const std::vector<BoundaryPlace>& places) {
  Table table = table_of_others(map, places);
  add_wholes(table, "line", places, [](const BoundaryPlace& place) { return place.line; });
  add_words(table, "below", places, [](const BoundaryPlace& place) { return place.below; });
  add_words(table, "above", places, [](const BoundaryPlace& place) { return place.above; });
  add_values_of(map.axes.y, table, map.axes.y, places, [](const BoundaryPlace& place) { return place.y; });
  add_reals(table, map.axes.x, places, [](const BoundaryPlace& place) { return place.x.mean; });
  add_reals(table, map.axes.x + "_err", places, [](const BoundaryPlace& place) { return place.x.error; });
  add_values_of(map.axes.x, table, "low", places, [](const BoundaryPlace& place) { return place.low; });
  add_values_of(map.axes.x, table, "high", places, [](const BoundaryPlace& place) { return place.high; });
  add_words(table, "kind", places, [](const BoundaryPlace& place) { return to_string(place.kind); });
  if (!map.axes.in_time())
    add_words(table, "verdict", places, [](const BoundaryPlace& place) { return word_of(place.verdict); });
  return table;
}

/// Of the map's own chains. Without samples all places are steps, which is an answer, too.
std::vector<JudgedTransition> transitions_of(const Archive& archive, const PhaseMap& map, const Where& where,
                                             const std::optional<double>& split, const GlobalOptions& global) {
  const std::optional<LineAxis> axis = line_axis_named(map.axes.x);
  if (map.axes.in_time() || !axis) return {};
  FoundSamples samples = read_samples(archive, where);
  tell_of_missing_samples(samples, global);
  return judged_transitions(archive, std::move(samples.sets), where, {*axis, {}, split},
                            std::max(1U, std::thread::hardware_concurrency()));
}

/// What the words of the table do not say.
template <class Rows>
void hint_at_doubts(const PhaseMap& map, const Rows& rows, const char* what, const GlobalOptions& global) {
  for (const std::string& warning : map.warnings) warn(global, warning);
  if (map.points_without_results > 0)
    hint(global, fmt::format("{} point{} no results yet: the map is of what is there", map.points_without_results,
                             map.points_without_results == 1 ? " has" : "s have"));
  if (map.axes.in_time()) return;
  const auto doubtful = std::ranges::count_if(rows, [](const auto& row) { return row.verdict != Verdict::converged; });
  if (doubtful > 0)
    hint(global, fmt::format("{} of {} {} are not converged: see the column verdict", doubtful, rows.size(), what));
}

Table table_of_steps(const PhaseMap& map, const std::vector<BoundaryPlace>& steps) {
  Table table = table_of_others(map, steps);
  add_words(table, "along", steps, [&](const BoundaryPlace&) { return map.axes.x; });
  add_reals(table, "step", steps, [](const BoundaryPlace& place) { return place.x.mean; });
  add_reals(table, "step_err", steps, [](const BoundaryPlace& place) { return place.x.error; });
  add_words(table, "below", steps, [](const BoundaryPlace& place) { return place.below; });
  add_words(table, "above", steps, [](const BoundaryPlace& place) { return place.above; });
  add_values_of(map.axes.x, table, "low", steps, [](const BoundaryPlace& place) { return place.low; });
  add_values_of(map.axes.x, table, "high", steps, [](const BoundaryPlace& place) { return place.high; });
  add_words(table, "verdict", steps, [](const BoundaryPlace& place) { return word_of(place.verdict); });
  return table;
}

/// "lattice == hexagon and size == 6", of what rows differ in.
std::vector<std::string> names_of(const PhaseMap& map, const std::vector<UnchangedRow>& rows) {
  std::vector<std::vector<std::string>> all;
  for (const MapPoint& point : map.points) all.push_back(point.parameters);
  std::vector<std::size_t> differing = differing_parameters(all);
  std::erase_if(differing, [&](std::size_t k) { return map.parameters[k] == map.axes.x; });
  std::vector<std::string> names;
  for (const UnchangedRow& row : rows) {
    const std::string name = condition_on(differing, row.parameters);
    names.push_back(name.empty() ? name : name + ": ");
  }
  return names;
}

void hint_at_unchanged(const PhaseMap& map, std::vector<UnchangedRow> rows, const GlobalOptions& global) {
  constexpr std::size_t most_named = 5;
  const std::size_t single = std::erase_if(rows, [](const UnchangedRow& row) { return row.points == 1; });
  const std::vector<std::string> names = names_of(map, rows);
  for (std::size_t k = 0; k < rows.size() && k < most_named; ++k)
    hint(global, fmt::format("{}the dominant phase is {} at all values of {} from {:.6g} to {:.6g}", names[k],
                             rows[k].phase, map.axes.x, rows[k].low, rows[k].high));
  if (rows.size() > most_named) hint(global, fmt::format("… and so in {} more rows", rows.size() - most_named));
  if (single > 0)
    hint(global, fmt::format("{} combination{} of the other parameters {} one value of {} only: a step needs two",
                             single, single == 1 ? "" : "s", single == 1 ? "has" : "have", map.axes.x));
}

}  // namespace

ExitCode show_steps(const Archive& archive, const DiagramArguments& arguments, const GlobalOptions& global) {
  const MapAxes axes{.x = arguments.along, .y = {}};
  select_columns(table_of_steps(map_without_points(axes), {}), arguments.columns);  // a slip is found before all work
  const Where where{arguments.where, requested_columns(archive)};
  const PhaseMap map = read_phase_map(archive, axes, where);
  if (map.points.empty()) {
    refuse_hidden_chains(archive, where);
    throw ArchiveError(fmt::format("{}: no equilibrium chains with results that steps along {} could be between",
                                   arguments.archive, arguments.along));
  }
  const std::vector<UnchangedRow> unchanged = rows_without_boundary(map);
  const bool any_pair = std::ranges::any_of(unchanged, [](const UnchangedRow& row) { return row.points > 1; });
  const std::vector<BoundaryPlace> steps = boundaries_of(map);
  if (steps.empty() && !any_pair)
    throw ArchiveError(fmt::format("{}: no chains that differ in {} alone: a step needs two values of it at least",
                                   arguments.archive, arguments.along));
  Table table = table_of_steps(map, steps);
  if (!arguments.columns.empty()) table = select_columns(table, arguments.columns);
  print_to_stdout([&](std::ostream& out) { print_table(out, table, arguments.format, stdout_is_terminal()); });
  hint_at_doubts(map, steps, "steps", global);
  hint_at_unchanged(map, unchanged, global);
  return ExitCode::done;
}

ExitCode show_map(const Archive& archive, const DiagramArguments& arguments, const GlobalOptions& global) {
  const MapAxes axes = parse_map_axes(arguments.map);
  if (arguments.split && !arguments.boundaries)
    throw UsageError("--split tells the sides of boundaries apart: add --boundaries, or leave it out");
  if (arguments.split && !line_axis_named(axes.x))
    throw UsageError(
        fmt::format("--split tells the sides of transitions apart, and along {} boundaries are steps: "
                    "leave it out",
                    axes.x));
  const PhaseMap none = map_without_points(axes);
  select_columns(arguments.boundaries ? table_of_boundaries(none, {}) : table_of_points(none), arguments.columns);
  const Where where{arguments.where, requested_columns(archive)};
  const PhaseMap map = read_phase_map(archive, axes, where);
  if (map.points.empty()) {
    if (!map.axes.in_time()) refuse_hidden_chains(archive, where);
    throw ArchiveError(fmt::format("{}: no {} with results that a map of {} could show", arguments.archive,
                                   map.axes.in_time() ? "exchange trajectories" : "equilibrium chains", arguments.map));
  }
  std::vector<BoundaryPlace> places;
  if (arguments.boundaries) places = boundaries_of(map, transitions_of(archive, map, where, arguments.split, global));
  Table table = arguments.boundaries ? table_of_boundaries(map, places) : table_of_points(map);
  if (!arguments.columns.empty()) table = select_columns(table, arguments.columns);
  print_to_stdout([&](std::ostream& out) { print_table(out, table, arguments.format, stdout_is_terminal()); });
  if (!arguments.boundaries) {
    hint_at_doubts(map, map.points, "points", global);
  } else {
    hint_at_doubts(map, places, "places of boundaries", global);
    if (places.empty())
      hint(global, fmt::format("no boundary: along {} the dominant phase nowhere changes", map.axes.x));
  }
  return ExitCode::done;
}

}  // namespace nxmc

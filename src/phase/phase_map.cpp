#include "nxmc/phase/phase_map.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "cells.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/requested_columns.hpp"
#include "nxmc/query/query.hpp"

namespace nxmc {

const std::vector<std::string>& axes_of_equilibrium() {
  static const std::vector<std::string> names{"shell_stiffness", "temperature", "delta_mu", "size",
                                              "shell_layers",    "composition"};
  return names;
}

namespace {

const std::vector<std::string>& axes_in_time() {
  static const std::vector<std::string> names{"time", "delta_mu",     "shell_stiffness",
                                              "size", "shell_layers", "temperature"};
  return names;
}

/// All that replicas of a trajectory share.
const std::vector<std::string>& parameters_in_time() {
  static const std::vector<std::string> names{
      "lattice",  "size",           "shell_layers", "shell_stiffness", "temperature",   "interaction",    "hamiltonian",
      "delta_mu", "exchange_until", "stages",       "rate_rule",       "rate_exchange", "rate_diffusion", "time"};
  return names;
}

struct PhaseColumn {
  const char* column;
  const char* phase;
  const char* part_of =
      "";  ///< a phase that dominates with all of its parts, and is called after the one that is most of it
};
constexpr std::array phases{PhaseColumn{"f_U", "U"}, PhaseColumn{"f_S", "S"}, PhaseColumn{"f_C", "C"},
                            PhaseColumn{"f_0", "0"}};
/// Along the composition the superlattices are two: one is rich in B, the other in A.
constexpr std::array phases_by_composition{PhaseColumn{"f_U", "U"},        PhaseColumn{"f_S", "S"},
                                           PhaseColumn{"f_S1", "S1", "S"}, PhaseColumn{"f_S2", "S2", "S"},
                                           PhaseColumn{"f_C", "C"},        PhaseColumn{"f_0", "0"}};
/// In contact with a reservoir so are the united phases: A and B coexist.
constexpr std::array phases_with_reservoir{
    PhaseColumn{"f_U1", "U1"},      PhaseColumn{"f_U2", "U2"}, PhaseColumn{"f_S", "S"}, PhaseColumn{"f_S1", "S1", "S"},
    PhaseColumn{"f_S2", "S2", "S"}, PhaseColumn{"f_C", "C"},   PhaseColumn{"f_0", "0"}};

std::span<const PhaseColumn> phases_on(const MapAxes& axes) {
  const auto runs_along = [&](const char* axis) { return !axes.in_time() && (axes.x == axis || axes.y == axis); };
  if (runs_along("delta_mu")) return phases_with_reservoir;
  if (runs_along("composition")) return phases_by_composition;
  return phases;
}

Query averages_for(const Archive& archive, const PhaseMap& map, const Where& where) {
  const bool in_time = map.axes.in_time();
  Query query{
      .rows = in_time ? RowKind::times : RowKind::jobs,
      .where =
          narrowed(where, in_time ? "method == exchange" : "method == equilibrium and not window_to >= 0").condition,
      .columns = map.parameters,
      .group_by = map.parameters,
      .joined = where.joined.empty() ? requested_columns(archive) : where.joined};
  for (const std::string& name : map.fractions) {
    query.columns.push_back(name);
    query.columns.push_back(name + "_err");
  }
  if (in_time) return query;
  query.columns.emplace_back("verdict");
  return query;
}

std::string without_blanks_around(const std::string& word) {
  const std::size_t first = word.find_first_not_of(' ');
  return first == std::string::npos ? "" : word.substr(first, word.find_last_not_of(' ') - first + 1);
}

double number_on_axis(const MapAxes& axes, const std::string& axis, const std::string& word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size())
    throw QueryError(fmt::format("{}: {} '{}' is no number: choose crystals whose {}s are, with --where",
                                 axes.y.empty() ? "--along" : "--map", axis, word, axis));
  return value;
}

/// Both superlattices coexist where neither is most of them.
std::string part_that_is_most(std::span<const PhaseColumn> columns, const std::vector<Estimate>& fractions,
                              std::size_t whole) {
  constexpr double most = 2.0 / 3;
  for (std::size_t k = 0; k < columns.size(); ++k)
    if (columns[k].part_of == std::string_view(columns[whole].phase) &&
        fractions[k].mean > most * fractions[whole].mean)
      return columns[k].phase;
  return columns[whole].phase;
}

/// \param fractions  in the order of phases_on
std::string largest(const PhaseMap& map, const std::vector<Estimate>& fractions) {
  const std::span<const PhaseColumn> columns = phases_on(map.axes);
  std::optional<std::size_t> phase;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    if (*columns[k].part_of != '\0' || std::isnan(fractions[k].mean)) continue;
    if (!phase || fractions[k].mean > fractions[*phase].mean) phase = k;
  }
  return phase ? part_that_is_most(columns, fractions, *phase) : "";
}

/// Points have a composition or a delta_mu, and are on no map over the other one.
bool is_on_map(const PhaseMap& map, const Cells& cells) {
  return !cells.text(map.axes.x).empty() && (map.axes.y.empty() || !cells.text(map.axes.y).empty());
}

MapPoint point_of(const PhaseMap& map, const Cells& cells) {
  MapPoint point{.parameters = cells.texts(map.parameters),
                 .x = number_on_axis(map.axes, map.axes.x, cells.text(map.axes.x)),
                 .y = map.axes.y.empty() ? 0 : number_on_axis(map.axes, map.axes.y, cells.text(map.axes.y)),
                 .fractions = {},
                 .phase = {},
                 .verdict = map.axes.in_time() ? std::nullopt : verdict_named(cells.text("verdict"))};
  for (const std::string& name : map.fractions)
    point.fractions.push_back({cells.number(name), cells.number(name + "_err")});
  point.phase = largest(map, point.fractions);
  return point;
}

std::size_t place_of(const PhaseMap& map, const char* parameter) {
  return static_cast<std::size_t>(std::ranges::find(map.parameters, parameter) - map.parameters.begin());
}

/// Without a shell there is no stiffness of it, and jobs have that of the core (1): beside crystals with shells, those
/// without are what all shells begin with, however stiff.
void join_crystals_without_shell(PhaseMap& map) {
  if (map.axes.x != "shell_layers" && map.axes.y != "shell_layers") return;
  const std::size_t layers = place_of(map, "shell_layers");
  const std::size_t stiffness = place_of(map, "shell_stiffness");
  const auto others_of = [&](const MapPoint& point) {
    return map.parameters_but({"shell_stiffness", map.axes.x, map.axes.y}, point.parameters);
  };
  std::map<std::vector<std::string>, std::set<std::string>> stiffnesses;  // [other parameters] of shells
  for (const MapPoint& point : map.points)
    if (point.parameters[layers] != "0") stiffnesses[others_of(point)].insert(point.parameters[stiffness]);
  std::vector<MapPoint> joined;
  for (const MapPoint& point : map.points) {
    const auto beside = stiffnesses.find(others_of(point));
    if (point.parameters[layers] != "0" || beside == stiffnesses.end()) {
      joined.push_back(point);
      continue;
    }
    for (const std::string& of_shell : beside->second) {
      MapPoint& with = joined.emplace_back(point);
      with.parameters[stiffness] = of_shell;
      if (map.axes.x == "shell_stiffness") with.x = number_on_axis(map.axes, map.axes.x, of_shell);
      if (map.axes.y == "shell_stiffness") with.y = number_on_axis(map.axes, map.axes.y, of_shell);
    }
  }
  map.points = std::move(joined);
}

}  // namespace

std::vector<std::string> PhaseMap::parameters_but(const std::set<std::string>& named,
                                                  const std::vector<std::string>& of_point) const {
  std::vector<std::string> others;
  for (std::size_t k = 0; k < parameters.size(); ++k)
    if (!named.contains(parameters[k])) others.push_back(of_point[k]);
  return others;
}

MapAxes parse_map_axes(const std::string& text) {
  const std::vector<std::string> names = list_items(text);
  if (names.size() != 2)
    throw QueryError(fmt::format("--map: '{}' is not two parameters; write for example shell_stiffness,size", text));
  MapAxes axes{.x = without_blanks_around(names[0]), .y = without_blanks_around(names[1])};
  if (axes.x == axes.y) throw QueryError(fmt::format("--map: '{}' twice; a map needs two parameters", axes.x));
  if (std::set{axes.x, axes.y} == std::set<std::string>{"composition", "delta_mu"})
    throw QueryError("--map: a point has a composition or a delta_mu, and is on no map over both");
  const bool in_time = axes.in_time();
  const std::vector<std::string>& known = in_time ? axes_in_time() : axes_of_equilibrium();
  for (const std::string& name : {axes.x, axes.y}) {
    if (std::ranges::find(known, name) != known.end()) continue;
    throw QueryError(fmt::format("--map: '{}' is no axis of maps {}; write two of {}", name,
                                 in_time ? "in time" : "of equilibrium", fmt::join(known, ", ")));
  }
  return axes;
}

PhaseMap map_without_points(const MapAxes& axes) {
  PhaseMap map{.axes = axes,
               .parameters = axes.in_time() ? parameters_in_time() : parameters_of_points(),
               .words = {},
               .fractions = {},
               .points = {},
               .points_without_results = 0,
               .warnings = {}};
  for (const PhaseColumn& phase : phases_on(axes)) map.fractions.emplace_back(phase.column);
  return map;
}

PhaseMap read_phase_map(const Archive& archive, const MapAxes& axes, const Where& where) {
  PhaseMap map = map_without_points(axes);
  Answer answer(archive, averages_for(archive, map, where));
  for (const std::string& name : map.parameters)
    if (is_text(*find_column(answer.columns(), name))) map.words.insert(name);
  answer.visit([&](const Block& block) {
    for (std::size_t row = 0; row < block.rows.rows; ++row) {
      const Cells cells(block, row);
      if (!is_on_map(map, cells)) continue;
      MapPoint point = point_of(map, cells);
      if (point.phase.empty())
        ++map.points_without_results;
      else
        map.points.push_back(std::move(point));
    }
    return true;
  });
  map.warnings = answer.warnings();
  join_crystals_without_shell(map);
  std::ranges::sort(map.points, {}, [&](const MapPoint& point) {
    return std::make_tuple(map.parameters_but({axes.x, axes.y}, point.parameters), point.y, point.x);
  });
  return map;
}

}  // namespace nxmc

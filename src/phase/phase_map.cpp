#include "nxmc/phase/phase_map.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <tuple>
#include <utility>

#include "cells.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/points.hpp"
#include "nxmc/query/query.hpp"

namespace nxmc {
namespace {

const std::vector<std::string>& axes_of_equilibrium() {
  static const std::vector<std::string> names{"shell_stiffness", "temperature", "size", "shell_layers", "composition"};
  return names;
}

const std::vector<std::string>& axes_in_time() {
  static const std::vector<std::string> names{"time", "delta_mu",     "shell_stiffness",
                                              "size", "shell_layers", "temperature"};
  return names;
}

const std::vector<std::string>& parameters_in_time() {
  static const std::vector<std::string> names{"lattice",         "size",        "shell_layers",
                                              "shell_stiffness", "temperature", "interaction",
                                              "hamiltonian",     "delta_mu",    "time"};
  return names;
}

struct PhaseColumn {
  const char* column;
  const char* phase;
};
constexpr PhaseColumn phases[] = {{"f_U", "U"}, {"f_S", "S"}, {"f_C", "C"}, {"f_0", "0"}};

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

Query averages_for(const Archive& archive, const PhaseMap& map, const std::string& where) {
  const bool in_time = map.axes.in_time();
  const std::string method = in_time ? "method == exchange" : "method == equilibrium";
  Query query{.rows = in_time ? RowKind::times : RowKind::jobs,
              .where = where.empty() ? method : fmt::format("({}) and {}", where, method),
              .columns = map.parameters,
              .group_by = map.parameters};
  for (const std::string& name : map.fractions) {
    query.columns.push_back(name);
    query.columns.push_back(name + "_err");
  }
  if (in_time) return query;
  query.columns.emplace_back("verdict");
  query.joined.push_back(verdict_column(archive));
  return query;
}

/// Those that the archive has: older ones know no columns.
std::vector<std::string> fractions_of(const Archive& archive, RowKind rows) {
  const Answer answer(archive, {.rows = rows, .where = {}, .columns = {}, .group_by = {}});
  std::vector<std::string> names;
  for (const PhaseColumn& phase : phases)
    if (find_column(answer.columns(), phase.column) != nullptr) names.emplace_back(phase.column);
  return names;
}

std::string without_blanks(std::string word) {
  std::erase(word, ' ');
  return word;
}

double number_on_axis(const std::string& axis, const std::string& word) {
  const char* const begin = word.c_str();
  char* end = nullptr;
  const double value = std::strtod(begin, &end);
  if (end == begin || *end != '\0')
    throw QueryError(
        fmt::format("--map: {} '{}' is no number: choose crystals whose {}s are, with --where", axis, word, axis));
  return value;
}

/// Names of phases are those of their columns, without f_.
std::string largest(const PhaseMap& map, const std::vector<Estimate>& fractions) {
  std::string phase;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < fractions.size(); ++k) {
    if (!(fractions[k].mean > most)) continue;  // NaN as well
    most = fractions[k].mean;
    phase = std::ranges::find(phases, map.fractions[k], &PhaseColumn::column)->phase;
  }
  return phase;
}

MapPoint point_of(const PhaseMap& map, const Cells& cells) {
  MapPoint point{.parameters = cells.texts(map.parameters),
                 .x = number_on_axis(map.axes.x, cells.text(map.axes.x)),
                 .y = number_on_axis(map.axes.y, cells.text(map.axes.y)),
                 .fractions = {},
                 .phase = {},
                 .verdict = map.axes.in_time() ? std::string() : cells.text("verdict")};
  for (const std::string& name : map.fractions)
    point.fractions.push_back({cells.number(name), cells.number(name + "_err")});
  point.phase = largest(map, point.fractions);
  return point;
}

}  // namespace

std::vector<std::string> PhaseMap::parameters_but(const std::vector<std::string>& names, const MapPoint& point) const {
  std::vector<std::string> others;
  for (std::size_t k = 0; k < parameters.size(); ++k)
    if (!is_among(names, parameters[k])) others.push_back(point.parameters[k]);
  return others;
}

MapAxes parse_map_axes(const std::string& text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string::npos)
    throw QueryError(fmt::format("--map: '{}' is not two parameters; write for example shell_stiffness,size", text));
  MapAxes axes{.x = without_blanks(text.substr(0, comma)), .y = without_blanks(text.substr(comma + 1))};
  if (axes.x == axes.y) throw QueryError(fmt::format("--map: '{}' twice; a map needs two parameters", axes.x));
  const bool in_time = axes.in_time();
  const std::vector<std::string>& known = in_time ? axes_in_time() : axes_of_equilibrium();
  for (const std::string& name : {axes.x, axes.y}) {
    if (is_among(known, name)) continue;
    if (name == "delta_mu") throw QueryError("--map: exchange has phases at times: write time,delta_mu");
    throw QueryError(fmt::format("--map: '{}' is no axis of maps {}; write two of {}", name,
                                 in_time ? "in time" : "of equilibrium", fmt::join(known, ", ")));
  }
  return axes;
}

PhaseMap read_phase_map(const Archive& archive, const MapAxes& axes, const std::string& where) {
  PhaseMap map{.axes = axes,
               .parameters = axes.in_time() ? parameters_in_time() : parameters_of_points(),
               .fractions = fractions_of(archive, axes.in_time() ? RowKind::times : RowKind::jobs),
               .points = {},
               .warnings = {}};
  Answer answer(archive, averages_for(archive, map, where));
  answer.visit([&](const Block& block) {
    for (std::size_t row = 0; row < block.rows.rows; ++row) {
      MapPoint point = point_of(map, Cells(block, row));
      if (!point.phase.empty()) map.points.push_back(std::move(point));
    }
    return true;
  });
  map.warnings = answer.warnings();
  std::ranges::sort(map.points, [&](const MapPoint& a, const MapPoint& b) {
    const auto key = [&](const MapPoint& point) {
      return std::make_tuple(map.parameters_but({axes.x, axes.y}, point), point.y, point.x);
    };
    return key(a) < key(b);
  });
  return map;
}

}  // namespace nxmc

#include "physical_columns.hpp"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "nxmc/campaign/physical_units.hpp"

namespace nxmc {
namespace {

/// By the unit in the model. Strengths of interactions are energies, too.
std::optional<PhysicalColumn> how_to_convert(const TableColumn& column) {
  if (column.name == "temperature") return PhysicalColumn::temperature;
  if (column.name == "size") return PhysicalColumn::length;
  if (column.name == "energy_unit") return PhysicalColumn::name_of_unit;
  if (column.unit == "energy_unit")
    return column.role == Role::observable ? PhysicalColumn::energy : PhysicalColumn::energy_parameter;
  if (column.unit == "time_unit" || column.unit == "time") return PhysicalColumn::time;
  if (column.unit == "1/time_unit" || column.unit == "1/time") return PhysicalColumn::rate;
  return std::nullopt;
}

std::string_view unit_of(PhysicalColumn how) {
  constexpr std::array<std::string_view, 7> units{"K", "eV", "eV", "nm", "s", "1/s", ""};
  return units.at(static_cast<std::size_t>(how));
}

/// "10x10x50" sites in nm: "5.9x5.9x29.4".
std::string in_nm(const std::string& sites, double spacing) {
  std::string text;
  const char* at = sites.data();
  const char* const end = at + sites.size();
  while (at != end) {
    int edge = 0;
    const auto [rest, error] = std::from_chars(at, end, edge);
    if (error != std::errc()) {
      text += *at++;
      continue;
    }
    text += fmt::format("{:.4g}", edge * spacing);
    at = rest;
  }
  return text;
}

double converted(double value, PhysicalColumn how, const UnitsOfJob& units) {
  switch (how) {
    case PhysicalColumn::temperature:
      return units.temperature;
    case PhysicalColumn::energy:
      return value * units.energy;
    case PhysicalColumn::energy_parameter:
      return as_written(value * units.energy);
    case PhysicalColumn::time:
      return as_written(value * units.time);
    case PhysicalColumn::rate:
      return value / units.time;
    case PhysicalColumn::length:
    case PhysicalColumn::name_of_unit:
      break;
  }
  assert(false);
  return value;
}

}  // namespace

PhysicalColumns make_physical(Table& columns) {
  PhysicalColumns physical;
  for (TableColumn& column : columns.columns) {
    const auto how = how_to_convert(column);
    if (!how) continue;
    physical.emplace(column.name, *how);
    column.unit = unit_of(*how);
  }
  return physical;
}

bool is_physical(const TableColumn& column) { return column.name == "size" || column.name == "energy_unit"; }

void convert_cell(TableColumn& column, std::size_t row, PhysicalColumn how, const UnitsOfJob& units) {
  if (auto* words = std::get_if<std::vector<std::string>>(&column.values)) {
    if (how == PhysicalColumn::length && !units.size_is_a_length) return;
    (*words)[row] = how == PhysicalColumn::length ? in_nm((*words)[row], units.length) : "eV";
    return;
  }
  double& value = std::get<std::vector<double>>(column.values)[row];
  value = converted(value, how, units);
}

}  // namespace nxmc

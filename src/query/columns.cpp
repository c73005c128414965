#include "nxmc/query/columns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {
namespace {

/// Columns of a job that say something else than what was simulated, or repeat it in other words (n_sites follows from
/// size).
bool is_label(std::string_view name) {
  constexpr std::array<std::string_view, 12> labels{"job",    "scan",        "ladder",   "exchange_every",
                                                    "start",  "replica",     "seed",     "n_sites",
                                                    "n_core", "energy_unit", "numerics", "state"};
  return name.ends_with("_sweeps") || std::find(labels.begin(), labels.end(), name) != labels.end();
}

TableColumn observable(const Quantity& quantity) {
  return {quantity.name, quantity.unit, Role::observable, std::vector<double>(), quantity.description};
}

TableColumn parameter(const Quantity& quantity, Values values) {
  return {quantity.name, quantity.unit, Role::parameter, std::move(values), quantity.description};
}

const std::array<Quantity, 3>& uncommon_parameters() {
  static const std::array<Quantity, 3> parameters{
      Quantity{"exchange_until", "time_unit", "end of the exchange, after which there is only diffusion"},
      Quantity{"rate_exchange", "1/time_unit", "rate constant of exchange"},
      Quantity{"rate_diffusion", "1/time_unit", "rate constant of diffusion"}};
  return parameters;
}

const std::array<Quantity, 2>& parts_of_the_interaction() {
  static const std::array<Quantity, 2> parts{
      Quantity{"elastic", "energy_unit", "strength of the elastic part of the interaction"},
      Quantity{"ising", "energy_unit", "strength of the Ising part of the interaction, an axis of ladders"}};
  return parts;
}

const std::array<Quantity, 2>& uncommon_words() {
  static const std::array<Quantity, 2> words{
      Quantity{"rate_rule", "", "rule of rates, where it is not exp(-Delta E / 2 k_BT)"},
      Quantity{"stages", "", "stages of the exchange, in units of the model; empty where nothing changes"}};
  return words;
}

/// When, where and by what each row was computed.
void add_provenance(Table& table) {
  const auto add = [&](const char* name, const char* unit, const char* meaning, Values values) {
    table.columns.push_back({name, unit, Role::label, std::move(values), meaning, true});
  };
  add("pieces", "1", "in how many runs it was computed", std::vector<std::int64_t>());
  add("started", "s", "start of its first piece, in seconds since 1970", std::vector<double>());
  add("finished", "s", "end of its last piece, in seconds since 1970", std::vector<double>());
  add("host", "", "where it was finished", std::vector<std::string>());
  add("program_version", "", "version and commit of nxmc that finished it", std::vector<std::string>());
}

void add_observables_of_jobs(Table& table) {
  for (const Quantity& quantity : equilibrium_columns()) table.columns.push_back(observable(quantity));
  table.columns.push_back(observable({"wall_seconds", "s", "computing time"}));
  for (const Quantity& quantity : exchange_summary_columns()) table.columns.push_back(observable(quantity));
}

Quantity time_column() { return {"time", "time_unit", "time of the observation"}; }

void add_columns_of_times(Table& table) {
  table.columns.push_back(parameter(time_column(), std::vector<double>()));
  for (const Quantity& quantity : exchange_columns()) table.columns.push_back(observable(quantity));
}

void add_columns_of_profiles(Table& table) {
  table.columns.push_back(parameter(time_column(), std::vector<double>()));
  table.columns.push_back(
      parameter({"plane", "1", "number of the plane across the longest edge, from 0"}, std::vector<std::int64_t>()));
  table.columns.push_back(observable({"c", "1", "fraction of A in the plane"}));
  table.columns.push_back(observable({"c_err", "1", "standard error of c"}));
}

void add_columns_of_series(Table& table) {
  table.columns.push_back(parameter({"sweep", "sweeps", "end of the stretch, counted from the start of equilibration"},
                                    std::vector<std::int64_t>()));
  table.columns.push_back(parameter({"bin_sweeps", "sweeps", "length of the stretch; the last one may be shorter"},
                                    std::vector<std::int64_t>()));
  for (const Quantity& quantity : series_columns()) table.columns.push_back(observable(quantity));
}

std::string type_word(const TableColumn& column) {
  if (is_text(column)) return "word";
  return std::holds_alternative<std::vector<double>>(column.values) ? "real" : "whole";
}

std::string role_word(Role role) {
  switch (role) {
    case Role::label:
      return "label";
    case Role::parameter:
      return "parameter";
    case Role::observable:
      break;
  }
  return "measured";
}

}  // namespace

bool is_uncommon_parameter(std::string_view name) {
  return std::ranges::find(uncommon_words(), name, &Quantity::name) != uncommon_words().end() ||
         std::ranges::find(uncommon_parameters(), name, &Quantity::name) != uncommon_parameters().end() ||
         std::ranges::find(parts_of_the_interaction(), name, &Quantity::name) != parts_of_the_interaction().end();
}

Table parameter_columns() {
  Table table;
  for (Column& column : Archive::describe_job_columns()) {
    const Role role = is_label(column.name) ? Role::label : Role::parameter;
    table.columns.push_back({std::move(column.name), std::move(column.unit), role, std::move(column.values),
                             std::move(column.description)});
  }
  return table;
}

Table columns_of(RowKind kind) {
  Table table = parameter_columns();
  if (kind == RowKind::jobs) add_observables_of_jobs(table);
  if (kind == RowKind::times) add_columns_of_times(table);
  if (kind == RowKind::profiles) add_columns_of_profiles(table);
  if (kind == RowKind::series) add_columns_of_series(table);
  // Parameters that few campaigns set: last, but there, so that averages do not mix them unnoticed.
  for (const Quantity& quantity : uncommon_parameters())
    table.columns.push_back(parameter(quantity, std::vector<double>()));
  for (const Quantity& quantity : uncommon_words())
    table.columns.push_back(parameter(quantity, std::vector<std::string>()));
  // As numbers, beside the word `interaction`, for conditions.
  for (const Quantity& quantity : parts_of_the_interaction())
    table.columns.push_back(
        {quantity.name, quantity.unit, Role::label, std::vector<double>(), quantity.description, true});
  if (kind == RowKind::jobs) add_provenance(table);
  return table;
}

Table describe_columns() {
  struct Line {
    std::string column;
    std::string unit;
    std::string type;
    std::string role;
    std::vector<std::string_view> options;
    std::string description;
  };
  std::vector<Line> lines;
  for (const RowKindOption& rows : row_kinds) {
    for (const TableColumn& column : columns_of(rows.kind).columns) {
      const auto known = std::find_if(lines.begin(), lines.end(), [&](const Line& line) {
        return line.column == column.name && line.description == column.description;
      });
      if (known != lines.end()) {
        known->options.push_back(rows.option);
      } else {
        lines.push_back(
            {column.name, column.unit, type_word(column), role_word(column.role), {rows.option}, column.description});
      }
    }
  }
  lines.push_back({"n",
                   "1",
                   "whole",
                   role_word(Role::label),
                   {"--group-by"},
                   "rows that were averaged; every average has its error in <name>_err"});

  std::vector<std::string> names;
  std::vector<std::string> units;
  std::vector<std::string> types;
  std::vector<std::string> roles;
  std::vector<std::string> shown_by;
  std::vector<std::string> descriptions;
  for (Line& line : lines) {
    names.push_back(std::move(line.column));
    units.push_back(line.unit == "1" ? "" : std::move(line.unit));
    types.push_back(std::move(line.type));
    roles.push_back(std::move(line.role));
    shown_by.push_back(line.options.size() == row_kinds.size() ? "all"
                                                               : fmt::format("{}", fmt::join(line.options, " ")));
    descriptions.push_back(std::move(line.description));
  }
  const std::size_t count = names.size();
  return {{{"column", "", Role::label, std::move(names)},
           {"unit", "", Role::label, std::move(units)},
           {"type", "", Role::label, std::move(types)},
           {"role", "", Role::label, std::move(roles)},
           {"rows", "", Role::label, std::move(shown_by)},
           {"meaning", "", Role::label, std::move(descriptions)}},
          count};
}

}  // namespace nxmc

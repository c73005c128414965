// The same answers as `nxmc query`, the plain way: whole tables in memory, one job after the other, groups as lists of
// rows.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/stage_text.hpp"
#include "nxmc/observe/quantities.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/group.hpp"
#include "nxmc/query/print.hpp"
#include "nxmc/query/query.hpp"
#include "nxmc/statistics/pooled_variance.hpp"

namespace nxmc::plain {

constexpr std::string_view missing_in_table = "-";
using Rows = std::vector<std::size_t>;
constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Values that print alike belong together: 12 digits are what campaign files are rounded to.
inline std::string key_text(const TableColumn& column, std::size_t row) {
  if (const auto* reals = std::get_if<std::vector<double>>(&column.values))
    return fmt::format("{:.12g}", (*reals)[row]);
  return text_at(column, row);
}

inline std::vector<Rows> split(const Table& table, const std::vector<const TableColumn*>& keys) {
  std::map<std::vector<std::string>, std::size_t> index;
  std::vector<Rows> groups;
  for (std::size_t row = 0; row < table.rows; ++row) {
    std::vector<std::string> name;
    name.reserve(keys.size());
    for (const TableColumn* key : keys) name.push_back(key_text(*key, row));
    const auto [found, is_new] = index.try_emplace(std::move(name), groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(row);
  }
  return groups;
}

inline bool is_error_bar(const Table& table, const TableColumn& column) {
  constexpr std::string_view suffix = "_err";
  return column.name.size() > suffix.size() && column.name.ends_with(suffix) &&
         find_column(table, column.name.substr(0, column.name.size() - suffix.size())) != nullptr;
}

inline std::vector<const TableColumn*> averaged_columns(const Table& table) {
  std::vector<const TableColumn*> columns;
  for (const TableColumn& column : table.columns) {
    if (column.role == Role::observable && !is_text(column) && !is_error_bar(table, column)) columns.push_back(&column);
  }
  return columns;
}

struct Average {
  double mean = missing;
  double error = missing;
};

// std::pow may round otherwise where it is not made a product.
inline double square(double x) { return x * x; }

inline Average average(const TableColumn& values, const TableColumn* errors, const Rows& rows) {
  double sum = 0;
  double squared_errors = 0;
  double n = 0;
  bool any_error = false;
  for (const std::size_t row : rows) {
    if (is_missing(values, row)) continue;
    n += 1;
    sum += number_at(values, row);
    if (errors == nullptr || is_missing(*errors, row)) continue;
    any_error = true;
    squared_errors += square(number_at(*errors, row));
  }
  if (n == 0) return {};
  const double mean = sum / n;
  const double from_rows = any_error ? std::sqrt(squared_errors) / n : missing;
  if (n < 2) return {mean, from_rows};
  double squared_deviations = 0;
  for (const std::size_t row : rows) {
    if (!is_missing(values, row)) squared_deviations += square(number_at(values, row) - mean);
  }
  const double between_rows = std::sqrt(squared_deviations / (n - 1) / n);
  return {mean, std::fmax(between_rows, from_rows)};  // fmax passes over a missing one
}

/// Variances along chains are pooled, longer chains count more.
inline Average average_of(const Table& table, const TableColumn& values, const Rows& rows) {
  constexpr std::string_view suffix = "_var";
  const auto error_of = [&](const std::string& name) { return find_column(table, name + "_err"); };
  const std::string base =
      values.name.ends_with(suffix) ? values.name.substr(0, values.name.size() - suffix.size()) : "";
  const TableColumn* mean = base.empty() ? nullptr : find_column(table, base);
  if (mean == nullptr) return average(values, error_of(values.name), rows);
  const auto number = [](const TableColumn* column, std::size_t row) {
    return column == nullptr ? missing : number_at(*column, row);
  };
  const TableColumn* sweeps = find_column(table, "measured_sweeps");
  std::vector<ChainMoments> chains;
  for (const std::size_t row : rows)
    chains.push_back({.weight = sweeps == nullptr ? 1 : number_at(*sweeps, row),
                      .mean = number_at(*mean, row),
                      .error_of_mean = number(error_of(base), row),
                      .variance = number_at(values, row),
                      .error_of_variance = number(error_of(values.name), row)});
  const Estimate pooled = pooled_variance(chains);
  return {pooled.mean, pooled.error};
}

inline Rows measured_rows(const std::vector<const TableColumn*>& observables, const Rows& rows) {
  Rows measured;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(measured), [&](std::size_t row) {
    return std::any_of(observables.begin(), observables.end(),
                       [row](const TableColumn* column) { return !is_missing(*column, row); });
  });
  return measured;
}

inline bool differs(const TableColumn& column, const Rows& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](std::size_t row) { return key_text(column, row) != key_text(column, rows.front()); });
}

inline std::vector<std::string> mixed_parameters(const Table& table, const std::vector<std::string>& keys,
                                                 const std::vector<Rows>& groups) {
  std::vector<std::string> mixed;
  for (const TableColumn& column : table.columns) {
    if (column.role != Role::parameter || std::find(keys.begin(), keys.end(), column.name) != keys.end()) continue;
    if (std::any_of(groups.begin(), groups.end(), [&](const Rows& rows) { return differs(column, rows); })) {
      mixed.push_back(column.name);
    }
  }
  return mixed;
}

inline Groups group_rows(const Table& table, const std::vector<std::string>& keys) {
  std::vector<const TableColumn*> key_columns;
  for (const std::string& key : keys) key_columns.push_back(&get_column(table, key));
  const std::vector<Rows> groups = split(table, key_columns);
  const std::vector<const TableColumn*> observables = averaged_columns(table);

  Rows first;
  std::vector<Rows> measured;
  std::vector<std::int64_t> counts;
  for (const Rows& rows : groups) {
    first.push_back(rows.front());
    measured.push_back(measured_rows(observables, rows));
    counts.push_back(static_cast<std::int64_t>(measured.back().size()));
  }

  Groups result{select_rows(select_columns(table, keys), first), mixed_parameters(table, keys, measured)};
  result.table.columns.push_back({"n", "1", Role::label, std::move(counts)});
  for (const TableColumn* column : observables) {
    std::vector<double> means;
    std::vector<double> errors;
    for (const Rows& rows : measured) {
      const Average average_of_group = average_of(table, *column, rows);
      means.push_back(average_of_group.mean);
      errors.push_back(average_of_group.error);
    }
    result.table.columns.push_back({column->name, column->unit, Role::observable, std::move(means)});
    result.table.columns.push_back({column->name + "_err", column->unit, Role::observable, std::move(errors)});
  }
  std::vector<std::size_t> order(result.table.rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    for (const std::string& key : keys) {
      if (comes_before(get_column(result.table, key), a, b)) return true;
      if (comes_before(get_column(result.table, key), b, a)) return false;
    }
    return false;
  });
  result.table = select_rows(result.table, order);
  return result;
}

inline std::string quoted_if_needed(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

inline void print_csv(std::ostream& out, const Table& table) {
  const char* separator = "";
  for (const TableColumn& column : table.columns) out << std::exchange(separator, ",") << column.name;
  out << '\n';
  for (std::size_t row = 0; row < table.rows && out; ++row) {
    separator = "";
    for (const TableColumn& column : table.columns)
      out << std::exchange(separator, ",") << quoted_if_needed(text_at(column, row));
    out << '\n';
  }
}

inline std::string plain_cell(const TableColumn& column, std::size_t row) {
  if (is_missing(column, row)) return std::string(missing_in_table);
  if (column.role == Role::observable && !is_text(column)) return fmt::format("{:.6g}", number_at(column, row));
  if (std::holds_alternative<std::vector<double>>(column.values)) return fmt::format("{:.12g}", number_at(column, row));
  return text_at(column, row);
}

/// Cells of a column as they are printed.
using Cells = std::vector<std::string>;

inline Cells plain_cells(const TableColumn& column, std::size_t rows) {
  Cells cells;
  for (std::size_t row = 0; row < rows; ++row) cells.push_back(plain_cell(column, row));
  return cells;
}

inline const TableColumn* value_of_error(const Table& table, const TableColumn& error) {
  constexpr std::string_view suffix = "_err";
  if (!error.name.ends_with(suffix)) return nullptr;
  return find_column(table, error.name.substr(0, error.name.size() - suffix.size()));
}

inline Cells cells_of(const Table& table, const TableColumn& column) {
  const TableColumn* value = value_of_error(table, column);
  const TableColumn* error = value != nullptr ? &column : find_column(table, column.name + "_err");
  Cells cells = plain_cells(column, table.rows);
  if (error == nullptr) return cells;
  for (std::size_t row = 0; row < table.rows; ++row) {
    const TableColumn& mean = value != nullptr ? *value : column;
    if (is_missing(mean, row) || is_missing(*error, row)) continue;
    const PrintedPair pair = print_with_error(number_at(mean, row), number_at(*error, row));
    cells[row] = value != nullptr ? pair.error : pair.value;
  }
  return cells;
}

inline std::string unit_cell(const TableColumn& column) {
  return column.unit.empty() || column.unit == "1" ? std::string() : fmt::format("[{}]", column.unit);
}

inline void print_aligned(std::ostream& out, const Table& table, bool show_units) {
  std::vector<Cells> columns;
  for (const TableColumn& column : table.columns) {
    Cells cells = cells_of(table, column);
    if (show_units) cells.insert(cells.begin(), unit_cell(column));
    cells.insert(cells.begin(), column.name);
    columns.push_back(std::move(cells));
  }
  std::vector<std::size_t> widths;
  for (const Cells& cells : columns) {
    const auto longest =
        std::max_element(cells.begin(), cells.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
    widths.push_back(longest->size());
  }
  const std::size_t lines = table.rows + (show_units ? 2 : 1);
  for (std::size_t line = 0; line < lines && out; ++line) {
    std::string text;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      if (k > 0) text += "  ";
      text += is_text(table.columns[k]) ? fmt::format("{:<{}}", columns[k][line], widths[k])
                                        : fmt::format("{:>{}}", columns[k][line], widths[k]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  }
}

inline nlohmann::ordered_json json_rows(const Table& table) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t row = 0; row < table.rows; ++row) {
    nlohmann::ordered_json object;
    for (const TableColumn& column : table.columns) {
      nlohmann::ordered_json& cell = object[column.name];
      const bool number = (column.name == "size" || column.name == "seed") && is_text(column) &&
                          text_at(column, row).find_first_not_of("0123456789") == std::string::npos;
      if (is_missing(column, row)) continue;
      if (number)
        cell = std::stoull(text_at(column, row));
      else
        std::visit([&](const auto& values) { cell = values[row]; }, column.values);
    }
    rows.push_back(std::move(object));
  }
  return rows;
}

// ---- Rows of an archive

inline Role role_of(const std::string& name) {
  static const std::set<std::string> labels{
      "job",     "scan",   "start",       "replica",  "seed", "equilibration_sweeps", "measured_sweeps",
      "n_sites", "n_core", "energy_unit", "numerics", "state"};
  return labels.contains(name) ? Role::label : Role::parameter;
}

inline Table parameter_table(const Archive& archive) {
  Table table{{}, archive.jobs()};
  for (const Column& column : archive.job_columns())
    table.columns.push_back({column.name, column.unit, role_of(column.name), column.values});
  return table;
}

inline void add_uncommon_parameters(Table& table, const Archive& archive, const std::vector<std::size_t>& job_of_row) {
  std::vector<double> until;
  std::vector<double> exchange;
  std::vector<double> diffusion;
  std::vector<std::string> stages;
  for (const std::size_t job : job_of_row) {
    const Physics physics = archive.physics(job);
    const bool applies = physics.method == Method::exchange;
    until.push_back(applies && std::isfinite(physics.exchange_until) ? physics.exchange_until : missing);
    exchange.push_back(applies ? physics.rates.exchange : missing);
    diffusion.push_back(applies ? physics.rates.diffusion : missing);
    stages.push_back(to_string(physics.stages));
  }
  table.columns.push_back({"exchange_until", "time_unit", Role::parameter, until});
  table.columns.push_back({"rate_exchange", "1/time_unit", Role::parameter, exchange});
  table.columns.push_back({"rate_diffusion", "1/time_unit", Role::parameter, diffusion});
  table.columns.push_back({"rate_rule", "", Role::parameter, std::vector<std::string>(stages.size())});
  table.columns.push_back({"stages", "", Role::parameter, stages});
}

inline void add_strided(Table& table, std::span<const Quantity> quantities, const std::vector<double>& values) {
  for (std::size_t k = 0; k < quantities.size(); ++k) {
    std::vector<double> column;
    for (std::size_t i = k; i < values.size(); i += quantities.size()) column.push_back(values[i]);
    table.columns.push_back({quantities[k].name, quantities[k].unit, Role::observable, std::move(column)});
  }
}

inline Table job_rows(const Archive& archive) {
  Table table = parameter_table(archive);
  std::vector<double> equilibrium = archive.equilibrium().values;
  equilibrium.resize(table.rows * equilibrium_columns().size(), missing);
  add_strided(table, equilibrium_columns(), equilibrium);
  const std::vector<JobStatus> status = archive.status();
  std::vector<double> seconds;
  std::vector<double> summaries;
  for (std::size_t job = 0; job < table.rows; ++job) {
    seconds.push_back(has_results(status[job].state) ? status[job].wall_seconds : missing);
    const auto results = archive.exchange(job);
    for (std::size_t k = 0; k < exchange_summary_columns().size(); ++k)
      summaries.push_back(results ? results->summary[k] : missing);
  }
  table.columns.push_back({"wall_seconds", "s", Role::observable, std::move(seconds)});
  add_strided(table, exchange_summary_columns(), summaries);
  for (std::size_t job = 0; job < table.rows; ++job) {
    const bool measured = std::any_of(table.columns.begin(), table.columns.end(), [&](const TableColumn& column) {
      return column.role == Role::observable && column.name != "wall_seconds" && !is_missing(column, job);
    });
    if (!has_results(status[job].state) || measured || !archive.damaged(job)) continue;
    for (TableColumn& column : table.columns) {
      if (column.name == "state") std::get<std::vector<std::string>>(column.values)[job] = "damaged";
      if (column.name == "wall_seconds") std::get<std::vector<double>>(column.values)[job] = missing;
    }
  }
  std::vector<std::size_t> all(table.rows);
  std::iota(all.begin(), all.end(), std::size_t{0});
  add_uncommon_parameters(table, archive, all);
  std::vector<std::size_t> shown;
  const std::vector<bool> superseded = archive.superseded();
  std::copy_if(all.begin(), all.end(), std::back_inserter(shown), [&](std::size_t job) { return !superseded[job]; });
  return select_rows(table, shown);
}

inline Table time_rows(const Archive& archive) {
  std::vector<std::size_t> job_of_row;
  std::vector<double> times;
  std::vector<double> values;
  const std::vector<bool> superseded = archive.superseded();
  for (std::size_t job = 0; job < archive.jobs(); ++job) {
    const auto results = archive.exchange(job);
    if (!results || superseded[job]) continue;
    job_of_row.insert(job_of_row.end(), results->times.size(), job);
    times.insert(times.end(), results->times.begin(), results->times.end());
    values.insert(values.end(), results->values.begin(), results->values.end());
  }
  Table table = select_rows(parameter_table(archive), job_of_row);
  table.columns.push_back({"time", "time_unit", Role::parameter, std::move(times)});
  add_strided(table, exchange_columns(), values);
  add_uncommon_parameters(table, archive, job_of_row);
  return table;
}

inline Table profile_rows(const Archive& archive) {
  std::vector<std::size_t> job_of_row;
  std::vector<double> times;
  std::vector<std::int64_t> planes;
  std::vector<double> compositions;
  std::vector<double> errors;
  const std::vector<bool> superseded = archive.superseded();
  const std::vector<Method> methods = archive.methods();
  for (std::size_t job = 0; job < archive.jobs(); ++job) {
    const std::vector<double> profile = archive.profile(job);
    if (profile.empty() || superseded[job]) continue;
    const bool equilibrium = methods[job] == Method::equilibrium;
    const auto results = archive.exchange(job);
    if (!equilibrium && !results) continue;
    const std::size_t count = equilibrium ? profile.size() / 2 : profile.size() / results->times.size();
    for (std::size_t k = 0; k < (equilibrium ? count : profile.size()); ++k) {
      job_of_row.push_back(job);
      times.push_back(equilibrium ? missing : results->times[k / count]);
      planes.push_back(static_cast<std::int64_t>(k % count));
      compositions.push_back(equilibrium ? profile[2 * k] : profile[k]);
      errors.push_back(equilibrium ? profile[2 * k + 1] : missing);
    }
  }
  Table table = select_rows(parameter_table(archive), job_of_row);
  table.columns.push_back({"time", "time_unit", Role::parameter, std::move(times)});
  table.columns.push_back({"plane", "1", Role::parameter, std::move(planes)});
  table.columns.push_back({"c", "1", Role::observable, std::move(compositions)});
  table.columns.push_back({"c_err", "1", Role::observable, std::move(errors)});
  add_uncommon_parameters(table, archive, job_of_row);
  return table;
}

/// All rows of a kind.
inline Table rows_of(const Archive& archive, RowKind kind) {
  if (kind == RowKind::times) return time_rows(archive);
  return kind == RowKind::profiles ? profile_rows(archive) : job_rows(archive);
}

/// Rows and, of averages, the parameters that they mix. \param table  rows_of the archive
inline Groups answer(Table table, const Query& query) {
  if (std::find(query.group_by.begin(), query.group_by.end(), "scan") != query.group_by.end())
    table = one_row_per_item(table, "scan");
  if (!query.where.empty()) table = select_rows(table, matching_rows(table, parse_condition(query.where)));
  Groups result{std::move(table), {}};
  if (!query.group_by.empty()) result = plain::group_rows(result.table, query.group_by);
  if (!query.columns.empty()) result.table = select_columns(result.table, query.columns);
  return result;
}

}  // namespace nxmc::plain

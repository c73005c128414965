#include "nxmc/analyze/group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace nxmc {
namespace {

using Rows = std::vector<std::size_t>;
constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Values that print alike belong together: 12 digits are what campaign files are rounded to.
std::string key_text(const TableColumn& column, std::size_t row) {
  if (const auto* reals = std::get_if<std::vector<double>>(&column.values))
    return fmt::format("{:.12g}", (*reals)[row]);
  return text_at(column, row);
}

std::vector<Rows> split(const Table& table, const std::vector<const TableColumn*>& keys) {
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

bool is_error_bar(const Table& table, const TableColumn& column) {
  constexpr std::string_view suffix = "_err";
  return column.name.size() > suffix.size() && column.name.ends_with(suffix) &&
         find_column(table, column.name.substr(0, column.name.size() - suffix.size())) != nullptr;
}

std::vector<const TableColumn*> averaged_columns(const Table& table) {
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

Average average(const TableColumn& values, const TableColumn* errors, const Rows& rows) {
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
    squared_errors += std::pow(number_at(*errors, row), 2);
  }
  if (n == 0) return {};
  const double mean = sum / n;
  const double from_rows = any_error ? std::sqrt(squared_errors) / n : missing;
  if (n < 2) return {mean, from_rows};
  double squared_deviations = 0;
  for (const std::size_t row : rows) {
    if (!is_missing(values, row)) squared_deviations += std::pow(number_at(values, row) - mean, 2);
  }
  const double between_rows = std::sqrt(squared_deviations / (n - 1) / n);
  return {mean, std::fmax(between_rows, from_rows)};  // fmax passes over a missing one
}

Rows measured_rows(const std::vector<const TableColumn*>& observables, const Rows& rows) {
  Rows measured;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(measured), [&](std::size_t row) {
    return std::any_of(observables.begin(), observables.end(),
                       [row](const TableColumn* column) { return !is_missing(*column, row); });
  });
  return measured;
}

bool differs(const TableColumn& column, const Rows& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](std::size_t row) { return key_text(column, row) != key_text(column, rows.front()); });
}

std::vector<std::string> mixed_parameters(const Table& table, const std::vector<std::string>& keys,
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

std::vector<const TableColumn*> key_columns(const Table& table, const std::vector<std::string>& keys) {
  std::vector<const TableColumn*> columns;
  for (const std::string& key : keys) {
    columns.push_back(&get_column(table, key));
    if (columns.back()->role == Role::observable) {
      throw QueryError(fmt::format("--group-by: '{}' is measured; group by what was simulated", key));
    }
  }
  return columns;
}

}  // namespace

Table one_row_per_item(const Table& table, const std::string& column) {
  std::vector<std::size_t> rows;
  std::vector<std::string> items;
  for (std::size_t row = 0; row < table.rows; ++row) {
    std::vector<std::string> of_row = list_items(text_at(get_column(table, column), row));
    if (of_row.empty()) of_row.emplace_back();
    for (std::string& item : of_row) {
      rows.push_back(row);
      items.push_back(std::move(item));
    }
  }
  Table split = select_rows(table, rows);
  std::ranges::find(split.columns, column, &TableColumn::name)->values = std::move(items);
  return split;
}

Groups group_rows(const Table& table, const std::vector<std::string>& keys) {
  const std::vector<Rows> groups = split(table, key_columns(table, keys));
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
      const Average average_of_group = average(*column, find_column(table, column->name + "_err"), rows);
      means.push_back(average_of_group.mean);
      errors.push_back(average_of_group.error);
    }
    result.table.columns.push_back({column->name, column->unit, Role::observable, std::move(means)});
    result.table.columns.push_back({column->name + "_err", column->unit, Role::observable, std::move(errors)});
  }
  return result;
}

}  // namespace nxmc

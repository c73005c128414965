#include "nxmc/query/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

namespace nxmc {
namespace {

std::string lower_case(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::vector<std::string> column_names(const Table& table) {
  std::vector<std::string> names;
  names.reserve(table.columns.size());
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  return names;
}

}  // namespace

BlockColumn find_column(const Block& block, const std::string& name) {
  if (const TableColumn* column = find_column(block.jobs, name)) return {column, true};
  return {find_column(block.rows, name), false};
}

Block as_block(Table table) {
  Block block{{{}, 1}, std::move(table), {}};
  block.job_of_row.assign(block.rows.rows, 0);
  return block;
}

bool is_text(const TableColumn& column) { return std::holds_alternative<std::vector<std::string>>(column.values); }

double number_at(const TableColumn& column, std::size_t row) {
  assert(!is_text(column));
  if (const auto* reals = std::get_if<std::vector<double>>(&column.values)) return (*reals)[row];
  return static_cast<double>(std::get<std::vector<std::int64_t>>(column.values)[row]);
}

std::string text_at(const TableColumn& column, std::size_t row) {
  if (is_missing(column, row)) return {};
  return std::visit([row](const auto& values) { return fmt::format("{}", values[row]); }, column.values);
}

bool is_missing(const TableColumn& column, std::size_t row) {
  if (const auto* words = std::get_if<std::vector<std::string>>(&column.values)) return (*words)[row].empty();
  return std::isnan(number_at(column, row));
}

std::vector<std::string> list_items(const std::string& cell) {
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin < cell.size();) {
    const std::size_t end = std::min(cell.find(',', begin), cell.size());
    items.push_back(cell.substr(begin, end - begin));
    begin = end + 1;
  }
  return items;
}

const TableColumn* find_column(const Table& table, const std::string& name) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const TableColumn& column) { return column.name == name; });
  return found == table.columns.end() ? nullptr : &*found;
}

const TableColumn& get_column(const Table& table, const std::string& name) {
  if (const TableColumn* column = find_column(table, name)) return *column;
  const std::vector<std::string> names = column_names(table);
  const std::string nearest = nearest_word(name, names);
  throw QueryError(nearest.empty()
                       ? fmt::format("there is no column '{}'; the columns are {}", name, fmt::join(names, " "))
                       : fmt::format("there is no column '{}'; did you mean '{}'?", name, nearest));
}

Table select_columns(const Table& table, const std::vector<std::string>& names) {
  Table selected{{}, table.rows};
  for (const std::string& name : names) selected.columns.push_back(get_column(table, name));
  return selected;
}

Table select_rows(const Table& table, const std::vector<std::size_t>& rows) {
  Table selected{{}, rows.size()};
  for (const TableColumn& column : table.columns) {
    TableColumn picked{column.name, column.unit, column.role, {}, column.description, column.on_request};
    std::visit(
        [&](const auto& values) {
          std::decay_t<decltype(values)> kept;
          kept.reserve(rows.size());
          for (const std::size_t row : rows) kept.push_back(values[row]);
          picked.values = std::move(kept);
        },
        column.values);
    selected.columns.push_back(std::move(picked));
  }
  return selected;
}

Table without_columns_on_request(const Table& table) {
  Table shown{{}, table.rows};
  std::copy_if(table.columns.begin(), table.columns.end(), std::back_inserter(shown.columns),
               [](const TableColumn& column) { return !column.on_request; });
  return shown;
}

Table without_empty_columns(const Table& table) {
  if (table.rows == 0) return table;
  Table kept{{}, table.rows};
  for (const TableColumn& column : table.columns) {
    bool empty = true;
    for (std::size_t row = 0; row < table.rows && empty; ++row) empty = is_missing(column, row);
    if (!empty) kept.columns.push_back(column);
  }
  return kept;
}

std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  // More than a third of the letters wrong is another word, not a slip.
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(lower_case(word), lower_case(candidate));
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace nxmc

#include "nxmc/analyze/print.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace nxmc {
namespace {

constexpr std::string_view missing_in_table = "-";

bool needs_quotes(const std::string& text) { return text.find_first_of(",\"\r\n") != std::string::npos; }

std::string csv_cell(const std::string& text) {
  if (!needs_quotes(text)) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

void print_csv(std::ostream& out, const Table& table) {
  const char* separator = "";
  for (const TableColumn& column : table.columns) out << std::exchange(separator, ",") << csv_cell(column.name);
  out << '\n';
  for (std::size_t row = 0; row < table.rows && out; ++row) {
    separator = "";
    for (const TableColumn& column : table.columns)
      out << std::exchange(separator, ",") << csv_cell(text_at(column, row));
    out << '\n';
  }
}

/// Sizes are words because boxes have three; the others are numbers to whoever reads them.
std::optional<std::int64_t> size_as_number(const TableColumn& column, std::size_t row) {
  if (column.name != "size" || !is_text(column)) return std::nullopt;
  const std::string text = text_at(column, row);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

nlohmann::ordered_json json_cell(const TableColumn& column, std::size_t row) {
  if (is_missing(column, row)) return nullptr;
  if (const auto number = size_as_number(column, row)) return *number;
  return std::visit([row](const auto& values) -> nlohmann::ordered_json { return values[row]; }, column.values);
}

void print_json(std::ostream& out, const Table& table) {
  out << '[';
  const char* separator = "\n";
  for (std::size_t row = 0; row < table.rows && out; ++row) {
    nlohmann::ordered_json object;
    for (const TableColumn& column : table.columns) object[column.name] = json_cell(column, row);
    // Words may come from anywhere (a failed job's reason): replace what is not UTF-8 rather than stop.
    out << std::exchange(separator, ",\n")
        << object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  out << (table.rows == 0 ? "]\n" : "\n]\n");
}

std::string plain_cell(const TableColumn& column, std::size_t row) {
  if (is_missing(column, row)) return std::string(missing_in_table);
  if (column.role == Role::observable && !is_text(column)) return fmt::format("{:.6g}", number_at(column, row));
  if (std::holds_alternative<std::vector<double>>(column.values)) return fmt::format("{:.12g}", number_at(column, row));
  return text_at(column, row);
}

/// Cells of a column as they are printed.
using Cells = std::vector<std::string>;

Cells plain_cells(const TableColumn& column, std::size_t rows) {
  Cells cells;
  for (std::size_t row = 0; row < rows; ++row) cells.push_back(plain_cell(column, row));
  return cells;
}

const TableColumn* value_of_error(const Table& table, const TableColumn& error) {
  constexpr std::string_view suffix = "_err";
  if (!error.name.ends_with(suffix)) return nullptr;
  return find_column(table, error.name.substr(0, error.name.size() - suffix.size()));
}

Cells cells_of(const Table& table, const TableColumn& column) {
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

std::string unit_cell(const TableColumn& column) {
  return column.unit.empty() || column.unit == "1" ? std::string() : fmt::format("[{}]", column.unit);
}

void print_aligned(std::ostream& out, const Table& table, bool show_units) {
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

}  // namespace

PrintedPair print_with_error(double value, double error) {
  error = std::abs(error);  // -0 is a legal square root
  constexpr int most_decimals = 12;
  if (!(error > 0) || std::isinf(error) || std::isinf(value)) {
    return {fmt::format("{:.6g}", value), fmt::format("{:.2g}", error)};
  }
  // The exponent of the error as it is printed: 0.0996 becomes 0.10, one decimal less than 0.099 would need.
  const std::string rounded = fmt::format("{:.1e}", error);
  const int exponent = std::stoi(rounded.substr(rounded.find('e') + 1));
  const int decimals = std::max(0, 1 - exponent);
  if (decimals <= most_decimals)
    return {fmt::format("{:.{}f}", value, decimals), fmt::format("{:.{}f}", error, decimals)};
  const int digits =
      value == 0 ? 1 : std::clamp(static_cast<int>(std::floor(std::log10(std::abs(value)))) - exponent + 1, 1, 16);
  return {fmt::format("{:.{}e}", value, digits), rounded};
}

void print_table(std::ostream& out, const Table& table, TableFormat format, bool show_units) {
  switch (format) {
    case TableFormat::table:
      return print_aligned(out, table, show_units);
    case TableFormat::csv:
      return print_csv(out, table);
    case TableFormat::json:
      return print_json(out, table);
  }
}

}  // namespace nxmc

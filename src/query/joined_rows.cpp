#include "joined_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace nxmc {
namespace {

void add_cell(Values& values, const JoinedCells::Cell& cell) {
  if (auto* numbers = std::get_if<std::vector<double>>(&values))
    numbers->push_back(std::get<double>(cell));
  else
    std::get<std::vector<std::string>>(values).push_back(std::get<std::string>(cell));
}

}  // namespace

Where narrowed(const Where& where, const std::string& condition) {
  return {where.condition.empty() ? condition : fmt::format("({}) and {}", where.condition, condition), where.joined};
}

TableColumn head_of(const JoinedColumn& joined) {
  const bool measured = std::holds_alternative<std::vector<double>>(joined.values);
  return {joined.name, joined.unit, measured ? Role::observable : Role::label, joined.values, joined.description, true};
}

Table with_joined(Table columns, std::span<const JoinedColumn> joined) {
  for (const JoinedColumn& column : joined) columns.columns.push_back(head_of(column));
  return columns;
}

void collect_words_of_joined(std::span<const JoinedColumn> joined, const Condition& condition, WordsOfColumns& words) {
  const std::set<std::string> compared = compared_columns(condition);
  WordsOfColumns known;
  for (const JoinedColumn& column : joined)
    if (!column.words.empty() && compared.contains(column.name)) known[column.name].items = column.words;
  if (const std::vector<std::string> slips = unknown_words(known, condition); !slips.empty())
    throw QueryError(fmt::format("--where: {}", slips.front()));
  words.merge(std::move(known));
}

void join(const JoinedRows& joined, Block& block) {
  std::vector<BlockColumn> by;
  for (const std::string& name : joined.cells.by) by.push_back(find_column(block, name));
  TableColumn column = head_of(joined.column);
  std::vector<std::string> key(by.size());
  for (std::size_t row = 0; row < block.rows.rows; ++row) {
    for (std::size_t k = 0; k < by.size(); ++k)
      key[k] = text_at(*by[k].column, by[k].of_jobs ? block.job_of_row[row] : row);
    add_cell(column.values, joined.cells.cell_of(key));
  }
  block.rows.columns.push_back(std::move(column));
}

}  // namespace nxmc

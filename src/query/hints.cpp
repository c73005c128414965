#include "hints.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "nxmc/query/columns.hpp"

namespace nxmc {
namespace {

/// A column that is not there because of how the query is written, not because of its name; empty if it is the name.
std::string why_absent(const Query& query, const Table& table, const std::string& name) {
  if (std::ranges::find(query.joined, name, &JoinedColumn::name) != query.joined.end())
    return fmt::format(
        "'{}' follows from what was chosen: --columns shows it and --where chooses by it, but rows cannot be grouped "
        "by it",
        name);
  constexpr std::string_view suffix = "_err";
  const std::string base = name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : std::string();
  if (query.group_by.empty()) {
    if (name == "n") return "'n' counts averaged rows: it comes with --group-by";
    const TableColumn* value = base.empty() ? nullptr : find_column(table, base);
    if (value != nullptr && value->role == Role::observable)
      return fmt::format("rows have no '{}': errors of '{}' come with --group-by", name, base);
  }
  std::vector<std::string> options;
  for (const RowKindOption& other : row_kinds) {
    if (other.kind == query.rows) continue;
    const Table columns = columns_of(other.kind);
    const bool averaged = !query.group_by.empty() && !base.empty() && find_column(columns, base) != nullptr;
    if (!averaged && find_column(columns, name) == nullptr) continue;
    options.emplace_back(other.kind == RowKind::jobs ? fmt::format("queries without {}", options_of_rows)
                                                     : std::string(other.option));
  }
  return options.empty() ? std::string() : fmt::format("'{}' is a column of {}", name, fmt::join(options, " and "));
}

bool is_exchange(const TableColumn& methods, std::size_t row) {
  return std::get<std::vector<std::string>>(methods.values)[row] == to_string(Method::exchange);
}

bool any_of(Method method, const Archive& archive) {
  const std::vector<Method> methods = archive.methods();
  return std::ranges::find(methods, method) != methods.end();
}

}  // namespace

void require_column(const Query& query, const Table& table, const std::string& name) {
  if (find_column(table, name) != nullptr) return;
  if (const std::string why = why_absent(query, table, name); !why.empty()) throw QueryError(why);
}

void require_columns_of(const Condition& condition, const Query& query, const Table& table) {
  const auto require = [&](const std::string& name, std::size_t position) {
    try {
      require_column(query, table, name);
    } catch (const QueryError& error) {
      throw QueryError(fmt::format("position {} of the condition: {}", position, error.what()));
    }
  };
  if (!condition.column.empty()) require(condition.column, condition.position);
  for (const Formula& side : condition.sides)
    for (const Formula::Step& step : side.steps)
      if (step.kind == Formula::Step::Kind::column) require(step.column, step.position);
  for (const Condition& part : condition.parts) require_columns_of(part, query, table);
}

void RowsSeen::add(const Block& block) {
  rows += block.rows.rows;
  if (!methods_count) return;
  const TableColumn& methods = get_column(block.jobs, "method");
  for (const std::uint32_t job : block.job_of_row) rows_of_exchange += is_exchange(methods, job) ? 1 : 0;
}

std::vector<std::string> hints_of_rows(const Query& query, const Archive& archive, const RowsSeen& seen) {
  if (seen.methods_count && seen.rows > 0 && seen.rows_of_exchange == seen.rows)
    return {"exchange jobs are observed in time: add --times"};
  if (query.rows == RowKind::times && !any_of(Method::exchange, archive))
    return {"this archive has no exchange jobs, which are what --times shows"};
  if (query.rows == RowKind::profiles && seen.rows == 0)
    return {"--profiles shows finished jobs of boxes, and none is selected"};
  if (query.rows == RowKind::series && !any_of(Method::equilibrium, archive))
    return {"this archive has no equilibrium jobs, which are what --series shows; exchange jobs have --times"};
  if (query.rows == RowKind::series && seen.rows == 0)
    return {"--series shows finished equilibrium jobs, and none is selected"};
  return {};
}

}  // namespace nxmc

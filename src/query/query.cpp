#include "nxmc/query/query.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "hints.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/group.hpp"
#include "row_source.hpp"

namespace nxmc {
namespace {

Condition condition_of(const Query& query, const Table& columns) {
  return query.where.empty() ? Condition{} : resolved(parse_condition(query.where), columns);
}

std::string mixing_warning(const std::vector<std::string>& mixed) {
  return fmt::format("the averages mix rows that differ in {}; add it to --group-by or choose with --where",
                     fmt::join(mixed, ", "));
}

TableColumn head_of(const JoinedColumn& joined) {
  const bool measured = std::holds_alternative<std::vector<double>>(joined.values);
  return {joined.name, joined.unit, measured ? Role::observable : Role::label, joined.values, joined.description, true};
}

void append(Values& values, const JoinedCells::Cell& cell) {
  if (auto* numbers = std::get_if<std::vector<double>>(&values))
    numbers->push_back(std::get<double>(cell));
  else
    std::get<std::vector<std::string>>(values).push_back(std::get<std::string>(cell));
}

/// Adds the column to each row.
void join(const JoinedColumn& joined, const JoinedCells& cells, Block& block) {
  std::vector<BlockColumn> by;
  for (const std::string& name : cells.by) by.push_back(find_column(block, name));
  TableColumn column = head_of(joined);
  std::vector<std::string> key(by.size());
  for (std::size_t row = 0; row < block.rows.rows; ++row) {
    for (std::size_t k = 0; k < by.size(); ++k)
      key[k] = text_at(*by[k].column, by[k].of_jobs ? block.job_of_row[row] : row);
    append(column.values, cells.cell_of(key));
  }
  block.rows.columns.push_back(std::move(column));
}

std::string damage_warning(const Archive& archive, std::uint64_t damaged) {
  return fmt::format("{} damaged and left out; see 'nxmc verify {}'",
                     damaged == 1 ? "1 row is" : fmt::format("{} rows are", damaged), archive.file().string());
}

}  // namespace

struct Answer::Impl {
  Impl(const Archive& opened, Query asked)
      : archive(opened),
        query(std::move(asked)),
        source(archive, query.rows, RowSource::Chains::longest),
        condition(condition_of(query, source.columns())),
        words(words_in(archive, compared_columns(condition))),
        selection(rows_where(condition)) {
    require_columns_of(condition, query, source.columns());
    check_condition(condition, source.columns(), words);
    for (const std::string& key : query.group_by) require_column(query, source.columns(), key);
    // Before the condition, which is to choose among the scans of a job too.
    selection.row_per_scan = std::ranges::find(query.group_by, "scan") != query.group_by.end();
    if (selection.row_per_scan) selection.columns.insert("scan");
    for (const JoinedColumn& column : query.joined)
      if (std::ranges::find(query.columns, column.name) != query.columns.end())
        joined.emplace_back(column, column.join(query));
    seen.methods_count = query.rows == RowKind::jobs && query.columns.empty();
    if (seen.methods_count) selection.columns.insert("method");
  }

  /// What the rows have of the columns that were asked for.
  Table shown(Table table) const {
    for (const auto& [column, cells] : joined) table.columns.push_back(head_of(column));
    for (const std::string& name : query.columns) require_column(query, table, name);
    // A slip may be meant for one that is made on request only.
    Table known = table;
    for (const JoinedColumn& column : query.joined) known.columns.push_back(head_of(column));
    for (const std::string& name : query.columns) get_column(known, name);
    return query.columns.empty() ? without_columns_on_request(table) : select_columns(table, query.columns);
  }

  /// What has to be read of each row for what is shown of it.
  std::vector<std::string> names_to_read() const {
    std::vector<std::string> names;
    for (const TableColumn& column : columns.columns) names.push_back(column.name);
    for (const auto& [column, cells] : joined) {
      std::erase(names, column.name);
      names.insert(names.end(), cells.by.begin(), cells.by.end());
    }
    return names;
  }

  bool visit_joined(const Block& block, const std::function<bool(const Block&)>& visit) const {
    if (joined.empty()) return visit(block);
    Block longer = block;
    for (const auto& [column, cells] : joined) join(column, cells, longer);
    return visit(longer);
  }

  void visit_rows(const std::vector<std::string>& names, const std::function<bool(const Block&)>& visit) {
    RowSelection chosen = selection;
    chosen.columns.insert(names.begin(), names.end());
    seen = {.methods_count = seen.methods_count};
    source.visit(chosen, [&](const Block& block, const std::vector<std::uint64_t>& /*jobs*/) {
      seen.add(block);
      return visit(block);
    });
  }

  void average() {
    GroupBuilder builder(source.columns(), query.group_by, query.columns);
    columns = shown(builder.columns());
    visit_rows(builder.columns_of_first_pass(), [&](const Block& block) {
      builder.add(block);
      return true;
    });
    builder.begin_second_pass();
    visit_rows(builder.columns_of_second_pass(), [&](const Block& block) {
      builder.add_again(block);
      return true;
    });
    if (!builder.passes_agree())
      throw ArchiveError(fmt::format("{}: jobs were computed again while their results were read. Ask once more.",
                                     archive.file().string()));
    groups = builder.finish();
  }

  std::vector<std::string> hints() const {
    std::vector<std::string> hints = unknown_words(words, condition);
    if (hints.empty() || query.rows != RowKind::profiles)
      std::ranges::move(hints_of_rows(query, archive, seen), std::back_inserter(hints));
    return hints;
  }

  const Archive& archive;
  Query query;
  RowSource source;
  Condition condition;
  WordsOfColumns words;
  RowSelection selection;
  std::vector<std::pair<JoinedColumn, JoinedCells>> joined;  // that are named
  Table columns;
  std::optional<Groups> groups;
  RowsSeen seen;  // in the last visit
};

Answer::Answer(const Archive& archive, Query query) : impl_(std::make_unique<Impl>(archive, std::move(query))) {
  if (impl_->query.group_by.empty())
    impl_->columns = impl_->shown(impl_->source.columns());
  else
    impl_->average();
}

Answer::~Answer() = default;
Answer::Answer(Answer&&) noexcept = default;
Answer& Answer::operator=(Answer&&) noexcept = default;

const Table& Answer::columns() const { return impl_->columns; }

void Answer::visit(const std::function<bool(const Block&)>& visit) {
  if (impl_->groups)
    impl_->visit_joined(as_block(impl_->groups->table), visit);
  else
    impl_->visit_rows(impl_->names_to_read(), [&](const Block& block) { return impl_->visit_joined(block, visit); });
}

std::vector<std::string> Answer::warnings() const {
  std::vector<std::string> warnings;
  if (impl_->source.damaged() > 0) warnings.push_back(damage_warning(impl_->archive, impl_->source.damaged()));
  if (impl_->groups && !impl_->groups->mixed.empty()) warnings.push_back(mixing_warning(impl_->groups->mixed));
  return warnings;
}

std::vector<std::string> Answer::hints() const { return impl_->hints(); }

}  // namespace nxmc

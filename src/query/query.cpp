#include "nxmc/query/query.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "hints.hpp"
#include "joined_rows.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/group.hpp"
#include "physical_columns.hpp"
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

std::string damage_warning(const Archive& archive, std::uint64_t damaged) {
  return fmt::format("{} damaged and left out; see 'nxmc verify {}'",
                     damaged == 1 ? "1 row is" : fmt::format("{} rows are", damaged), archive.file().string());
}

}  // namespace

struct Answer::Impl {
  Impl(const Archive& opened, Query asked)
      : archive(opened),
        query(std::move(asked)),
        source(archive, query.rows, RowSource::Chains::longest, query.units),
        condition(condition_of(query, with_joined(source.columns(), query.joined))),
        words(words_in(archive, compared_columns(condition))) {
    // Words of the archive: sites.
    if (query.units != nullptr)
      for (const TableColumn& column : source.columns().columns)
        if (is_physical(column)) words.erase(column.name);
    const Table known = with_joined(source.columns(), query.joined);
    require_columns_of(condition, query, known);
    collect_words_of_joined(query.joined, condition, words);
    check_condition(condition, known, words);
    for (const std::string& key : query.group_by) require_column(query, source.columns(), key);
    for (const JoinedColumn& column : query.joined)
      if (std::ranges::find(query.columns, column.name) != query.columns.end()) joined.push_back({column, {}});
  }

  /// Once all names are known to be right: joined columns may take long.
  void choose_rows() {
    selection = rows_where(condition, query.joined, query.rows);
    // Before the condition, which is to choose among the scans of a job too.
    selection.row_per_scan = std::ranges::find(query.group_by, "scan") != query.group_by.end();
    if (selection.row_per_scan) selection.columns.insert("scan");
    seen.methods_count = query.rows == RowKind::jobs && query.columns.empty();
    if (seen.methods_count) selection.columns.insert("method");
    for (JoinedRows& one : joined) one.cells = one.column.join(query);
  }

  /// What the rows have of the columns that were asked for.
  Table shown(Table table) const {
    for (const JoinedRows& one : joined) table.columns.push_back(head_of(one.column));
    for (const std::string& name : query.columns) require_column(query, table, name);
    // A slip may be meant for one that is made on request only.
    const Table known = with_joined(table, query.joined);
    for (const std::string& name : query.columns) get_column(known, name);
    return query.columns.empty() ? without_columns_on_request(table) : select_columns(table, query.columns);
  }

  /// What has to be read of each row for what is shown of it.
  std::vector<std::string> names_to_read() const {
    std::vector<std::string> names;
    for (const TableColumn& column : columns.columns) names.push_back(column.name);
    for (const JoinedRows& one : joined) {
      std::erase(names, one.column.name);
      names.insert(names.end(), one.cells.by.begin(), one.cells.by.end());
    }
    return names;
  }

  bool visit_joined(const Block& block, const std::function<bool(const Block&)>& visit) const {
    if (joined.empty()) return visit(block);
    Block longer = block;
    for (const JoinedRows& one : joined) join(one, longer);
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
    choose_rows();
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
    if (hints.empty() || (query.rows != RowKind::profiles && query.rows != RowKind::series))
      std::ranges::move(hints_of_rows(query, archive, seen), std::back_inserter(hints));
    return hints;
  }

  const Archive& archive;
  Query query;
  RowSource source;
  Condition condition;
  WordsOfColumns words;
  RowSelection selection;
  std::vector<JoinedRows> joined;  // that are shown
  Table columns;
  std::optional<Groups> groups;
  RowsSeen seen;  // in the last visit
};

Answer::Answer(const Archive& archive, Query query) : impl_(std::make_unique<Impl>(archive, std::move(query))) {
  if (!impl_->query.group_by.empty()) {
    impl_->average();
    return;
  }
  impl_->columns = impl_->shown(impl_->source.columns());
  impl_->choose_rows();
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

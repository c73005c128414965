#include "nxmc/query/query.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "nxmc/observe/quantities.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/group.hpp"
#include "row_source.hpp"

namespace nxmc {
namespace {

bool mentions_only(const Condition& condition, const Table& table) {
  if (condition.kind == Condition::Kind::comparison) return find_column(table, condition.column) != nullptr;
  return std::all_of(condition.parts.begin(), condition.parts.end(),
                     [&](const Condition& part) { return mentions_only(part, table); });
}

/// The parts of a condition joined by `and` that can be decided without reading results: whole jobs drop out before
/// their thousands of rows are built.
Condition decided_by_parameters(const Condition& condition, const Table& parameters) {
  if (mentions_only(condition, parameters)) return condition;
  Condition kept;
  kept.kind = Condition::Kind::all_of;
  if (condition.kind != Condition::Kind::all_of) return kept;
  for (const Condition& part : condition.parts) kept.parts.push_back(decided_by_parameters(part, parameters));
  return kept;
}

Condition condition_of(const Query& query) { return query.where.empty() ? Condition{} : parse_condition(query.where); }

// ---- What a query may have meant

/// Columns of each kind of rows, with the option that shows them.
struct KindOfRows {
  Query::Rows kind;
  std::string_view option;
};
constexpr std::array kinds{KindOfRows{Query::Rows::jobs, "jobs"}, KindOfRows{Query::Rows::times, "--times"},
                           KindOfRows{Query::Rows::profiles, "--profiles"}};

/// A column that is not there because of how the query is written, not because of its name; empty if it is the name.
std::string why_absent(const Archive& archive, const Query& query, const Table& table, const std::string& name) {
  constexpr std::string_view suffix = "_err";
  const std::string base = name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : std::string();
  if (query.group_by.empty()) {
    if (name == "n") return "'n' counts averaged rows: it comes with --group-by";
    const TableColumn* value = base.empty() ? nullptr : find_column(table, base);
    if (value != nullptr && value->role == Role::observable)
      return fmt::format("rows have no '{}': errors of '{}' come with --group-by", name, base);
  }
  std::vector<std::string> options;
  for (const KindOfRows& other : kinds) {
    if (other.kind == query.rows) continue;
    const Table columns = columns_of(archive, other.kind);
    const bool averaged = !query.group_by.empty() && !base.empty() && find_column(columns, base) != nullptr;
    if (!averaged && find_column(columns, name) == nullptr) continue;
    options.emplace_back(other.kind == Query::Rows::jobs ? "queries without --times and --profiles" : other.option);
  }
  return options.empty() ? std::string() : fmt::format("'{}' is a column of {}", name, fmt::join(options, " and "));
}

void require_column(const Archive& archive, const Query& query, const Table& table, const std::string& name) {
  if (find_column(table, name) != nullptr) return;
  if (const std::string why = why_absent(archive, query, table, name); !why.empty()) throw QueryError(why);
}

void require_columns_of(const Condition& condition, const Archive& archive, const Query& query, const Table& table) {
  if (condition.kind == Condition::Kind::comparison) {
    try {
      require_column(archive, query, table, condition.column);
    } catch (const QueryError& error) {
      throw QueryError(fmt::format("position {} of the condition: {}", condition.position, error.what()));
    }
  }
  for (const Condition& part : condition.parts) require_columns_of(part, archive, query, table);
}

bool is_exchange(const TableColumn& methods, std::size_t row) {
  return std::get<std::vector<std::string>>(methods.values)[row] == to_string(Method::exchange);
}

bool any_exchange(const Archive& archive) {
  const std::vector<Method> methods = archive.methods();
  return std::ranges::find(methods, Method::exchange) != methods.end();
}

std::string mixing_warning(const std::vector<std::string>& mixed) {
  return fmt::format("the averages mix rows that differ in {}; add it to --group-by or choose with --where",
                     fmt::join(mixed, ", "));
}

std::string damage_warning(const Archive& archive, std::uint64_t damaged) {
  return fmt::format("{} damaged and left out; see 'nxmc verify {}'",
                     damaged == 1 ? "1 row is" : fmt::format("{} rows are", damaged), archive.file().string());
}

RowSelection rows_where(const Condition& condition, const Table& parameters) {
  return {.of_jobs = decided_by_parameters(condition, parameters),
          .of_rows = condition,
          .columns = compared_columns(condition)};
}

/// The job table of an archive without jobs.
Table empty_job_table() {
  Table table;
  for (const char* name : {"job", "scan", "method", "lattice", "size", "start", "interaction", "hamiltonian", "seed",
                           "energy_unit", "state", "host", "program_version"}) {
    table.columns.push_back({name, "", Role::label, std::vector<std::string>()});
  }
  for (const char* name : {"shell_layers", "shell_stiffness", "temperature", "delta_mu", "composition", "replica",
                           "equilibration_sweeps", "measured_sweeps", "n_sites", "n_core", "numerics", "wall_seconds",
                           "pieces", "started", "finished", "exchange_until", "rate_exchange", "rate_diffusion"}) {
    table.columns.push_back({name, "", Role::label, std::vector<double>()});
  }
  for (const auto quantities : {equilibrium_columns(), exchange_summary_columns()}) {
    for (const Quantity& quantity : quantities)
      table.columns.push_back({quantity.name, "", Role::observable, std::vector<double>()});
  }
  return table;
}

}  // namespace

struct Answer::Impl {
  Impl(const Archive& opened, Query asked)
      : archive(opened),
        query(std::move(asked)),
        condition(condition_of(query)),
        source(archive, query.rows, RowSource::Chains::longest),
        words(words_in(archive, compared_columns(condition))),
        selection(rows_where(condition, parameter_columns(archive))) {
    require_columns_of(condition, archive, query, source.columns());
    check_condition(condition, source.columns(), words);
    for (const std::string& key : query.group_by) require_column(archive, query, source.columns(), key);
    // Before the condition, which is to choose among the scans of a job too.
    selection.row_per_scan = std::ranges::find(query.group_by, "scan") != query.group_by.end();
    if (selection.row_per_scan) selection.columns.insert("scan");
    counts_methods = query.rows == Query::Rows::jobs && query.columns.empty();
    if (counts_methods) selection.columns.insert("method");
  }

  /// What the rows have of the columns that were asked for.
  Table shown(const Table& table) const {
    for (const std::string& name : query.columns) require_column(archive, query, table, name);
    return query.columns.empty() ? without_columns_on_request(table) : select_columns(table, query.columns);
  }

  void visit_rows(const std::vector<std::string>& names, const std::function<bool(const Block&)>& visit) {
    RowSelection chosen = selection;
    chosen.columns.insert(names.begin(), names.end());
    rows = 0;
    rows_of_exchange = 0;
    source.visit(chosen, [&](const Block& block, const std::vector<std::uint64_t>& /*jobs*/) {
      rows += block.rows.rows;
      if (counts_methods) {
        const TableColumn& methods = get_column(block.jobs, "method");
        for (const std::uint32_t job : block.job_of_row) rows_of_exchange += is_exchange(methods, job) ? 1 : 0;
      }
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
    if (counts_methods && rows > 0 && rows_of_exchange == rows)
      hints.emplace_back("exchange jobs are observed in time: add --times");
    if (query.rows == Query::Rows::times && !any_exchange(archive))
      hints.emplace_back("this archive has no exchange jobs, which are what --times shows");
    if (query.rows == Query::Rows::profiles && rows == 0 && hints.empty())
      hints.emplace_back("--profiles shows finished jobs of boxes, and none is selected");
    return hints;
  }

  const Archive& archive;
  Query query;
  Condition condition;
  RowSource source;
  WordsOfColumns words;
  RowSelection selection;
  Table columns;
  std::optional<Groups> groups;
  // Of the last visit.
  bool counts_methods = false;
  std::uint64_t rows = 0;
  std::uint64_t rows_of_exchange = 0;
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
  if (impl_->groups) {
    visit(as_block(impl_->groups->table));
    return;
  }
  std::vector<std::string> names;
  for (const TableColumn& column : impl_->columns.columns) names.push_back(column.name);
  impl_->visit_rows(names, visit);
}

std::vector<std::string> Answer::warnings() const {
  std::vector<std::string> warnings;
  if (impl_->source.damaged() > 0) warnings.push_back(damage_warning(impl_->archive, impl_->source.damaged()));
  if (impl_->groups && !impl_->groups->mixed.empty()) warnings.push_back(mixing_warning(impl_->groups->mixed));
  return warnings;
}

std::vector<std::string> Answer::hints() const { return impl_->hints(); }

Table describe_columns(const Archive& archive) {
  struct Line {
    std::string column;
    std::string unit;
    std::vector<std::string_view> options;
    std::string description;
  };
  std::vector<Line> lines;
  for (const KindOfRows& rows : kinds) {
    for (const TableColumn& column : columns_of(archive, rows.kind).columns) {
      const auto known = std::find_if(lines.begin(), lines.end(), [&](const Line& line) {
        return line.column == column.name && line.description == column.description;
      });
      if (known != lines.end()) {
        known->options.push_back(rows.option);
      } else {
        lines.push_back({column.name, column.unit, {rows.option}, column.description});
      }
    }
  }
  lines.push_back({"n", "1", {"--group-by"}, "rows that were averaged; every average has its error in <name>_err"});

  std::vector<std::string> names;
  std::vector<std::string> units;
  std::vector<std::string> shown_by;
  std::vector<std::string> descriptions;
  for (Line& line : lines) {
    names.push_back(std::move(line.column));
    units.push_back(line.unit == "1" ? "" : std::move(line.unit));
    shown_by.push_back(line.options.size() == kinds.size() ? "all" : fmt::format("{}", fmt::join(line.options, " ")));
    descriptions.push_back(std::move(line.description));
  }
  const std::size_t count = names.size();
  return {{{"column", "", Role::label, std::move(names)},
           {"unit", "", Role::label, std::move(units)},
           {"rows", "", Role::label, std::move(shown_by)},
           {"meaning", "", Role::label, std::move(descriptions)}},
          count};
}

void check_job_condition(const std::string& condition) {
  check_condition(parse_condition(condition), empty_job_table(), {});
}

std::vector<std::uint64_t> jobs_where(const Archive& archive, const std::string& text) {
  const Condition condition = parse_condition(text);
  RowSource source(archive, Query::Rows::jobs, RowSource::Chains::all);
  check_condition(condition, source.columns(), words_in(archive, compared_columns(condition)));
  std::vector<std::uint64_t> found;
  source.visit(rows_where(condition, parameter_columns(archive)),
               [&](const Block& block, const std::vector<std::uint64_t>& jobs) {
                 for (const std::uint32_t job : block.job_of_row) found.push_back(jobs[job]);
                 return true;
               });
  return found;
}

Remainder without_jobs(const Archive& archive, const std::string& text) {
  const Condition condition = parse_condition(text);
  RowSource source(archive, Query::Rows::jobs, RowSource::Chains::all);
  const WordsOfColumns words = words_in(archive, compared_columns(condition));
  check_condition(condition, source.columns(), words);
  RowSelection all{.of_jobs = {}, .of_rows = {}, .columns = compared_columns(condition)};
  all.columns.insert("scan");
  Remainder rest{.scans = {}, .concerned = 0, .hints = unknown_words(words, condition)};
  source.visit(all, [&](const Block& block, const std::vector<std::uint64_t>& jobs) {
    const Block memberships = one_row_per_item(block, "scan");
    std::vector<bool> goes(memberships.rows.rows, false);
    for (const std::size_t row : matching_rows(memberships, condition)) goes[row] = true;
    std::size_t membership = 0;
    for (std::size_t row = 0; row < jobs.size(); ++row) {
      const std::vector<std::string> scans = list_items(text_at(get_column(block.jobs, "scan"), row));
      std::vector<std::string> stays;
      for (const std::string& scan : scans)
        if (!goes[membership++]) stays.push_back(scan);
      rest.scans.push_back(fmt::format("{}", fmt::join(stays, ",")));
      if (stays.size() < scans.size()) ++rest.concerned;
    }
    return true;
  });
  return rest;
}

}  // namespace nxmc

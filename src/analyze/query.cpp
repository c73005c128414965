#include "nxmc/analyze/query.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

#include "nxmc/analyze/condition.hpp"
#include "nxmc/analyze/group.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Columns of a job that say something else than what was simulated, or repeat it in other words (n_sites follows from
/// size).
bool is_label(std::string_view name) {
  constexpr std::array<std::string_view, 9> labels{"job",    "scan",        "start",    "replica", "n_sites",
                                                   "n_core", "energy_unit", "numerics", "state"};
  return std::find(labels.begin(), labels.end(), name) != labels.end();
}

Table parameter_table(const Archive& archive) {
  Table table{{}, archive.jobs()};
  for (Column& column : archive.job_columns()) {
    const Role role = is_label(column.name) ? Role::label : Role::parameter;
    table.columns.push_back({std::move(column.name), std::move(column.unit), role, std::move(column.values),
                             std::move(column.description)});
  }
  return table;
}

void add_observable(Table& table, const Quantity& quantity, std::vector<double> values) {
  table.columns.push_back({quantity.name, quantity.unit, Role::observable, std::move(values), quantity.description});
}

/// Column `k` of a row-major array with `stride` columns.
std::vector<double> strided(const std::vector<double>& values, std::size_t k, std::size_t stride) {
  std::vector<double> column;
  for (; k < values.size(); k += stride) column.push_back(values[k]);
  return column;
}

void add_equilibrium_observables(Table& table, const Archive& archive) {
  const auto quantities = equilibrium_columns();
  std::vector<double> values = archive.equilibrium().values;
  values.resize(table.rows * quantities.size(), missing);  // empty in an archive without equilibrium jobs
  for (std::size_t k = 0; k < quantities.size(); ++k) {
    add_observable(table, quantities[k], strided(values, k, quantities.size()));
  }
}

void add_wall_seconds(Table& table, const std::vector<JobStatus>& all) {
  std::vector<double> seconds;
  seconds.reserve(all.size());
  for (const JobStatus& status : all) {
    seconds.push_back(has_results(status.state) ? status.wall_seconds : missing);
  }
  add_observable(table, {"wall_seconds", "s", "computing time"}, std::move(seconds));
}

constexpr std::array provenance_columns{"pieces", "started", "finished", "host", "program_version"};

/// When, where and by what each row was computed.
void add_provenance(Table& table, const std::vector<JobStatus>& all) {
  std::vector<std::int64_t> pieces;
  std::vector<double> started;
  std::vector<double> finished;
  std::vector<std::string> hosts;
  std::vector<std::string> versions;
  for (const JobStatus& status : all) {
    const bool ended = has_results(status.state);
    pieces.push_back(ended ? status.pieces : 0);
    started.push_back(ended ? status.started : missing);
    finished.push_back(ended ? status.finished : missing);
    hosts.push_back(ended ? status.host : "");
    versions.push_back(ended ? status.program_version : "");
  }
  const auto add = [&](const char* name, const char* unit, const char* meaning, Values values) {
    table.columns.push_back({name, unit, Role::label, std::move(values), meaning, true});
  };
  add(provenance_columns[0], "1", "in how many runs it was computed", std::move(pieces));
  add(provenance_columns[1], "s", "start of its first piece, in seconds since 1970", std::move(started));
  add(provenance_columns[2], "s", "end of its last piece, in seconds since 1970", std::move(finished));
  add(provenance_columns[3], "", "where it was finished", std::move(hosts));
  add(provenance_columns[4], "", "version and commit of nxmc that finished it", std::move(versions));
}

std::vector<std::size_t> all_jobs(const Archive& archive) {
  std::vector<std::size_t> jobs(archive.jobs());
  std::iota(jobs.begin(), jobs.end(), std::size_t{0});
  return jobs;
}

std::vector<std::uint64_t> exchange_jobs(const std::vector<Method>& methods, const std::vector<std::size_t>& among) {
  std::vector<std::uint64_t> jobs;
  std::copy_if(among.begin(), among.end(), std::back_inserter(jobs),
               [&](std::size_t job) { return methods[job] == Method::exchange; });
  return jobs;
}

void add_exchange_summary(Table& table, const Archive& archive) {
  const auto quantities = exchange_summary_columns();
  std::vector<std::vector<double>> columns(quantities.size(), std::vector<double>(table.rows, missing));
  const std::vector<Method> methods = archive.methods();
  const std::vector<std::uint64_t> jobs = exchange_jobs(methods, all_jobs(archive));
  const auto results = archive.exchange(jobs);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!results[i]) continue;
    for (std::size_t k = 0; k < quantities.size(); ++k) columns[k][jobs[i]] = results[i]->summary[k];
  }
  for (std::size_t k = 0; k < quantities.size(); ++k) {
    add_observable(table, quantities[k], std::move(columns[k]));
  }
}

void add_parameter(Table& table, const Quantity& parameter, Values values) {
  table.columns.push_back({parameter.name, parameter.unit, Role::parameter, std::move(values), parameter.description});
}

/// Parameters that few campaigns set: last, but there, so that averages do not mix them unnoticed.
void add_uncommon_parameters(Table& table, const Archive& archive, const std::vector<std::size_t>& job_of_row) {
  std::vector<double> until;
  std::vector<double> exchange;
  std::vector<double> diffusion;
  for (const std::size_t job : job_of_row) {
    const Physics physics = archive.physics(job);
    const bool applies = physics.method == Method::exchange;
    until.push_back(applies && std::isfinite(physics.exchange_until) ? physics.exchange_until : missing);
    exchange.push_back(applies ? physics.rates.exchange : missing);
    diffusion.push_back(applies ? physics.rates.diffusion : missing);
  }
  add_parameter(table, {"exchange_until", "time_unit", "end of the exchange, after which there is only diffusion"},
                std::move(until));
  add_parameter(table, {"rate_exchange", "1/time_unit", "rate constant of exchange"}, std::move(exchange));
  add_parameter(table, {"rate_diffusion", "1/time_unit", "rate constant of diffusion"}, std::move(diffusion));
}

std::vector<std::size_t> jobs_to_show(const Archive& archive) {
  const std::vector<bool> superseded = archive.superseded();
  std::vector<std::size_t> jobs = all_jobs(archive);
  std::erase_if(jobs, [&](std::size_t job) { return superseded[job]; });
  return jobs;
}

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

/// Rows of one kind, and the jobs among them whose results are damaged.
struct Rows {
  Table table;
  std::vector<std::size_t> damaged;
};

constexpr std::string_view damaged_state = "damaged";

bool measured(const Table& table, std::size_t row) {
  return std::any_of(table.columns.begin(), table.columns.end(), [row](const TableColumn& column) {
    return column.role == Role::observable && column.name != "wall_seconds" && !is_missing(column, row);
  });
}

/// The archive gives no results where a checksum is wrong: such rows say so instead of calling themselves done.
void mark_damaged(Table& table, std::size_t row) {
  for (TableColumn& column : table.columns) {
    if (column.name == "state") std::get<std::vector<std::string>>(column.values)[row] = damaged_state;
    if (column.name == "wall_seconds") std::get<std::vector<double>>(column.values)[row] = missing;
  }
}

Rows all_job_rows(const Archive& archive) {
  Rows rows{parameter_table(archive), {}};
  add_equilibrium_observables(rows.table, archive);
  const std::vector<JobStatus> status = archive.status();
  add_wall_seconds(rows.table, status);
  add_exchange_summary(rows.table, archive);
  const std::vector<JobState> states = archive.states();
  for (std::size_t job = 0; job < rows.table.rows; ++job) {
    if (!has_results(states[job]) || measured(rows.table, job) || !archive.damaged(job)) continue;
    rows.damaged.push_back(job);
    mark_damaged(rows.table, job);
  }
  add_uncommon_parameters(rows.table, archive, all_jobs(archive));
  add_provenance(rows.table, status);
  return rows;
}

Rows job_rows(const Archive& archive) {
  Rows rows = all_job_rows(archive);
  if (const auto shown = jobs_to_show(archive); shown.size() < rows.table.rows)
    rows.table = select_rows(rows.table, shown);
  return rows;
}

/// \param jobs  which rows of the job table, ascending
Rows time_rows(const Archive& archive, const std::vector<std::size_t>& jobs) {
  const auto quantities = exchange_columns();
  const std::vector<Method> methods = archive.methods();
  const std::vector<JobState> states = archive.states();
  std::vector<std::size_t> damaged;
  std::vector<std::size_t> job_of_row;
  std::vector<double> times;
  std::vector<double> values;
  const std::vector<std::uint64_t> observed = exchange_jobs(methods, jobs);
  const auto all_results = archive.exchange(observed);
  for (std::size_t i = 0; i < observed.size(); ++i) {
    const std::uint64_t job = observed[i];
    const auto& results = all_results[i];
    if (!results) {
      if (has_results(states[job]) && archive.damaged(job)) damaged.push_back(job);
      continue;
    }
    job_of_row.insert(job_of_row.end(), results->times.size(), job);
    times.insert(times.end(), results->times.begin(), results->times.end());
    values.insert(values.end(), results->values.begin(), results->values.end());
  }

  Table table = select_rows(parameter_table(archive), job_of_row);
  add_parameter(table, {"time", "time_unit", "time of the observation"}, std::move(times));
  for (std::size_t k = 0; k < quantities.size(); ++k) {
    add_observable(table, quantities[k], strided(values, k, quantities.size()));
  }
  add_uncommon_parameters(table, archive, job_of_row);
  return {std::move(table), std::move(damaged)};
}

Rows profile_rows(const Archive& archive, const std::vector<std::size_t>& jobs) {
  const std::vector<Method> methods = archive.methods();
  const std::vector<JobState> states = archive.states();
  std::vector<std::size_t> damaged;
  std::vector<std::size_t> job_of_row;
  std::vector<double> times;
  std::vector<std::int64_t> planes;
  std::vector<double> compositions;
  std::vector<double> errors;
  const auto add_row = [&](std::size_t job, double time, std::size_t plane, double composition, double error) {
    job_of_row.push_back(job);
    times.push_back(time);
    planes.push_back(static_cast<std::int64_t>(plane));
    compositions.push_back(composition);
    errors.push_back(error);
  };
  for (const std::size_t job : jobs) {
    const std::vector<double> profile = archive.profile(job);
    if (profile.empty()) {
      if (has_results(states[job]) && archive.damaged(job)) damaged.push_back(job);
      continue;
    }
    if (methods[job] == Method::equilibrium) {
      for (std::size_t k = 0; k + 1 < profile.size(); k += 2) add_row(job, missing, k / 2, profile[k], profile[k + 1]);
    } else if (const auto results = archive.exchange(job); results && !results->times.empty()) {
      const std::size_t count = profile.size() / results->times.size();
      for (std::size_t k = 0; k < profile.size(); ++k)
        add_row(job, results->times[k / count], k % count, profile[k], missing);
    }
  }

  Table table = select_rows(parameter_table(archive), job_of_row);
  add_parameter(table, {"time", "time_unit", "time of the observation"}, std::move(times));
  add_parameter(table, {"plane", "1", "number of the plane across the longest edge, from 0"}, std::move(planes));
  add_observable(table, {"c", "1", "fraction of A in the plane"}, std::move(compositions));
  add_observable(table, {"c_err", "1", "standard error of c"}, std::move(errors));
  add_uncommon_parameters(table, archive, job_of_row);
  return {std::move(table), std::move(damaged)};
}

Rows rows_of(const Archive& archive, Query::Rows kind, const std::vector<std::size_t>& jobs) {
  switch (kind) {
    case Query::Rows::times:
      return time_rows(archive, jobs);
    case Query::Rows::profiles:
      return profile_rows(archive, jobs);
    case Query::Rows::jobs:
      break;
  }
  return job_rows(archive);
}

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
    const Table columns = rows_of(archive, other.kind, {}).table;
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

bool all_are_exchange(const Table& table) {
  const auto& methods = std::get<std::vector<std::string>>(get_column(table, "method").values);
  return !methods.empty() &&
         std::all_of(methods.begin(), methods.end(), [](const auto& m) { return m == to_string(Method::exchange); });
}

std::vector<std::string> hints_for(const Query& query, const Table& all_jobs, const Table& selected,
                                   const Condition& condition) {
  std::vector<std::string> hints = unknown_words(all_jobs, condition);
  const auto& methods = std::get<std::vector<std::string>>(get_column(all_jobs, "method").values);
  const bool any_exchange = std::find(methods.begin(), methods.end(), to_string(Method::exchange)) != methods.end();
  if (query.rows == Query::Rows::jobs && query.columns.empty() && all_are_exchange(selected))
    hints.emplace_back("exchange jobs are observed in time: add --times");
  if (query.rows == Query::Rows::times && !any_exchange)
    hints.emplace_back("this archive has no exchange jobs, which are what --times shows");
  if (query.rows == Query::Rows::profiles && selected.rows == 0 && hints.empty())
    hints.emplace_back("--profiles shows finished jobs of boxes, and none is selected");
  return hints;
}

std::string mixing_warning(const std::vector<std::string>& mixed) {
  return fmt::format("the averages mix rows that differ in {}; add it to --group-by or choose with --where",
                     fmt::join(mixed, ", "));
}

std::string damage_warning(const Archive& archive, std::size_t damaged) {
  return fmt::format("{} damaged and left out; see 'nxmc verify {}'",
                     damaged == 1 ? "1 row is" : fmt::format("{} rows are", damaged), archive.file().string());
}

std::vector<std::size_t> common(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
  std::vector<std::size_t> in_both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(in_both));
  return in_both;
}

/// The job table of an archive without jobs.
Table empty_job_table() {
  Table table;
  for (const char* name :
       {"job", "scan", "method", "lattice", "size", "start", "interaction", "hamiltonian", "energy_unit", "state"}) {
    table.columns.push_back({name, "", Role::label, std::vector<std::string>()});
  }
  for (const char* name : {"shell_layers", "shell_stiffness", "temperature", "delta_mu", "composition", "replica",
                           "n_sites", "n_core", "numerics", "wall_seconds"}) {
    table.columns.push_back({name, "", Role::label, std::vector<double>()});
  }
  for (const auto quantities : {equilibrium_columns(), exchange_summary_columns()}) {
    for (const Quantity& quantity : quantities) add_observable(table, quantity, {});
  }
  add_provenance(table, {});
  for (const char* name : {"exchange_until", "rate_exchange", "rate_diffusion"})
    add_parameter(table, {name, "", ""}, std::vector<double>());
  return table;
}

}  // namespace

Answer answer(const Archive& archive, const Query& query) {
  const Condition condition = condition_of(query);
  const Table parameters = parameter_table(archive);
  const auto jobs =
      common(matching_rows(parameters, decided_by_parameters(condition, parameters)), jobs_to_show(archive));
  Rows rows = rows_of(archive, query.rows, jobs);
  Table& table = rows.table;
  require_columns_of(condition, archive, query, table);
  for (const std::string& key : query.group_by) require_column(archive, query, table, key);

  // Before the condition, which is to choose among the scans of a job too.
  if (std::find(query.group_by.begin(), query.group_by.end(), "scan") != query.group_by.end())
    table = one_row_per_item(table, "scan");
  if (!query.where.empty()) table = select_rows(table, matching_rows(table, condition));

  Answer result;
  result.hints = hints_for(query, parameters, table, condition);
  if (const std::size_t damaged = common(rows.damaged, jobs).size(); damaged > 0)
    result.warnings.push_back(damage_warning(archive, damaged));
  if (!query.group_by.empty()) {
    Groups groups = group_rows(table, query.group_by);
    if (!groups.mixed.empty()) result.warnings.push_back(mixing_warning(groups.mixed));
    table = std::move(groups.table);
  }
  for (const std::string& name : query.columns) require_column(archive, query, table, name);
  result.table = query.columns.empty() ? without_columns_on_request(table) : select_columns(table, query.columns);
  return result;
}

Table describe_columns(const Archive& archive) {
  struct Line {
    std::string column;
    std::string unit;
    std::vector<std::string_view> options;
    std::string description;
  };
  std::vector<Line> lines;
  for (const KindOfRows& rows : kinds) {
    for (const TableColumn& column : rows_of(archive, rows.kind, {}).table.columns) {
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

void check_job_condition(const std::string& condition) { matching_rows(empty_job_table(), parse_condition(condition)); }

std::vector<std::uint64_t> jobs_where(const Archive& archive, const std::string& condition) {
  const std::vector<std::size_t> rows = matching_rows(all_job_rows(archive).table, parse_condition(condition));
  return {rows.begin(), rows.end()};
}

Remainder without_jobs(const Archive& archive, const std::string& condition) {
  const Condition parsed = parse_condition(condition);
  const Table jobs = all_job_rows(archive).table;
  const Table memberships = one_row_per_item(jobs, "scan");
  std::vector<bool> goes(memberships.rows, false);
  for (const std::size_t row : matching_rows(memberships, parsed)) goes[row] = true;
  Remainder rest{.scans = std::vector<std::string>(jobs.rows), .concerned = 0, .hints = unknown_words(jobs, parsed)};
  std::size_t membership = 0;
  for (std::size_t job = 0; job < jobs.rows; ++job) {
    const std::vector<std::string> scans = list_items(text_at(get_column(jobs, "scan"), job));
    std::vector<std::string> stays;
    for (const std::string& scan : scans)
      if (!goes[membership++]) stays.push_back(scan);
    rest.scans[job] = fmt::format("{}", fmt::join(stays, ","));
    if (stays.size() < scans.size()) ++rest.concerned;
  }
  return rest;
}

}  // namespace nxmc

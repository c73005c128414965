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
    table.columns.push_back({std::move(column.name), std::move(column.unit), role, std::move(column.values)});
  }
  return table;
}

void add_observable(Table& table, std::string name, std::string unit, std::vector<double> values) {
  table.columns.push_back({std::move(name), std::move(unit), Role::observable, std::move(values)});
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
    add_observable(table, quantities[k].name, quantities[k].unit, strided(values, k, quantities.size()));
  }
}

void add_wall_seconds(Table& table, const Archive& archive) {
  std::vector<double> seconds;
  for (const JobStatus& status : archive.status()) {
    seconds.push_back(has_results(status.state) ? status.wall_seconds : missing);
  }
  add_observable(table, "wall_seconds", "s", std::move(seconds));
}

void add_exchange_summary(Table& table, const Archive& archive) {
  const auto quantities = exchange_summary_columns();
  std::vector<std::vector<double>> columns(quantities.size(), std::vector<double>(table.rows, missing));
  const std::vector<Method> methods = archive.methods();
  for (std::size_t job = 0; job < table.rows; ++job) {
    if (methods[job] != Method::exchange) continue;
    const auto results = archive.exchange(job);
    if (!results) continue;
    for (std::size_t k = 0; k < quantities.size(); ++k) columns[k][job] = results->summary[k];
  }
  for (std::size_t k = 0; k < quantities.size(); ++k) {
    add_observable(table, quantities[k].name, quantities[k].unit, std::move(columns[k]));
  }
}

void add_parameter(Table& table, std::string name, std::string unit, Values values) {
  table.columns.push_back({std::move(name), std::move(unit), Role::parameter, std::move(values)});
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
  add_parameter(table, "exchange_until", "time_unit", std::move(until));
  add_parameter(table, "rate_exchange", "1/time_unit", std::move(exchange));
  add_parameter(table, "rate_diffusion", "1/time_unit", std::move(diffusion));
}

std::vector<std::size_t> all_jobs(const Archive& archive) {
  std::vector<std::size_t> jobs(archive.jobs());
  std::iota(jobs.begin(), jobs.end(), std::size_t{0});
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

Table rows_of(const Archive& archive, Query::Rows rows, const Condition& condition) {
  if (rows == Query::Rows::jobs) return job_table(archive);
  const Table parameters = parameter_table(archive);
  const auto jobs = matching_rows(parameters, decided_by_parameters(condition, parameters));
  return rows == Query::Rows::times ? time_table(archive, jobs) : profile_table(archive, jobs);
}

std::string mixing_warning(const std::vector<std::string>& mixed) {
  return fmt::format("the averages mix rows that differ in {}; add it to --group-by or choose with --where",
                     fmt::join(mixed, ", "));
}

}  // namespace

Table job_table(const Archive& archive) {
  Table table = parameter_table(archive);
  add_equilibrium_observables(table, archive);
  add_wall_seconds(table, archive);
  add_exchange_summary(table, archive);
  add_uncommon_parameters(table, archive, all_jobs(archive));
  return table;
}

Table time_table(const Archive& archive, const std::vector<std::size_t>& jobs) {
  const auto quantities = exchange_columns();
  const std::vector<Method> methods = archive.methods();
  std::vector<std::size_t> job_of_row;
  std::vector<double> times;
  std::vector<double> values;
  for (const std::size_t job : jobs) {
    if (methods[job] != Method::exchange) continue;
    const auto results = archive.exchange(job);
    if (!results) continue;
    job_of_row.insert(job_of_row.end(), results->times.size(), job);
    times.insert(times.end(), results->times.begin(), results->times.end());
    values.insert(values.end(), results->values.begin(), results->values.end());
  }

  Table table = select_rows(parameter_table(archive), job_of_row);
  add_parameter(table, "time", "time_unit", std::move(times));
  for (std::size_t k = 0; k < quantities.size(); ++k) {
    add_observable(table, quantities[k].name, quantities[k].unit, strided(values, k, quantities.size()));
  }
  add_uncommon_parameters(table, archive, job_of_row);
  return table;
}

Table profile_table(const Archive& archive, const std::vector<std::size_t>& jobs) {
  const std::vector<Method> methods = archive.methods();
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
    if (profile.empty()) continue;
    if (methods[job] == Method::equilibrium) {
      for (std::size_t k = 0; k + 1 < profile.size(); k += 2) add_row(job, missing, k / 2, profile[k], profile[k + 1]);
    } else if (const auto results = archive.exchange(job); results && !results->times.empty()) {
      const std::size_t count = profile.size() / results->times.size();
      for (std::size_t k = 0; k < profile.size(); ++k)
        add_row(job, results->times[k / count], k % count, profile[k], missing);
    }
  }

  Table table = select_rows(parameter_table(archive), job_of_row);
  add_parameter(table, "time", "time_unit", std::move(times));
  add_parameter(table, "plane", "1", std::move(planes));
  add_observable(table, "c", "1", std::move(compositions));
  add_observable(table, "c_err", "1", std::move(errors));
  add_uncommon_parameters(table, archive, job_of_row);
  return table;
}

Answer answer(const Archive& archive, const Query& query) {
  const Condition condition = condition_of(query);
  Table table = rows_of(archive, query.rows, condition);
  if (!query.where.empty()) table = select_rows(table, matching_rows(table, condition));
  Answer result;
  if (!query.group_by.empty()) {
    Groups groups = group_rows(table, query.group_by);
    if (!groups.mixed.empty()) result.warnings.push_back(mixing_warning(groups.mixed));
    table = std::move(groups.table);
  }
  result.table = query.columns.empty() ? std::move(table) : select_columns(table, query.columns);
  return result;
}

std::vector<std::uint64_t> jobs_where(const Archive& archive, const std::string& condition) {
  const std::vector<std::size_t> rows = matching_rows(job_table(archive), parse_condition(condition));
  return {rows.begin(), rows.end()};
}

}  // namespace nxmc

#include "row_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "job_ranges.hpp"
#include "missing.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/engine/equilibrium_series.hpp"
#include "nxmc/observe/quantities.hpp"
#include "nxmc/query/group.hpp"

namespace nxmc {
namespace {

constexpr std::size_t rows_at_once = 1U << 16U;  // more only where a single job has more
constexpr std::string_view damaged_state = "damaged";

/// Values of the chosen jobs of a range.
Values picked(const Values& values, std::uint64_t first, const std::vector<std::uint64_t>& jobs) {
  return std::visit(
      [&](const auto& of_range) -> Values {
        std::decay_t<decltype(of_range)> kept;
        kept.reserve(jobs.size());
        for (const std::uint64_t job : jobs) kept.push_back(of_range[job - first]);
        return kept;
      },
      values);
}

bool is_of_job_table(const std::string& name) {
  return std::ranges::find(Archive::job_column_names(), name) != Archive::job_column_names().end();
}

std::vector<std::uint64_t> all_jobs_of(JobRange range) {
  std::vector<std::uint64_t> jobs(range.count);
  std::iota(jobs.begin(), jobs.end(), range.first);
  return jobs;
}

bool is_trivial(const Condition& condition) {
  return condition.kind == Condition::Kind::all_of &&
         std::ranges::all_of(condition.parts, [](const Condition& part) { return is_trivial(part); });
}

}  // namespace

WordsOfColumns words_in(const Archive& archive, const std::set<std::string>& names) {
  WordsOfColumns words;
  for (const std::string& name : names) {
    if (!is_of_job_table(name)) continue;
    for (const JobRange range : ranges_of_jobs(archive)) {
      const Column column = archive.job_column(name, range);
      if (!std::holds_alternative<std::vector<std::string>>(column.values)) break;
      collect_words({column.name, "", Role::label, column.values}, words[name]);
    }
  }
  return words;
}

// ---- A stretch of jobs

namespace {

/// nullptr when the table lacks the column.
template <class T>
std::vector<T>* cells_in(Table& table, const std::string& name) {
  const auto found = std::ranges::find(table.columns, name, &TableColumn::name);
  return found == table.columns.end() ? nullptr : &std::get<std::vector<T>>(found->values);
}

/// Where the results of a job go in a table with one row for each.
class ColumnsOfJobs {
 public:
  explicit ColumnsOfJobs(Table& table)
      : equilibrium_(find(table, equilibrium_columns())),
        exchange_(find(table, exchange_summary_columns())),
        wall_seconds_(cells_in<double>(table, "wall_seconds")),
        pieces_(cells_in<std::int64_t>(table, "pieces")),
        started_(cells_in<double>(table, "started")),
        finished_(cells_in<double>(table, "finished")),
        host_(cells_in<std::string>(table, "host")),
        program_version_(cells_in<std::string>(table, "program_version")) {}

  void fill(std::size_t row, const VisitedResults& results) const {
    if (results.summary.empty())
      fill(equilibrium_, row, results.values);
    else
      fill(exchange_, row, results.summary);
    set(wall_seconds_, row, results.wall_seconds);
    set(pieces_, row, results.pieces);
    set(started_, row, results.started);
    set(finished_, row, results.finished);
    set(host_, row, results.host);
    set(program_version_, row, results.program_version);
  }

  void leave_out_wall_seconds(std::size_t row) const { set(wall_seconds_, row, missing); }

 private:
  using Columns = std::vector<std::vector<double>*>;

  static Columns find(Table& table, std::span<const Quantity> quantities) {
    Columns columns;
    for (const Quantity& quantity : quantities) columns.push_back(cells_in<double>(table, quantity.name));
    return columns;
  }
  static void fill(const Columns& columns, std::size_t row, std::span<const double> values) {
    for (std::size_t k = 0; k < columns.size(); ++k) set(columns[k], row, values[k]);
  }
  template <class T, class Value>
  static void set(std::vector<T>* cells, std::size_t row, const Value& value) {
    if (cells != nullptr) (*cells)[row] = T(value);
  }

  Columns equilibrium_;
  Columns exchange_;
  std::vector<double>* wall_seconds_;
  std::vector<std::int64_t>* pieces_;
  std::vector<double>* started_;
  std::vector<double>* finished_;
  std::vector<std::string>* host_;
  std::vector<std::string>* program_version_;
};

}  // namespace

/// Makes blocks of the rows of some consecutive jobs.
class RowSource::Stretch {
 public:
  Stretch(RowSource& source, const RowSelection& selection, JobRange range, const Visit& visit)
      : source_(source), selection_(selection), range_(range), visit_(visit) {
    for (const TableColumn& column : source.columns_.columns)
      if (selection.columns.contains(column.name) && !is_of_job_table(column.name) &&
          !is_uncommon_parameter(column.name))
        (source.kind_ == RowKind::jobs ? jobs_ : rows_).columns.push_back(column);
  }

  /// False when the visitor wants no more.
  bool read() {
    const std::vector<std::uint64_t> jobs = jobs_to_read();
    if (jobs.empty()) return true;
    switch (source_.kind_) {
      case RowKind::jobs:
        read_jobs(jobs);
        break;
      case RowKind::times:
        archive().visit_results(jobs, [&](std::uint64_t job, const VisitedResults* results) {
          if (goes_on_) add_times(job, results);
        });
        break;
      case RowKind::profiles:
        archive().visit_profiles(jobs, [&](std::uint64_t job, auto profile, auto times) {
          if (goes_on_) add_profile(job, profile, times);
        });
        break;
      case RowKind::series:
        archive().visit_final_states(jobs, [&](std::uint64_t job, auto state) {
          if (goes_on_) add_series(job, state);
        });
        break;
    }
    if (goes_on_) hand_over();
    return goes_on_;
  }

 private:
  const Archive& archive() const { return source_.archive_; }
  JobState state(std::uint64_t job) const { return source_.states_[job]; }

  std::vector<std::uint64_t> jobs_to_read() {
    std::vector<std::uint64_t> jobs;
    const bool need_results = source_.kind_ != RowKind::jobs;
    const std::vector<Method> methods =
        source_.kind_ == RowKind::times ? archive().methods(range_) : std::vector<Method>();
    for (const std::uint64_t job : all_jobs_of(range_)) {
      const bool hidden = !source_.hidden_.empty() && source_.hidden_[job];
      const bool has_rows = (!need_results || has_results(state(job))) &&
                            (methods.empty() || methods[job - range_.first] == Method::exchange);
      if (!hidden && has_rows) jobs.push_back(job);
    }
    if (jobs.empty() || is_trivial(selection_.of_jobs)) return jobs;
    Block block = as_block({{}, jobs.size()});
    for (const std::string& name : compared_columns(selection_.of_jobs))
      block.rows.columns.push_back(job_column(name, jobs));
    std::vector<std::uint64_t> chosen;
    for (const std::size_t row : matching_rows(block, selection_.of_jobs)) chosen.push_back(jobs[row]);
    return chosen;
  }

  /// A column of /jobs, whole for the stretch: it is read once for all blocks of it.
  const Values& values_of_stretch(const std::string& name) {
    const auto known = std::ranges::find(constant_, name, &Column::name);
    if (known != constant_.end()) return known->values;
    return constant_.emplace_back(archive().job_column(name, range_)).values;
  }

  TableColumn job_column(const std::string& name, const std::vector<std::uint64_t>& jobs) {
    TableColumn column = get_column(source_.columns_, name);
    if (name == "state") {
      std::vector<std::string> words;
      words.reserve(jobs.size());
      for (const std::uint64_t job : jobs) words.emplace_back(to_string(state(job)));
      column.values = std::move(words);
    } else {
      column.values = picked(values_of_stretch(name), range_.first, jobs);
    }
    if (auto* const numbers = std::get_if<std::vector<double>>(&column.values);
        numbers != nullptr && is_uncommon_parameter(name))
      for (double& value : *numbers)
        if (!std::isfinite(value)) value = missing;
    convert(column, [&](std::size_t row) { return jobs[row]; });
    return column;
  }

  // -- Physical units

  /// \param job_of  a row of the column
  template <class JobOf>
  void convert(TableColumn& column, const JobOf& job_of) {
    const auto physical = source_.physical_.find(column.name);
    if (physical == source_.physical_.end()) return;
    const std::size_t rows = std::visit([](const auto& cells) { return cells.size(); }, column.values);
    for (std::size_t row = 0; row < rows; ++row) convert_cell(column, row, physical->second, units_of(job_of(row)));
  }

  void convert(Table& table) {
    for (TableColumn& column : table.columns)
      convert(column, [&](std::size_t row) { return block_jobs_[job_of_row_[row]]; });
  }

  const UnitsOfJob& units_of(std::uint64_t job) {
    if (units_.empty()) units_.resize(range_.count);
    std::optional<UnitsOfJob>& known = units_[job - range_.first];
    if (!known) {
      const Physics physics = physics_of(job);
      known = UnitsOfJob{.temperature = source_.units_->temperature(physics),
                         .energy = source_.units_->energy(physics),
                         .length = source_.units_->length(physics),
                         .time = source_.units_->time(physics),
                         .size_is_a_length = physics.lattice.sites.empty()};
    }
    return *known;
  }

  /// As far as units depend on it; of crystals without interaction all of it.
  Physics physics_of(std::uint64_t job) {
    const std::size_t i = job - range_.first;
    const auto number = [&](const char* name) { return std::get<std::vector<double>>(values_of_stretch(name))[i]; };
    Physics physics;
    physics.interaction = {.elastic = number("elastic"), .ising = number("ising")};
    const std::string& word = std::get<std::vector<std::string>>(values_of_stretch("lattice"))[i];
    if (energy_unit(physics.interaction) == "kT" || names_a_list_of_sites(word)) return archive().physics(job);
    set_lattice_word(physics.lattice, word);
    physics.temperature = number("temperature");
    physics.rates = {.exchange = number("rate_exchange"), .diffusion = number("rate_diffusion")};
    return physics;
  }

  bool is_damaged(std::uint64_t job) {
    if (!archive().damaged(job)) return false;
    ++source_.damaged_;
    return true;
  }

  // -- One row for each job

  void read_jobs(const std::vector<std::uint64_t>& jobs) {
    std::vector<std::uint64_t> with_results;
    std::ranges::copy_if(jobs, std::back_inserter(with_results), [&](auto job) { return has_results(state(job)); });
    block_jobs_ = jobs;
    for (TableColumn& column : jobs_.columns)
      std::visit([&](auto& cells) { cells.assign(jobs.size(), no_value(cells)); }, column.values);
    const ColumnsOfJobs columns(jobs_);
    std::size_t row = 0;
    archive().visit_results(with_results, [&](std::uint64_t job, const VisitedResults* results) {
      while (jobs[row] != job) ++row;
      if (results != nullptr) columns.fill(row, *results);
      // A row that says nothing may be one whose profile or snapshots are damaged, too.
      const bool measured = results != nullptr && has_any_number(*results);
      if (measured || !is_damaged(job)) return;
      damaged_rows_.push_back(row);
      columns.leave_out_wall_seconds(row);
    });
    job_of_row_.resize(jobs.size());
    std::iota(job_of_row_.begin(), job_of_row_.end(), std::uint32_t{0});
    rows_.rows = jobs.size();
  }

  static double no_value(const std::vector<double>& /*cells*/) { return missing; }
  static std::int64_t no_value(const std::vector<std::int64_t>& /*cells*/) { return 0; }
  static std::string no_value(const std::vector<std::string>& /*cells*/) { return {}; }

  static bool has_any_number(const VisitedResults& results) {
    const auto is_number = [](double value) { return !std::isnan(value); };
    return std::ranges::any_of(results.summary.empty() ? results.values : results.summary, is_number);
  }

  // -- Several rows for each job

  void begin_job(std::uint64_t job, std::size_t rows) {
    job_of_row_.insert(job_of_row_.end(), rows, static_cast<std::uint32_t>(block_jobs_.size()));
    block_jobs_.push_back(job);
    rows_.rows += rows;
  }

  void end_job() {
    if (rows_.rows >= rows_at_once) hand_over();
  }

  void add_times(std::uint64_t job, const VisitedResults* results) {
    if (results == nullptr) {
      is_damaged(job);
      return;
    }
    begin_job(job, results->times.size());
    if (times_of_rows_.empty()) find_columns_of_times();
    if (auto* times = times_of_rows_.back()) times->insert(times->end(), results->times.begin(), results->times.end());
    const std::size_t width = times_of_rows_.size() - 1;
    for (std::size_t k = 0; k < width; ++k) {
      auto* column = times_of_rows_[k];
      if (column == nullptr) continue;
      const double* value = results->values.data() + k;
      for (std::size_t t = 0; t < results->times.size(); ++t, value += width) column->push_back(*value);
    }
    end_job();
  }

  void find_columns_of_times() {
    for (const Quantity& quantity : exchange_columns())
      times_of_rows_.push_back(cells_in<double>(rows_, quantity.name));
    times_of_rows_.push_back(cells_in<double>(rows_, "time"));
  }

  /// Of an equilibrium mean and error of each plane, of an exchange a value for each time and plane.
  void add_profile(std::uint64_t job, std::span<const double> profile, std::span<const double> times) {
    if (profile.empty()) {
      is_damaged(job);
      return;
    }
    const bool equilibrium = times.empty();
    const std::size_t planes = equilibrium ? profile.size() / 2 : profile.size() / times.size();
    if (planes == 0) return;
    const std::size_t rows = equilibrium ? planes : planes * times.size();
    begin_job(job, rows);
    const auto add = [&](const char* name, auto value_of) {
      if (auto* cells = cells_in<decltype(value_of(0))>(rows_, name))
        for (std::size_t k = 0; k < rows; ++k) cells->push_back(value_of(k));
    };
    add("time", [&](std::size_t k) { return equilibrium ? missing : times[k / planes]; });
    add("plane", [&](std::size_t k) { return static_cast<std::int64_t>(k % planes); });
    add("c", [&](std::size_t k) { return equilibrium ? profile[2 * k] : profile[k]; });
    add("c_err", [&](std::size_t k) { return equilibrium ? profile[2 * k + 1] : missing; });
    end_job();
  }

  void add_series(std::uint64_t job, std::span<const std::uint8_t> state) {
    if (state.empty()) {
      is_damaged(job);
      return;
    }
    const EquilibriumSeries series = series_of(job, state);
    const std::size_t rows = series.sweep.size();
    if (rows == 0) return;
    begin_job(job, rows);
    const auto add = [&](const char* name, const std::vector<std::uint64_t>& sweeps) {
      if (auto* cells = cells_in<std::int64_t>(rows_, name)) cells->insert(cells->end(), sweeps.begin(), sweeps.end());
    };
    add("sweep", series.sweep);
    add("bin_sweeps", series.bin_sweeps);
    const std::size_t width = series_columns().size();
    for (std::size_t k = 0; k < width; ++k)
      if (auto* cells = cells_in<double>(rows_, series_columns()[k].name))
        for (std::size_t row = 0; row < rows; ++row) cells->push_back(series.values[row * width + k]);
    end_job();
  }

  EquilibriumSeries series_of(std::uint64_t job, std::span<const std::uint8_t> state) {
    const std::size_t i = job - range_.first;
    const auto sweeps = [&](const char* name) {
      return static_cast<std::uint64_t>(std::get<std::vector<double>>(values_of_stretch(name))[i]);
    };
    Schedule schedule;
    schedule.equilibration_sweeps = sweeps("equilibration_sweeps");
    schedule.measured_sweeps = sweeps("measured_sweeps");
    schedule.phases_every =
        static_cast<std::uint64_t>(std::get<std::vector<std::int64_t>>(values_of_stretch("phases_every"))[i]);
    try {
      return series_of_chain(state, schedule);
    } catch (const std::runtime_error& error) {
      throw ArchiveError(fmt::format("{}: row {}: where its chain ended {}. --where leaves the row out",
                                     archive().file().string(), job, error.what()));
    }
  }

  // -- Blocks

  void hand_over() {
    if (block_jobs_.empty()) return;
    convert(jobs_);
    convert(rows_);
    Block block{std::move(jobs_), std::move(rows_), std::move(job_of_row_)};
    block.jobs.rows = block_jobs_.size();
    for (const std::string& name : selection_.columns) {
      if (!is_of_job_table(name) && !is_uncommon_parameter(name)) continue;
      block.jobs.columns.push_back(job_column(name, block_jobs_));
      if (name != "state") continue;
      auto& words = std::get<std::vector<std::string>>(block.jobs.columns.back().values);
      for (const std::size_t row : damaged_rows_) words[row] = damaged_state;
    }
    if (selection_.row_per_scan) block = one_row_per_item(block, "scan");
    if (!is_trivial(selection_.of_rows)) keep_rows(block, rows_that_fulfil_the_condition(block));
    goes_on_ = block.rows.rows == 0 || visit_(block, block_jobs_);
    begin_block(block);
  }

  std::vector<std::size_t> rows_that_fulfil_the_condition(Block& block) const {
    for (const JoinedRows& joined : selection_.joined) join(joined, block);
    std::vector<std::size_t> rows = matching_rows(block, selection_.of_rows);
    block.rows.columns.resize(block.rows.columns.size() - selection_.joined.size());
    return rows;
  }

  static void keep_rows(Block& block, const std::vector<std::size_t>& rows) {
    if (rows.size() == block.rows.rows) return;
    block.rows = select_rows(block.rows, rows);
    std::vector<std::uint32_t> job_of_row;
    job_of_row.reserve(rows.size());
    for (const std::size_t row : rows) job_of_row.push_back(block.job_of_row[row]);
    block.job_of_row = std::move(job_of_row);
  }

  void begin_block(const Block& last) {
    jobs_ = {};
    rows_ = {};
    for (const TableColumn& column : last.rows.columns)
      rows_.columns.push_back(get_column(source_.columns_, column.name));
    times_of_rows_.clear();
    job_of_row_.clear();
    block_jobs_.clear();
    damaged_rows_.clear();
  }

  RowSource& source_;
  const RowSelection& selection_;
  JobRange range_;
  const Visit& visit_;
  bool goes_on_ = true;
  std::vector<Column> constant_;
  std::vector<std::optional<UnitsOfJob>> units_;  ///< by job of the range; empty: none is known yet
  // The block that is being made.
  Table jobs_;
  Table rows_;
  std::vector<std::vector<double>*> times_of_rows_;  ///< in rows_: those of exchange_columns(), then the time's
  std::vector<std::uint32_t> job_of_row_;
  std::vector<std::uint64_t> block_jobs_;
  std::vector<std::size_t> damaged_rows_;
};

RowSource::RowSource(const Archive& archive, RowKind kind, Chains chains, std::shared_ptr<const PhysicalUnits> units)
    : archive_(archive),
      kind_(kind),
      columns_(columns_of(kind)),
      units_(std::move(units)),
      physical_(units_ == nullptr ? PhysicalColumns() : make_physical(columns_)),
      states_(archive.states()),
      hidden_(chains == Chains::longest ? archive.superseded() : std::vector<bool>()) {}

void RowSource::visit(const RowSelection& selection, const Visit& visit) {
  damaged_ = 0;
  for (const JobRange range : ranges_of_jobs(archive_))
    if (!Stretch(*this, selection, range, visit).read()) return;
}

}  // namespace nxmc

// Reading an archive: every answer comes with its checksum checked, and states are read before what they vouch for.
#include "nxmc/archive/archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "build.hpp"
#include "columns.hpp"
#include "contents.hpp"
#include "durable_file.hpp"
#include "integrity.hpp"
#include "job_table.hpp"
#include "nxmc/observe/quantities.hpp"
#include "open.hpp"
#include "row_reader.hpp"
#include "run_history.hpp"
#include "tables.hpp"

namespace nxmc {

namespace {

Column with_values(Column column, std::vector<std::string> values) {
  column.values = std::move(values);
  return column;
}

Column read_column(const hdf5::Dataset& dataset, std::string name, JobRange jobs) {
  Column column{.name = std::move(name),
                .unit = dataset.text_attribute("units"),
                .description = dataset.text_attribute("description"),
                .values = {}};
  switch (dataset.type()) {
    case hdf5::Type::f64:
      column.values = dataset.read_rows<double>(jobs.first, jobs.count);
      break;
    case hdf5::Type::text:
      column.values = dataset.read_text(jobs.first, jobs.count);
      break;
    default:
      column.values = dataset.read_rows<std::int64_t>(jobs.first, jobs.count);
  }
  return column;
}

std::vector<double> missing_where_zero(const std::vector<std::int64_t>& values) {
  std::vector<double> numbers;
  numbers.reserve(values.size());
  for (const std::int64_t value : values)
    numbers.push_back(value == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(value));
  return numbers;
}

/// What only equilibrium jobs have.
std::vector<double> of_equilibria(const std::vector<std::int64_t>& values, const std::vector<Method>& methods) {
  std::vector<double> numbers(values.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t k = 0; k < values.size(); ++k)
    if (methods[k] == Method::equilibrium) numbers[k] = static_cast<double>(values[k]);
  return numbers;
}

std::vector<std::string> names_of(std::span<const Quantity> columns) {
  std::vector<std::string> names;
  for (const Quantity& column : columns) names.push_back(column.name);
  return names;
}

Occupation unpack_configuration(const std::vector<std::uint8_t>& bits, std::size_t number, std::uint64_t bytes_of_one,
                                std::uint64_t sites) {
  const auto first = bits.begin() + static_cast<std::ptrdiff_t>(number * bytes_of_one);
  const std::vector<std::uint8_t> one(first, first + static_cast<std::ptrdiff_t>(bytes_of_one));
  return unpack_bits(one, sites);
}

std::string describe_row(std::uint64_t job, Identity identity) {
  return fmt::format("row {} (job {})", job, to_string(identity));
}

std::string describe_damage(RowCheck check) {
  switch (check) {
    case RowCheck::unknown_state:
      return "its state is none that a row can have";
    case RowCheck::damaged_results:
      return "the checksum of its results is wrong";
    case RowCheck::damaged_payload:
      return "the checksum of its profile, configurations and final state is wrong";
    case RowCheck::unfinished:
    case RowCheck::intact:
      break;
  }
  return {};
}

}  // namespace

std::string_view to_string(JobState state) {
  switch (state) {
    case JobState::waiting:
      return "waiting";
    case JobState::running:
      return "running";
    case JobState::done:
      return "done";
    case JobState::truncated:
      return "truncated";
    case JobState::failed:
      return "failed";
    case JobState::spare:
      return "spare";
  }
  return "unknown";
}

struct Archive::Impl {
  std::filesystem::path file;
  std::uint64_t inode;
  bool packed;
  bool changed_by_others;
  Tables tables;
  // Read when first asked for, and kept: constant columns.
  std::vector<double> predicted_seconds{};
  std::vector<ArchiveRow> rows{};  // a stretch of /jobs, from first_row on
  std::uint64_t first_row = 0;
  std::map<std::string, hdf5::Dataset> columns{};
  std::map<std::int32_t, std::vector<double>> times_of_groups{};

  /// Rows are asked for one after the other: they are read in stretches.
  const ArchiveRow& row(std::uint64_t job) {
    constexpr std::uint64_t stretch = 4096;
    if (rows.empty() || job < first_row || job >= first_row + rows.size()) {
      first_row = job / stretch * stretch;
      rows =
          read_columns(tables.file(), "/jobs", row_columns(), first_row, std::min(stretch, tables.jobs() - first_row));
    }
    return rows[job - first_row];
  }

  /// A column of /jobs or /status, which is opened once.
  const hdf5::Dataset& column(const std::string& path) {
    const auto found = columns.find(path);
    return found != columns.end() ? found->second : columns.emplace(path, tables.file().dataset(path)).first->second;
  }

  /// Observation times of a group of exchange jobs; none for equilibrium.
  std::span<const double> times(std::int32_t group) {
    const auto [entry, is_new] = times_of_groups.try_emplace(group);
    if (is_new && group >= 0) entry->second = tables.times(group);
    return entry->second;
  }

  JobState state(std::uint64_t job) const { return as_state(tables.raw_states(job, 1).front()); }

  /// Status and results of a job, if it is sealed with results and they are intact.
  std::optional<TableRow> results(std::uint64_t job) const {
    const std::vector<std::uint8_t> state = tables.raw_states(job, 1);
    if (!has_results(as_state(state.front()))) return {};
    TableRow row = tables.results(job);
    const StatusRow status = tables.status(job, state).front();
    if (!row_is_intact(tables, job, status, row.values, row.summary)) return {};
    return row;
  }

  /// Whether a payload, as read after the state, is the one that was sealed.
  bool payload_is_sealed(std::uint64_t job, const Payload& payload) const {
    const std::vector<std::uint8_t> state = tables.raw_states(job, 1);
    return has_results(as_state(state.front())) &&
           tables.status(job, state).front().payload_checksum == payload_checksum(payload.view());
  }
};

Archive::Archive(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Archive::~Archive() = default;
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;

Archive Archive::open(const std::filesystem::path& file) {
  // First: should the name get another file meanwhile, this one is not the current one.
  const std::uint64_t inode = inode_of(file).value_or(0);
  OpenedArchive opened = open_checked(file);
  return Archive(std::make_unique<Impl>(
      Impl{file, inode, opened.block.packed, !opened.block.as_sealed, std::move(opened.tables)}));
}

const std::filesystem::path& Archive::file() const { return impl_->file; }
bool Archive::is_current() const {
  const std::optional<Descriptor> now = Descriptor::open_if_exists(impl_->file, O_RDONLY);
  return now && now->inode() == impl_->inode;
}
bool Archive::packed() const { return impl_->packed; }

std::vector<std::string> Archive::additions() const {
  std::vector<std::string> words;
  for (Addition& addition : find_additions(impl_->tables.file())) words.push_back(std::move(addition.words));
  return words;
}

std::string Archive::changes_by_others() const {
  constexpr std::size_t most_named = 5;
  if (!impl_->changed_by_others) return {};
  std::vector<std::string> words = additions();
  if (words.empty()) return "another program wrote to it and left nothing; all that nxmc wrote is as it was";
  const std::size_t more = words.size() - std::min(words.size(), most_named);
  words.resize(words.size() - more);
  return fmt::format("another program added {}{}; all that nxmc wrote is as it was", fmt::join(words, ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}
std::string Archive::campaign() const { return read_single_text(impl_->tables.file(), "/campaign/name"); }
std::string Archive::campaign_text() const { return read_single_text(impl_->tables.file(), "/campaign/text"); }
std::uint64_t Archive::seed() const {
  return impl_->tables.file().dataset("/campaign/seed").read<std::uint64_t>().front();
}
Provenance Archive::provenance() const { return read_provenance(impl_->tables.file()); }
std::vector<RunRecord> Archive::runs() const { return read_run_history(impl_->tables.file()); }
std::vector<std::string> Archive::scans() const { return impl_->tables.file().dataset("/campaign/scans").read_text(); }

std::uint64_t Archive::jobs() const { return impl_->tables.jobs(); }

std::span<const std::string_view> Archive::job_column_names() { return job_table_names(); }
std::vector<Column> Archive::describe_job_columns() { return describe_job_table(); }

std::vector<Column> Archive::job_columns() const {
  std::vector<Column> columns;
  for (const std::string_view name : job_column_names()) columns.push_back(job_column(std::string(name), {0, jobs()}));
  return columns;
}

/// As it is in /jobs, or what stands for it in archives that are older.
Column Archive::stored_column(const std::string& name, JobRange jobs) const {
  if (!impl_->tables.file().has(path_in_archive(name)))
    if (std::optional<Column> defaults = defaults_of_later_column(name, jobs.count)) return *std::move(defaults);
  return read_column(impl_->column(path_in_archive(name)), name, jobs);
}

Column Archive::job_column(const std::string& name, JobRange jobs) const {
  if (name == "state") {
    std::vector<std::string> words;
    for (const std::uint8_t raw : impl_->tables.raw_states(jobs.first, jobs.count))
      words.emplace_back(to_string(as_state(raw)));
    return with_values(state_column(), std::move(words));
  }
  if (name == "seed") return with_values(seed_column(), std::vector(jobs.count, std::to_string(seed())));
  Column column = stored_column(name, jobs);
  if (name == "exchange_every") column.values = missing_where_zero(std::get<std::vector<std::int64_t>>(column.values));
  if (name.ends_with("_sweeps"))
    column.values = of_equilibria(std::get<std::vector<std::int64_t>>(column.values), methods(jobs));
  return column;
}

std::vector<Identity> Archive::identities() const { return impl_->tables.identities(); }
std::vector<Identity> Archive::observations() const { return impl_->tables.observations(); }

std::vector<std::pair<Identity, Identity>> Archive::identities_and_observations(JobRange jobs) const {
  std::vector<std::pair<Identity, Identity>> names;
  names.reserve(jobs.count);
  for (const RowName& name : impl_->tables.read_names(jobs.first, jobs.count))
    names.emplace_back(name.identity, name.observation);
  return names;
}

std::vector<Identity> Archive::continuations() const { return impl_->tables.read_identities("/jobs/continuation"); }

std::vector<std::uint64_t> Archive::measured_sweeps() const {
  const auto sweeps = impl_->tables.file().dataset("/jobs/measured_sweeps").read<std::int64_t>();
  return {sweeps.begin(), sweeps.end()};
}

std::vector<std::optional<std::uint64_t>> Archive::longer_chains() const {
  std::vector<std::optional<std::uint64_t>> longer(jobs());
  const std::vector<std::uint64_t> sweeps = measured_sweeps();
  const auto of_equilibria = std::ranges::find_if(sweeps, [](std::uint64_t s) { return s != 0; });
  if (std::all_of(of_equilibria, sweeps.end(), [&](std::uint64_t s) { return s == 0 || s == *of_equilibria; }))
    return longer;
  const std::vector<Identity> names = impl_->tables.read_identities("/jobs/identity");
  const std::vector<Identity> continuations = this->continuations();
  std::vector<std::uint64_t> order(jobs());
  std::iota(order.begin(), order.end(), std::uint64_t{0});
  const auto chain = [&](std::uint64_t job) { return std::tie(names[job], continuations[job]); };
  std::ranges::sort(order, [&](std::uint64_t a, std::uint64_t b) {
    return chain(a) != chain(b) ? chain(a) < chain(b) : std::pair(sweeps[a], a) < std::pair(sweeps[b], b);
  });
  for (std::size_t k = 0; k + 1 < order.size(); ++k)
    if (chain(order[k]) == chain(order[k + 1]) && sweeps[order[k]] != sweeps[order[k + 1]])
      longer[order[k]] = order[k + 1];
  return longer;
}

std::vector<bool> Archive::superseded() const {
  const std::vector<std::optional<std::uint64_t>> longer = longer_chains();
  const std::vector<JobState> all_states = states();
  std::vector<bool> superseded(jobs());
  for (std::uint64_t job = 0; job < jobs(); ++job) superseded[job] = all_states[job] == JobState::spare;
  if (const std::string path = "/jobs/exploratory"; impl_->tables.file().has(path)) {
    const auto exploratory = impl_->tables.file().dataset(path).read<std::int64_t>();
    for (std::uint64_t job = 0; job < jobs(); ++job) superseded[job] = superseded[job] || exploratory[job] != 0;
  }
  for (std::uint64_t job = 0; job < jobs(); ++job)
    for (auto next = longer[job]; next && !superseded[job]; next = longer[*next])
      superseded[job] = has_results(all_states[*next]);
  return superseded;
}

std::vector<Method> Archive::methods() const { return methods({0, jobs()}); }

std::vector<Method> Archive::methods(JobRange jobs) const {
  std::vector<Method> methods;
  methods.reserve(jobs.count);
  for (const std::int64_t times : impl_->column("/jobs/times").read_rows<std::int64_t>(jobs.first, jobs.count))
    methods.push_back(times < 0 ? Method::equilibrium : Method::exchange);
  return methods;
}

std::vector<JobState> Archive::states() const {
  std::vector<JobState> states;
  states.reserve(jobs());
  for (const std::uint8_t raw : impl_->tables.raw_states(0, jobs())) states.push_back(as_state(raw));
  return states;
}

std::vector<JobStatus> Archive::status() const { return status({0, jobs()}); }

std::vector<JobStatus> Archive::status(JobRange jobs) const {
  const std::vector<std::uint8_t> raw = impl_->tables.raw_states(jobs.first, jobs.count);
  std::vector<JobStatus> all;
  all.reserve(raw.size());
  for (StatusRow& row : impl_->tables.status(jobs.first, raw)) {
    row.status.state = as_state(static_cast<std::uint8_t>(row.status.state));
    all.push_back(std::move(row.status));
  }
  return all;
}

JobTimings Archive::timings(JobRange jobs) const {
  JobTimings timings;
  for (const std::uint8_t raw : impl_->tables.raw_states(jobs.first, jobs.count))
    timings.state.push_back(as_state(raw));
  timings.pieces = impl_->column("/status/pieces").read_rows<std::uint32_t>(jobs.first, jobs.count);
  timings.started = impl_->column("/status/started").read_rows<double>(jobs.first, jobs.count);
  timings.finished = impl_->column("/status/finished").read_rows<double>(jobs.first, jobs.count);
  timings.wall_seconds = impl_->column("/status/wall_seconds").read_rows<double>(jobs.first, jobs.count);
  return timings;
}

double Archive::predicted_seconds(std::uint64_t job) const {
  std::vector<double>& seconds = impl_->predicted_seconds;
  if (seconds.empty()) seconds = impl_->tables.file().dataset("/jobs/predicted_seconds").read<double>();
  return seconds[job];
}

EquilibriumResults Archive::equilibrium() const {
  const Tables& tables = impl_->tables;
  EquilibriumResults results;
  if (tables.equilibrium_width() == 0) return results;
  results.columns = names_of(equilibrium_columns());
  const std::size_t width = results.columns.size();
  results.values.assign(jobs() * width, std::numeric_limits<double>::quiet_NaN());
  std::vector<std::uint64_t> equilibria;
  const std::vector<Method> methods = this->methods();
  for (std::uint64_t job = 0; job < methods.size(); ++job)
    if (methods[job] == Method::equilibrium) equilibria.push_back(job);
  visit_results(equilibria, [&](std::uint64_t job, const VisitedResults* found) {
    if (found != nullptr)
      std::ranges::copy(found->values, results.values.begin() + static_cast<std::ptrdiff_t>(job * width));
  });
  return results;
}

void Archive::visit_results(std::span<const std::uint64_t> jobs, const ResultVisitor& visit) const {
  visit_rows(impl_->tables, jobs, [&](const RowInFile& row) {
    if (!row.intact || !has_results(as_state(row.status.raw_state))) return visit(row.job, nullptr);
    const ColumnTranslation& translation = impl_->tables.translation(row.place.times);
    std::vector<double> translated;
    if (!translation.is_identity()) translated = translation(row.values);
    const VisitedResults results{.times = impl_->times(row.place.times),
                                 .values = translation.is_identity() ? row.values : translated,
                                 .summary = row.summary,
                                 .pieces = row.status.pieces,
                                 .started = row.status.started,
                                 .finished = row.status.finished,
                                 .wall_seconds = row.status.wall_seconds,
                                 .host = row.status.host,
                                 .program_version = row.status.program_version};
    visit(row.job, &results);
  });
}

void Archive::visit_profiles(std::span<const std::uint64_t> jobs, const ProfileVisitor& visit) const {
  const Tables& tables = impl_->tables;
  std::vector<std::uint64_t> with_profile;
  for (const std::uint64_t job : jobs)
    if (tables.placement(job).profile.length > 0) with_profile.push_back(job);
  visit_payloads(tables, with_profile, [&](const PayloadInFile& row) {
    visit(row.job, row.sealed ? row.payload.profile : std::span<const double>(), impl_->times(row.place.times));
  });
}

void Archive::visit_final_states(std::span<const std::uint64_t> jobs, const FinalStateVisitor& visit) const {
  const Tables& tables = impl_->tables;
  std::vector<std::uint64_t> with_state;
  for (const std::uint64_t job : jobs)
    if (tables.placement(job).final_state.length > 0) with_state.push_back(job);
  visit_payloads(tables, with_state, [&](const PayloadInFile& row) {
    visit(row.job, row.sealed ? row.payload.final_state : std::span<const std::uint8_t>());
  });
}

std::optional<ExchangeResults> Archive::exchange(std::uint64_t job) const {
  const Tables& tables = impl_->tables;
  const Placement place = tables.placement(job);
  if (place.times < 0) return {};
  std::optional<TableRow> row = impl_->results(job);
  if (!row) return {};
  return ExchangeResults{.columns = names_of(exchange_columns()),
                         .times = tables.times(place.times),
                         .values = tables.translation(place.times)(row->values),
                         .summary = std::move(row->summary)};
}

std::vector<double> Archive::profile(std::uint64_t job) const {
  const Tables& tables = impl_->tables;
  if (!has_results(impl_->state(job))) return {};
  if (tables.placement(job).profile.length == 0) return {};
  Payload payload = tables.payload(job);
  if (!impl_->payload_is_sealed(job, payload)) return {};
  return std::move(payload.profile);
}

void Archive::visit_snapshots(std::uint64_t job, const std::function<bool(const Snapshot&)>& visit) const {
  const Tables& tables = impl_->tables;
  if (!has_results(impl_->state(job))) return;
  const Placement place = tables.placement(job);
  if (place.snapshots == 0) return;
  const Payload payload = tables.payload(job);
  if (!impl_->payload_is_sealed(job, payload)) return;
  std::vector<double> at = tables.snapshot_times(place);
  // Behind the end of a truncated trajectory nothing was kept: the bits there mean nothing.
  if (place.times >= 0 && impl_->state(job) == JobState::truncated) {
    const double end_time = tables.results(job).summary.back();
    std::erase_if(at, [&](double time) { return time > end_time; });
  }
  const auto sites = tables.file().dataset("/jobs/n_sites").read_rows<std::int64_t>(job, 1).front();
  for (std::size_t i = 0; i < at.size(); ++i)
    if (!visit({at[i], unpack_configuration(payload.configurations, i, place.snapshot_bytes,
                                            static_cast<std::uint64_t>(sites))}))
      return;
}

std::vector<Snapshot> Archive::snapshots(std::uint64_t job) const {
  std::vector<Snapshot> snapshots;
  visit_snapshots(job, [&](const Snapshot& snapshot) {
    snapshots.push_back(snapshot);
    return true;
  });
  return snapshots;
}

bool Archive::has_snapshots(std::uint64_t job) const {
  bool any = false;
  visit_snapshots(job, [&](const Snapshot& /*first*/) {
    any = true;
    return false;
  });
  return any;
}

Samples Archive::samples(std::uint64_t job) const {
  const Tables& tables = impl_->tables;
  const Placement place = tables.placement(job);
  if (place.samples == 0 || !has_results(impl_->state(job))) return {};
  Payload payload = tables.payload(job);
  if (!impl_->payload_is_sealed(job, payload)) return {};
  std::vector<std::uint8_t>& bits = payload.configurations;
  bits.erase(bits.begin(), bits.begin() + static_cast<std::ptrdiff_t>(place.snapshots * place.snapshot_bytes));
  return {.every = place.sample_every,
          .count = place.samples,
          .bytes_of_one = place.snapshot_bytes,
          .bits = std::move(bits)};
}

bool Archive::has_samples(std::uint64_t job) const {
  return has_results(impl_->state(job)) && impl_->tables.placement(job).samples > 0;
}

std::uint64_t Archive::configuration_bytes() const {
  const std::optional<hdf5::Dataset>& bits = impl_->tables.snapshot_bits();
  return bits ? bits->rows() * bits->row_size() : 0;
}

void Archive::visit_samples(std::uint64_t job, const std::function<bool(const Snapshot&)>& visit) const {
  const Samples kept = samples(job);
  const ArchiveRow row = impl_->row(job);
  for (std::uint64_t k = 0; k < kept.count; ++k) {
    const auto at = static_cast<double>(row.equilibration_sweeps + (k + 1) * kept.every);
    if (!visit({at, unpack_configuration(kept.bits, k, kept.bytes_of_one, row.sites)})) return;
  }
}

Physics Archive::physics(std::uint64_t job) const { return impl_->row(job).physics; }

std::size_t Archive::kernels() const { return impl_->tables.kernels(); }
Identity Archive::kernel_identity(std::size_t kernel) const { return impl_->tables.kernel_entries()[kernel].identity; }
std::optional<ReducedKernel> Archive::kernel(std::size_t kernel) const { return intact_kernel(impl_->tables, kernel); }

std::optional<Identity> Archive::kernel_digest(std::size_t kernel) const {
  const std::optional<KernelSeal> seal = intact_seal(impl_->tables, kernel);
  if (!seal) return {};
  return seal->digest;
}

bool Archive::has_room_for(const Job& job, std::uint64_t row) const {
  const Placement& place = impl_->tables.placements()[row];
  const Placement needed = room_for(*job.physics, *job.schedule);
  return impl_->tables.translation(place.times).is_identity() && needed.profile.length == place.profile.length &&
         needed.snapshots == place.snapshots && needed.snapshot_bytes == place.snapshot_bytes &&
         needed.final_state.length == place.final_state.length;
}

bool Archive::damaged(std::uint64_t job) const {
  const RowCheck check = check_row(impl_->tables, job);
  return check == RowCheck::damaged_results || check == RowCheck::damaged_payload;
}

std::vector<Damage> Archive::verify() const {
  const Tables& tables = impl_->tables;
  std::vector<Damage> damages;
  try {
    check_user_block(impl_->file);
  } catch (const ArchiveError& error) {
    damages.push_back({"metadata", error.what(), {}, {}});
  }
  const std::vector<RowCheck> checks = check_rows(tables);
  for (std::uint64_t job = 0; job < checks.size(); ++job)
    if (checks[job] > RowCheck::intact)
      damages.push_back({describe_row(job, tables.name(job).identity), describe_damage(checks[job]), job, {}});
  for (std::size_t k = 0; k < tables.kernels(); ++k) {
    const bool kept = tables.kernel_entries()[k].values.length > 0;
    if (tables.seal(k).mark != 0 && !(kept ? intact_kernel(tables, k).has_value() : intact_seal(tables, k).has_value()))
      damages.push_back({fmt::format("kernel {}", k), "its checksum is wrong", {}, k});
  }
  return damages;
}

}  // namespace nxmc

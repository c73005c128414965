// Reading an archive: every answer comes with its checksum checked, and states are read before what they vouch for.
#include "nxmc/archive/archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <utility>

#include "build.hpp"
#include "columns.hpp"
#include "durable_file.hpp"
#include "integrity.hpp"
#include "run_history.hpp"
#include "tables.hpp"
#include "user_block.hpp"

namespace nxmc {

namespace {

Column read_column(const hdf5::Dataset& dataset, std::string name) {
  Column column{.name = std::move(name),
                .unit = dataset.text_attribute("units"),
                .description = dataset.text_attribute("description"),
                .values = {}};
  switch (dataset.type()) {
    case hdf5::Type::f64:
      column.values = dataset.read<double>();
      break;
    case hdf5::Type::text:
      column.values = dataset.read_text();
      break;
    default:
      column.values = dataset.read<std::int64_t>();
  }
  return column;
}

std::vector<Snapshot> unpack_snapshots(const std::vector<double>& at, const std::vector<std::uint8_t>& bits,
                                       std::uint64_t bytes_of_one, std::uint64_t sites) {
  std::vector<Snapshot> snapshots;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const auto first = bits.begin() + static_cast<std::ptrdiff_t>(i * bytes_of_one);
    const std::vector<std::uint8_t> one(first, first + static_cast<std::ptrdiff_t>(bytes_of_one));
    snapshots.push_back({at[i], unpack_bits(one, sites)});
  }
  return snapshots;
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
      return "the checksum of its profile, snapshots and final state is wrong";
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
  }
  return "unknown";
}

struct Archive::Impl {
  std::filesystem::path file;
  std::uint64_t inode;
  bool packed;
  Tables tables;
  // Read when first asked for, and kept: constant columns.
  std::vector<double> predicted_seconds{};
  std::vector<std::string> exchange_column{};
  std::vector<ArchiveRow> rows{};  // a stretch of /jobs, from first_row on
  std::uint64_t first_row = 0;

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

  const std::vector<std::string>& exchange_columns() {
    if (exchange_column.empty()) exchange_column = tables.file().dataset("/exchange/column").read_text();
    return exchange_column;
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
  const UserBlock block = check_user_block(file);
  return Archive(std::make_unique<Impl>(Impl{file, inode, block.packed, Tables(hdf5::File::open(file))}));
}

const std::filesystem::path& Archive::file() const { return impl_->file; }
bool Archive::is_current() const {
  const std::optional<Descriptor> now = Descriptor::open_if_exists(impl_->file, O_RDONLY);
  return now && now->inode() == impl_->inode;
}
bool Archive::packed() const { return impl_->packed; }
std::string Archive::campaign() const { return read_single_text(impl_->tables.file(), "/campaign/name"); }
std::string Archive::campaign_text() const { return read_single_text(impl_->tables.file(), "/campaign/text"); }
std::uint64_t Archive::seed() const {
  return impl_->tables.file().dataset("/campaign/seed").read<std::uint64_t>().front();
}
Provenance Archive::provenance() const { return read_provenance(impl_->tables.file()); }
std::vector<RunRecord> Archive::runs() const { return read_run_history(impl_->tables.file()); }
std::vector<std::string> Archive::scans() const { return impl_->tables.file().dataset("/campaign/scans").read_text(); }

std::uint64_t Archive::jobs() const { return impl_->tables.jobs(); }

std::vector<Column> Archive::job_columns() const {
  const hdf5::File& file = impl_->tables.file();
  std::vector<Column> columns{read_column(file.dataset("/jobs/identity"), "job")};
  for (const char* name :
       {"scan", "method", "lattice", "size", "shell_layers", "shell_stiffness", "temperature", "delta_mu",
        "composition", "start", "interaction", "hamiltonian", "replica", "n_sites", "n_core", "energy_unit"})
    columns.push_back(read_column(file.dataset(std::string("/jobs/") + name), name));
  columns.push_back(read_column(file.dataset("/status/numerics"), "numerics"));
  std::vector<std::string> words;
  for (const JobState state : states()) words.emplace_back(to_string(state));
  columns.push_back({"state", "", "where the job stands", std::move(words)});
  return columns;
}

std::vector<Identity> Archive::identities() const { return impl_->tables.identities(); }
std::vector<Identity> Archive::observations() const { return impl_->tables.observations(); }

std::vector<Identity> Archive::continuations() const { return impl_->tables.read_identities("/jobs/continuation"); }

std::vector<std::uint64_t> Archive::measured_sweeps() const {
  const auto sweeps = impl_->tables.file().dataset("/jobs/measured_sweeps").read<std::int64_t>();
  return {sweeps.begin(), sweeps.end()};
}

std::vector<std::optional<std::uint64_t>> Archive::longer_chains() const {
  std::vector<std::optional<std::uint64_t>> longer(jobs());
  const std::vector<std::uint64_t> sweeps = measured_sweeps();
  const bool all_alike = std::ranges::all_of(sweeps, [&](std::uint64_t s) { return s == 0 || s == sweeps.front(); });
  if (all_alike) return longer;
  const std::vector<Identity>& names = impl_->tables.identities();
  const std::vector<Identity> continuations = this->continuations();
  std::map<std::pair<Identity, Identity>, std::map<std::uint64_t, std::uint64_t>> chains;  // sweeps to row
  for (std::uint64_t job = 0; job < jobs(); ++job) chains[{names[job], continuations[job]}][sweeps[job]] = job;
  for (const auto& [name, rows] : chains)
    for (auto row = rows.begin(); std::next(row) != rows.end(); ++row) longer[row->second] = std::next(row)->second;
  return longer;
}

std::vector<bool> Archive::superseded() const {
  const std::vector<std::optional<std::uint64_t>> longer = longer_chains();
  const std::vector<JobState> all_states = states();
  std::vector<bool> superseded(jobs());
  for (std::uint64_t job = 0; job < jobs(); ++job)
    for (auto next = longer[job]; next && !superseded[job]; next = longer[*next])
      superseded[job] = has_results(all_states[*next]);
  return superseded;
}

std::vector<Method> Archive::methods() const {
  std::vector<Method> methods;
  for (const Placement& place : impl_->tables.placements())
    methods.push_back(place.times < 0 ? Method::equilibrium : Method::exchange);
  return methods;
}

std::vector<JobState> Archive::states() const {
  std::vector<JobState> states;
  states.reserve(jobs());
  for (const std::uint8_t raw : impl_->tables.raw_states(0, jobs())) states.push_back(as_state(raw));
  return states;
}

std::vector<JobStatus> Archive::status() const {
  const std::vector<std::uint8_t> raw = impl_->tables.raw_states(0, jobs());
  std::vector<JobStatus> all;
  all.reserve(raw.size());
  for (StatusRow& row : impl_->tables.status(0, raw)) {
    row.status.state = as_state(static_cast<std::uint8_t>(row.status.state));
    all.push_back(std::move(row.status));
  }
  return all;
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
  results.columns = tables.file().dataset("/equilibrium/column").read_text();
  const std::size_t width = results.columns.size();
  results.values.assign(jobs() * width, std::numeric_limits<double>::quiet_NaN());

  const std::vector<std::uint8_t> states = tables.raw_states(0, jobs());
  const std::vector<StatusRow> status = tables.status(0, states);
  tables.visit_equilibrium([&](std::uint64_t job, std::span<const double> values, std::span<const double> summary) {
    if (!has_results(as_state(states[job])) || !row_is_intact(tables, job, status[job], values, summary)) return;
    std::ranges::copy(values, results.values.begin() + static_cast<std::ptrdiff_t>(job * width));
  });
  return results;
}

std::optional<ExchangeResults> Archive::exchange(std::uint64_t job) const {
  const Tables& tables = impl_->tables;
  const Placement& place = tables.placements()[job];
  if (place.times < 0) return {};
  std::optional<TableRow> row = impl_->results(job);
  if (!row) return {};
  return ExchangeResults{.columns = impl_->exchange_columns(),
                         .times = tables.times(place.times),
                         .values = std::move(row->values),
                         .summary = std::move(row->summary)};
}

std::vector<std::optional<ExchangeResults>> Archive::exchange(std::span<const std::uint64_t> jobs) const {
  std::vector<std::optional<ExchangeResults>> all(jobs.size());
  // Reading a row by itself takes as long as reading this many that stand together.
  constexpr std::uint64_t rows_for_one = 50;
  const Tables& tables = impl_->tables;
  if (jobs.size() * rows_for_one < this->jobs()) {
    std::ranges::transform(jobs, all.begin(), [&](std::uint64_t job) { return exchange(job); });
    return all;
  }
  const std::vector<std::uint8_t> states = tables.raw_states(0, this->jobs());
  const std::vector<StatusRow> status = tables.status(0, states);
  std::map<std::int32_t, std::vector<double>> times;
  tables.visit_exchange([&](std::uint64_t job, std::span<const double> values, std::span<const double> summary) {
    const auto wanted = std::ranges::lower_bound(jobs, job);
    if (wanted == jobs.end() || *wanted != job) return;
    if (!has_results(as_state(states[job])) || !row_is_intact(tables, job, status[job], values, summary)) return;
    const std::int32_t group = tables.placements()[job].times;
    const auto [its_times, is_new] = times.try_emplace(group);
    if (is_new) its_times->second = tables.times(group);
    all[static_cast<std::size_t>(wanted - jobs.begin())] = ExchangeResults{.columns = impl_->exchange_columns(),
                                                                           .times = its_times->second,
                                                                           .values = {values.begin(), values.end()},
                                                                           .summary = {summary.begin(), summary.end()}};
  });
  return all;
}

std::vector<double> Archive::profile(std::uint64_t job) const {
  const Tables& tables = impl_->tables;
  if (!has_results(impl_->state(job))) return {};
  if (tables.placements()[job].profile.length == 0) return {};
  Payload payload = tables.payload(job);
  if (!impl_->payload_is_sealed(job, payload)) return {};
  return std::move(payload.profile);
}

std::vector<Snapshot> Archive::snapshots(std::uint64_t job) const {
  const Tables& tables = impl_->tables;
  if (!has_results(impl_->state(job))) return {};
  const Placement& place = tables.placements()[job];
  if (place.snapshots == 0) return {};
  const Payload payload = tables.payload(job);
  if (!impl_->payload_is_sealed(job, payload)) return {};
  std::vector<double> at = tables.snapshot_times(place);
  // Behind the end of a truncated trajectory nothing was kept: the bits there mean nothing.
  if (place.times >= 0 && impl_->state(job) == JobState::truncated) {
    const double end_time = tables.results(job).summary.back();
    std::erase_if(at, [&](double time) { return time > end_time; });
  }
  const auto sites = tables.file().dataset("/jobs/n_sites").read_rows<std::int64_t>(job, 1).front();
  return unpack_snapshots(at, payload.snapshots, place.snapshot_bytes, static_cast<std::uint64_t>(sites));
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
      damages.push_back({describe_row(job, tables.identities()[job]), describe_damage(checks[job]), job, {}});
  for (std::size_t k = 0; k < tables.kernels(); ++k) {
    const bool kept = tables.kernel_entries()[k].values.length > 0;
    if (tables.seal(k).mark != 0 && !(kept ? intact_kernel(tables, k).has_value() : intact_seal(tables, k).has_value()))
      damages.push_back({fmt::format("kernel {}", k), "its checksum is wrong", {}, k});
  }
  return damages;
}

}  // namespace nxmc

// See transfer.hpp.
#include "transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "build.hpp"
#include "integrity.hpp"
#include "nxmc/observe/quantities.hpp"
#include "open.hpp"

namespace nxmc {

namespace {

/// Older versions have fewer columns, none has others.
void require_known_columns(const hdf5::File& file, const std::string& path, std::span<const Quantity> quantities) {
  if (!file.has(path)) return;
  for (const std::string& name : file.dataset(path).read_text())
    if (std::ranges::find(quantities, name, &Quantity::name) == quantities.end())
      throw ArchiveError(fmt::format(
          "{}: its results have the column {} ({}), which this nxmc does not know. Use the version that wrote it, or "
          "another archive.",
          file.name(), name, path));
}

/// A version that keeps less of a job than the one that wrote the archive would write over its neighbours.
void require_room(const Source& source, std::uint64_t job, const Tables& target, std::uint64_t row) {
  const Placement& before = source.tables.placements()[job];
  const Placement& now = target.placements()[row];
  const bool enough = before.profile.length == now.profile.length && before.snapshots == now.snapshots &&
                      before.samples == now.samples && before.sample_every == now.sample_every &&
                      before.snapshot_bytes == now.snapshot_bytes &&
                      before.final_state.length <= now.final_state.length;
  if (!enough)
    throw ArchiveError(source.file.string() +
                       ": what it keeps of each job has another size than with this nxmc. Use the version that wrote "
                       "it, or another archive.");
}

/// A row as it was read at one time.
struct RowCopy {
  StatusRow status;
  TableRow results;
  Payload payload;
};

/// Whether it is sealed, and all of it is what was sealed. Reads the payload, if there is one.
bool complete_if_intact(const Tables& tables, std::uint64_t job, RowCopy& row) {
  const JobState state = row.status.status.state;
  if (!is_sealed(static_cast<std::uint8_t>(state))) return false;
  if (!row_is_intact(tables, job, row.status, row.results.values, row.results.summary)) return false;
  if (!has_results(state)) return true;
  row.payload = tables.payload(job);
  return payload_checksum(row.payload.view()) == row.status.payload_checksum;
}

/// A row as this version would have written it, sealed anew where an older one kept less.
void renew(const Tables& tables, std::uint64_t job, const Placement& room, RowCopy& row) {
  const ColumnTranslation& translation = tables.translation(room.times);
  const bool longer = row.payload.final_state.size() < room.final_state.length;
  if (translation.is_identity() && !longer) return;
  row.results.values = translation(row.results.values);
  row.payload.final_state.resize(room.final_state.length);  // it tells its own length
  row.status.payload_checksum = payload_checksum(row.payload.view());
  const RowName& name = tables.name(job);
  row.status.checksum =
      row_checksum(name.identity, name.observation, row.results.values, row.results.summary, row.status);
}

RowCopy read_row(const Tables& tables, std::uint64_t job) {
  const std::vector<std::uint8_t> state = tables.raw_states(job, 1);
  return {.status = tables.status(job, state).front(), .results = tables.results(job), .payload = {}};
}

/// The states of rows that were written, all at once: one transfer for each column.
struct CopiedStatus {
  std::vector<std::uint64_t> rows;
  std::vector<StatusRow> status;

  void write_to(const Tables& target) const {
    std::vector<JobState> states;
    std::vector<std::uint32_t> generations;
    for (const StatusRow& row : status) {
      states.push_back(row.status.state);
      generations.push_back(row.status.generation);
    }
    target.write_status(rows, status);
    target.write_generations(rows, generations);
    target.write_states(rows, states);
  }
};

}  // namespace

Source open_source(const std::filesystem::path& file) {
  Tables tables = open_checked(file).tables;
  require_known_columns(tables.file(), "/equilibrium/column", equilibrium_columns());
  require_known_columns(tables.file(), "/exchange/column", exchange_columns());
  Layout layout = read_layout(tables);
  return {file, std::move(tables), std::move(layout)};
}

RowAdder::RowAdder(LayoutBuilder& builder) : builder_(builder) {
  for (const ArchiveKernel& kernel : builder.layout().kernels)
    kernels_.emplace(kernel.identity, static_cast<std::int32_t>(kernels_.size()));
}

std::int32_t RowAdder::kernel_like(const ArchiveKernel& kernel) {
  const auto [entry, is_new] = kernels_.try_emplace(kernel.identity, static_cast<std::int32_t>(kernels_.size()));
  if (is_new) builder_.add_kernel(kernel);
  return entry->second;
}

void RowAdder::add(const Source& source, std::uint64_t job, std::string scans) {
  ArchiveRow row = source.layout.rows[job];
  row.scans = std::move(scans);
  row.spare = as_state(source.tables.raw_states(job, 1).front()) == JobState::spare;
  if (row.kernel >= 0) row.kernel = kernel_like(source.layout.kernels[static_cast<std::size_t>(row.kernel)]);
  std::vector<double> times;
  if (row.place.times >= 0) times = source.layout.exchange[static_cast<std::size_t>(row.place.times)].times;
  const std::vector<double> snapshot_at = source.tables.snapshot_times(row.place);
  builder_.add_row(std::move(row), times, snapshot_at);
}

void copy_rows(const Source& source, const Tables& target, const Destinations& destinations) {
  const Tables& from = source.tables;
  const std::vector<StatusRow> status = from.status(0, from.raw_states(0, from.jobs()));
  CopiedStatus copied;
  RowWriter writer(target);
  const auto copy = [&](std::uint64_t job, std::span<const double> values, std::span<const double> summary) {
    const std::optional<std::uint64_t>& row = destinations[job];
    if (!row || !is_sealed(static_cast<std::uint8_t>(status[job].status.state))) return;
    RowCopy found{status[job], {{values.begin(), values.end()}, {summary.begin(), summary.end()}}, {}};
    if (!complete_if_intact(from, job, found)) {
      // A row that was reset and computed again meanwhile looks damaged once, but not twice.
      found = read_row(from, job);
      if (!complete_if_intact(from, job, found)) return;
    }
    const bool with_results = has_results(found.status.status.state);
    if (with_results) {
      require_room(source, job, target, *row);
      renew(from, job, target.placements()[*row], found);
    }
    copied.rows.push_back(*row);
    copied.status.push_back(found.status);
    if (!with_results) return;
    writer.results(*row, found.results.values, found.results.summary);
    writer.payload(*row, found.payload.view());
  };
  from.visit_equilibrium(copy);
  from.visit_exchange(copy);
  writer.flush();
  copied.write_to(target);
}

void copy_kernels(const Source& source, const Tables& target, const std::function<bool(Identity)>& is_wanted) {
  const std::vector<ArchiveKernel>& entries = target.kernel_entries();
  for (std::size_t k = 0; k < source.tables.kernels(); ++k) {
    const Identity identity = source.layout.kernels[k].identity;
    const auto found = std::ranges::find(entries, identity, &ArchiveKernel::identity);
    const std::optional<KernelSeal> seal = intact_seal(source.tables, k);
    if (found == entries.end() || !seal || !is_wanted(identity)) continue;
    const auto index = static_cast<std::size_t>(found - entries.begin());
    if (target.seal(index).mark == seal_mark) continue;
    target.write_kernel_values(index, source.tables.kernel_values(k));
    target.write_seal(index, *seal);
  }
}

}  // namespace nxmc

// Archives that appear complete or not at all: new ones, extended ones, and compressed copies.
#include <algorithm>
#include <map>
#include <utility>

#include "build.hpp"
#include "durable_file.hpp"
#include "integrity.hpp"
#include "layout.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/observe/quantities.hpp"
#include "run_history.hpp"
#include "tables.hpp"
#include "user_block.hpp"

namespace nxmc {

namespace {

using RowName = std::pair<Identity, Identity>;  // identity, observation
using RowNumbers = std::map<RowName, std::uint64_t>;

Tables open_tables(const std::filesystem::path& file) {
  check_user_block(file);
  return Tables(hdf5::File::open(file));
}

RowNumbers number_rows(const Layout& layout) {
  RowNumbers numbers;
  for (std::uint64_t i = 0; i < layout.rows.size(); ++i)
    numbers.emplace(RowName(layout.rows[i].identity, layout.rows[i].observation), i);
  return numbers;
}

std::int32_t find_or_add_kernel(LayoutBuilder& builder, const ArchiveKernel& kernel) {
  const std::vector<ArchiveKernel>& kernels = builder.layout().kernels;
  const auto found = std::ranges::find(kernels, kernel.identity, &ArchiveKernel::identity);
  const auto index = static_cast<std::int32_t>(found - kernels.begin());
  if (found == kernels.end()) builder.add_kernel(kernel);
  return index;
}

void keep_row(LayoutBuilder& builder, const Tables& old, const Layout& old_layout, std::uint64_t job) {
  ArchiveRow row = old_layout.rows[job];
  if (row.kernel >= 0)
    row.kernel = find_or_add_kernel(builder, old_layout.kernels[static_cast<std::size_t>(row.kernel)]);
  std::vector<double> times;
  if (row.place.times >= 0) times = old_layout.exchange[static_cast<std::size_t>(row.place.times)].times;
  const std::vector<double> snapshot_at = old.snapshot_times(row.place);
  builder.add_row(std::move(row), times, snapshot_at);
}

/// The plan's jobs, then those with results that only the old archive has. The archive stays the one that was created
/// then and there: each row tells for itself which program finished it.
Layout extended_layout(const Plan& plan, const Tables& old, const std::vector<RowCheck>& checks) {
  LayoutBuilder builder = lay_out(plan, read_provenance(old.file()));
  const Layout old_layout = read_layout(old);
  const RowNumbers planned = number_rows(builder.layout());
  const std::vector<std::uint8_t> states = old.raw_states(0, old.jobs());
  for (std::uint64_t job = 0; job < old.jobs(); ++job) {
    const bool is_planned = planned.contains({old.identities()[job], old.observations()[job]});
    if (!is_planned && checks[job] == RowCheck::intact && has_results(as_state(states[job])))
      keep_row(builder, old, old_layout, job);
  }
  return builder.finish();
}

/// A version that keeps more or less of a job than the one that wrote the archive would write over its neighbours.
void require_same_room(const Tables& old, std::uint64_t job, const Tables& target, std::uint64_t row) {
  const Placement& before = old.placements()[job];
  const Placement& now = target.placements()[row];
  const bool same = before.profile.length == now.profile.length && before.snapshots == now.snapshots &&
                    before.snapshot_bytes == now.snapshot_bytes && before.final_state.length == now.final_state.length;
  if (!same)
    throw ArchiveError(old.file().name() +
                       ": what it keeps of each job has another size than with this nxmc. Extend it with the version "
                       "that wrote it, or use another --archive.");
}

/// Copies sealed rows that are intact; the others stay waiting.
void copy_rows(const Tables& old, const Tables& target, const RowNumbers& numbers,
               const std::vector<RowCheck>& checks) {
  const std::vector<std::uint8_t> states = old.raw_states(0, old.jobs());
  const std::vector<StatusRow> status = old.status(0, states);
  std::vector<std::uint64_t> copied;
  std::vector<StatusRow> copied_status;
  RowWriter writer(target);
  const auto copy = [&](std::uint64_t job, std::span<const double> values, std::span<const double> summary) {
    const auto number = numbers.find({old.identities()[job], old.observations()[job]});
    if (number == numbers.end() || checks[job] != RowCheck::intact) return;
    copied.push_back(number->second);
    copied_status.push_back(status[job]);
    if (!has_results(status[job].status.state)) return;
    writer.results(number->second, values, summary);
    require_same_room(old, job, target, number->second);
    writer.payload(number->second, old.payload(job).view());
  };
  old.visit_equilibrium(copy);
  old.visit_exchange(copy);
  writer.flush();

  std::vector<JobState> copied_states;
  std::vector<std::uint32_t> generations;
  for (const StatusRow& row : copied_status) {
    copied_states.push_back(row.status.state);
    generations.push_back(row.status.generation);
  }
  target.write_status(copied, copied_status);
  target.write_generations(copied, generations);
  target.write_states(copied, copied_states);
}

void copy_kernels(const Tables& old, const Tables& target) {
  const std::vector<ArchiveKernel>& entries = target.kernel_entries();
  for (std::size_t k = 0; k < old.kernels(); ++k) {
    const auto found = std::ranges::find(entries, old.kernel_entries()[k].identity, &ArchiveKernel::identity);
    const std::optional<KernelSeal> seal = intact_seal(old, k);
    if (found == entries.end() || !seal) continue;
    const auto index = static_cast<std::size_t>(found - entries.begin());
    target.write_kernel_values(index, old.kernel_values(k));
    target.write_seal(index, *seal);
  }
}

void require_same_columns(const hdf5::File& file, const std::string& path, std::span<const Quantity> quantities) {
  if (!file.has(path)) return;
  const std::vector<std::string> names = file.dataset(path).read_text();
  if (!std::ranges::equal(names, quantities, {}, {}, &Quantity::name))
    throw ArchiveError(
        file.name() + ": its results have other columns (" + path +
        ") than those of this nxmc. Extend it with the version that wrote it, or use another --archive.");
}

}  // namespace

void create_archive(const std::filesystem::path& file, const Plan& plan, const Provenance& provenance) {
  require_absent(file);
  UnfinishedFile unfinished(file);
  build_archive(unfinished, lay_out(plan, provenance).finish(), hdf5::Storage::preallocated, [](const Tables&) {});
  unfinished.publish_as_new();
}

void extend_archive(const std::filesystem::path& file, const Plan& plan, const std::function<void()>& require_ours) {
  // Before anything is read: a file that gets the name later has rows that are not copied, and must not be replaced. A
  // symbolic link stays one: what it points to is replaced.
  UnfinishedFile unfinished(std::filesystem::canonical(file));
  require_ours();
  const Tables old = open_tables(file);
  require_same_columns(old.file(), "/equilibrium/column", equilibrium_columns());
  require_same_columns(old.file(), "/exchange/column", exchange_columns());
  require_same_columns(old.file(), "/exchange/summary_column", exchange_summary_columns());
  const std::vector<RowCheck> checks = check_rows(old);
  const Layout layout = extended_layout(plan, old, checks);
  const RowNumbers numbers = number_rows(layout);
  build_archive(unfinished, layout, hdf5::Storage::preallocated, [&](const Tables& target) {
    copy_rows(old, target, numbers, checks);
    copy_kernels(old, target);
    copy_run_history(old.file(), target.file());
  });
  unfinished.publish_instead();
}

void repack_archive(const std::filesystem::path& from, const std::filesystem::path& to) {
  const Tables source = open_tables(from);
  require_absent(to);
  UnfinishedFile unfinished(to);
  const Layout layout = read_layout(source);
  build_archive(unfinished, layout, hdf5::Storage::compressed, [&](const Tables& target) {
    // States come first among them: in a copy of a living archive, what is sealed is complete.
    for (const hdf5::Description& d : mutable_datasets(layout))
      if (source.file().has(d.path)) source.file().dataset(d.path).copy_to(target.file().dataset(d.path));
  });
  unfinished.publish_as_new();
}

}  // namespace nxmc

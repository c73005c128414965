// Archives that appear complete or not at all: new ones, extended ones, and compressed copies.
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "build.hpp"
#include "contents.hpp"
#include "durable_file.hpp"
#include "integrity.hpp"
#include "layout.hpp"
#include "nxmc/archive/archive.hpp"
#include "open.hpp"
#include "run_history.hpp"
#include "tables.hpp"
#include "transfer.hpp"

namespace nxmc {

namespace {

using RowNumbers = std::map<RowName, std::uint64_t>;

RowNumbers number_rows(const Layout& layout) {
  RowNumbers numbers;
  for (std::uint64_t i = 0; i < layout.rows.size(); ++i)
    numbers.emplace(RowName{layout.rows[i].identity, layout.rows[i].observation}, i);
  return numbers;
}

std::vector<std::uint64_t> intact_rows_with_results(const Tables& tables) {
  const std::vector<RowCheck> checks = check_rows(tables);
  const std::vector<std::uint8_t> states = tables.raw_states(0, tables.jobs());
  std::vector<std::uint64_t> rows;
  for (std::uint64_t job = 0; job < checks.size(); ++job)
    if (checks[job] == RowCheck::intact && has_results(as_state(states[job]))) rows.push_back(job);
  return rows;
}

/// How much room the samples of planned jobs get beside those of the old archive: rows with results are copied as they
/// are, and a chain that began without samples goes on without them.
class RoomForSamples {
 public:
  RoomForSamples(const Source& old, const std::vector<std::uint64_t>& with_results) {
    for (const std::uint64_t job : with_results) {
      const ArchiveRow& row = old.layout.rows[job];
      rows_.emplace(RowName{row.identity, row.observation}, std::pair(row.place.samples, row.place.sample_every));
      if (row.place.sample_every == 0) chains_without_.emplace(row.identity, row.continuation);
    }
  }
  void adjust(ArchiveRow& row) const {
    const auto known = rows_.find(RowName{row.identity, row.observation});
    if (known != rows_.end())
      std::tie(row.place.samples, row.place.sample_every) = known->second;
    else if (chains_without_.contains({row.identity, row.continuation}))
      row.place.samples = row.place.sample_every = 0;
  }

 private:
  std::map<RowName, std::pair<std::uint64_t, std::uint64_t>> rows_;
  std::set<std::pair<Identity, Identity>> chains_without_;
};

/// The plan's jobs, then those with results that only the old archive has. The archive stays the one that was created
/// then and there: each row tells for itself which program finished it.
Layout extended_layout(const Plan& plan, const Source& old) {
  const std::vector<std::uint64_t> with_results = intact_rows_with_results(old.tables);
  const RoomForSamples samples(old, with_results);
  LayoutBuilder builder = lay_out(plan, old.layout.provenance, [&](ArchiveRow& row) { samples.adjust(row); });
  const RowNumbers planned = number_rows(builder.layout());
  RowAdder rows(builder);
  for (const std::uint64_t job : with_results) {
    const ArchiveRow& row = old.layout.rows[job];
    if (!planned.contains({row.identity, row.observation})) rows.add(old, job, row.scans);
  }
  return builder.finish();
}

Destinations destinations_in(const Source& old, const RowNumbers& numbers) {
  Destinations destinations(old.layout.rows.size());
  for (std::uint64_t job = 0; job < destinations.size(); ++job) {
    const auto number = numbers.find(RowName{old.layout.rows[job].identity, old.layout.rows[job].observation});
    if (number != numbers.end()) destinations[job] = number->second;
  }
  return destinations;
}

}  // namespace

void create_archive(const std::filesystem::path& file, const Plan& plan, const Provenance& provenance) {
  const std::filesystem::path target = without_link(file);
  require_absent(target);
  UnfinishedFile unfinished(target);
  build_archive(unfinished, lay_out(plan, provenance, [](ArchiveRow&) {}).finish(), hdf5::Storage::preallocated,
                [](const Tables&) {});
  unfinished.publish_as_new();
}

void extend_archive(const std::filesystem::path& file, const Plan& plan, const std::function<void()>& require_ours) {
  // Before anything is read: a file that gets the name later has rows that are not copied, and must not be replaced. A
  // symbolic link stays one: what it points to is replaced.
  UnfinishedFile unfinished(without_link(file));
  require_ours();
  const Source old = open_source(file);
  require_notes_only(old.tables.file());
  const Layout layout = extended_layout(plan, old);
  const RowNumbers numbers = number_rows(layout);
  build_archive(unfinished, layout, hdf5::Storage::preallocated, [&](const Tables& target) {
    copy_rows(old, target, destinations_in(old, numbers));
    copy_kernels(old, target, [](Identity) { return true; });
    copy_run_history(old.tables.file(), target.file());
    copy_notes(old.tables.file(), target.file());
  });
  unfinished.publish_instead();
}

void repack_archive(const std::filesystem::path& from, const std::filesystem::path& to) {
  const Tables source = open_checked(from).tables;
  require_absent(to);
  UnfinishedFile unfinished(to);
  const Layout layout = read_layout(source);
  build_archive(unfinished, layout, hdf5::Storage::compressed, [&](const Tables& target) {
    // States come first among them: in a copy of a living archive, what is sealed is complete.
    for (const hdf5::Description& d : mutable_datasets(layout))
      if (source.file().has(d.path)) source.file().dataset(d.path).copy_to(target.file().dataset(d.path));
    copy_additions(source.file(), target.file());
  });
  unfinished.publish_as_new();
}

}  // namespace nxmc

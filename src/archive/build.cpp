// See build.hpp.
#include "build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "columns.hpp"
#include "contents.hpp"
#include "nxmc/campaign/stage_text.hpp"
#include "site_lists.hpp"
#include "user_block.hpp"

namespace nxmc {

namespace {

using hdf5::Dataset;
using hdf5::Description;
using hdf5::Storage;
using hdf5::Type;

// Larger tables start as zeros instead of NaN: writing them would double the time to the first result. /status/state
// tells.
constexpr std::uint64_t largest_table_of_nan_bytes = std::uint64_t{64} << 20U;
// Generous for what the constant columns take for each job, and for HDF5's own metadata.
constexpr std::uint64_t constant_bytes_per_job = 600;
constexpr std::uint64_t metadata_bytes_per_dataset = 4096;

std::size_t bytes_of_element(const Description& d) {
  switch (d.type) {
    case Type::u8:
      return 1;
    case Type::i32:
    case Type::u32:
      return 4;
    case Type::f64:
    case Type::i64:
    case Type::u64:
      return 8;
    case Type::text:
      return d.text_width;
  }
  return 0;
}

std::uint64_t bytes_of(const Description& d) {
  std::uint64_t bytes = bytes_of_element(d);
  for (const hsize_t length : d.shape) bytes *= length;
  return bytes;
}

std::uint64_t expected_bytes(const Layout& layout) {
  std::size_t scans_width = 0;
  std::size_t stages_width = 0;
  StageList last;
  for (const ArchiveRow& row : layout.rows) {
    scans_width = std::max(scans_width, row.scans.size());
    if (row.physics.stages == last) continue;
    last = row.physics.stages;
    stages_width = std::max(stages_width, to_string(last).size());
  }
  std::uint64_t bytes = layout.text.size() + layout.rows.size() * (constant_bytes_per_job + scans_width + stages_width);
  for (const Description& d : mutable_datasets(layout)) bytes += bytes_of(d) + metadata_bytes_per_dataset;
  return bytes;
}

/// Creates the datasets that never change.
class Constants {
 public:
  Constants(const hdf5::File& file, Storage storage) : file_(file), storage_(storage) {}

  void text(const std::string& path, const std::string& value, const std::string& meaning) const {
    file_.create_dataset({path, Type::text, {}, "", meaning, value.size()}, storage_).write_text(std::span(&value, 1));
  }
  Dataset texts(const std::string& path, const std::vector<std::string>& values, const std::string& meaning) const {
    std::size_t width = 0;
    for (const std::string& value : values) width = std::max(width, value.size());
    Dataset dataset = file_.create_dataset({path, Type::text, {values.size()}, "", meaning, width}, storage_);
    dataset.write_text(values);
    return dataset;
  }
  template <class T>
  Dataset numbers(const Description& description, const std::vector<T>& values) const {
    Dataset dataset = file_.create_dataset(description, storage_);
    dataset.write(std::span<const T>(values));
    return dataset;
  }

 private:
  const hdf5::File& file_;
  Storage storage_;
};

void create_campaign(const Constants& make, const Layout& layout) {
  make.text("/campaign/name", layout.campaign, "name of the campaign");
  make.text("/campaign/text", layout.text, "the campaign file, verbatim");
  make.texts("/campaign/scans", layout.scans, "names of the scans");
  make.numbers<std::uint64_t>(
      {"/campaign/seed", Type::u64, {}, "", "seed of the campaign; streams derive from it and /jobs/identity", 0},
      {layout.seed});
  const Provenance& p = layout.provenance;
  make.text("/campaign/program_version", p.program_version, "version of nxmc that created this archive");
  make.text("/campaign/git_hash", p.git_hash, "commit of that nxmc");
  make.text("/campaign/libraries", p.libraries, "versions of the libraries that it used");
  make.text("/campaign/host", p.host, "where it was created");
  make.text("/campaign/user", p.user, "by whom");
  make.numbers<double>({"/campaign/created", Type::f64, {}, "s since 1970-01-01", "when", 0}, {p.created});
}

void create_crystals(const Constants& make, const Layout& layout) {
  std::set<std::string> written;
  for (const ArchiveRow& row : layout.rows) {
    const SiteList& list = row.physics.lattice.sites;
    if (list.empty()) continue;
    const std::string path = path_of_sites(row.physics.lattice);
    if (!written.insert(path).second) continue;
    const auto width = static_cast<std::size_t>(list.dimension());
    std::vector<std::int32_t> values;
    for (const Cell& cell : list.cells()) values.insert(values.end(), cell.begin(), cell.begin() + list.dimension());
    make.numbers<std::int32_t>({path,
                                Type::i32,
                                {list.cells().size(), width},
                                "",
                                "row and place, or x, y and z, of each site of the core",
                                0},
                               values);
  }
}

void create_jobs(const hdf5::File& file, const Layout& layout, Storage storage) {
  write_columns(file, "/jobs", row_columns(), layout.rows, storage);
  std::vector<Placement> places(layout.rows.size());
  std::ranges::transform(layout.rows, places.begin(), &ArchiveRow::place);
  write_columns(file, "/jobs", placement_columns(), places, storage);
}

/// A coordinate of result columns: names, with units and meanings beside it.
Dataset create_column_names(const Constants& make, const std::string& path, std::span<const Quantity> quantities) {
  std::vector<std::string> names;
  std::vector<std::string> units;
  std::vector<std::string> meanings;
  for (const Quantity& quantity : quantities) {
    names.push_back(quantity.name);
    units.push_back(quantity.unit);
    meanings.push_back(quantity.description);
  }
  make.texts(path + "_unit", units, "unit of each column; energy_unit is the job's, see /jobs/energy_unit");
  make.texts(path + "_description", meanings, "meaning of each column");
  Dataset dataset = make.texts(path, names, "names of the columns; <name>_err is one standard error");
  dataset.become_scale("column");
  return dataset;
}

Dataset create_job_numbers(const Constants& make, const std::string& group, const std::vector<std::int64_t>& jobs) {
  Dataset dataset = make.numbers(
      {group + "/job", Type::i64, {jobs.size()}, "", "job of each row: index into /jobs and /status", 0}, jobs);
  dataset.become_scale("job");
  return dataset;
}

void attach_equilibrium_coordinates(const hdf5::File& file, const Constants& make, const Layout& layout) {
  if (layout.equilibrium_jobs.empty()) return;
  const Dataset results = file.dataset("/equilibrium/results");
  results.attach_scale(create_job_numbers(make, "/equilibrium", layout.equilibrium_jobs), 0);
  results.attach_scale(create_column_names(make, "/equilibrium/column", layout.columns.equilibrium), 1);
}

void attach_exchange_coordinates(const hdf5::File& file, const Constants& make, const Layout& layout) {
  if (layout.exchange.empty()) return;
  const Dataset column = create_column_names(make, "/exchange/column", layout.columns.exchange);
  const Dataset summary_column = create_column_names(make, "/exchange/summary_column", layout.columns.exchange_summary);
  for (std::size_t k = 0; k < layout.exchange.size(); ++k) {
    const std::string group = fmt::format("/exchange/{}", k);
    const std::vector<double>& times = layout.exchange[k].times;
    const Dataset job = create_job_numbers(make, group, layout.exchange[k].jobs);
    const Dataset time =
        make.numbers({group + "/time", Type::f64, {times.size()}, "1/rate", "observation times", 0}, times);
    time.become_scale("time");
    const Dataset results = file.dataset(group + "/results");
    results.attach_scale(job, 0);
    results.attach_scale(time, 1);
    results.attach_scale(column, 2);
    const Dataset summary = file.dataset(group + "/summary");
    summary.attach_scale(job, 0);
    summary.attach_scale(summary_column, 1);
  }
}

void create_constants(const hdf5::File& file, const Layout& layout, Storage storage) {
  const Constants make(file, storage);
  create_campaign(make, layout);
  create_crystals(make, layout);
  create_jobs(file, layout, storage);
  if (!layout.kernels.empty()) write_columns(file, "/kernels", kernel_columns(), layout.kernels, storage);
  if (!layout.snapshot_at.empty())
    make.numbers({"/snapshots/at",
                  Type::f64,
                  {layout.snapshot_at.size()},
                  "1/rate or sweeps",
                  "times (exchange) or sweeps since the start of equilibration, see snapshot_at in /jobs",
                  0},
                 layout.snapshot_at);
  attach_equilibrium_coordinates(file, make, layout);
  attach_exchange_coordinates(file, make, layout);
}

bool is_result_table(const Description& d) { return d.path.ends_with("/results") || d.path.ends_with("/summary"); }

void write_nan(const Dataset& dataset) {
  const std::vector<double> nan(dataset.rows() * dataset.row_size(), std::numeric_limits<double>::quiet_NaN());
  dataset.write(std::span<const double>(nan));
}

/// What was never written reads as waiting jobs without results and unknown kernels.
void write_initial_values(const hdf5::File& file, const std::vector<Description>& datasets) {
  for (const Description& d : datasets)
    if (is_result_table(d) && bytes_of(d) <= largest_table_of_nan_bytes) write_nan(file.dataset(d.path));
}

void write_spare_jobs(const Tables& tables, const std::vector<ArchiveRow>& rows) {
  std::vector<std::uint64_t> spare;
  for (std::uint64_t job = 0; job < rows.size(); ++job)
    if (rows[job].spare) spare.push_back(job);
  if (!spare.empty()) tables.write_states(spare, std::vector(spare.size(), JobState::spare));
}

std::vector<hdf5::FileRange> ranges_of(const hdf5::File& file, const std::vector<Description>& datasets) {
  std::vector<hdf5::FileRange> ranges;
  ranges.reserve(datasets.size());
  for (const Description& d : datasets) ranges.push_back(file.dataset(d.path).range());
  return ranges;
}

}  // namespace

void build_archive(const UnfinishedFile& unfinished, const Layout& layout, Storage storage,
                   const std::function<void(const Tables&)>& fill) {
  const bool packed = storage == Storage::compressed;
  const std::vector<Description> results = mutable_datasets(layout);
  const std::uint64_t user_block = user_block_size(results.size());
  if (!packed) unfinished.require_space(expected_bytes(layout));

  hdf5::File file = hdf5::File::create(unfinished.path(), user_block);
  for (const Description& d : results) file.create_dataset(d, storage);
  create_constants(file, layout, storage);
  const auto changes = [&](const std::string& path) {
    return std::ranges::find(results, path, &Description::path) != results.end();
  };
  const std::uint64_t contents = write_contents(file, changes);
  if (!packed) unfinished.reserve_space(file.size());
  if (!packed) write_initial_values(file, results);

  Tables tables(std::move(file));
  write_spare_jobs(tables, layout.rows);
  fill(tables);
  std::vector<hdf5::FileRange> ranges;
  if (!packed) ranges = ranges_of(tables.file(), results);
  tables.close();
  seal_user_block(unfinished.path(), user_block, packed, contents, std::move(ranges));
}

std::string read_single_text(const hdf5::File& file, const std::string& path) {
  return file.dataset(path).read_text().front();
}

Provenance read_provenance(const hdf5::File& file) {
  return {.program_version = read_single_text(file, "/campaign/program_version"),
          .git_hash = read_single_text(file, "/campaign/git_hash"),
          .libraries = read_single_text(file, "/campaign/libraries"),
          .host = read_single_text(file, "/campaign/host"),
          .user = read_single_text(file, "/campaign/user"),
          .created = file.dataset("/campaign/created").read<double>().front()};
}

namespace {

std::vector<TimesGroup> read_times_groups(const Tables& tables) {
  std::vector<TimesGroup> groups;
  for (std::int32_t k = 0; tables.file().has(fmt::format("/exchange/{}", k)); ++k)
    groups.push_back({tables.times(k), tables.file().dataset(fmt::format("/exchange/{}/job", k)).read<std::int64_t>()});
  return groups;
}

/// Empty where no job has such results.
std::vector<Quantity> read_quantities(const hdf5::File& file, const std::string& path) {
  if (!file.has(path)) return {};
  const std::vector<std::string> names = file.dataset(path).read_text();
  const std::vector<std::string> units = file.dataset(path + "_unit").read_text();
  const std::vector<std::string> meanings = file.dataset(path + "_description").read_text();
  std::vector<Quantity> quantities;
  for (std::size_t k = 0; k < names.size(); ++k) quantities.push_back({names[k], units[k], meanings[k]});
  return quantities;
}

}  // namespace

Layout read_layout(const Tables& tables) {
  const hdf5::File& file = tables.file();
  Layout layout;
  layout.campaign = read_single_text(file, "/campaign/name");
  layout.text = read_single_text(file, "/campaign/text");
  layout.seed = file.dataset("/campaign/seed").read<std::uint64_t>().front();
  layout.provenance = read_provenance(file);
  layout.scans = file.dataset("/campaign/scans").read_text();
  layout.rows = read_columns(file, "/jobs", row_columns(), 0, tables.jobs());
  for (std::size_t i = 0; i < layout.rows.size(); ++i) layout.rows[i].place = tables.placements()[i];
  layout.kernels = tables.kernel_entries();
  if (file.has("/equilibrium/job")) layout.equilibrium_jobs = file.dataset("/equilibrium/job").read<std::int64_t>();
  layout.exchange = read_times_groups(tables);
  if (file.has("/snapshots/at")) layout.snapshot_at = file.dataset("/snapshots/at").read<double>();
  layout.profile_doubles = file.rows("/profiles/values");
  layout.snapshot_bytes = file.rows("/snapshots/bits");
  layout.final_state_bytes = file.rows("/equilibrium/final_states");
  layout.kernel_doubles = file.rows("/kernels/rows");
  layout.columns = {.equilibrium = read_quantities(file, "/equilibrium/column"),
                    .exchange = read_quantities(file, "/exchange/column"),
                    .exchange_summary = read_quantities(file, "/exchange/summary_column")};
  return layout;
}

}  // namespace nxmc

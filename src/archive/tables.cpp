// See tables.hpp.
#include "tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <utility>

#include "columns.hpp"
#include "contents.hpp"
#include "nxmc/observe/quantities.hpp"
#include "run_history.hpp"

namespace nxmc {

namespace {

constexpr std::uint64_t block_doubles = std::uint64_t{1} << 20U;
// A kernel's entry has a page of its own, because any rank writes it and file systems write back whole pages.
constexpr std::uint64_t seal_words = page_bytes / sizeof(std::uint64_t);
constexpr std::size_t words_used = 5;

using hdf5::Description;
using hdf5::Type;

template <class T, class Row, class Member>
std::vector<T> column_of(std::span<const Row> rows, Member member) {
  std::vector<T> column(rows.size());
  std::ranges::transform(rows, column.begin(), member);
  return column;
}

void describe_status(std::vector<Description>& all, std::uint64_t jobs) {
  const auto add = [&](const char* name, Type type, const char* unit, const char* meaning, std::size_t width = 0) {
    all.push_back({std::string("/status/") + name, type, {jobs}, unit, meaning, width});
  };
  add("state", Type::u8, "",
      "0 waiting, 3 running, 5 done, 6 truncated, 9 failed, 10 spare (not asked for so far); 5 to 9 are final");
  add("generation", Type::u32, "1", "how often results of the row were given up");
  add("pieces", Type::u32, "1", "in how many runs it was computed");
  add("started", Type::f64, "s since 1970-01-01", "start of the first piece");
  add("finished", Type::f64, "s since 1970-01-01", "end of the last piece");
  add("wall_seconds", Type::f64, "s", "computing time");
  add("numerics", Type::i32, "1", numerics_meaning);
  add("program_version", Type::text, "", "version of nxmc that finished it", program_version_width);
  add("host", Type::text, "", "where it was finished", host_width);
  add("reason", Type::text, "", "why it failed", reason_width);
  add("payload_checksum", Type::u64, "1", "XXH3-64 of its profile, configurations and final state");
  add("checksum", Type::u64, "1", "XXH3-64 of identities, results, payload checksum and status");
}

void describe_results(std::vector<Description>& all, const Layout& layout) {
  constexpr const char* meaning =
      "one value for each column; rows without results are NaN, or 0 in tables above 64 MiB";
  if (!layout.equilibrium_jobs.empty())
    all.push_back({"/equilibrium/results",
                   Type::f64,
                   {layout.equilibrium_jobs.size(), layout.columns.equilibrium.size()},
                   "see column_unit",
                   meaning,
                   0});
  for (std::size_t k = 0; k < layout.exchange.size(); ++k) {
    const TimesGroup& group = layout.exchange[k];
    all.push_back({fmt::format("/exchange/{}/results", k),
                   Type::f64,
                   {group.jobs.size(), group.times.size(), layout.columns.exchange.size()},
                   "see ../column_unit",
                   meaning,
                   0});
    all.push_back({fmt::format("/exchange/{}/summary", k),
                   Type::f64,
                   {group.jobs.size(), layout.columns.exchange_summary.size()},
                   "see ../summary_column_unit",
                   meaning,
                   0});
  }
}

void describe_heaps(std::vector<Description>& all, const Layout& layout) {
  if (layout.profile_doubles > 0)
    all.push_back({"/profiles/values",
                   Type::f64,
                   {layout.profile_doubles},
                   "1",
                   "composition profiles along the last axis, see profile_offset and profile_length in /jobs",
                   0});
  if (layout.snapshot_bytes > 0)
    all.push_back({"/snapshots/bits",
                   Type::u8,
                   {layout.snapshot_bytes},
                   "",
                   "configurations: bit i%8 of byte i/8 is 1 where site i is A; see snapshot_offset in /jobs",
                   0});
  if (layout.final_state_bytes > 0)
    all.push_back({"/equilibrium/final_states",
                   Type::u8,
                   {layout.final_state_bytes},
                   "",
                   "states of finished chains, from which longer ones go on; see final_state_offset in /jobs",
                   0});
  // Seals before values: a copy of a living archive then never has a seal without its values.
  if (!layout.kernels.empty())
    all.push_back({"/kernels/seals",
                   Type::u64,
                   {layout.kernels.size(), seal_words},
                   "",
                   "word 0: not 0 when known; 1: grid exponent; 2, 3: XXH3-128 of the values; 4: checksum",
                   0});
  if (layout.kernel_doubles > 0)
    all.push_back({"/kernels/rows",
                   Type::f64,
                   {layout.kernel_doubles},
                   "epsilon",
                   "rows of V that symmetry does not repeat, see offset, representatives and n_sites",
                   0});
}

}  // namespace

std::vector<Description> mutable_datasets(const Layout& layout) {
  std::vector<Description> all;
  describe_status(all, layout.rows.size());
  describe_results(all, layout);
  describe_heaps(all, layout);
  std::ranges::move(run_history_datasets(), std::back_inserter(all));
  return all;
}

StatusFields StatusBlock::operator[](std::size_t i) const {
  return {.raw_state = raw_state[i],
          .generation = generation[i],
          .pieces = pieces[i],
          .started = started[i],
          .finished = finished[i],
          .wall_seconds = wall_seconds[i],
          .numerics = numerics[i],
          .program_version = program_version[i],
          .host = host[i],
          .reason = reason[i],
          .payload_checksum = payload_checksum[i],
          .checksum = checksum[i]};
}

namespace {

hdf5::File with_own_objects_only(hdf5::File file) {
  show_own_objects_only(file);
  return file;
}

}  // namespace

Tables::Tables(hdf5::File file)
    : file_(with_own_objects_only(std::move(file))),
      state_(file_.dataset("/status/state")),
      generation_(file_.dataset("/status/generation")),
      pieces_(file_.dataset("/status/pieces")),
      started_(file_.dataset("/status/started")),
      finished_(file_.dataset("/status/finished")),
      wall_seconds_(file_.dataset("/status/wall_seconds")),
      numerics_(file_.dataset("/status/numerics")),
      program_version_(file_.dataset("/status/program_version")),
      host_(file_.dataset("/status/host")),
      reason_(file_.dataset("/status/reason")),
      payload_checksum_(file_.dataset("/status/payload_checksum")),
      checksum_(file_.dataset("/status/checksum")),
      equilibrium_(open_if_there("/equilibrium/results")),
      profiles_(open_if_there("/profiles/values")),
      snapshots_(open_if_there("/snapshots/bits")),
      final_states_(open_if_there("/equilibrium/final_states")),
      kernel_rows_(open_if_there("/kernels/rows")),
      seals_(open_if_there("/kernels/seals")) {
  if (equilibrium_) equilibrium_jobs_ = file_.dataset("/equilibrium/job").read<std::int64_t>();
  for (int k = 0; file_.has(fmt::format("/exchange/{}", k)); ++k) {
    const std::string group = fmt::format("/exchange/{}/", k);
    exchange_.push_back({file_.dataset(group + "results"), file_.dataset(group + "summary"),
                         file_.dataset(group + "job").read<std::int64_t>()});
  }
}

std::optional<hdf5::Dataset> Tables::open_if_there(const std::string& path) const {
  if (!file_.has(path)) return {};
  return file_.dataset(path);
}

void Tables::close() {
  // HDF5 refuses to close a file while its datasets are open, so they go first.
  hdf5::File file = std::move(file_);
  { const Tables open_datasets = std::move(*this); }
  file.close();
}

const std::vector<Placement>& Tables::placements() const {
  if (!placements_) placements_ = read_columns(file_, "/jobs", placement_columns(), 0, jobs());
  return *placements_;
}

std::vector<Placement> Tables::read_placements(std::uint64_t first, std::uint64_t count) const {
  if (!placements_) return read_columns(file_, "/jobs", placement_columns(), first, count);
  const auto begin = placements_->begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

std::vector<RowName> Tables::read_names(std::uint64_t first, std::uint64_t count) const {
  const hdf5::FixedTexts identities = file_.dataset("/jobs/identity").read_fixed_texts(first, count);
  const hdf5::FixedTexts observations = file_.dataset("/jobs/observation").read_fixed_texts(first, count);
  std::vector<RowName> names(count);
  for (std::size_t i = 0; i < count; ++i) names[i] = {parse_identity(identities[i]), parse_identity(observations[i])};
  return names;
}

namespace {

/// The entry of a job in a stretch of them, which is read anew when the job is in another one.
template <class Stretch, class Read>
auto& entry_in(Stretch& stretch, std::uint64_t job, std::uint64_t jobs, Read read) {
  constexpr std::uint64_t length = Tables::stretch;
  if (stretch.entries.empty() || job < stretch.first || job >= stretch.first + stretch.entries.size()) {
    const std::uint64_t first = job / length * length;
    stretch.entries = read(first, std::min(length, jobs - first));
    stretch.first = first;
  }
  return stretch.entries[job - stretch.first];
}

}  // namespace

const Placement& Tables::placement(std::uint64_t job) const {
  if (placements_) return (*placements_)[job];
  return entry_in(near_placements_, job, jobs(),
                  [&](std::uint64_t first, std::uint64_t count) { return read_placements(first, count); });
}

const RowName& Tables::name(std::uint64_t job) const {
  return entry_in(near_names_, job, jobs(),
                  [&](std::uint64_t first, std::uint64_t count) { return read_names(first, count); });
}

const std::vector<Identity>& Tables::identities() const {
  if (!identities_) identities_ = read_identities("/jobs/identity");
  return *identities_;
}

const std::vector<Identity>& Tables::observations() const {
  if (!observations_) observations_ = read_identities("/jobs/observation");
  return *observations_;
}

const std::vector<ArchiveKernel>& Tables::kernel_entries() const {
  // Without kernels there is no such group.
  if (!kernel_entries_)
    kernel_entries_ =
        kernels() == 0 ? std::vector<ArchiveKernel>() : read_columns(file_, "/kernels", kernel_columns(), 0, kernels());
  return *kernel_entries_;
}

std::vector<Identity> Tables::read_identities(const std::string& column) const {
  const hdf5::Dataset texts = file_.dataset(column);
  std::vector<Identity> identities;
  identities.reserve(texts.rows());
  for (std::uint64_t first = 0; first < texts.rows(); first += stretch) {
    const hdf5::FixedTexts some = texts.read_fixed_texts(first, std::min(stretch, texts.rows() - first));
    for (std::size_t i = 0; i < some.size(); ++i) identities.push_back(parse_identity(some[i]));
  }
  return identities;
}

std::vector<double> Tables::times(std::int32_t group) const {
  return file_.dataset(fmt::format("/exchange/{}/time", group)).read<double>();
}

std::size_t Tables::count_times(std::int64_t group) const {
  const auto k = static_cast<std::size_t>(group);
  return k < exchange_.size() ? exchange_[k].results.shape()[1] : 0;
}

std::optional<std::int64_t> Tables::job_at(std::int64_t times, std::int64_t row) const {
  const auto k = static_cast<std::size_t>(times);
  if (times < -1 || row < 0 || (times >= 0 && k >= exchange_.size())) return {};
  const std::vector<std::int64_t>& jobs_of_rows = times < 0 ? equilibrium_jobs_ : exchange_[k].jobs;
  const auto r = static_cast<std::size_t>(row);
  return r < jobs_of_rows.size() ? std::optional(jobs_of_rows[r]) : std::nullopt;
}

std::uint64_t Tables::result_rows() const {
  std::uint64_t rows = equilibrium_jobs_.size();
  for (const ExchangeTable& table : exchange_) rows += table.jobs.size();
  return rows;
}

std::vector<double> Tables::snapshot_times(const Placement& place) const {
  if (place.snapshots == 0) return {};
  return file_.dataset("/snapshots/at").read_rows<double>(place.snapshot_at, place.snapshots);
}

const Tables::ExchangeTable& Tables::exchange_table(const Placement& place) const {
  return exchange_[static_cast<std::size_t>(place.times)];
}

std::vector<std::uint8_t> Tables::raw_states(std::uint64_t first, std::uint64_t count) const {
  return state_.read_rows<std::uint8_t>(first, count);
}

StatusBlock Tables::status_block(std::uint64_t first, std::span<const std::uint8_t> raw_states) const {
  const std::uint64_t count = raw_states.size();
  return {.raw_state = {raw_states.begin(), raw_states.end()},
          .generation = generation_.read_rows<std::uint32_t>(first, count),
          .pieces = pieces_.read_rows<std::uint32_t>(first, count),
          .started = started_.read_rows<double>(first, count),
          .finished = finished_.read_rows<double>(first, count),
          .wall_seconds = wall_seconds_.read_rows<double>(first, count),
          .numerics = numerics_.read_rows<std::int32_t>(first, count),
          .program_version = program_version_.read_fixed_texts(first, count),
          .host = host_.read_fixed_texts(first, count),
          .reason = reason_.read_fixed_texts(first, count),
          .payload_checksum = payload_checksum_.read_rows<std::uint64_t>(first, count),
          .checksum = checksum_.read_rows<std::uint64_t>(first, count)};
}

std::vector<StatusRow> Tables::status(std::uint64_t first, std::span<const std::uint8_t> raw_states) const {
  const StatusBlock block = status_block(first, raw_states);
  std::vector<StatusRow> rows(raw_states.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StatusFields fields = block[i];
    rows[i] = {.status = {.state = static_cast<JobState>(fields.raw_state),
                          .generation = fields.generation,
                          .pieces = fields.pieces,
                          .started = fields.started,
                          .finished = fields.finished,
                          .wall_seconds = fields.wall_seconds,
                          .numerics = fields.numerics,
                          .program_version = std::string(fields.program_version),
                          .host = std::string(fields.host),
                          .reason = std::string(fields.reason)},
               .payload_checksum = fields.payload_checksum,
               .checksum = fields.checksum};
  }
  return rows;
}

const hdf5::Dataset& Tables::result_table(std::int32_t times) const {
  return times < 0 ? *equilibrium_ : exchange_[static_cast<std::size_t>(times)].results;
}

const hdf5::Dataset* Tables::summary_table(std::int32_t times) const {
  return times < 0 ? nullptr : &exchange_[static_cast<std::size_t>(times)].summary;
}

const ColumnTranslation& Tables::translation(std::int32_t times) const {
  std::optional<ColumnTranslation>& known = times < 0 ? of_equilibrium_ : of_exchange_;
  if (!known)
    known.emplace(file_.dataset(times < 0 ? "/equilibrium/column" : "/exchange/column").read_text(),
                  times < 0 ? equilibrium_columns() : exchange_columns());
  return *known;
}

TableRow Tables::results(std::uint64_t job) const {
  const Placement& place = placement(job);
  if (place.times < 0) return {.values = equilibrium_->read_rows<double>(place.row, 1), .summary = {}};
  const ExchangeTable& table = exchange_table(place);
  return {.values = table.results.read_rows<double>(place.row, 1),
          .summary = table.summary.read_rows<double>(place.row, 1)};
}

Tables::TableRowSize Tables::size_of_results(std::uint64_t job) const {
  const Placement& place = placement(job);
  if (place.times < 0) return {.values = equilibrium_->row_size(), .summary = 0};
  const ExchangeTable& table = exchange_table(place);
  return {.values = table.results.row_size(), .summary = table.summary.row_size()};
}

void Tables::visit_table(const hdf5::Dataset& results, const hdf5::Dataset* summaries,
                         const std::vector<std::int64_t>& jobs_of_rows, const Visit& visit) {
  const std::uint64_t width = results.row_size();
  const std::uint64_t summary_width = summaries == nullptr ? 0 : summaries->row_size();
  const std::uint64_t block = std::max<std::uint64_t>(1, block_doubles / std::max<std::uint64_t>(1, width));
  for (std::uint64_t first = 0; first < results.rows(); first += block) {
    const std::uint64_t count = std::min(block, results.rows() - first);
    const std::vector<double> values = results.read_rows<double>(first, count);
    std::vector<double> summary;
    if (summaries != nullptr) summary = summaries->read_rows<double>(first, count);
    for (std::uint64_t i = 0; i < count; ++i)
      visit(static_cast<std::uint64_t>(jobs_of_rows[first + i]), std::span(values).subspan(i * width, width),
            std::span(summary).subspan(i * summary_width, summary_width));
  }
}

void Tables::visit_equilibrium(const Visit& visit) const {
  if (equilibrium_) visit_table(*equilibrium_, nullptr, equilibrium_jobs_, visit);
}

void Tables::visit_exchange(const Visit& visit) const {
  for (const ExchangeTable& table : exchange_) visit_table(table.results, &table.summary, table.jobs, visit);
}

std::vector<double> Tables::profile(std::uint64_t job) const {
  const HeapExtent& extent = placement(job).profile;
  if (extent.length == 0) return {};
  return profiles_->read_rows<double>(extent.offset, extent.length);
}

std::vector<std::uint8_t> Tables::configurations(std::uint64_t job) const {
  const HeapExtent extent = placement(job).configurations();
  if (extent.length == 0) return {};
  return snapshots_->read_rows<std::uint8_t>(extent.offset, extent.length);
}

std::vector<std::uint8_t> Tables::final_state(std::uint64_t job) const {
  const HeapExtent& extent = placement(job).final_state;
  if (extent.length == 0) return {};
  return final_states_->read_rows<std::uint8_t>(extent.offset, extent.length);
}

std::vector<double> Tables::kernel_values(std::size_t kernel) const {
  const HeapExtent& extent = kernel_entries()[kernel].values;
  if (extent.length == 0) return {};
  return kernel_rows_->read_rows<double>(extent.offset, extent.length);
}

KernelSeal Tables::seal(std::size_t kernel) const {
  const std::vector<std::uint64_t> words = seals_->read_rows<std::uint64_t>(kernel, 1);
  return {.mark = words[0],
          .grid = static_cast<std::int64_t>(words[1]),
          .digest = {.high = words[2], .low = words[3]},
          .checksum = words[4]};
}

void Tables::write_states(std::span<const std::uint64_t> jobs, std::span<const JobState> states) const {
  const auto raw = column_of<std::uint8_t>(states, [](JobState s) { return static_cast<std::uint8_t>(s); });
  state_.write_scattered(jobs, std::span(raw));
}

void Tables::write_generations(std::span<const std::uint64_t> jobs, std::span<const std::uint32_t> generations) const {
  generation_.write_scattered(jobs, generations);
}

void Tables::write_status(std::span<const std::uint64_t> jobs, std::span<const StatusRow> rows) const {
  const auto write = [&]<class T>(const hdf5::Dataset& column, const std::vector<T>& values) {
    if constexpr (std::is_same_v<T, std::string>)
      column.write_text_scattered(jobs, values);
    else
      column.write_scattered(jobs, std::span(values));
  };
  write(pieces_, column_of<std::uint32_t>(rows, [](const StatusRow& r) { return r.status.pieces; }));
  write(started_, column_of<double>(rows, [](const StatusRow& r) { return r.status.started; }));
  write(finished_, column_of<double>(rows, [](const StatusRow& r) { return r.status.finished; }));
  write(wall_seconds_, column_of<double>(rows, [](const StatusRow& r) { return r.status.wall_seconds; }));
  write(numerics_, column_of<std::int32_t>(rows, [](const StatusRow& r) { return r.status.numerics; }));
  write(program_version_, column_of<std::string>(rows, [](const StatusRow& r) { return r.status.program_version; }));
  write(host_, column_of<std::string>(rows, [](const StatusRow& r) { return r.status.host; }));
  write(reason_, column_of<std::string>(rows, [](const StatusRow& r) { return r.status.reason; }));
  write(payload_checksum_, column_of<std::uint64_t>(rows, [](const StatusRow& r) { return r.payload_checksum; }));
  write(checksum_, column_of<std::uint64_t>(rows, [](const StatusRow& r) { return r.checksum; }));
}

void Tables::write_payload(std::uint64_t job, const PayloadView& payload) const {
  RowWriter writer(*this);
  writer.payload(job, payload);
  writer.flush();
}

void Tables::write_kernel_values(std::size_t kernel, std::span<const double> values) const {
  const HeapExtent& extent = kernel_entries()[kernel].values;
  if (extent.length > 0) kernel_rows_->write_rows(extent.offset, extent.length, values);
}

void Tables::write_seal(std::size_t kernel, const KernelSeal& seal) const {
  std::vector<std::uint64_t> words(seal_words, 0);
  const std::array<std::uint64_t, words_used> used{seal.mark, static_cast<std::uint64_t>(seal.grid), seal.digest.high,
                                                   seal.digest.low, seal.checksum};
  std::ranges::copy(used, words.begin());
  seals_->write_rows(kernel, 1, std::span<const std::uint64_t>(words));
}

template <class T>
void JoinedRows<T>::add(std::uint64_t first, std::span<const T> values) {
  constexpr std::size_t enough_bytes = std::size_t{1} << 20U;
  if (values.empty()) return;
  if (first != first_ + rows_ || values_.size() * sizeof(T) >= enough_bytes) flush();
  if (rows_ == 0) first_ = first;
  rows_ += values.size() / dataset_->row_size();
  values_.insert(values_.end(), values.begin(), values.end());
}

template <class T>
void JoinedRows<T>::flush() {
  if (rows_ > 0) dataset_->write_rows(first_, rows_, std::span<const T>(values_));
  rows_ = 0;
  values_.clear();
}

namespace {

template <class T>
std::optional<JoinedRows<T>> joined(const std::optional<hdf5::Dataset>& dataset) {
  if (!dataset) return {};
  return JoinedRows<T>(*dataset);
}

template <class T>
void flush_if_there(std::optional<JoinedRows<T>>& rows) {
  if (rows) rows->flush();
}

}  // namespace

RowWriter::RowWriter(const Tables& tables)
    : tables_(tables),
      equilibrium_(joined<double>(tables.equilibrium_)),
      profiles_(joined<double>(tables.profiles_)),
      snapshots_(joined<std::uint8_t>(tables.snapshots_)),
      final_states_(joined<std::uint8_t>(tables.final_states_)) {
  for (const Tables::ExchangeTable& table : tables.exchange_)
    exchange_.push_back({JoinedRows<double>(table.results), JoinedRows<double>(table.summary)});
}

void RowWriter::results(std::uint64_t job, std::span<const double> values, std::span<const double> summary) {
  const Placement& place = tables_.placements()[job];
  if (place.times < 0) {
    equilibrium_->add(place.row, values);
    return;
  }
  JoinedExchange& table = exchange_[static_cast<std::size_t>(place.times)];
  table.results.add(place.row, values);
  table.summary.add(place.row, summary);
}

void RowWriter::payload(std::uint64_t job, const PayloadView& payload) {
  const Placement& place = tables_.placements()[job];
  const auto& [profile, configurations, final_state] = payload;
  assert(profile.size() == place.profile.length && configurations.size() == place.configurations().length);
  assert(final_state.size() == place.final_state.length);
  if (!profile.empty()) profiles_->add(place.profile.offset, profile);
  if (!configurations.empty()) snapshots_->add(place.snapshot_offset, configurations);
  if (!final_state.empty()) final_states_->add(place.final_state.offset, final_state);
}

void RowWriter::flush() {
  flush_if_there(equilibrium_);
  for (JoinedExchange& table : exchange_) {
    table.results.flush();
    table.summary.flush();
  }
  flush_if_there(profiles_);
  flush_if_there(snapshots_);
  flush_if_there(final_states_);
}

}  // namespace nxmc

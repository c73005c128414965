// See row_reader.hpp.
#include "row_reader.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "integrity.hpp"

namespace nxmc {

namespace {

constexpr std::uint64_t longest_stretch = Tables::stretch;
constexpr std::uint64_t largest_stretch_bytes = std::uint64_t{4} << 20U;

/// Rows of a table that a stretch of jobs needs: as they follow from the order of jobs, they stand together.
class RowsOfTable {
 public:
  void need(std::uint64_t row) {
    first_ = count_ == 0 ? row : std::min(first_, row);
    last_ = std::max(last_, row);
    ++count_;
  }
  void read(const hdf5::Dataset& results, const hdf5::Dataset* summaries) {
    results_ = &results;
    summaries_ = summaries;
    // Rows that are scattered over a table, as no nxmc writes them, are read one by one.
    together_ = last_ - first_ < 2 * longest_stretch;
    if (together_) read_rows(first_, last_ - first_ + 1);
  }
  std::span<const double> values(std::uint64_t row) {
    if (!together_) read_rows(row, 1);
    return std::span(values_).subspan((together_ ? row - first_ : 0) * results_->row_size(), results_->row_size());
  }
  /// After `values` of the same row.
  std::span<const double> summary(std::uint64_t row) const {
    if (summaries_ == nullptr) return {};
    return std::span(summary_).subspan((together_ ? row - first_ : 0) * summaries_->row_size(), summaries_->row_size());
  }

 private:
  void read_rows(std::uint64_t first, std::uint64_t count) {
    values_ = results_->read_rows<double>(first, count);
    if (summaries_ != nullptr) summary_ = summaries_->read_rows<double>(first, count);
  }

  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t count_ = 0;
  bool together_ = true;
  const hdf5::Dataset* results_ = nullptr;
  const hdf5::Dataset* summaries_ = nullptr;
  std::vector<double> values_;
  std::vector<double> summary_;
};

/// The first of the jobs that stand in one of the stretches that Tables reads at once, and do not take too many bytes
/// together; at least one.
template <class BytesOf>
std::span<const std::uint64_t> next_stretch(std::span<const std::uint64_t> jobs, BytesOf bytes_of) {
  std::uint64_t bytes = 0;
  std::size_t taken = 0;
  for (const std::uint64_t job : jobs) {
    bytes += bytes_of(job);
    const bool apart = job / longest_stretch != jobs.front() / longest_stretch;
    if (taken > 0 && (apart || bytes > largest_stretch_bytes)) break;
    ++taken;
  }
  return jobs.first(taken);
}

void visit_stretch(const Tables& tables, std::span<const std::uint64_t> jobs, RowChecksum& checksum,
                   const std::function<void(const RowInFile&)>& visit) {
  const std::uint64_t first = jobs.front();
  const std::uint64_t count = jobs.back() - first + 1;
  const std::vector<std::uint8_t> states = tables.raw_states(first, count);
  std::map<std::int32_t, RowsOfTable> rows;
  for (const std::uint64_t job : jobs) {
    const Placement& place = tables.placement(job);
    rows[place.times].need(place.row);
  }
  for (auto& [times, table] : rows) table.read(tables.result_table(times), tables.summary_table(times));
  const StatusBlock status = tables.status_block(first, states);
  for (const std::uint64_t job : jobs) {
    const std::size_t i = job - first;
    const Placement& place = tables.placement(job);
    RowsOfTable& table = rows.at(place.times);
    RowInFile row{.job = job,
                  .place = place,
                  .status = status[i],
                  .values = table.values(place.row),
                  .summary = table.summary(place.row)};
    if (is_sealed(states[i])) {
      // A failed row has no results: what stands in its table row, if anything, is not sealed.
      const bool results = has_results(as_state(states[i]));
      const RowName& name = tables.name(job);
      row.intact = checksum(name.identity, name.observation, results ? row.values : std::span<const double>(),
                            results ? row.summary : std::span<const double>(), row.status) == row.status.checksum;
    }
    visit(row);
  }
}

/// A heap, of which consecutive jobs have extents side by side.
template <class T>
class StretchOfHeap {
 public:
  void need(const HeapExtent& extent) {
    if (extent.length == 0) return;
    first_ = end_ == 0 ? extent.offset : std::min(first_, extent.offset);
    end_ = std::max(end_, extent.offset + extent.length);
    needed_ += extent.length;
  }
  void read(const std::optional<hdf5::Dataset>& heap) {
    if (needed_ == 0) return;
    heap_ = &*heap;
    // Extents that are far apart, as no nxmc places them in one stretch, are read one by one.
    together_ = end_ - first_ <= 2 * needed_ + 2 * page_bytes;
    if (together_) values_ = heap_->read_rows<T>(first_, end_ - first_);
  }
  std::span<const T> operator()(const HeapExtent& extent) {
    if (extent.length == 0) return {};
    if (together_) return std::span<const T>(values_).subspan(extent.offset - first_, extent.length);
    values_ = heap_->read_rows<T>(extent.offset, extent.length);
    return values_;
  }

 private:
  std::uint64_t first_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t needed_ = 0;
  bool together_ = true;
  const hdf5::Dataset* heap_ = nullptr;
  std::vector<T> values_;
};

void visit_payloads_of_stretch(const Tables& tables, std::span<const std::uint64_t> jobs,
                               const std::function<void(const PayloadInFile&)>& visit) {
  const std::uint64_t first = jobs.front();
  const std::vector<std::uint8_t> states = tables.raw_states(first, jobs.back() - first + 1);
  StretchOfHeap<double> profiles;
  StretchOfHeap<std::uint8_t> configurations;
  StretchOfHeap<std::uint8_t> final_states;
  for (const std::uint64_t job : jobs) {
    const Placement& place = tables.placement(job);
    profiles.need(place.profile);
    configurations.need(place.configurations());
    final_states.need(place.final_state);
  }
  profiles.read(tables.profiles());
  configurations.read(tables.snapshot_bits());
  final_states.read(tables.final_states());
  const std::vector<std::uint64_t> sealed = tables.payload_checksums(first, states.size());
  for (const std::uint64_t job : jobs) {
    const Placement& place = tables.placement(job);
    PayloadInFile row{.job = job,
                      .place = place,
                      .payload = {.profile = profiles(place.profile),
                                  .configurations = configurations(place.configurations()),
                                  .final_state = final_states(place.final_state)}};
    row.sealed = has_results(as_state(states[job - first])) && payload_checksum(row.payload) == sealed[job - first];
    visit(row);
  }
}

}  // namespace

void visit_payloads(const Tables& tables, std::span<const std::uint64_t> jobs,
                    const std::function<void(const PayloadInFile&)>& visit) {
  while (!jobs.empty()) {
    const auto stretch = next_stretch(jobs, [&](std::uint64_t job) { return tables.placement(job).payload_bytes(); });
    visit_payloads_of_stretch(tables, stretch, visit);
    jobs = jobs.subspan(stretch.size());
  }
}

void visit_rows(const Tables& tables, std::span<const std::uint64_t> jobs,
                const std::function<void(const RowInFile&)>& visit) {
  RowChecksum checksum;
  const auto bytes_of = [&](std::uint64_t job) {
    const Tables::TableRowSize size = tables.size_of_results(job);
    return (size.values + size.summary) * sizeof(double);
  };
  while (!jobs.empty()) {
    const std::span<const std::uint64_t> stretch = next_stretch(jobs, bytes_of);
    visit_stretch(tables, stretch, checksum, visit);
    jobs = jobs.subspan(stretch.size());
  }
}

}  // namespace nxmc

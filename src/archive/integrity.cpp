// See integrity.hpp.
#include "integrity.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

#include "row_reader.hpp"

namespace nxmc {

namespace {

bool is_known(std::uint8_t raw_state) {
  return std::ranges::find(all_job_states, static_cast<JobState>(raw_state)) != all_job_states.end();
}

RowCheck check_payload(const Tables& tables, std::uint64_t job, const StatusRow& row) {
  return payload_is_intact(tables, job, row) ? RowCheck::intact : RowCheck::damaged_payload;
}

RowCheck check_row(const Tables& tables, std::uint64_t job, const StatusRow& row, std::span<const double> values,
                   std::span<const double> summary) {
  const auto raw = static_cast<std::uint8_t>(row.status.state);
  if (!is_known(raw)) return RowCheck::unknown_state;
  if (!is_sealed(raw)) return RowCheck::unfinished;
  if (!row_is_intact(tables, job, row, values, summary)) return RowCheck::damaged_results;
  return has_results(row.status.state) ? check_payload(tables, job, row) : RowCheck::intact;
}

}  // namespace

bool is_sealed(std::uint8_t raw_state) {
  const JobState state = as_state(raw_state);
  return has_results(state) || state == JobState::failed;
}

JobState as_state(std::uint8_t raw_state) {
  return is_known(raw_state) ? static_cast<JobState>(raw_state) : JobState::waiting;
}

// A failed row has no results: what stands in its table row, if anything, is not sealed.
bool row_is_intact(const Tables& tables, std::uint64_t job, const StatusRow& row, std::span<const double> values,
                   std::span<const double> summary) {
  if (!has_results(row.status.state)) values = summary = {};
  const RowName& name = tables.name(job);
  return row_checksum(name.identity, name.observation, values, summary, row) == row.checksum;
}

bool payload_is_intact(const Tables& tables, std::uint64_t job, const StatusRow& row) {
  return payload_checksum(tables.payload(job).view()) == row.payload_checksum;
}

RowCheck check_row(const Tables& tables, std::uint64_t job) {
  const std::vector<std::uint8_t> state = tables.raw_states(job, 1);
  const StatusRow row = tables.status(job, state).front();
  const TableRow results = tables.results(job);
  return check_row(tables, job, row, results.values, results.summary);
}

std::vector<RowCheck> check_rows(const Tables& tables) {
  std::vector<std::uint64_t> jobs(tables.jobs());
  std::iota(jobs.begin(), jobs.end(), std::uint64_t{0});
  std::vector<RowCheck> checks(jobs.size(), RowCheck::unfinished);
  visit_rows(tables, jobs, [&](const RowInFile& row) {
    if (is_known(row.status.raw_state) && !is_sealed(row.status.raw_state)) return;
    const bool intact = row.intact && (!has_results(as_state(row.status.raw_state)) ||
                                       payload_checksum(tables.payload(row.job).view()) == row.status.payload_checksum);
    // A row that was reset and computed again while it was being read looks damaged once, but not twice.
    checks[row.job] = intact ? RowCheck::intact : check_row(tables, row.job);
  });
  return checks;
}

std::optional<KernelSeal> intact_seal(const Tables& tables, std::size_t kernel) {
  const KernelSeal seal = tables.seal(kernel);
  const bool is_exponent =
      seal.grid >= std::numeric_limits<std::int16_t>::min() && seal.grid <= std::numeric_limits<std::int16_t>::max();
  if (!is_exponent || seal.mark != seal_mark ||
      seal.checksum != seal_checksum(tables.kernel_entries()[kernel].identity, seal))
    return {};
  return seal;
}

std::optional<ReducedKernel> intact_kernel(const Tables& tables, std::size_t kernel) {
  const std::optional<KernelSeal> seal = intact_seal(tables, kernel);
  if (!seal || tables.kernel_entries()[kernel].values.length == 0) return {};
  ReducedKernel reduced{.rows = tables.kernel_values(kernel), .grid = static_cast<int>(seal->grid)};
  if (digest(reduced) != seal->digest) return {};
  return reduced;
}

}  // namespace nxmc

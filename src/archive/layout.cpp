// See layout.hpp.
#include "layout.hpp"

#include <span>
#include <utility>

#include "nxmc/engine/record.hpp"
#include "nxmc/engine/sampling.hpp"

namespace nxmc {

namespace {

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }

constexpr std::uint64_t page_doubles = page_bytes / sizeof(double);

std::vector<double> snapshot_times(const Schedule& schedule, Method method) {
  if (method == Method::exchange) return schedule.snapshot_times;
  return {schedule.snapshot_sweeps.begin(), schedule.snapshot_sweeps.end()};
}

ArchiveRow row_of(const Plan& plan, const Job& job) {
  ArchiveRow row;
  row.identity = job.identity;
  row.observation = job.observation;
  row.continuation = job.continuation;
  row.scans = names_of_scans(plan, job);
  row.physics = *job.physics;
  row.replica = job.replica;
  row.sites = static_cast<std::uint64_t>(count_sites(job.physics->lattice));
  row.core_sites = static_cast<std::uint64_t>(count_core_sites(job.physics->lattice));
  row.kernel = job.kernel;
  row.equilibration_sweeps = job.schedule->equilibration_sweeps;
  row.measured_sweeps = job.schedule->measured_sweeps;
  row.phases_every = job.schedule->phases_every;
  row.areas_every = job.schedule->areas_every;
  row.max_events = job.schedule->max_events;
  row.predicted_seconds = job.cost_seconds;
  row.spare = job.conditional;
  row.exploratory = job.exploratory;
  row.place = room_for(*job.physics, *job.schedule);
  return row;
}

ArchiveKernel kernel_of(const PlannedKernel& planned) {
  return {.identity = planned.identity,
          .spec = planned.spec,
          .sites = planned.sites,
          .representatives = planned.representatives,
          .values = {}};
}

}  // namespace

ResultColumns present_columns() {
  const auto listed = [](std::span<const Quantity> columns) {
    return std::vector<Quantity>(columns.begin(), columns.end());
  };
  return {listed(equilibrium_columns()), listed(exchange_columns()), listed(exchange_summary_columns())};
}

Placement room_for(const Physics& physics, const Schedule& schedule) {
  const RecordShape shape = record_shape(physics, schedule);
  Placement place;
  place.profile.length = shape.profile;
  place.snapshots = shape.snapshots;
  place.samples = shape.samples;
  if (physics.method == Method::equilibrium) place.sample_every = sample_times(physics, schedule).every;
  place.snapshot_bytes = shape.snapshot_bytes;
  place.final_state.length = shape.final_state;
  return place;
}

LayoutBuilder::LayoutBuilder(const Plan& plan, const Provenance& provenance) {
  layout_.campaign = plan.campaign;
  layout_.text = plan.text;
  layout_.seed = plan.seed;
  layout_.provenance = provenance;
  layout_.scans = plan.scans;
  layout_.columns = present_columns();
}

// Each kernel has pages of its own: any rank writes it.
void LayoutBuilder::add_kernel(ArchiveKernel kernel) {
  const std::uint64_t doubles = kernel.representatives * kernel.sites;
  kernel.values = {};
  if (doubles * sizeof(double) <= largest_stored_kernel_bytes) {
    kernel.values = {.offset = layout_.kernel_doubles, .length = doubles};
    layout_.kernel_doubles = round_up(layout_.kernel_doubles + doubles, page_doubles);
  }
  layout_.kernels.push_back(std::move(kernel));
}

void LayoutBuilder::add_row(ArchiveRow row, const std::vector<double>& times, const std::vector<double>& snapshot_at) {
  if (row.physics.method == Method::exchange) {
    place_in_table(row.place, times);
  } else {
    row.place.times = -1;
    row.place.row = layout_.equilibrium_jobs.size();
    layout_.equilibrium_jobs.push_back(static_cast<std::int64_t>(layout_.rows.size()));
  }
  place_payload(row.place);
  row.place.snapshot_at = place_of_snapshot_times(snapshot_at);
  layout_.rows.push_back(std::move(row));
}

void LayoutBuilder::place_in_table(Placement& place, const std::vector<double>& times) {
  place.times = times_group(times);
  std::vector<std::int64_t>& jobs = layout_.exchange[static_cast<std::size_t>(place.times)].jobs;
  place.row = jobs.size();
  jobs.push_back(static_cast<std::int64_t>(layout_.rows.size()));
}

void LayoutBuilder::place_payload(Placement& place) {
  const auto own_pages = [&] {
    layout_.profile_doubles = round_up(layout_.profile_doubles, page_doubles);
    layout_.snapshot_bytes = round_up(layout_.snapshot_bytes, page_bytes);
    layout_.final_state_bytes = round_up(layout_.final_state_bytes, page_bytes);
  };
  if (place.has_large_payload()) own_pages();
  place.profile.offset = layout_.profile_doubles;
  place.snapshot_offset = layout_.snapshot_bytes;
  place.final_state.offset = layout_.final_state_bytes;
  layout_.profile_doubles += place.profile.length;
  layout_.snapshot_bytes += place.configurations().length;
  layout_.final_state_bytes += place.final_state.length;
  if (place.has_large_payload()) own_pages();
}

std::int32_t LayoutBuilder::times_group(const std::vector<double>& times) {
  const auto [entry, is_new] = times_groups_.try_emplace(times, static_cast<std::int32_t>(layout_.exchange.size()));
  if (is_new) layout_.exchange.push_back({times, {}});
  return entry->second;
}

std::uint64_t LayoutBuilder::place_of_snapshot_times(const std::vector<double>& at) {
  const auto [entry, is_new] = snapshot_at_.try_emplace(at, layout_.snapshot_at.size());
  if (is_new) layout_.snapshot_at.insert(layout_.snapshot_at.end(), at.begin(), at.end());
  return entry->second;
}

// Whole pages: a heap shares none with other datasets.
Layout LayoutBuilder::finish() {
  layout_.profile_doubles = round_up(layout_.profile_doubles, page_doubles);
  layout_.snapshot_bytes = round_up(layout_.snapshot_bytes, page_bytes);
  layout_.final_state_bytes = round_up(layout_.final_state_bytes, page_bytes);
  return std::move(layout_);
}

LayoutBuilder lay_out(const Plan& plan, const Provenance& provenance, const std::function<void(ArchiveRow&)>& adjust) {
  LayoutBuilder builder(plan, provenance);
  for (const PlannedKernel& kernel : plan.kernels) builder.add_kernel(kernel_of(kernel));
  for (const Job& job : plan.jobs) {
    ArchiveRow row = row_of(plan, job);
    adjust(row);
    builder.add_row(std::move(row), job.schedule->times, snapshot_times(*job.schedule, job.physics->method));
  }
  return builder;
}

}  // namespace nxmc

#include "nxmc/analyze/forecast.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>
#include <queue>

#include "nxmc/engine/record.hpp"

namespace nxmc {
namespace {

std::vector<double> build_times(const Plan& plan) {
  std::vector<double> seconds;
  for (const PlannedKernel& kernel : plan.kernels) seconds.push_back(kernel.build_seconds);
  return seconds;
}

std::vector<double> job_times(const Plan& plan) {
  std::vector<double> seconds;
  for (const Job& job : plan.jobs) seconds.push_back(job.cost_seconds);
  return seconds;
}

double record_bytes(const Job& job) {
  const RecordShape shape = record_shape(job.physics, *job.schedule);
  const std::size_t doubles = shape.values + shape.summary + shape.profile;
  return static_cast<double>(doubles * sizeof(double) + shape.snapshots * shape.snapshot_bytes + shape.final_state);
}

double stored_kernel_bytes(const PlannedKernel& kernel) {
  constexpr double largest_stored = 64.0 * 1024 * 1024;  // above this the archive keeps the digest only
  const double bytes = sizeof(double) * static_cast<double>(kernel.representatives) * static_cast<double>(kernel.sites);
  return bytes <= largest_stored ? bytes : 0;
}

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

double makespan(std::vector<double> durations, std::size_t workers) {
  assert(workers > 0);
  std::sort(durations.begin(), durations.end(), std::greater<>());
  // More workers than tasks never help.
  std::priority_queue<double, std::vector<double>, std::greater<>> idle_at;
  for (std::size_t k = 0; k < std::min(workers, durations.size()); ++k) idle_at.push(0);
  double last = 0;
  for (const double duration : durations) {
    const double end = idle_at.top() + duration;
    idle_at.pop();
    idle_at.push(end);
    last = std::max(last, end);
  }
  return last;
}

Forecast forecast(const Plan& plan, std::size_t ranks) {
  const double wall = makespan(build_times(plan), ranks) + makespan(job_times(plan), ranks);
  const double efficiency = wall > 0 ? predicted_core_seconds(plan) / (static_cast<double>(ranks) * wall) : 1;
  return {ranks, wall, efficiency};
}

double predicted_core_seconds(const Plan& plan) { return sum(build_times(plan)) + sum(job_times(plan)); }

double predicted_archive_bytes(const Plan& plan) {
  constexpr double header = 110.0 * 1024;      // of an archive with few jobs, as measured
  constexpr double bookkeeping_per_job = 660;  // parameters, identities, state, reason of failure
  double bytes = header + static_cast<double>(plan.text.size());
  for (const Job& job : plan.jobs) bytes += bookkeeping_per_job + record_bytes(job);
  for (const PlannedKernel& kernel : plan.kernels) bytes += stored_kernel_bytes(kernel);
  return bytes;
}

}  // namespace nxmc

#include "nxmc/schedule/forecast.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "nxmc/campaign/stage_text.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/schedule/simulation.hpp"

namespace nxmc {
namespace {

double record_bytes(const Job& job) {
  const RecordShape shape = record_shape(*job.physics, *job.schedule);
  const std::size_t doubles = shape.values + shape.summary + shape.profile;
  return static_cast<double>(doubles * sizeof(double) + shape.configuration_bytes() + shape.final_state);
}

double stored_kernel_bytes(const PlannedKernel& kernel) {
  constexpr double largest_stored = 64.0 * 1024 * 1024;  // above this the archive keeps the digest only
  const double bytes = sizeof(double) * static_cast<double>(kernel.representatives) * static_cast<double>(kernel.sites);
  return bytes <= largest_stored ? bytes : 0;
}

}  // namespace

std::vector<double> predicted_job_seconds(const Plan& plan) {
  std::vector<double> seconds;
  seconds.reserve(plan.jobs.size());
  for (const Job& job : plan.jobs) seconds.push_back(job.cost_seconds);
  return seconds;
}

namespace {

/// How long a job has kept its rank from other jobs; of one that was interrupted, or of a rung of a ladder, whose rank
/// was at work on all of them, only the computing time is known.
double occupied_seconds(const JobStatus& status, const Job& job) {
  return status.pieces == 1 && job.ladder < 0 ? std::max(0.0, status.finished - status.started) : status.wall_seconds;
}

}  // namespace

std::vector<double> measured_job_seconds(const Plan& plan, const Archive& archive) {
  using Name = std::pair<Identity, Identity>;
  const std::vector<Identity> identities = archive.identities();
  const std::vector<Identity> observations = archive.observations();
  const std::vector<JobStatus> status = archive.status();
  std::map<Name, std::uint64_t> measured;
  for (std::uint64_t row = 0; row < status.size(); ++row)
    if (has_results(status[row].state)) measured[{identities[row], observations[row]}] = row;

  std::vector<std::optional<double>> known;
  double predicted_done = 0;
  double measured_done = 0;
  for (const Job& job : plan.jobs) {
    const auto found = measured.find({job.identity, job.observation});
    known.push_back(found == measured.end() ? std::nullopt
                                            : std::optional(occupied_seconds(status[found->second], job)));
    if (!known.back()) continue;
    predicted_done += job.cost_seconds;
    measured_done += *known.back();
  }
  const double correction = predicted_done > 0 ? measured_done / predicted_done : 1;
  std::vector<double> seconds;
  for (std::size_t k = 0; k < known.size(); ++k)
    seconds.push_back(known[k].value_or(correction * plan.jobs[k].cost_seconds));
  return seconds;
}

Forecast forecast(const Plan& plan, std::size_t ranks, const NodeMemory& node) {
  return forecast(plan, predicted_job_seconds(plan), ranks, node);
}

Forecast forecast(const Plan& plan, const std::vector<double>& job_seconds, std::size_t ranks, const NodeMemory& node) {
  const SimulatedRun run = simulate_campaign(plan, job_seconds, ranks, node);
  const double efficiency =
      run.wall_seconds > 0 ? run.busy_seconds / (static_cast<double>(ranks) * run.wall_seconds) : 1;
  return {ranks, run.wall_seconds, efficiency, run.last_finish - run.first_start};
}

double predicted_core_seconds(const Plan& plan) {
  double seconds = 0;
  for (const PlannedKernel& kernel : plan.kernels) seconds += kernel.build_seconds;
  for (const Job& job : plan.jobs) seconds += job.cost_seconds;
  return seconds;
}

PlannedSamples planned_samples(const Plan& plan) {
  PlannedSamples planned;
  for (const Job& job : plan.jobs) {
    const RecordShape shape = record_shape(*job.physics, *job.schedule);
    planned.configurations += static_cast<double>(shape.samples);
    planned.bytes += static_cast<double>(shape.samples * shape.snapshot_bytes);
  }
  return planned;
}

double predicted_archive_bytes(const Plan& plan) {
  constexpr double header = 110.0 * 1024;      // of an archive with few jobs, as measured
  constexpr double bookkeeping_per_job = 660;  // parameters, identities, state, reason of failure
  double bytes = header + static_cast<double>(plan.text.size());
  std::size_t stages_width = 0;
  StageList last;
  for (const Job& job : plan.jobs) {
    bytes += bookkeeping_per_job + record_bytes(job);
    if (job.physics->stages == last) continue;
    last = job.physics->stages;
    stages_width = std::max(stages_width, to_string(last).size());
  }
  bytes += static_cast<double>(stages_width) * static_cast<double>(plan.jobs.size());
  for (const PlannedKernel& kernel : plan.kernels) bytes += stored_kernel_bytes(kernel);
  return bytes;
}

}  // namespace nxmc

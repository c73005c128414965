// How long a plan will take on a given number of ranks.
#pragma once

#include <cstddef>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/schedule/node_memory.hpp"

namespace nxmc {

/// What a run of a plan is expected to be like.
struct Forecast {
  std::size_t ranks = 1;
  double wall_seconds = 0;
  double efficiency = 1;    ///< computing time over ranks * wall time
  double work_seconds = 0;  ///< of the wall time, from the start of the first job to the end of the last one
};

/// Simulates the run with what each job is predicted to take.
/// \param node  its memory, and how many of the ranks share it
Forecast forecast(const Plan& plan, std::size_t ranks, const NodeMemory& node);
/// With what each job takes in truth; the scheduler still expects what was predicted.
Forecast forecast(const Plan& plan, const std::vector<double>& job_seconds, std::size_t ranks, const NodeMemory& node);

/// Predicted computing time of each job on one core.
std::vector<double> predicted_job_seconds(const Plan& plan);
/// What jobs have taken that the archive has results of; for the others what was predicted, corrected by all of those.
std::vector<double> measured_job_seconds(const Plan& plan, const Archive& archive);

/// Computing time of kernels and jobs on one core, in seconds.
double predicted_core_seconds(const Plan& plan);

/// Configurations that equilibrium chains keep for averages.
struct PlannedSamples {
  double configurations = 0;
  double bytes = 0;  ///< in the archive
};
PlannedSamples planned_samples(const Plan& plan);

/// Size of the archive, nearly: results, payloads and kernels to the byte, names and bookkeeping as they are on
/// average.
double predicted_archive_bytes(const Plan& plan);

}  // namespace nxmc

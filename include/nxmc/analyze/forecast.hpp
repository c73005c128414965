// How long a plan will take on a given number of ranks, from predicted costs.
#pragma once

#include <cstddef>
#include <vector>

#include "nxmc/campaign/plan.hpp"

namespace nxmc {

struct Forecast {
  std::size_t ranks = 1;
  double wall_seconds = 0;
  double efficiency = 1;  ///< computing time over ranks * wall time
};

/// Time until the last of `workers` is idle when each takes the longest task that is left (Graham's list scheduling).
/// \pre workers > 0
double makespan(std::vector<double> durations, std::size_t workers);

/// Kernels first, then jobs, both spread over the ranks longest first. The barrier between them makes it a cautious
/// forecast: `run` starts jobs as soon as their kernel is there.
Forecast forecast(const Plan& plan, std::size_t ranks);

/// Computing time of kernels and jobs on one core, in seconds.
double predicted_core_seconds(const Plan& plan);

/// Size of the archive, nearly: results, payloads and kernels to the byte, names and bookkeeping as they are on
/// average.
double predicted_archive_bytes(const Plan& plan);

}  // namespace nxmc

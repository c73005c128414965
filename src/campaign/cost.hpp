// Predicted computing times. They order jobs and fill `nxmc plan`; the scheduler corrects them by measured ones.
#pragma once

#include <cstdint>

#include "nxmc/elastic/kernel.hpp"
#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// Seconds on one core for one chain.
double predicted_seconds(const Physics& physics, const Schedule& schedule);

/// Sweeps between exchanges on a ladder, 1, 2 or 5 times a power of ten, with which these take about a tenth of the
/// time.
std::uint64_t affordable_exchange_every(const Physics& physics);

/// Seconds on one core to build a kernel.
double predicted_build_seconds(const KernelSpec& spec);

/// Events until the last observation, whatever `max_events` is.
double predicted_events(const Physics& physics, const Schedule& schedule);

}  // namespace nxmc

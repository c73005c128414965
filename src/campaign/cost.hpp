// Predicted computing times. They order jobs and fill `nxmc plan`; the scheduler corrects them by measured ones.
#pragma once

#include "nxmc/elastic/kernel.hpp"
#include "nxmc/engine/parameters.hpp"

namespace nxmc {

/// Seconds on one core for one chain.
double predicted_seconds(const Physics& physics, const Schedule& schedule);

/// Seconds on one core to build a kernel.
double predicted_build_seconds(const KernelSpec& spec);

/// Events until the last observation, whatever `max_events` is.
double predicted_events(const Physics& physics, const Schedule& schedule);

}  // namespace nxmc

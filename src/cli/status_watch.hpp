// Looking at a campaign again and again until it is done.
#pragma once

#include <chrono>
#include <string>

#include "commands.hpp"

namespace nxmc {

ExitCode watch_status(const StatusArguments& arguments, std::chrono::duration<double> every);

/// How long Slurm may take for an answer.
inline constexpr std::chrono::seconds patience_with_slurm{3};

}  // namespace nxmc

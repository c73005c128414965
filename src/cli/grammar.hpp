// The command line on one page: every command, option and line of help.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "commands.hpp"

namespace nxmc {

using Action = std::function<ExitCode()>;

/// Adds all commands and options to `app`. Parsing then fills `global` and leaves in `action` what is to be done.
/// \pre `global` and `action` outlive `app`
void describe_commands(CLI::App& app, GlobalOptions& global, Action& action);

}  // namespace nxmc

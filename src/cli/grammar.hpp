// The command line on one page: every command, option and line of help.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "commands.hpp"

namespace nxmc {

using Action = std::function<ExitCode()>;

struct ExitCodeMeaning {
  ExitCode code;
  std::string_view meaning;
};
std::span<const ExitCodeMeaning> exit_codes();

/// Adds all commands and options to `app`. Parsing then fills `global` and leaves in `action` what is to be done.
/// Help, man pages and completions of shells are made of this description. What a value is, is told by its type name
/// (of positional arguments, by their name): CAMPAIGN a campaign file, MATERIAL one of a pair of compounds, FILE an
/// archive, OUT a file or folder to be written, COLUMNS columns of a query joined by commas, CONDITION a condition on
/// columns, a|b one of these words; others are free. \param version  what --version prints \pre `global` and `action`
/// outlive `app`
void describe_commands(CLI::App& app, GlobalOptions& global, Action& action, const std::string& version);

}  // namespace nxmc

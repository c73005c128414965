// Completions of shells.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace nxmc {

std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
std::string fish_completion(const CLI::App& app);

}  // namespace nxmc

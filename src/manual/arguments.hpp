// What the commands of nxmc take, as shells and man pages ask for it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nxmc {

/// Of an option or of a positional argument; see describe_commands. Campaigns and materials are both YAML files.
enum class Takes : std::uint8_t { nothing, campaign, archive, output, columns, condition, words, anything };

Takes what_it_takes(const CLI::Option& option);
/// \pre it takes words
std::vector<std::string> words_of(const CLI::Option& option);

std::vector<const CLI::App*> commands_of(const CLI::App& app);
/// With dashes, as they are typed: "--format", or "--help" and "-h".
std::vector<std::string> names_of(const CLI::Option& option);
std::vector<const CLI::Option*> options_of(const CLI::App& command);
std::vector<const CLI::Option*> positionals_of(const CLI::App& command);
bool may_be_repeated(const CLI::Option& positional);

/// What an option is for, without details.
std::string brief(std::string_view description);

/// Names of all columns that a query can ask for.
std::vector<std::string> column_names();

/// For shells: in single quotes.
std::string in_quotes(std::string_view text);

}  // namespace nxmc

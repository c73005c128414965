#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "arguments.hpp"
#include "completions.hpp"

namespace nxmc {
namespace {

constexpr const char* fish_machinery = R"(# fish completion for nxmc

function __nxmc_columns
  string split ' ' '{columns}'
end

# The last word of a condition, which may stand in quotes.
function __nxmc_condition
  set -l typed (commandline -ct)
  set -l before (string match -r '^["\']?(.*[ (])?' -- $typed)[2]
  for column in (__nxmc_columns)
    echo "$before$column"
  end
end

complete -c nxmc -f
)";

/// In single quotes of fish the backslash counts, too.
std::string quoted_for_fish(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string candidates(const CLI::Option& option) {
  switch (what_it_takes(option)) {
    case Takes::nothing:
      return "";
    case Takes::campaign:
      return " -a '(__fish_complete_suffix .yaml)'";
    case Takes::archive:
      return " -a '(__fish_complete_suffix .h5)'";
    case Takes::output:
      return " -F";
    case Takes::columns:
      return " -a '(__fish_complete_list , __nxmc_columns)'";
    case Takes::condition:
      return " -a '(__nxmc_condition)'";
    case Takes::words:
      return fmt::format(" -a '{}'", fmt::join(words_of(option), " "));
    case Takes::anything:
      return "";
  }
  return "";
}

std::string options(const CLI::App& command, const std::string& condition) {
  std::string lines;
  for (const CLI::Option* option : options_of(command)) {
    std::string names;
    for (const std::string& name : option->get_lnames()) names += " -l " + name;
    for (const std::string& name : option->get_snames()) names += " -s " + name;
    const Takes takes = what_it_takes(*option);
    const std::string value = takes == Takes::nothing ? "" : takes == Takes::output ? " -r" : " -x";
    lines += fmt::format("complete -c nxmc{}{}{}{} -d {}\n", condition, names, value, candidates(*option),
                         quoted_for_fish(brief(option->get_description())));
  }
  return lines;
}

std::string positionals(const CLI::App& command, const std::string& condition) {
  std::string lines;
  for (const CLI::Option* positional : positionals_of(command)) {
    const std::string offered = candidates(*positional);
    if (!offered.empty()) lines += fmt::format("complete -c nxmc{}{}\n", condition, offered);
  }
  return lines;
}

}  // namespace

std::string fish_completion(const CLI::App& app) {
  std::string text(fish_machinery);
  const std::string place = "{columns}";
  text.replace(text.find(place), place.size(), fmt::format("{}", fmt::join(column_names(), " ")));
  text += options(app, "");
  for (const CLI::App* command : commands_of(app)) {
    text += fmt::format("\ncomplete -c nxmc -n __fish_use_subcommand -a {} -d {}\n", command->get_name(),
                        quoted_for_fish(brief(command->get_description())));
    const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", command->get_name());
    text += options(*command, condition) + positionals(*command, condition);
  }
  return text;
}

}  // namespace nxmc

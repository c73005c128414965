#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "arguments.hpp"
#include "completions.hpp"

namespace nxmc {
namespace {

constexpr const char* zsh_machinery = R"(
_nxmc_columns() {{
  compadd "$@" - {columns}
}}

# The last word of a condition, which may stand in quotes.
_nxmc_condition() {{
  compset -P '*[ (]'
  _nxmc_columns -S ' '
}}

_nxmc_commands() {{
  local -a commands=({commands}
  )
  _describe command commands
}}

_nxmc() {{
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C {options} \
    '1:command:_nxmc_commands' \
    '*::argument:->arguments'
  [[ $state == arguments ]] || return
  case $words[1] in{cases}
  esac
}}

_nxmc "$@"
)";

/// In the descriptions of _arguments brackets would end, and of _describe colons divide.
std::string explanation(const std::string& description) {
  std::string text;
  for (const char c : brief(description)) {
    if (c == '[' || c == ']' || c == ':') text += '\\';
    text += c;
  }
  return text;
}

std::string action_of(const CLI::Option& option) {
  switch (what_it_takes(option)) {
    case Takes::campaign:
      return "_files -g \"*.(yaml|yml)(-.)\"";
    case Takes::archive:
      return "_files -g \"*.h5(-.)\"";
    case Takes::output:
      return "_files";
    case Takes::columns:
      return "_sequence _nxmc_columns";
    case Takes::condition:
      return "_nxmc_condition";
    case Takes::words:
      return fmt::format("({})", fmt::join(words_of(option), " "));
    default:
      return " ";
  }
}

/// "--format[How it is printed]:format:(table csv json)"
std::string specification(const std::string& name, const CLI::Option& option) {
  const bool takes_value = what_it_takes(option) != Takes::nothing;
  const std::string value = takes_value ? fmt::format(":value:{}", action_of(option)) : "";
  return fmt::format("{}{}[{}]{}", name, takes_value ? "=" : "", explanation(option.get_description()), value);
}

std::string specifications(const CLI::App& command) {
  std::string all;
  for (const CLI::Option* option : options_of(command)) {
    for (const std::string& name : names_of(*option)) all += " \\\n        " + in_quotes(specification(name, *option));
  }
  for (const CLI::Option* positional : positionals_of(command)) {
    all += " \\\n        " + in_quotes(fmt::format("{}:{}:{}", may_be_repeated(*positional) ? "*" : "",
                                                   positional->get_name(), action_of(*positional)));
  }
  return all;
}

}  // namespace

std::string zsh_completion(const CLI::App& app) {
  std::string commands;
  std::string cases;
  const std::string global = specification("--log-level", *app.get_option("--log-level"));
  for (const CLI::App* command : commands_of(app)) {
    const std::string& name = command->get_name();
    commands += "\n    " + in_quotes(name + ":" + explanation(command->get_description()));
    cases += fmt::format("\n    {})\n      _arguments{} \\\n        {}\n      ;;", name, specifications(*command),
                         in_quotes(global));
  }
  return "#compdef nxmc\n" + fmt::format(zsh_machinery, fmt::arg("columns", fmt::join(column_names(), " ")),
                                         fmt::arg("commands", commands), fmt::arg("options", specifications(app)),
                                         fmt::arg("cases", cases));
}

}  // namespace nxmc

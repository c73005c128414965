#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "arguments.hpp"
#include "completions.hpp"

namespace nxmc {
namespace {

/// What does not depend on the commands. Three functions before it answer what there is.
constexpr const char* bash_machinery = R"bash(
_nxmc_offer_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_nxmc_offer_files() {
  local extension
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(
    compgen -d -- "$cur"
    for extension; do compgen -f -X "!*.$extension" -- "$cur"; done
  )
}

# The last column of a list that is joined by commas.
_nxmc_offer_columns() {
  local before=${cur%"${cur##*,}"}
  compopt -o nospace 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_nxmc_columns)" -- "${cur##*,}")
}

# The last word of a condition, which may stand in quotes.
_nxmc_offer_condition() {
  local text=${cur#[\"\']}
  local word=${text##*[ (]}
  compopt -o nospace 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -P "${text%"$word"}" -W "$(_nxmc_columns)" -- "$word")
}

_nxmc_offer() {
  case $1 in
    campaign) _nxmc_offer_files yaml yml ;;
    archive) _nxmc_offer_files h5 ;;
    output) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    columns) _nxmc_offer_columns ;;
    condition) _nxmc_offer_condition ;;
    words) _nxmc_offer_words "${*:2}" ;;
  esac
}

_nxmc() {
  local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' place=1 k word takes
  COMPREPLY=()
  for ((k = 1; k < COMP_CWORD; ++k)); do
    word=${COMP_WORDS[k]}
    if [[ $word == = ]]; then # of --option=value
      continue
    elif [[ -n $option ]]; then
      option=''
    elif [[ $word == -- ]]; then
      return
    elif [[ $word == -* ]]; then
      takes=$(_nxmc_takes "$command" "$word")
      [[ -z $takes ]] || option=$word
    elif [[ -z $command ]]; then
      command=$word
    else
      place=$((place + 1))
    fi
  done
  [[ $cur != = ]] || cur=''
  # shellcheck disable=SC2046 # words are words
  if [[ -n $option ]]; then
    _nxmc_offer $(_nxmc_takes "$command" "$option")
  elif [[ $cur == -* ]]; then
    _nxmc_offer_words "$(_nxmc_options "$command")"
  elif [[ -z $command ]]; then
    _nxmc_offer_words "$(_nxmc_commands)"
  else
    _nxmc_offer $(_nxmc_takes "$command" "$place")
  fi
}

complete -F _nxmc nxmc
)bash";

std::string kind_of(const CLI::Option& option) {
  switch (what_it_takes(option)) {
    case Takes::nothing:
      return "";
    case Takes::campaign:
      return "campaign";
    case Takes::archive:
      return "archive";
    case Takes::output:
      return "output";
    case Takes::columns:
      return "columns";
    case Takes::condition:
      return "condition";
    case Takes::words:
      return fmt::format("words {}", fmt::join(words_of(option), " "));
    case Takes::anything:
      return "anything";
  }
  return "";
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options_of(command)) {
    for (const std::string& name : names_of(*option)) names.push_back(name);
  }
  return names;
}

std::string function(const std::string& name, const std::string& body) {
  return fmt::format("\n{}() {{\n{}}}\n", name, body);
}

std::string options_function(const CLI::App& app) {
  std::string cases = "  case $1 in\n";
  for (const CLI::App* command : commands_of(app)) {
    cases += fmt::format("    {}) echo {} ;;\n", command->get_name(),
                         in_quotes(fmt::format("{} --log-level", fmt::join(option_names(*command), " "))));
  }
  cases += fmt::format("    *) echo {} ;;\n  esac\n", in_quotes(fmt::format("{}", fmt::join(option_names(app), " "))));
  return function("_nxmc_options", cases);
}

void add_case(std::string& cases, const std::string& pattern, const CLI::Option& option) {
  const std::string kind = kind_of(option);
  if (!kind.empty()) cases += fmt::format("    {}) echo {} ;;\n", pattern, in_quotes(kind));
}

void add_cases(std::string& cases, const CLI::App& command) {
  for (const CLI::Option* option : options_of(command)) {
    for (const std::string& name : names_of(*option))
      add_case(cases, in_quotes(command.get_name() + " " + name), *option);
  }
  int place = 0;
  for (const CLI::Option* positional : positionals_of(command)) {
    const std::string& name = command.get_name();
    const bool repeated = may_be_repeated(*positional);
    add_case(cases, repeated ? in_quotes(name + " ") + "[1-9]*" : in_quotes(fmt::format("{} {}", name, ++place)),
             *positional);
  }
}

/// What "command --option", or "command 1" for its first positional argument, takes.
std::string takes_function(const CLI::App& app) {
  std::string cases = "  case \"$1 $2\" in\n";
  for (const CLI::Option* option : options_of(app)) {
    for (const std::string& name : names_of(*option)) add_case(cases, "*' " + name + "'", *option);
  }
  for (const CLI::App* command : commands_of(app)) add_cases(cases, *command);
  return function("_nxmc_takes", cases + "  esac\n");
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::vector<std::string> commands;
  for (const CLI::App* command : commands_of(app)) commands.push_back(command->get_name());
  return "# bash completion for nxmc\n" +
         function("_nxmc_commands", fmt::format("  echo '{}'\n", fmt::join(commands, " "))) +
         function("_nxmc_columns", fmt::format("  echo '{}'\n", fmt::join(column_names(), " "))) +
         options_function(app) + takes_function(app) + bash_machinery;
}

}  // namespace nxmc

#include "nxmc/cli/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "commit.hpp"
#include "grammar.hpp"
#include "library_signals.hpp"
#include "nxmc/node/memory_limits.hpp"
#include "nxmc/query/table.hpp"
#include "nxmc/run/launcher.hpp"
#include "nxmc/yaml/shown.hpp"
#include "output.hpp"
#include "version.hpp"

namespace nxmc {
namespace {

void print_error(const std::string& message) {
  // Every line carries the name: campaigns report all their errors at once.
  std::string text;
  std::size_t begin = 0;
  while (begin < message.size()) {
    const std::size_t end = std::min(message.find('\n', begin), message.size());
    text += fmt::format("nxmc: {}\n", shown(message.substr(begin, end - begin)));
    begin = end + 1;
  }
  std::fputs(text.c_str(), stderr);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// The command that the user asked for; the program itself if none.
const CLI::App& chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : *commands.front();
}

std::string with_suggestion(const std::string& message, const std::string& nearest) {
  return nearest.empty() ? message : fmt::format("{}; did you mean '{}'?", message, nearest);
}

std::string unexpected_argument(const CLI::App& app, const std::string& argument) {
  const CLI::App& command = chosen(app);
  const bool is_option = argument.starts_with("-");
  if (!is_option && &command == &app) {
    return with_suggestion(fmt::format("there is no command '{}'", argument),
                           nearest_word(argument, command_names(app)));
  }
  if (!is_option) return fmt::format("'{}' is one argument too many for '{}'", argument, command.get_name());
  std::vector<std::string> names = option_names(command);
  const std::vector<std::string> global = option_names(app);
  names.insert(names.end(), global.begin(), global.end());
  return with_suggestion(fmt::format("there is no option '{}'", argument), nearest_word(argument, names));
}

/// CLI11 names the option first: "--job: At Most 1 required but received 2".
std::string wrong_number_of_values(const CLI::App& app, const std::string& what) {
  const std::string name = what.substr(0, what.find(':'));
  const CLI::Option* option = chosen(app).get_option_no_throw(name);
  if (option == nullptr) option = app.get_option_no_throw(name);
  if (option == nullptr) return what;
  return option->count() > 1 ? fmt::format("{}: given {} times; once is enough", name, option->count())
                             : fmt::format("{}: a value is missing", name);
}

std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> extra = app.remaining(true);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extra.empty())
    return unexpected_argument(app, extra.front());
  if (&chosen(app) == &app && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return extra.empty() ? fmt::format("a command is missing: {}", fmt::join(command_names(app), ", "))
                         : unexpected_argument(app, extra.front());
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) return wrong_number_of_values(app, error.what());
  return error.what();
}

/// Ranks that were all given one command print its answer once. What is left undone is told.
bool leave_it_to_rank_0() {
  if (!repeats_rank_0()) return false;
  print_error(fmt::format("rank {}: rank 0 has the same command and does it for all", *rank_from_launcher()));
  return true;
}

/// Ranks with one command make the same mistake, and one tells it. The others leave without an error of their own:
/// mpirun would kill the one that is still writing.
ExitCode report_usage_error(const CLI::App& app, const std::string& message) {
  if (leave_it_to_rank_0()) return ExitCode::done;
  const CLI::App& command = chosen(app);
  print_error(message);
  std::fputs(fmt::format("Try 'nxmc {}--help'.\n", &command == &app ? "" : command.get_name() + " ").c_str(), stderr);
  return ExitCode::usage;
}

/// `run` is what ranks do together. `verify` says by its exit code that it has looked: each rank that ends well has.
bool is_for_every_rank(const std::string& command) { return command == "run" || command == "verify"; }

std::string version_text() {
  return fmt::format("nxmc {} (git {})\n{}\n", program_version, commit_of_program(), build_libraries);
}

/// What a failed action leaves on stderr, as an exit code. Called while an exception is being handled.
ExitCode explain_failure(const CLI::App& app) {
  try {
    throw;
  } catch (const UsageError& error) {
    return report_usage_error(app, error.what());
  } catch (const QueryError& error) {
    return report_usage_error(app, error.what());
  } catch (const std::bad_alloc&) {
    print_error(not_enough_memory());
  } catch (const std::exception& error) {
    print_error(error.what());
  }
  return ExitCode::error;
}

ExitCode print_once(const std::string& text) {
  if (!leave_it_to_rank_0()) print_to_stdout([&](std::ostream& out) { out << text; });
  return ExitCode::done;
}

ExitCode parse_and_act(CLI::App& app, const Action& action, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print_once(app.help());
  } catch (const CLI::CallForVersion&) {
    return print_once(version_text());
  } catch (const CLI::ParseError& error) {
    return report_usage_error(app, usage_message(app, error));
  }
  if (!is_for_every_rank(chosen(app).get_name()) && leave_it_to_rank_0()) return ExitCode::done;
  return action();
}

}  // namespace

void warn(const GlobalOptions& global, const std::string& message) {
  if (global.log_level == "error" || global.log_level == "off") return;
  print_error("warning: " + message);
}

void hint(const GlobalOptions& global, const std::string& message) {
  if (global.log_level == "warn" || global.log_level == "error" || global.log_level == "off") return;
  print_error("hint: " + message);
}

int command_line(int argc, char** argv) {
  forget_signal_handlers_of_libraries();
  // A reader that closes the pipe early is noticed as a failed write, and is no reason to die with a signal.
  std::signal(SIGPIPE, SIG_IGN);
  GlobalOptions global;
  Action action;
  CLI::App app;
  describe_commands(app, global, action, version_text());
  try {
    return static_cast<int>(parse_and_act(app, action, argc, argv));
  } catch (...) {
    return static_cast<int>(explain_failure(app));
  }
}

}  // namespace nxmc

// `nxmc kinetics`: laws of diffusion and reaction that describe conversions, which tools/kinetics.py fits.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "nxmc/query/condition.hpp"
#include "picture.hpp"
#include "python_program.hpp"

namespace nxmc {
namespace {

std::vector<std::string> words_of(const KineticsArguments& arguments) {
  std::vector<std::string> words;
  for (const auto& [option, value] : arguments.options)
    if (!value.empty()) words.push_back(fmt::format("{}={}", option, value));
  if (!arguments.models.empty()) words.push_back(fmt::format("--model={}", fmt::join(arguments.models, ",")));
  if (arguments.arrhenius) words.emplace_back("--arrhenius");
  if (arguments.residuals) words.emplace_back("--residuals");
  return words;
}

}  // namespace

ExitCode show_kinetics(const KineticsArguments& arguments, const GlobalOptions& global) {
  const auto value_of = [&](const char* option) {
    const auto found = arguments.options.find(option);
    return found == arguments.options.end() ? std::string() : found->second;
  };
  const bool has_data = !value_of("--data").empty();
  if (arguments.archive.empty() && !has_data)
    throw UsageError("name an archive, or with --data a table of times and conversions");
  if (!arguments.archive.empty() && has_data) throw UsageError("FILE and --data exclude each other");
  if (const std::string where = value_of("--where"); !where.empty()) parse_condition(where);
  if (const std::string output = value_of("--output"); !output.empty()) require_picture_name(output);
  // What cannot be opened is told in the words of all commands.
  if (!arguments.archive.empty()) open_archive(arguments.archive, global);
  std::vector<std::string> archives;
  if (!arguments.archive.empty()) archives.push_back(arguments.archive);
  return run_python_program("kinetics.py", words_of(arguments), archives) ? ExitCode::done : ExitCode::error;
}

}  // namespace nxmc

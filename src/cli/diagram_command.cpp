// `nxmc diagram`: where the transitions are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "freed_memory.hpp"
#include "histogram_table.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/phase/judged_transition.hpp"
#include "nxmc/phase/nan.hpp"
#include "nxmc/phase/phase_map.hpp"
#include "nxmc/phase/requested_columns.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/print.hpp"
#include "output.hpp"
#include "picture.hpp"
#include "remark_column.hpp"
#include "samples_for_answers.hpp"
#include "sizes_command.hpp"
#include "transition_hints.hpp"

namespace nxmc {
namespace {

const std::vector<std::string> columns_of_jumps{"jump_f_U", "jump_f_U_err", "jump_f_S", "jump_f_S_err",
                                                "jump_f_C", "jump_f_C_err", "jump_c",   "jump_c_err"};

/// \param named  of the jumps: those that are there also if no transition has them
Table table_of(const std::vector<JudgedTransition>& found, LineAxis axis, const std::vector<std::string>& named) {
  Table table;
  table.rows = found.size();
  const auto words = [&](const char* name, auto value) {
    std::vector<std::string> values;
    values.reserve(found.size());
    for (const JudgedTransition& one : found) values.push_back(value(one));
    table.columns.push_back({name, "", Role::label, std::move(values)});
  };
  const auto reals = [&](const std::string& name, const std::string& unit, auto value) {
    std::vector<double> values;
    values.reserve(found.size());
    for (const JudgedTransition& one : found) values.push_back(value(one));
    table.columns.push_back({name, unit, Role::observable, std::move(values)});
  };
  const auto wholes = [&](const char* name, auto value) {
    std::vector<std::int64_t> values;
    values.reserve(found.size());
    for (const JudgedTransition& one : found) values.push_back(static_cast<std::int64_t>(value(one)));
    table.columns.push_back({name, "1", Role::observable, std::move(values)});
  };
  const auto estimates = [&](const std::string& name, const std::string& unit, Estimate Transition::*member) {
    reals(name, unit, [=](const JudgedTransition& one) { return (one.transition.*member).mean; });
    reals(name + "_err", unit, [=](const JudgedTransition& one) { return (one.transition.*member).error; });
  };
  words("lattice", [](const JudgedTransition& one) { return lattice_word(one.lattice); });
  words("size", [](const JudgedTransition& one) { return size_word(one.lattice); });
  wholes("shell_layers", [](const JudgedTransition& one) { return one.lattice.shell_layers; });
  reals("composition", "1", [](const JudgedTransition& one) { return one.composition.value_or(nan); });
  for (const LineAxis other : other_axes(axis))
    reals(std::string(to_string(other)), "1", [=](const JudgedTransition& one) { return value_of_other(one, other); });
  words("interaction", [=](const JudgedTransition& one) { return interaction_of(one, axis); });
  words("hamiltonian",
        [](const JudgedTransition& one) { return std::string(to_string(one.transition.others.hamiltonian)); });
  words("along", [=](const JudgedTransition&) { return std::string(to_string(axis)); });
  words("order_parameter", [](const JudgedTransition& one) { return std::string(to_string(one.transition.of)); });
  estimates("equal_weight", "1", &Transition::equal_weight);
  estimates("equal_height", "1", &Transition::equal_height);
  estimates("variance_peak", "1", &Transition::variance_peak);
  estimates("peak_height", "1", &Transition::peak_height);
  estimates("barrier", "kT", &Transition::barrier);
  estimates("lower_side", "1", &Transition::lower_side);
  estimates("upper_side", "1", &Transition::upper_side);
  estimates("lower_spinodal", "1", &Transition::lower_spinodal);
  estimates("upper_spinodal", "1", &Transition::upper_spinodal);
  for (const OrderParameter of : order_parameters()) {
    const std::string name = fmt::format("jump_{}", to_string(of));
    if (std::ranges::none_of(found, [=](const JudgedTransition& one) { return one.transition.of == of; }) &&
        std::ranges::none_of(named, [&](const std::string& one) { return one == name || one == name + "_err"; }))
      continue;
    const auto jump_of = [=](const JudgedTransition& one) {
      return one.transition.of == of ? one.transition.jump : Estimate{nan, nan};
    };
    reals(name, "1", [=](const JudgedTransition& one) { return jump_of(one).mean; });
    reals(name + "_err", "1", [=](const JudgedTransition& one) { return jump_of(one).error; });
  }
  estimates("jump_energy", "energy_unit", &Transition::jump_energy);
  reals("split", "1", [](const JudgedTransition& one) { return one.transition.split; });
  words("order", [](const JudgedTransition& one) { return std::string(to_string(one.transition.order)); });
  reals("r_hat", "1", [](const JudgedTransition& one) { return one.transition.r_hat; });
  wholes("crossings", [](const JudgedTransition& one) { return one.transition.crossings; });
  reals("round_trips", "1", [](const JudgedTransition& one) { return one.round_trips; });
  reals("restarts", "1", [](const JudgedTransition& one) { return one.restarts; });
  words("verdict", [](const JudgedTransition& one) { return one.verdict ? std::string(to_string(*one.verdict)) : ""; });
  words(remark_column, [](const JudgedTransition& one) { return one.transition.remark; });
  return table;
}

/// Nothing along axes of which only single values are possible, where a transition is a step.
std::optional<LineAxis> axis_of(const DiagramArguments& arguments) {
  const std::string& name = arguments.along;
  const std::optional<LineAxis> axis = line_axis_named(name);
  if (axis) return axis;
  const std::vector<std::string>& known = axes_of_equilibrium();
  if (std::ranges::find(known, name) == known.end())
    throw UsageError(
        fmt::format("--along: '{}' is no axis of diagrams; write one of {}", name, fmt::join(known, ", ")));
  if (arguments.split || arguments.histogram || arguments.compare_sizes || !arguments.output.empty() ||
      !arguments.of.empty())
    throw UsageError(fmt::format("{} is of transitions, and along {} the dominant phase changes in steps: leave it out",
                                 arguments.split            ? "--split"
                                 : arguments.histogram      ? "--histogram"
                                 : arguments.compare_sizes  ? "--compare-sizes"
                                 : arguments.output.empty() ? "--of"
                                                            : "--output",
                                 name));
  return std::nullopt;
}

/// As plot.py is asked for it.
std::vector<std::string> words_of_picture(const DiagramArguments& arguments) {
  std::vector<std::string> words;
  if (!arguments.map.empty())
    words = {"--map=" + arguments.output, "--axes=" + arguments.map};
  else
    words = {(arguments.histogram ? "--histogram=" : "--curves=") + arguments.output, "--along=" + arguments.along};
  if (!arguments.where.empty()) words.push_back("--where=" + arguments.where);
  if (arguments.split) words.push_back("--split=" + canonical_decimal(*arguments.split));
  if (!arguments.of.empty()) words.push_back("--of=" + arguments.of);
  return words;
}

/// Before all work.
void require_columns_of_transitions(const DiagramArguments& arguments, LineAxis axis) {
  if (!arguments.map.empty()) return;
  if (arguments.compare_sizes) {
    select_columns(columns_of_sizes(axis), arguments.columns);
    return;
  }
  const Table head = table_of({}, axis, columns_of_jumps);
  select_columns(arguments.histogram ? table_of_histograms(head, {}) : head, arguments.columns);
}

/// What to say where there are none.
std::string why_there_are_no_transitions(std::span<const SampleSet> samples, LineAxis axis) {
  const bool fixed = std::ranges::all_of(samples, [](const SampleSet& set) { return set.composition.has_value(); });
  if (axis == LineAxis::delta_mu && fixed)
    return "all chains have a fixed composition, on which delta_mu does not act: transitions along it are those of "
           "scans with 'ensemble: semigrand'";
  return fmt::format("no chains that differ in {} alone: a transition needs two values of it at least",
                     to_string(axis));
}

}  // namespace

ExitCode show_diagram(const DiagramArguments& arguments, const GlobalOptions& global) {
  if (arguments.split && !(*arguments.split > 0 && *arguments.split < 1))
    throw UsageError(fmt::format("--split: must be a fraction of sites between 0 and 1, not {}", *arguments.split));
  if (!arguments.where.empty()) parse_condition(arguments.where);
  const std::optional<LineAxis> axis = axis_of(arguments);
  if (!arguments.map.empty()) parse_map_axes(arguments.map);
  if (!arguments.output.empty()) require_picture_name(arguments.output);
  if (axis) require_columns_of_transitions(arguments, *axis);
  keep_freed_memory();
  const Archive archive = open_archive(arguments.archive, global);
  if (!arguments.output.empty())
    return draw_picture(arguments.archive, words_of_picture(arguments)) ? ExitCode::done : ExitCode::error;
  if (!arguments.map.empty()) return show_map(archive, arguments, global);
  if (!axis) return show_steps(archive, arguments, global);
  const Where where{arguments.where, requested_columns(archive)};
  if (arguments.compare_sizes) return show_sizes(archive, where, arguments, global);
  FoundSamples samples = samples_for_answers(archive, where, global);
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  const std::string missing = why_there_are_no_transitions(samples.sets, *axis);
  const std::vector<JudgedTransition> found =
      judged_transitions(archive, std::move(samples.sets), where,
                         {*axis, order_parameter_named(arguments.of), arguments.split}, threads, arguments.histogram);
  if (found.empty()) throw ArchiveError(fmt::format("{}: {}", arguments.archive, missing));
  Table table = table_of(found, *axis, arguments.columns);
  if (arguments.histogram) table = table_of_histograms(table, found);
  table = chosen_columns(table, arguments.columns, arguments.format);
  print_to_stdout([&](std::ostream& out) { print_table(out, table, arguments.format, stdout_is_terminal()); });
  hint_at_what_is_missing(found, *axis, global);
  return ExitCode::done;
}

}  // namespace nxmc

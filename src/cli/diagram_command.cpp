// `nxmc diagram`: where the transitions are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "commands.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/phase_map.hpp"
#include "nxmc/phase/points.hpp"
#include "nxmc/phase/transition.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/print.hpp"
#include "output.hpp"
#include "samples_for_answers.hpp"

namespace nxmc {
namespace {

/// So many passages between the sides prove as much as contrasting starts do.
constexpr std::uint64_t enough_crossings = 10;

/// A transition with the words that name it.
struct NamedTransition {
  LatticeSpec crystal;
  double composition = 0;
  Transition transition;
  std::string verdict;
};

Table table_of(const std::vector<NamedTransition>& found, TransitionAxis axis) {
  Table table;
  table.rows = found.size();
  const auto words = [&](const char* name, auto value) {
    std::vector<std::string> values;
    values.reserve(found.size());
    for (const NamedTransition& one : found) values.push_back(value(one));
    table.columns.push_back({name, "", Role::label, std::move(values)});
  };
  const auto reals = [&](const std::string& name, const std::string& unit, auto value) {
    std::vector<double> values;
    values.reserve(found.size());
    for (const NamedTransition& one : found) values.push_back(value(one));
    table.columns.push_back({name, unit, Role::observable, std::move(values)});
  };
  const auto estimates = [&](const std::string& name, const std::string& unit, Estimate Transition::*member) {
    reals(name, unit, [=](const NamedTransition& one) { return (one.transition.*member).mean; });
    reals(name + "_err", unit, [=](const NamedTransition& one) { return (one.transition.*member).error; });
  };
  words("lattice", [](const NamedTransition& one) { return lattice_word(one.crystal); });
  words("size", [](const NamedTransition& one) { return size_word(one.crystal); });
  reals("shell_layers", "1", [](const NamedTransition& one) { return one.crystal.shell_layers; });
  reals("composition", "1", [](const NamedTransition& one) { return one.composition; });
  if (axis == TransitionAxis::temperature)
    reals("shell_stiffness", "1", [](const NamedTransition& one) { return one.transition.others.shell_stiffness; });
  else
    reals("temperature", "1", [](const NamedTransition& one) { return one.transition.others.temperature; });
  words("interaction", [](const NamedTransition& one) { return to_string(one.transition.others.interaction); });
  words("hamiltonian",
        [](const NamedTransition& one) { return std::string(to_string(one.transition.others.hamiltonian)); });
  words("along", [=](const NamedTransition&) { return std::string(to_string(axis)); });
  estimates("equal_weight", "1", &Transition::equal_weight);
  estimates("variance_peak", "1", &Transition::variance_peak);
  estimates("peak_height", "1", &Transition::peak_height);
  estimates("jump_f_U", "1", &Transition::jump_f_U);
  estimates("jump_energy", "energy_unit", &Transition::jump_energy);
  reals("split", "1", [](const NamedTransition& one) { return one.transition.split; });
  words("order", [](const NamedTransition& one) { return std::string(to_string(one.transition.order)); });
  reals("r_hat", "1", [](const NamedTransition& one) { return one.transition.r_hat; });
  reals("crossings", "1", [](const NamedTransition& one) { return static_cast<double>(one.transition.crossings); });
  words("verdict", [](const NamedTransition& one) { return one.verdict; });
  return table;
}

/// The worst of what is known of the points near the transition, and of the chains that tell most about it.
std::string verdict_of(const Archive& archive, const NamedTransition& one, TransitionAxis axis,
                       const std::string& where) {
  const SampledState& others = one.transition.others;
  const std::string name(to_string(axis));
  Physics physics;
  physics.lattice = one.crystal;
  physics.composition = one.composition;
  physics.shell_stiffness = others.shell_stiffness;
  physics.temperature = others.temperature;
  physics.interaction = others.interaction;
  physics.hamiltonian = others.hamiltonian;
  std::string line =
      fmt::format("{} and {} >= {} and {} <= {}", condition_on(parameters_but(name), words_of_parameters(physics)),
                  name, canonical_decimal(one.transition.from), name, canonical_decimal(one.transition.to));
  if (!where.empty()) line = fmt::format("({}) and {}", where, line);
  const std::vector<JudgedPoint> points = judge_points(archive, line);
  if (points.empty()) return "";
  Verdict worst = std::ranges::max_element(points, {}, &JudgedPoint::verdict)->verdict;
  if (worst == Verdict::one_start && one.transition.crossings >= enough_crossings) worst = Verdict::converged;
  if (one.transition.r_hat > largest_r_hat) worst = Verdict::metastable;
  return std::string(to_string(worst));
}

TransitionAxis axis_of(const std::string& name) {
  for (const TransitionAxis axis : {TransitionAxis::shell_stiffness, TransitionAxis::temperature})
    if (name == to_string(axis)) return axis;
  throw UsageError(fmt::format("--along: '{}' is no axis of transitions; write shell_stiffness or temperature", name));
}

void hint_at_what_is_missing(const std::vector<NamedTransition>& found, const GlobalOptions& global) {
  constexpr std::size_t most_named = 5;
  std::map<std::string, std::vector<std::string>> named;  // by the remark
  for (const NamedTransition& one : found)
    if (!one.transition.remark.empty())
      named[one.transition.remark].push_back(fmt::format("{} {}", lattice_word(one.crystal), size_word(one.crystal)));
  for (auto& [remark, crystals] : named) {
    const bool more = crystals.size() > most_named;
    if (more) crystals.resize(most_named);
    hint(global, fmt::format("{}{}: {}", fmt::join(crystals, ", "), more ? ", …" : "", remark));
  }
  const auto doubtful =
      std::ranges::count_if(found, [](const NamedTransition& one) { return one.verdict != "converged"; });
  if (doubtful > 0)
    hint(global, fmt::format("{} of {} transitions {} points that are not converged: see the column verdict, and "
                             "'nxmc query' for the points themselves",
                             doubtful, found.size(), doubtful == 1 ? "has" : "have"));
}

}  // namespace

ExitCode show_diagram(const DiagramArguments& arguments, const GlobalOptions& global) {
  if (!arguments.where.empty()) parse_condition(arguments.where);
  const TransitionAxis axis = axis_of(arguments.along);
  if (!arguments.map.empty()) parse_map_axes(arguments.map);
  const Archive archive = open_archive(arguments.archive, global);
  if (!arguments.map.empty()) return show_map(archive, arguments, global);
  FoundSamples samples = samples_for_answers(archive, arguments.where, global);
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<NamedTransition> found;
  for (SampleSet& set : samples.sets) {
    NamedTransition named{.crystal = set.lattice, .composition = set.composition, .transition = {}, .verdict = {}};
    Reweighting reweighting(archive, std::move(set), threads);
    for (const Transition& transition : find_transitions(reweighting, axis, arguments.split)) {
      named.transition = transition;
      named.verdict = verdict_of(archive, named, axis, arguments.where);
      found.push_back(named);
    }
  }
  if (found.empty())
    throw ArchiveError(
        fmt::format("{}: no chains that differ in {} alone: a transition needs two values of it at least",
                    arguments.archive, arguments.along));
  Table table = table_of(found, axis);
  if (!arguments.columns.empty()) table = select_columns(table, arguments.columns);
  print_to_stdout([&](std::ostream& out) { print_table(out, table, arguments.format, stdout_is_terminal()); });
  hint_at_what_is_missing(found, global);
  return ExitCode::done;
}

}  // namespace nxmc

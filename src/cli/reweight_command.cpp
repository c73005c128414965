// `nxmc reweight`: averages at states that were not measured.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "commands.hpp"
#include "freed_memory.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/phase/nan.hpp"
#include "nxmc/phase/requested_columns.hpp"
#include "nxmc/phase/reweighting.hpp"
#include "nxmc/phase/targets.hpp"
#include "nxmc/query/condition.hpp"
#include "nxmc/query/print.hpp"
#include "output.hpp"
#include "samples_for_answers.hpp"

namespace nxmc {
namespace {

/// Rows of all sets, column by column.
class PointTable {
 public:
  PointTable() {
    for (const char* name : {"lattice", "size"}) words(name);
    wholes("shell_layers");
    for (const char* name : {"composition", "shell_stiffness", "temperature", "delta_mu"}) reals(name, "1");
    for (const char* name : {"interaction", "hamiltonian"}) words(name);
    for (const Quantity& quantity : reweighted_quantities()) {
      reals(quantity.name, quantity.unit, quantity.description);
      reals(quantity.name + "_err", quantity.unit,
            fmt::format("standard error of {}: the larger of that of independent samples and that of a block bootstrap",
                        quantity.name));
    }
    reals("effective_samples", "1", "so many independent samples of the point itself would tell as much");
    reals("overlap", "1",
          fmt::format("of the point with the samples, 0 to 1; below {} nothing is said of it", least_overlap));
    reals("r_hat", "1",
          fmt::format("split R-hat of f_U (f_S in the bulk, f_C, c) over the chains that the point owes most to; above "
                      "{} they disagree",
                      largest_r_hat));
    words("verdict",
          "'no overlap' where the samples do not reach, 'reweighted' elsewhere; 'metastable' where the chains "
          "disagree");
  }

  void add(const std::string& lattice, const std::string& size, const SampleSet& set, const ReweightedPoint& point) {
    next_ = 0;
    put(lattice);
    put(size);
    put(std::int64_t{set.lattice.shell_layers});
    put(set.composition.value_or(nan));
    put(point.state.shell_stiffness);
    put(point.state.temperature);
    put(set.composition ? nan : point.state.delta_mu);
    put(to_string(point.state.interaction));
    put(std::string(to_string(point.state.hamiltonian)));
    for (const Estimate& estimate : point.values) {
      put(estimate.mean);
      put(estimate.error);
    }
    put(point.effective_samples);
    put(point.overlap);
    put(point.r_hat);
    put(!point.overlaps() ? "no overlap" : point.agrees() ? "reweighted" : "metastable");
    ++table_.rows;
  }
  const Table& table() const { return table_; }

 private:
  void words(const std::string& name, const std::string& meaning = "") {
    table_.columns.push_back({name, "", Role::label, std::vector<std::string>(), meaning});
  }
  void wholes(const std::string& name) {
    table_.columns.push_back({name, "1", Role::observable, std::vector<std::int64_t>()});
  }
  void reals(const std::string& name, const std::string& unit, const std::string& meaning = "") {
    table_.columns.push_back({name, unit, Role::observable, std::vector<double>(), meaning});
  }
  void put(double value) { std::get<std::vector<double>>(table_.columns[next_++].values).push_back(value); }
  void put(std::int64_t value) { std::get<std::vector<std::int64_t>>(table_.columns[next_++].values).push_back(value); }
  void put(std::string word) {
    std::get<std::vector<std::string>>(table_.columns[next_++].values).push_back(std::move(word));
  }

  Table table_;
  std::size_t next_ = 0;
};

/// How far apart states are, so that the nearest can be named.
double distance(const SampledState& a, const SampledState& b) {
  return std::abs(std::log(a.temperature / b.temperature)) + std::abs(a.delta_mu - b.delta_mu) +
         std::abs(std::log(a.shell_stiffness / b.shell_stiffness)) +
         std::abs(a.interaction.elastic - b.interaction.elastic) + std::abs(a.interaction.ising - b.interaction.ising) +
         (a.hamiltonian == b.hamiltonian ? 0 : 1);
}

SampledState half_way(SampledState from, const SampledState& to) {
  from.shell_stiffness = (from.shell_stiffness + to.shell_stiffness) / 2;
  from.temperature = (from.temperature + to.temperature) / 2;
  from.delta_mu = (from.delta_mu + to.delta_mu) / 2;
  from.interaction.elastic = (from.interaction.elastic + to.interaction.elastic) / 2;
  from.interaction.ising = (from.interaction.ising + to.interaction.ising) / 2;
  from.hamiltonian = to.hamiltonian;
  return from;
}

/// "shell_stiffness 12, temperature 0.2": of the parameters, those in which the state differs from another.
std::string unlike(const SampledState& state, const SampledState& other) {
  std::vector<std::string> parts;
  const auto add = [&](const char* name, double value, double value_of_other) {
    if (value != value_of_other) parts.push_back(fmt::format("{} {}", name, canonical_decimal(value)));
  };
  add("shell_stiffness", state.shell_stiffness, other.shell_stiffness);
  add("temperature", state.temperature, other.temperature);
  add("delta_mu", state.delta_mu, other.delta_mu);
  add("elastic", state.interaction.elastic, other.interaction.elastic);
  add("ising", state.interaction.ising, other.interaction.ising);
  if (state.hamiltonian != other.hamiltonian)
    parts.push_back(fmt::format("hamiltonian {}", to_string(state.hamiltonian)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// A point without overlap, and the sampled state that is nearest.
struct MissedPoint {
  SampledState state;
  SampledState nearest;
};

void hint_at_missed(const std::vector<MissedPoint>& missed, const GlobalOptions& global) {
  if (missed.empty()) return;
  const auto& [state, nearest] = missed.front();
  const std::string points = fmt::format("no overlap at {} point{}", missed.size(), missed.size() == 1 ? "" : "s");
  if (unlike(state, nearest).empty())
    hint(global, fmt::format("{}: it was sampled itself, and too few independent samples of it are also likely at the "
                             "other sampled states. Longer chains would help",
                             points));
  else
    hint(global,
         fmt::format("{}: the samples do not reach {}; the nearest are of {}. Chains at {} would help", points,
                     unlike(state, nearest), unlike(nearest, state), unlike(half_way(nearest, state), nearest)));
}

void require_any_state(const Targets& targets, const std::vector<SampleSet>& sets) {
  if (std::ranges::any_of(sets, [&](const SampleSet& set) { return !states_at(targets, set).empty(); })) return;
  throw QueryError(
      targets.delta_mu.empty()
          ? "--at: the flips of the published program follow no energy: leave hamiltonian out, or choose chains of a "
            "fixed composition"
          : "--at: configurations of a fixed composition do not feel delta_mu: leave it out, or choose chains with "
            "'ensemble: semigrand'");
}

}  // namespace

ExitCode reweight(const ReweightArguments& arguments, const GlobalOptions& global) {
  if (!arguments.where.empty()) parse_condition(arguments.where);
  const Targets targets = parse_targets(arguments.at);
  PointTable points;
  select_columns(points.table(), arguments.columns);  // a slip is found before all work
  keep_freed_memory();
  const Archive archive = open_archive(arguments.archive, global);
  FoundSamples found = samples_for_answers(archive, {arguments.where, requested_columns(archive)}, global);

  require_any_state(targets, found.sets);
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<MissedPoint> missed;
  std::size_t disagreeing = 0;
  for (SampleSet& set : found.sets) {
    Reweighting reweighting(archive, std::move(set), threads);
    const SampleSet& samples = reweighting.samples();
    for (const ReweightedPoint& point : reweighting.at(states_at(targets, samples))) {
      points.add(lattice_word(samples.lattice), size_word(samples.lattice), samples, point);
      if (point.overlaps() && !point.agrees()) ++disagreeing;
      if (point.overlaps()) continue;
      const auto from_point = [&](const SampledState& state) { return distance(state, point.state); };
      missed.push_back({point.state, *std::ranges::min_element(samples.states, {}, from_point)});
    }
  }
  Table table = points.table();
  if (!arguments.columns.empty()) table = select_columns(table, arguments.columns);
  if (arguments.columns.empty() && arguments.format == TableFormat::table) table = without_empty_columns(table);
  print_to_stdout([&](std::ostream& out) { print_table(out, table, arguments.format, stdout_is_terminal()); });
  hint_at_missed(missed, global);
  if (disagreeing > 0)
    hint(global,
         fmt::format(
             "at {} point{} chains of the same parameters disagree (r_hat above {}): errors contain that, as far "
             "as so few chains can tell; make them longer, or more",
             disagreeing, disagreeing == 1 ? "" : "s", largest_r_hat));
  return ExitCode::done;
}

}  // namespace nxmc

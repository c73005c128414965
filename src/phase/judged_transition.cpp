#include "nxmc/phase/judged_transition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "energy_path.hpp"
#include "found_place.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/phase/nan.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/points.hpp"

namespace nxmc {
namespace {

/// All that its chains have in common.
Physics physics_of(const JudgedTransition& judged) {
  const SampledState& others = judged.transition.others;
  Physics physics;
  physics.lattice = judged.lattice;
  physics.method = Method::equilibrium;
  if (judged.composition)
    physics.composition = *judged.composition;
  else
    physics.ensemble = Ensemble::semigrand;
  physics.delta_mu = others.delta_mu;
  physics.shell_stiffness = others.shell_stiffness;
  physics.temperature = others.temperature;
  physics.interaction = others.interaction;
  physics.hamiltonian = others.hamiltonian;
  return physics;
}

std::optional<Verdict> verdict_of(const Archive& archive, const JudgedTransition& judged, const Where& where,
                                  LineAxis axis) {
  const std::string name(to_string(axis));
  const Transition& transition = judged.transition;
  const std::string near =
      fmt::format("{} and {} >= {} and {} <= {}", condition_on_line(physics_of(judged), axis), name,
                  canonical_decimal(transition.from), name, canonical_decimal(transition.to));
  const std::vector<JudgedPoint> points = judge_points(archive, narrowed(where, near), Evidence::samples);
  if (points.empty()) return std::nullopt;
  if (transition.r_hat > largest_r_hat) return Verdict::metastable;
  const Verdict worst = std::ranges::max_element(points, {}, &JudgedPoint::verdict)->verdict;
  return worst == Verdict::one_start && static_cast<double>(transition.crossings) >= enough_crossings
             ? Verdict::converged
             : worst;
}

/// One job of each ladder, which stands for all of its rungs.
std::vector<std::uint64_t> ladders_along(const SampleSet& samples, const SampledState& others, LineAxis axis) {
  std::map<std::size_t, std::uint64_t> ladders;  // [ladder] one of its jobs
  for (const SampledChain& chain : samples.chains) {
    SampledState state = without_levelling(samples.states[chain.state]);
    along(state, axis) = 1;
    if (chain.ladder && state == others) ladders.emplace(*chain.ladder, chain.job);
  }
  std::vector<std::uint64_t> jobs;
  jobs.reserve(ladders.size());
  for (const auto& [ladder, job] : ladders) jobs.push_back(job);
  return jobs;
}

}  // namespace

std::vector<std::string> words_of_parameters(const JudgedTransition& judged) {
  return words_of_parameters(physics_of(judged));
}

std::vector<LineAxis> other_axes(LineAxis axis) {
  std::vector<LineAxis> others(line_axes.begin(), line_axes.end());
  std::erase(others, axis);
  return others;
}

std::string interaction_of(const JudgedTransition& judged, LineAxis axis) {
  Interaction interaction = judged.transition.others.interaction;
  if (axis == LineAxis::ising) interaction.ising = 0;
  return to_string(interaction);
}

double value_of_other(const JudgedTransition& judged, LineAxis other) {
  if (other == LineAxis::delta_mu && judged.composition) return nan;
  const Interaction& interaction = judged.transition.others.interaction;
  if (other == LineAxis::ising && (interaction.elastic == 0 || interaction.ising == 0)) return nan;
  SampledState state = judged.transition.others;
  return along(state, other);
}

std::vector<JudgedTransition> judged_transitions(const Archive& archive, Reweighting& reweighting, const Where& where,
                                                 const TransitionSought& sought) {
  std::vector<JudgedTransition> all;
  for (Transition& transition : find_transitions(reweighting, sought)) {
    all.push_back({.lattice = reweighting.samples().lattice,
                   .composition = reweighting.samples().composition,
                   .transition = std::move(transition),
                   .verdict = {},
                   .round_trips = nan,
                   .restarts = nan,
                   .histogram = {}});
    const auto ladders = ladders_along(reweighting.samples(), all.back().transition.others, sought.axis);
    if (!ladders.empty()) {
      all.back().round_trips = sum_over_ladders(archive, "round_trips", ladders);
      all.back().restarts = sum_over_ladders(archive, "restarts", ladders);
    }
    all.back().verdict = verdict_of(archive, all.back(), where, sought.axis);
  }
  return all;
}

std::vector<JudgedTransition> judged_transitions(const Archive& archive, std::vector<SampleSet> samples,
                                                 const Where& where, const TransitionSought& sought,
                                                 std::size_t threads, bool with_histograms) {
  std::vector<JudgedTransition> all;
  for (SampleSet& set : samples) {
    Reweighting reweighting(archive, std::move(set), threads);
    for (JudgedTransition& judged : judged_transitions(archive, reweighting, where, sought)) {
      if (with_histograms) judged.histogram = histogram_at(reweighting, sought.axis, judged.transition);
      all.push_back(std::move(judged));
    }
  }
  return all;
}

}  // namespace nxmc

#include "nxmc/phase/judged_transition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/phase/evidence.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/points.hpp"
#include "nxmc/phase/reweighting.hpp"

namespace nxmc {
namespace {

std::optional<Verdict> verdict_of(const Archive& archive, const JudgedTransition& judged, const Where& where,
                                  TransitionAxis axis) {
  const std::string name(to_string(axis));
  const Transition& transition = judged.transition;
  const std::string near =
      fmt::format("{} and {} >= {} and {} <= {}", condition_on(parameters_but(name), words_of_parameters(judged)), name,
                  canonical_decimal(transition.from), name, canonical_decimal(transition.to));
  const std::vector<JudgedPoint> points = judge_points(archive, narrowed(where, near), Evidence::samples);
  if (points.empty()) return std::nullopt;
  if (transition.r_hat > largest_r_hat) return Verdict::metastable;
  const Verdict worst = std::ranges::max_element(points, {}, &JudgedPoint::verdict)->verdict;
  return worst == Verdict::one_start && static_cast<double>(transition.crossings) >= enough_crossings
             ? Verdict::converged
             : worst;
}

}  // namespace

std::vector<std::string> words_of_parameters(const JudgedTransition& judged) {
  const SampledState& others = judged.transition.others;
  Physics physics;
  physics.lattice = judged.lattice;
  physics.composition = judged.composition;
  physics.shell_stiffness = others.shell_stiffness;
  physics.temperature = others.temperature;
  physics.interaction = others.interaction;
  physics.hamiltonian = others.hamiltonian;
  return words_of_parameters(physics);
}

std::vector<JudgedTransition> judged_transitions(const Archive& archive, std::vector<SampleSet> samples,
                                                 const Where& where, const TransitionSought& sought,
                                                 std::size_t threads, bool with_histograms) {
  std::vector<JudgedTransition> all;
  for (SampleSet& set : samples) {
    const LatticeSpec lattice = set.lattice;
    const double composition = set.composition;
    Reweighting reweighting(archive, std::move(set), threads);
    for (const Transition& transition : find_transitions(reweighting, sought)) {
      all.push_back(
          {.lattice = lattice, .composition = composition, .transition = transition, .verdict = {}, .histogram = {}});
      all.back().verdict = verdict_of(archive, all.back(), where, sought.axis);
      if (with_histograms) all.back().histogram = histogram_at(reweighting, sought.axis, transition);
    }
  }
  return all;
}

}  // namespace nxmc

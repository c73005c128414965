// The transitions that the samples of an archive find, each with how far it can be believed.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/phase/reweighting.hpp"
#include "nxmc/phase/sample_set.hpp"
#include "nxmc/phase/transition.hpp"
#include "nxmc/phase/transition_histogram.hpp"
#include "nxmc/phase/verdict.hpp"
#include "nxmc/query/joined_column.hpp"

namespace nxmc {

struct JudgedTransition {
  LatticeSpec lattice;
  std::optional<double> composition = 0.5;  ///< as of a SampleSet
  Transition transition;
  /// The worst of what is known of the points near the transition, and of the chains that tell most about it.
  std::optional<Verdict> verdict;
  /// Of all ladders that its samples come from; NaN without.
  double round_trips = std::numeric_limits<double>::quiet_NaN();
  double restarts = std::numeric_limits<double>::quiet_NaN();
  std::optional<TransitionHistogram> histogram;  ///< where it was asked for, and there is one
};

/// \param samples  as read_samples finds them \param where  the condition that they were found by
/// \param with_histograms  which cost another bootstrap each
/// \throws as Reweighting
std::vector<JudgedTransition> judged_transitions(const Archive& archive, std::vector<SampleSet> samples,
                                                 const Where& where, const TransitionSought& sought,
                                                 std::size_t threads, bool with_histograms = false);

/// Of one set of samples, without histograms.
std::vector<JudgedTransition> judged_transitions(const Archive& archive, Reweighting& reweighting, const Where& where,
                                                 const TransitionSought& sought);

/// The numbers in which transitions along an axis can differ.
std::vector<LineAxis> other_axes(LineAxis axis);
/// Without the strength of the Ising part where that is the axis.
std::string interaction_of(const JudgedTransition& judged, LineAxis axis);
/// Where a transition is along another axis; NaN for delta_mu where the composition is fixed, and for an Ising part
/// that is not there or is all of the interaction.
double value_of_other(const JudgedTransition& judged, LineAxis other);

/// Words of the parameters that it was found at: of all but those along the axis, as condition_on takes them.
std::vector<std::string> words_of_parameters(const JudgedTransition& judged);

}  // namespace nxmc

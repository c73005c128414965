// The ways of configurations through ladders, as chains that are resampled.
#pragma once

#include <span>
#include <vector>

#include "nxmc/phase/sample_set.hpp"
#include "nxmc/statistics/block_bootstrap.hpp"

namespace nxmc {

/// What a rung sees of a state for a long time can be few configurations, which come back unchanged: how much ladders
/// know is told by what each configuration was, along its way through all rungs. So these ways are what is resampled,
/// and take the place of the chains of rungs; those of ladders through the same states are pooled. Other chains stay.
/// \param chains      of the set, in its order
/// \param quantities  [sample] each, of which the longest memory counts
std::vector<BootstrapChain> along_configurations(const SampleSet& samples, std::span<const BootstrapChain> chains,
                                                 const std::vector<std::span<const double>>& quantities);

/// [sample] As how many independent ones each counts. Those of a ladder count alike at all of its rungs, by how long
/// its configurations remember: the series of a rung, through which all of them pass, would tell of a few that agree by
/// chance, or of none where they do not.
std::vector<double> independent_samples_of(std::span<const BootstrapChain> paths, std::size_t samples);

}  // namespace nxmc

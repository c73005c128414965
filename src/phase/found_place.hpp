// The place at which a campaign finds the transition that it looks for.
#pragma once

#include <optional>
#include <string>

#include "nxmc/campaign/campaign.hpp"
#include "nxmc/observe/order_parameter.hpp"
#include "nxmc/phase/transition.hpp"
#include "nxmc/statistics/series.hpp"

namespace nxmc {

/// Equal weight, with a split only where it parts the samples; without one and without two sides the peak of the
/// variance. Not a number where neither is known.
const Estimate& place_of(const Transition& transition, const Refine& sought);

/// "10.81 ± 0.02 (equal weight)".
std::string words_for_place(const Transition& transition, const Refine& sought, OrderParameter x);

/// As queries write it: the parameters of a state but that along the axis.
std::string condition_on_line(const Physics& physics, LineAxis axis);

}  // namespace nxmc

#include "found_place.hpp"

#include <fmt/format.h>

#include <cmath>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/query/print.hpp"

namespace nxmc {
namespace {

bool has_equal_weight(const Transition& transition) { return !std::isnan(transition.equal_weight.mean); }

}  // namespace

const Estimate& place_of(const Transition& transition, const Refine& sought) {
  return sought.split || has_equal_weight(transition) ? transition.equal_weight : transition.variance_peak;
}

std::string words_for_place(const Transition& transition, const Refine& sought, OrderParameter x) {
  const Estimate& place = place_of(transition, sought);
  const PrintedPair pair = print_with_error(place.mean, place.error);
  return fmt::format("{} ± {} ({})", pair.value, pair.error,
                     has_equal_weight(transition) ? "equal weight" : fmt::format("peak of var {}", to_string(x)));
}

std::string condition_on_line(const Physics& physics, LineAxis axis) {
  const std::vector<std::string> words = words_of_parameters(physics);
  if (axis != LineAxis::ising) return condition_on(parameters_but(std::string(to_string(axis))), words);
  return fmt::format("{} and elastic == {}", condition_on(parameters_but("interaction"), words),
                     canonical_decimal(physics.interaction.elastic));
}

}  // namespace nxmc

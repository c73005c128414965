#include "memory_hint.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nxmc/campaign/amounts.hpp"

namespace nxmc {

std::optional<std::string> memory_hint(const Plan& plan, const NodeForecast& node) {
  constexpr double dominant = 0.5;  // of the peak
  constexpr double worth_a_word = 256.0 * 1024 * 1024;
  const double with = std::max(node.building, node.displacements + node.chains);
  const double saved = with - std::max(node.building, node.chains);
  if (saved < dominant * node.peak || saved < worth_a_word) return std::nullopt;
  const bool by_choice = std::ranges::none_of(
      plan.jobs, [](const Job& job) { return job.physics->method == Method::exchange && needs_displacements(job); });
  if (!by_choice) return std::nullopt;
  return fmt::format(
      "{} of the {} of memory that a node needs are for measuring local areas; 'measure_every: {{areas: 0}}' "
      "does without them",
      readable_bytes(saved), readable_bytes(node.peak));
}

}  // namespace nxmc

#include "memory_hint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nxmc/campaign/amounts.hpp"

namespace nxmc {

std::optional<std::string> memory_hint(const Plan& plan, const NodeForecast& node) {
  constexpr double dominant = 0.5;  // of the peak
  constexpr double worth_a_word = 256.0 * 1024 * 1024;
  const double with = std::max(node.building, node.displacements + node.chains);
  const double saved = with - std::max(node.building, node.chains);
  if (saved < dominant * node.peak || saved < worth_a_word) return std::nullopt;
  const auto any_of = [&](Method method) {
    return std::ranges::any_of(
        plan.jobs, [=](const Job& job) { return job.physics->method == method && needs_displacements(job); });
  };
  std::vector<std::string> ways;
  if (any_of(Method::equilibrium)) ways.emplace_back("'measure_every: {areas: 0}'");
  if (any_of(Method::exchange)) ways.emplace_back("'observe: [phases, profile, energy]'");
  return fmt::format("{} of the {} of memory that a node needs are for measuring local areas; {} {} without them",
                     readable_bytes(saved), readable_bytes(node.peak), fmt::join(ways, " and, of exchange, "),
                     ways.size() == 1 ? "does" : "do");
}

}  // namespace nxmc

#include "line_of_states.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "energy_path.hpp"

namespace nxmc {
namespace {

bool hang_together(const Mbar& mbar, std::size_t i, std::size_t j) {
  const double overlap = std::min(mbar.overlap(i, j), mbar.overlap(j, i));
  return overlap >= least_overlap || mbar.overlap(i, j) * mbar.counts()[i] >= fewest_shared_samples;
}

/// [state] the first state of the group that it hangs together with.
std::vector<std::size_t> groups_of_states(const Mbar& mbar) {
  std::vector<std::size_t> group(mbar.states());
  std::iota(group.begin(), group.end(), std::size_t{0});
  for (std::size_t i = 0; i < group.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (group[i] == group[j] || !hang_together(mbar, i, j)) continue;
      const auto [kept, joined] = std::minmax(group[i], group[j]);
      std::ranges::replace(group, joined, kept);
    }
  }
  return group;
}

void sort_along(LineOfStates& line) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t k = 0; k < line.places.size(); ++k) order.emplace_back(line.places[k], line.states[k]);
  std::ranges::sort(order);
  for (std::size_t k = 0; k < order.size(); ++k) std::tie(line.places[k], line.states[k]) = order[k];
}

}  // namespace

std::vector<LineOfStates> lines_of(std::span<const SampledState> states, LineAxis axis) {
  std::vector<LineOfStates> lines;
  for (std::size_t k = 0; k < states.size(); ++k) {
    SampledState others = without_levelling(states[k]);
    const double place = std::exchange(along(others, axis), 1.0);
    const auto known = std::ranges::find(lines, others, &LineOfStates::others);
    LineOfStates& line = known == lines.end() ? lines.emplace_back(LineOfStates{others, {}, {}, false}) : *known;
    line.levelled = line.levelled || states[k].levelling.has_value();
    line.places.push_back(place);
    line.states.push_back(k);
  }
  std::erase_if(lines, [](const LineOfStates& line) { return line.places.size() < 2 && !line.levelled; });
  std::ranges::for_each(lines, sort_along);
  std::ranges::sort(lines, {}, &LineOfStates::others);
  return lines;
}

std::vector<Stretch> connected_stretches(const LineOfStates& line, const Mbar& mbar) {
  const std::vector<std::size_t> group = groups_of_states(mbar);
  std::vector<Stretch> stretches;
  for (std::size_t first = 0; first < line.places.size();) {
    std::size_t last = first;
    while (last + 1 < line.places.size() && group[line.states[last + 1]] == group[line.states[first]]) ++last;
    if (last > first || line.levelled) stretches.push_back({first, last});
    first = last + 1;
  }
  return stretches;
}

}  // namespace nxmc

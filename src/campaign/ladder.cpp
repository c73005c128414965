#include "ladder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "along.hpp"
#include "bounds.hpp"
#include "cost.hpp"
#include "fields.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/schema.hpp"
#include "nxmc/yaml/numbers.hpp"

namespace nxmc {
namespace {

const Interaction& interaction(const AxisValue& value) { return std::get<Interaction>(value.value); }

/// Why points along the axis are one state; empty where each is its own.
std::string why_not_felt(LineAxis axis, const Grid& grid) {
  const Axis* const interactions = grid.find(AxisKey::interaction);
  const auto any_interaction = [&](const auto& is) {
    return interactions != nullptr && interactions->sound && std::ranges::any_of(interactions->values, is);
  };
  if (axis == LineAxis::temperature)
    return any_interaction([](const AxisValue& value) { return energy_unit(interaction(value)) == "kT"; })
               ? "crystals without interaction do not feel the temperature"
               : "";
  if (axis == LineAxis::delta_mu) return "";
  if (any_interaction([](const AxisValue& value) { return interaction(value).elastic == 0; }))
    return "crystals without elastic energy do not feel the stiffness of the shell";
  const Axis* const layers = grid.find(AxisKey::shell_layers);
  const bool bare = layers == nullptr || (layers->sound && std::ranges::any_of(layers->values, [](const AxisValue& v) {
                                            return std::get<double>(v.value) == 0;
                                          }));
  return bare ? "crystals without shell (shell_layers: 0) do not feel its stiffness" : "";
}

/// What rungs of a ladder have in common.
Physics without_place(Physics physics, LineAxis axis) {
  along(physics, axis) = 1;
  return physics;
}

}  // namespace

std::optional<LineAxis> placed_along(const Scan& scan) {
  if (scan.ladder)
    return scan.ladder->places_rungs || scan.until || scan.refine ? std::optional(scan.ladder->along) : std::nullopt;
  return scan.refine ? std::optional(scan.refine->along) : std::nullopt;
}

std::uint64_t first_round_of_ladder(std::uint64_t measured_sweeps) {
  constexpr std::uint64_t share = 8;
  return (measured_sweeps + share - 1) / share;
}

std::uint64_t next_round_of_ladder(std::uint64_t round_sweeps, std::uint64_t measured_sweeps) {
  return std::min(2 * round_sweeps, measured_sweeps);
}

std::optional<ScanLadder> read_ladder(const YamlNode& node, Problems& problems) {
  if (!expect_map(node, "a mapping with 'along': {along: shell_stiffness}", problems)) return std::nullopt;
  const std::size_t before = problems.count();
  refuse_unknown_keys(node, keys_of_section("ladder"), problems);
  ScanLadder ladder;
  ladder.along = read_along(node, problems).value_or(ladder.along);
  if (const Entry rungs = find_entry(node, "rungs"))
    ladder.places_rungs = read_word(*rungs.value, words_of_key("rungs"), problems) == "auto";
  if (const Entry every = find_entry(node, "exchange_every"))
    ladder.exchange_every =
        read_count_or_word(*every.value, positive_count_bounds, "exchange_every", problems).value_or(0);
  return problems.count() > before ? std::nullopt : std::optional(ladder);
}

void check_ladder(const YamlNode& node, const Scan& scan, Ensemble ensemble, const Grid& grid, Problems& problems) {
  const auto add = [&](std::string message) {
    if (!message.empty()) problems.add(node.place, node.path, std::move(message));
  };
  const LineAxis along = scan.ladder->along;
  if (scan.refine && scan.refine->along != along)
    add(fmt::format("'refine' is along '{}' and the ladder along '{}': a ladder finds transitions along its own axis",
                    to_string(scan.refine->along), to_string(along)));
  const std::uint64_t sweeps = scan.schedule.equilibration_sweeps + scan.schedule.measured_sweeps;
  if (scan.ladder->exchange_every >= sweeps)
    add(fmt::format("exchanges after every {} sweeps of {} are none", scan.ladder->exchange_every, sweeps));
  const std::string_view name = to_string(along);
  const Axis* const axis = grid.find(key_of(along));
  const auto values = axis == nullptr ? std::size_t{1} : axis->values.size();
  const std::string_view what = scan.ladder->places_rungs ? "between which rungs are placed" : "which are its rungs";
  add(why_no_line(along, ensemble, grid, what));
  if (values > most_rungs)
    add(fmt::format("'{}' has {} values, and a ladder at most {} rungs", name, values, most_rungs));
  for (std::size_t k = 0; k < axis_count; ++k) {
    const auto other = static_cast<AxisKey>(k);
    if (other != key_of(along) && grid.zipped(key_of(along), other))
      add(fmt::format("'{}' is zipped with '{}': rungs differ in '{}' alone", name, to_string(other), name));
  }
  if (const std::string reason = why_not_felt(along, grid); !reason.empty())
    add(fmt::format("its rungs would be one state: {}", reason));
}

void add_first_rungs(const ScanLadder& ladder, std::vector<Point>& points) {
  constexpr int first_rungs = 8;
  std::map<Physics, std::vector<double>> ladders;
  for (const Point& point : points)
    ladders[without_place(point.physics, ladder.along)].push_back(along(point.physics, ladder.along));
  std::vector<Point> all;
  for (const Point& point : points) {
    const auto own = ladders.find(without_place(point.physics, ladder.along));
    if (own == ladders.end()) continue;  // with its first point all have been added
    std::vector<double> places = std::move(own->second);
    ladders.erase(own);
    std::ranges::sort(places);
    if (places.size() == 2) {
      const auto [low, high] = std::pair(places.front(), places.back());
      places.clear();
      for (int k = 0; k < first_rungs; ++k)
        places.push_back(round_to_12_digits(low + (high - low) * k / (first_rungs - 1)));
    }
    for (const double place : places) {
      all.push_back(point);
      along(all.back().physics, ladder.along) = place;
    }
  }
  points = std::move(all);
}

void join_rungs(const ScanLadder& ladder, std::vector<Point>& points) {
  name_ladders(points, ladder.exchange_every,
               [&](const Physics& physics) { return without_place(physics, ladder.along); });
}

void name_ladders(std::vector<Point>& points, std::uint64_t exchange_every,
                  const std::function<Physics(Physics)>& what_is_common) {
  std::map<Physics, std::vector<Physics*>> ladders;
  for (Point& point : points) ladders[what_is_common(point.physics)].push_back(&point.physics);
  for (auto& [line, rungs] : ladders) {
    std::ranges::sort(rungs, {}, [](const Physics* rung) { return *rung; });
    const std::uint64_t every = exchange_every > 0 ? exchange_every : affordable_exchange_every(*rungs.front());
    std::vector<Physics> all;
    for (Physics* const rung : rungs) {
      rung->exchange_every = every;
      all.push_back(*rung);
    }
    const Identity name = ladder_of_rungs(all);
    for (Physics* const rung : rungs) rung->ladder = name;
  }
}

}  // namespace nxmc

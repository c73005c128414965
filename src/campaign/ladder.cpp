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
  if (axis == LineAxis::delta_mu || axis == LineAxis::ising) return "";
  if (any_interaction([](const AxisValue& value) { return interaction(value).elastic == 0; }))
    return "crystals without elastic energy do not feel the stiffness of the shell";
  const Axis* const layers = grid.find(AxisKey::shell_layers);
  const bool bare = layers == nullptr || (layers->sound && std::ranges::any_of(layers->values, [](const AxisValue& v) {
                                            return std::get<double>(v.value) == 0;
                                          }));
  return bare ? "crystals without shell (shell_layers: 0) do not feel its stiffness" : "";
}

/// What rungs of a ladder have in common.
Physics without_place(Physics physics, const ScanLadder& ladder) {
  along(physics, ladder.along) = 1;
  if (ladder.beside) along(physics, *ladder.beside) = 1;
  return physics;
}

/// Of one of the axes of a ladder, by itself.
class AxisOfLadder {
 public:
  AxisOfLadder(LineAxis axis, const Scan& scan, Ensemble ensemble, const Grid& grid)
      : axis_(axis), scan_(scan), ensemble_(ensemble), grid_(grid) {}

  std::vector<std::string> problems() const {
    return {why_no_line(axis_, ensemble_, grid_,
                        scan_.ladder->places_rungs ? "between which rungs are placed" : "which are its rungs"),
            why_too_many(), why_not_alone(), why_one_state()};
  }

 private:
  std::string why_too_many() const {
    const Axis* const axis = grid_.find(key_of(axis_));
    if (axis == nullptr || axis->values.size() <= most_rungs) return "";
    return fmt::format("'{}' has {} values, and a ladder at most {} rungs", to_string(axis_), axis->values.size(),
                       most_rungs);
  }

  std::string why_not_alone() const {
    const auto is_own = [&](AxisKey key) {
      return key == key_of(scan_.ladder->along) || (scan_.ladder->beside && key == key_of(*scan_.ladder->beside));
    };
    for (std::size_t k = 0; k < axis_count; ++k) {
      const auto other = static_cast<AxisKey>(k);
      if (is_own(other) || !grid_.zipped(key_of(axis_), other)) continue;
      const std::optional<LineAxis> line = line_axis_named(to_string(other));
      return fmt::format("'{0}' is zipped with '{1}': rungs differ in '{0}' alone{2}", to_string(axis_),
                         to_string(other),
                         line && !scan_.ladder->beside
                             ? fmt::format("; in both with 'along: [{}, {}]'", to_string(axis_), to_string(other))
                             : "");
    }
    return "";
  }

  std::string why_one_state() const {
    const std::string reason = why_not_felt(axis_, grid_);
    return reason.empty() ? "" : fmt::format("its rungs would be one state: {}", reason);
  }

  LineAxis axis_;
  const Scan& scan_;
  Ensemble ensemble_;
  const Grid& grid_;
};

/// Along two axes a ladder goes from pair to pair of their values.
std::string why_no_pair(const Scan& scan, const Grid& grid) {
  const std::string_view along = to_string(scan.ladder->along);
  const std::string_view beside = to_string(*scan.ladder->beside);
  if (!grid.zipped(key_of(scan.ladder->along), key_of(*scan.ladder->beside)))
    return fmt::format("a ladder along two axes goes from pair to pair of their values: add 'zip: [{}, {}]'",
                       to_string(key_of(scan.ladder->along)), to_string(key_of(*scan.ladder->beside)));
  if (scan.ladder->places_rungs)
    return fmt::format("rungs are placed along one axis: with two, give their values ('{}' and '{}')", along, beside);
  if (scan.refine || scan.until)
    return fmt::format("'{}' is of ladders along one axis", scan.refine ? "refine" : "until");
  return "";
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
  const std::vector<LineAxis> axes = read_one_or_two_along(node, problems);
  if (!axes.empty()) ladder.along = axes.front();
  if (axes.size() > 1) ladder.beside = axes.back();
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
  std::ranges::for_each(AxisOfLadder(along, scan, ensemble, grid).problems(), add);
  if (!scan.ladder->beside) return;
  std::ranges::for_each(AxisOfLadder(*scan.ladder->beside, scan, ensemble, grid).problems(), add);
  add(why_no_pair(scan, grid));
}

void add_first_rungs(const ScanLadder& ladder, std::vector<Point>& points) {
  constexpr int first_rungs = 8;
  std::map<Physics, std::vector<double>> ladders;
  for (const Point& point : points)
    ladders[without_place(point.physics, ladder)].push_back(along(point.physics, ladder.along));
  std::vector<Point> all;
  for (const Point& point : points) {
    const auto own = ladders.find(without_place(point.physics, ladder));
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
  name_ladders(points, ladder.exchange_every, [&](const Physics& physics) { return without_place(physics, ladder); });
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

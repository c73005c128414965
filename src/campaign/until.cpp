#include "until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <variant>

#include "bounds.hpp"
#include "fields.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/schema.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/yaml/words.hpp"
#include "points.hpp"

namespace nxmc {
namespace {

constexpr std::string_view limit = "at_most";
constexpr double percent = 100;

std::optional<Until::Target> read_target(const std::string& quantity, const YamlNode& node, Problems& problems) {
  YamlNode number = node;
  const bool relative = node.is_text() && !node.quoted && node.text.ends_with('%');
  if (relative) {
    number.text.pop_back();
    number.text.erase(number.text.find_last_not_of(' ') + 1);
  }
  const std::optional<double> value = read_number(number, precision_bounds, problems);
  if (!value) return std::nullopt;
  return Until::Target{.quantity = quantity, .error = relative ? *value / percent : *value, .relative = relative};
}

std::uint64_t read_limit(const YamlNode& node, std::uint64_t measured_sweeps, Problems& problems) {
  const std::uint64_t sweeps = read_count(node, positive_count_bounds, problems).value_or(measured_sweeps);
  if (sweeps < measured_sweeps)
    problems.add(node.place, node.path,
                 fmt::format("{} sweeps are fewer than the {} with which chains begin (measured_sweeps)", sweeps,
                             measured_sweeps));
  return sweeps;
}

/// Why not every chain of a scan measures a quantity; empty where all do.
std::string why_not_measured(const std::string& quantity, const Scan& scan, const Grid& grid, bool flat, bool solid,
                             bool elastic) {
  // Equilibrium has that axis where its composition fluctuates.
  if (quantity == "c" && grid.find(AxisKey::delta_mu) == nullptr)
    return "the composition is fixed without 'ensemble: semigrand'";
  const auto fraction = std::ranges::find(fraction_columns(), quantity, &FractionColumn::name);
  if (fraction != fraction_columns().end()) {
    if (flat && !exists_in(*fraction, 2)) return "crystals in 2D have no such phase";
    if (solid && !exists_in(*fraction, 3)) return "crystals in 3D have no such phase";
  }
  if (quantity != "rms_area") return "";
  if (scan.schedule.areas_every == 0) return "areas are never measured (measure_every)";
  return elastic ? "" : "crystals without elastic energy have no areas";
}

}  // namespace

Until read_until(const YamlNode& node, std::uint64_t measured_sweeps, Problems& problems) {
  Until until{.targets = {}, .at_most = measured_sweeps};
  if (!expect_map(node, "a mapping with 'at_most' and errors of quantities: {f_U: 0.005, at_most: 1e7}", problems))
    return until;
  const auto known = keys_of_section("until");
  refuse_unknown_keys(node, known, problems);
  bool asks = false;
  for (const std::string_view key : known) {
    const Entry entry = find_entry(node, key);
    if (!entry) continue;
    if (key == limit) {
      until.at_most = read_limit(*entry.value, measured_sweeps, problems);
    } else {
      asks = true;
      if (const auto target = read_target(std::string(key), *entry.value, problems)) until.targets.push_back(*target);
    }
  }
  if (!find_entry(node, limit))
    problems.add(node.place, node.path, "lacks 'at_most' (measured sweeps of a chain; no run shall go on for ever)");
  const auto is_known = [&](const YamlNode::Key& key) { return std::ranges::find(known, key.name) != known.end(); };
  if (!asks && std::ranges::all_of(node.keys, is_known))
    problems.add(node.place, node.path,
                 "asks for no error of a quantity; write for example {f_U: 0.005, at_most: 1e7}");
  return until;
}

void check_until_is_measured(const YamlNode& node, const Scan& scan, const Grid& grid, Problems& problems) {
  const Axis* const lattices = grid.find(AxisKey::lattice);
  if (lattices == nullptr || !lattices->sound) return;
  bool flat = false;
  bool solid = false;
  for (const AxisValue& value : lattices->values)
    (shape_of(std::get<std::string>(value.value)).dimension == 2 ? flat : solid) = true;
  const Axis* const interactions = grid.find(AxisKey::interaction);
  const bool elastic = interactions == nullptr || !interactions->sound ||
                       std::ranges::all_of(interactions->values, [](const AxisValue& value) {
                         return std::get<Interaction>(value.value).elastic != 0;
                       });
  for (const Until::Target& target : scan.until->targets) {
    const std::string reason = why_not_measured(target.quantity, scan, grid, flat, solid, elastic);
    if (reason.empty()) continue;
    const Entry entry = find_entry(node, target.quantity);
    problems.add(entry.key->place, entry.value->path,
                 fmt::format("is not measured by every chain of the scan: {}", reason));
  }
}

std::vector<std::uint64_t> lengths_of_chains(const Scan& scan) {
  const std::uint64_t measured = scan.schedule.measured_sweeps;
  if (scan.ladder) return {scan.ladder->places_rungs ? first_round_of_ladder(measured) : measured};
  std::vector<std::uint64_t> lengths{measured};
  if (!scan.until) return lengths;
  while (lengths.back() <= scan.until->at_most / 2) lengths.push_back(2 * lengths.back());
  return lengths;
}

}  // namespace nxmc

// Values of a scan that are right one by one but do not fit each other.
#include "consistency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "nxmc/campaign/plan.hpp"
#include "points.hpp"

namespace nxmc {
namespace {

constexpr double most_sites = std::numeric_limits<Site>::max();

const Interaction& interaction(const AxisValue& value) { return std::get<Interaction>(value.value); }
const std::string& word(const AxisValue& value) { return std::get<std::string>(value.value); }
const Edges& edges(const AxisValue& value) { return std::get<Edges>(value.value); }
double number(const AxisValue& value) { return std::get<double>(value.value); }

bool any_elastic(const Grid& grid) {
  const Axis* axis = grid.find(AxisKey::interaction);
  return axis == nullptr ||
         std::ranges::any_of(axis->values, [](const AxisValue& value) { return interaction(value).elastic != 0; });
}

bool any_shell(const Grid& grid) {
  const Axis* axis = grid.find(AxisKey::shell_layers);
  return axis != nullptr && std::ranges::any_of(axis->values, [](const AxisValue& value) { return number(value) > 0; });
}

void check_units_of_energy(const Grid& grid, Method method, Problems& problems) {
  const Axis* axis = grid.find(AxisKey::interaction);
  if (axis == nullptr) return;
  std::set<std::string_view> units;
  for (const AxisValue& value : axis->values) units.insert(energy_unit(interaction(value)));
  const bool driven = method == Method::exchange;
  const bool own_temperatures = grid.zipped(AxisKey::interaction, AxisKey::temperature);
  const bool own_drives = !driven || grid.zipped(AxisKey::interaction, AxisKey::delta_mu);
  if (units.size() < 2 || (own_temperatures && own_drives)) return;
  problems.add(axis->place, axis->path,
               fmt::format("these interactions measure energies in different units; give each its own values with "
                           "zip: [interaction, temperature{}]",
                           driven ? ", delta_mu" : ""));
}

void check_temperature_without_interaction(const Grid& grid, Problems& problems) {
  const Axis* temperature = grid.find(AxisKey::temperature);
  if (temperature == nullptr || !temperature->own) return;
  constexpr std::array keys = {AxisKey::interaction, AxisKey::temperature};
  for_each_combination(grid, keys, [&](const Selection& selection) {
    const AxisValue& value = *selected(selection, AxisKey::temperature);
    if (energy_unit(interaction_of(selection)) != "kT" || number(value) == 1) return;
    problems.add(
        value.place, value.path,
        "must be 1 for 'interaction: none', whose energies are in k_BT; remove it, or write 1 where it is zipped");
  });
}

void check_shell_stiffness(const Grid& grid, Problems& problems) {
  const Axis* axis = grid.find(AxisKey::shell_stiffness);
  if (axis == nullptr || !axis->own) return;
  if (std::ranges::all_of(axis->values, [](const AxisValue& value) { return number(value) == 1; })) return;
  if (!any_shell(grid)) {
    problems.add(axis->place, axis->path,
                 "there is no shell that could be stiff; add 'shell_layers: 1', or remove shell_stiffness");
  } else if (!any_elastic(grid)) {
    problems.add(axis->place, axis->path, "only an elastic interaction knows a stiffness; remove it");
  }
}

void check_hamiltonian(const Grid& grid, Problems& problems) {
  const Axis* axis = grid.find(AxisKey::hamiltonian);
  if (axis == nullptr || !axis->own || any_elastic(grid)) return;
  for (const AxisValue& value : axis->values) {
    if (word(value) != "published") continue;
    problems.add(value.place, value.path, "differs from 'exact' only with an elastic interaction; remove it");
  }
}

bool check_lattices_zipped(const Grid& grid, Problems& problems) {
  const Axis& lattice = *grid.find(AxisKey::lattice);
  if (lattice.values.size() < 2 || grid.zipped(AxisKey::lattice, AxisKey::size)) return true;
  problems.add(lattice.place, lattice.path, "each lattice has sizes of its own; add zip: [lattice, size]");
  return false;
}

/// What is wrong with a crystal; empty when nothing is.
std::string reason_against(const LatticeSpec& spec, Method method) {
  try {
    const double sites = count_sites(spec);
    if (sites > most_sites) {
      return fmt::format("{} sites with the shell; a crystal has at most {:.0f}", canonical_decimal(sites), most_sites);
    }
    const bool nothing_to_swap = method == Method::equilibrium && count_core_sites(spec) < 2;
    return nothing_to_swap ? "a core of a single site has nothing to swap; use a larger size" : "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::string reason_against_edges(const std::string& lattice, const Edges& given) {
  const int wanted = sizes_of(lattice);
  if (given.given == wanted) return "";
  if (wanted == 1) return fmt::format("a {} has one size; three edges belong to 'lattice: box'", lattice);
  const int n = given.count[0];
  return fmt::format("a {0} has three edges; write [[{1}, {1}, {1}]]", lattice, n);
}

void check_crystals(const Grid& grid, Method method, Problems& problems) {
  constexpr std::array keys = {AxisKey::lattice, AxisKey::size, AxisKey::shell_layers};
  for_each_combination(grid, keys, [&](const Selection& selection) {
    const std::string& lattice = word(*selected(selection, AxisKey::lattice));
    const AxisValue& size = *selected(selection, AxisKey::size);
    const AxisValue* layers = selected(selection, AxisKey::shell_layers);
    std::string reason = reason_against_edges(lattice, edges(size));
    if (reason.empty()) {
      reason = reason_against(lattice_of(lattice, edges(size), layers == nullptr ? 0 : number(*layers)), method);
    }
    if (!reason.empty()) problems.add(size.place, size.path, reason);
  });
}

}  // namespace

void check_combinations(const Grid& grid, Method method, Problems& problems) {
  check_units_of_energy(grid, method, problems);
  check_temperature_without_interaction(grid, problems);
  check_shell_stiffness(grid, problems);
  check_hamiltonian(grid, problems);
  if (check_lattices_zipped(grid, problems)) check_crystals(grid, method, problems);
}

bool check_no_flat_box(std::span<const Axis> axes, Problems& problems) {
  const auto lattice = std::ranges::find(axes, AxisKey::lattice, &Axis::key);
  const auto size = std::ranges::find(axes, AxisKey::size, &Axis::key);
  if (lattice == axes.end() || size == axes.end()) return true;
  const bool only_boxes = lattice->values.size() == 1 && word(lattice->values.front()) == "box";
  const bool flat = std::ranges::all_of(size->values, [](const AxisValue& value) { return edges(value).given == 1; });
  if (!only_boxes || !flat || size->values.size() != 3) return true;
  const auto edge = [&](std::size_t k) { return edges(size->values[k]).count[0]; };
  problems.add(size->place, size->path,
               fmt::format("a flat list is an axis of three sizes; for one box write [[{}, {}, {}]]", edge(0), edge(1),
                           edge(2)));
  return false;
}

}  // namespace nxmc

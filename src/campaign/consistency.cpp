// Values of a scan that are right one by one but do not fit each other.
#include "consistency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/engine/composition.hpp"
#include "nxmc/yaml/words.hpp"
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

bool sound(const Grid& grid, std::initializer_list<AxisKey> keys) {
  return grid.is_sound(std::span(keys.begin(), keys.size()));
}

bool has_sound_crystals(const Grid& grid) {
  return grid.find(AxisKey::lattice) != nullptr && grid.find(AxisKey::size) != nullptr &&
         sound(grid, {AxisKey::lattice, AxisKey::size, AxisKey::shell_layers});
}

void check_units_of_energy(const Grid& grid, std::optional<Method> method, std::optional<Ensemble> ensemble,
                           Problems& problems) {
  const Axis* axis = grid.find(AxisKey::interaction);
  if (axis == nullptr || !axis->sound || grid.zip_doubtful || !method) return;
  std::set<std::string_view> units;
  for (const AxisValue& value : axis->values) units.insert(energy_unit(interaction(value)));
  const bool driven = *method == Method::exchange || ensemble == Ensemble::semigrand;
  const bool own_temperatures = grid.zipped(AxisKey::interaction, AxisKey::temperature);
  const bool own_drives = !driven || grid.zipped(AxisKey::interaction, AxisKey::delta_mu);
  if (units.size() < 2 || (own_temperatures && own_drives)) return;
  problems.add(axis->node->place, axis->node->path,
               fmt::format("these interactions measure energies in different units; give each its own values with "
                           "zip: [interaction, temperature{}]",
                           driven ? ", delta_mu" : ""));
}

void check_temperature_without_interaction(const Grid& grid, Problems& problems) {
  const Axis* temperature = grid.find(AxisKey::temperature);
  if (temperature == nullptr || !temperature->own || temperature->in_model_numbers != nullptr) return;
  constexpr std::array keys = {AxisKey::interaction, AxisKey::temperature};
  if (!grid.is_sound(keys)) return;
  for_each_combination(grid, keys, [&](const Selection& selection) {
    const AxisValue& value = *selected(selection, AxisKey::temperature);
    if (energy_unit(interaction_of(selection)) != "kT" || number(value) == 1) return;
    problems.add(
        value.node->place, value.node->path,
        "must be 1 for 'interaction: none', whose energies are in k_BT; remove it, or write 1 where it is zipped");
  });
}

void check_shell_stiffness(const Grid& grid, Problems& problems) {
  const Axis* axis = grid.find(AxisKey::shell_stiffness);
  if (axis == nullptr || !axis->own) return;
  if (!sound(grid, {AxisKey::shell_layers, AxisKey::shell_stiffness, AxisKey::interaction})) return;
  if (std::ranges::all_of(axis->values, [](const AxisValue& value) { return number(value) == 1; })) return;
  if (!any_shell(grid)) {
    problems.add(axis->node->place, axis->node->path,
                 "there is no shell that could be stiff; add 'shell_layers: 1', or remove shell_stiffness");
  } else if (!any_elastic(grid)) {
    problems.add(axis->node->place, axis->node->path, "only an elastic interaction knows a stiffness; remove it");
  }
}

void check_hamiltonian(const Grid& grid, Problems& problems) {
  const Axis* axis = grid.find(AxisKey::hamiltonian);
  if (axis == nullptr || !axis->own || !sound(grid, {AxisKey::interaction, AxisKey::hamiltonian})) return;
  if (any_elastic(grid)) return;
  for (const AxisValue& value : axis->values) {
    if (word(value) != "published") continue;
    problems.add(value.node->place, value.node->path,
                 "differs from 'exact' only with an elastic interaction; remove it");
  }
}

/// Cores of one kind are starts, and the published Hamiltonian is possible, in one of the ensembles only.
void check_ensemble(const Grid& grid, Ensemble ensemble, Problems& problems) {
  const bool semigrand = ensemble == Ensemble::semigrand;
  const auto refuse = [&](AxisKey key, std::initializer_list<std::string_view> words, const std::string& message) {
    const Axis* const axis = grid.find(key);
    if (axis == nullptr || !axis->sound) return;
    for (const AxisValue& value : axis->values)
      if (std::ranges::find(words, word(value)) != words.end())
        problems.add(value.node->place, value.node->path, message);
  };
  if (!semigrand)
    refuse(AxisKey::start, {to_string(Start::all_a), to_string(Start::all_b)},
           "a core of one kind is a start of 'ensemble: semigrand' only: at a fixed composition it could never change");
  else if (any_elastic(grid))
    refuse(AxisKey::hamiltonian, {to_string(Hamiltonian::published)},
           "the flips of the published program follow no energy, and so have no equilibrium; use 'exact' with "
           "'ensemble: semigrand'");
}

/// A crystal without surface has no shell, and the program behind the papers' figures knew none. False where there is
/// more wrong about it than about its size.
bool check_bulk(const Grid& grid, Problems& problems) {
  const std::size_t before = problems.count();
  const Axis* const layers = grid.find(AxisKey::shell_layers);
  if (layers != nullptr && layers->sound && any_shell(grid))
    problems.add(
        layers->node->place, layers->node->path,
        "a periodic crystal has no surface, and so no shell; remove it, write 'shell_layers: 0' in the scan, or "
        "remove 'boundary: periodic'");
  const Axis* const hamiltonian = grid.find(AxisKey::hamiltonian);
  if (hamiltonian != nullptr && hamiltonian->sound && any_elastic(grid))
    for (const AxisValue& value : hamiltonian->values)
      if (word(value) == to_string(Hamiltonian::published))
        problems.add(value.node->place, value.node->path,
                     "the published program knows no periodic crystals; use 'exact' with 'boundary: periodic'");
  return problems.count() == before;
}

/// False also when nobody knows how they were to be zipped.
bool check_lattices_zipped(const Grid& grid, Problems& problems) {
  const Axis& lattice = *grid.find(AxisKey::lattice);
  if (lattice.values.size() < 2 || grid.zipped(AxisKey::lattice, AxisKey::size)) return true;
  if (grid.zip_doubtful) return false;
  problems.add(lattice.node->place, lattice.node->path, "each lattice has sizes of its own; add zip: [lattice, size]");
  return false;
}

/// What is wrong with a crystal; empty when nothing is.
std::string reason_against(const LatticeSpec& spec, std::optional<Method> method) {
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

/// "[[4, 4]]": one crystal in a list of sizes.
std::string example_of_sizes(int count, int edge) {
  std::string numbers;
  for (int k = 0; k < count; ++k) numbers += fmt::format("{}{}", k == 0 ? "" : ", ", edge);
  return fmt::format("[[{}]]", numbers);
}

std::string_view in_words(int count) {
  constexpr std::array<std::string_view, 4> words{"no", "one", "two", "three"};
  return words.at(static_cast<std::size_t>(count));
}

std::string reason_against_edges(const std::string& lattice, const Edges& given, Boundary boundary) {
  if (boundary == Boundary::periodic && !has_bulk(lattice))
    return fmt::format(
        "a {} ends in a surface; cells of the bulk are those of 'lattice: hexagon', 'cube' or 'box'; use one of these, "
        "or remove 'boundary: periodic'",
        lattice);
  if (takes_sizes(lattice, boundary, given.given)) return "";
  if (lattice == "hexagon" && boundary == Boundary::periodic)
    return fmt::format("a periodic hexagonal cell has one size or two; write {0}, or [[{0}, {0}]]", given.count[0]);
  if (takes_sizes(lattice, boundary, 1) && lattice != "hexagon" && lattice != "cube")
    return fmt::format("a {} has one size ({}); write {}", lattice, sizes_of(lattice).are, given.count[0]);
  if (takes_sizes(lattice, boundary, 1))
    return fmt::format("a {} has one size; {}", lattice,
                       given.given == 2 ? "two belong to a hexagon with 'boundary: periodic'"
                                        : "three edges belong to 'lattice: box'");
  const Sizes sizes = sizes_of(lattice);
  const std::string example = example_of_sizes(sizes.count, given.count[0]);
  if (lattice == "box") return fmt::format("a box has three edges; write {}", example);
  return fmt::format("a {} has {} sizes ({}); write {}", lattice, in_words(sizes.count), sizes.are, example);
}

/// \pre edges that their lattice has
LatticeSpec crystal_of(const Selection& selection, const Surroundings& ends) {
  const AxisValue* layers = selected(selection, AxisKey::shell_layers);
  return lattice_of(word(*selected(selection, AxisKey::lattice)), edges(*selected(selection, AxisKey::size)),
                    layers == nullptr ? 0 : number(*layers), ends);
}

std::string reason_against_crystal(const Selection& selection, std::optional<Method> method, const Surroundings& ends) {
  const std::string& lattice = word(*selected(selection, AxisKey::lattice));
  std::string reason = reason_against_edges(lattice, edges(*selected(selection, AxisKey::size)), ends.boundary);
  return reason.empty() ? reason_against(crystal_of(selection, ends), method) : reason;
}

/// Springs let parts of some lists of sites move, and of crystals that only a closed shell holds together.
bool hangs_loosely(const LatticeSpec& spec) {
  constexpr double most_looked_at = 1e6;
  return (spec.covered != 0 || spec.shape == list_of_sites) && count_sites(spec) < most_looked_at &&
         !is_rigid(make_lattice_without_symmetry(spec));
}

void check_crystals(const Grid& grid, std::optional<Method> method, const Surroundings& ends, Problems& problems) {
  constexpr std::array keys = {AxisKey::lattice, AxisKey::size, AxisKey::shell_layers};
  const bool elastic = any_elastic(grid);
  for_each_combination(grid, keys, [&](const Selection& selection) {
    const AxisValue& size = *selected(selection, AxisKey::size);
    std::string reason = reason_against_crystal(selection, method, ends);
    if (reason.empty() && elastic && hangs_loosely(crystal_of(selection, ends)))
      reason =
          crystal_of(selection, ends).covered != 0
              ? "with a shell on these facets only, parts of the crystal move without force; use a larger size"
              : "parts of this crystal move without force: each site needs bonds in several directions to others that "
                "hold it; add sites, or a shell";
    if (!reason.empty()) problems.add(size.node->place, size.node->path, reason);
  });
}

std::string reason_against_facet(const std::string& shape, const std::string& name) {
  const bool is_list = shape_of(shape).sizes == 0;
  const std::vector<std::string> facets =
      is_list ? std::vector<std::string>() : facets_of({.shape = std::string(shape_of(shape).name)});
  if (std::ranges::find(facets, name) != facets.end()) return "";
  if (facets.empty()) return fmt::format("a {} has no flat sides; remove 'facets', and its shell is closed", shape);
  const std::vector<std::string_view> words(facets.begin(), facets.end());
  return fmt::format("a {} has no facet '{}'; {}", shape, name, suggestion(name, words, "its facets are"));
}

/// False where a shape lacks one.
bool check_facets(const Grid& grid, std::span<const CoveredFacet> covered, Problems& problems) {
  const std::size_t before = problems.count();
  for (const CoveredFacet& facet : covered) {
    for (const AxisValue& lattice : grid.find(AxisKey::lattice)->values) {
      const std::string reason = reason_against_facet(word(lattice), facet.name);
      if (reason.empty()) continue;
      problems.add(facet.node->place, facet.node->path, reason);
      break;
    }
  }
  if (!covered.empty() && !any_shell(grid))
    problems.add(covered.front().node->place, covered.front().node->path,
                 "there is no shell that could cover it; give it 1 layer at least");
  return problems.count() == before;
}

/// The smallest core that each composition meets, 0 where there is none.
std::vector<double> smallest_cores(const Grid& grid, const Axis& compositions, const Surroundings& ends) {
  constexpr std::array keys = {AxisKey::lattice, AxisKey::size, AxisKey::shell_layers, AxisKey::composition};
  std::vector<double> smallest(compositions.values.size(), 0);
  std::array<const AxisValue*, 3> crystal{};
  double core = 0;
  for_each_combination(grid, keys, [&](const Selection& selection) {
    const std::array now = {selected(selection, AxisKey::lattice), selected(selection, AxisKey::size),
                            selected(selection, AxisKey::shell_layers)};
    if (now != crystal) {
      crystal = now;
      const bool possible = reason_against_crystal(selection, Method::equilibrium, ends).empty();
      core = possible ? count_core_sites(crystal_of(selection, ends)) : 0;
    }
    if (core == 0) return;
    double& least =
        smallest[static_cast<std::size_t>(selected(selection, AxisKey::composition) - compositions.values.data())];
    least = least == 0 ? core : std::min(least, core);
  });
  return smallest;
}

/// A fraction of less than one site is a pure crystal that nobody asked for.
void check_compositions(const Grid& grid, const Surroundings& ends, Problems& problems) {
  const Axis* compositions = grid.find(AxisKey::composition);
  if (compositions == nullptr || !sound(grid, {AxisKey::composition})) return;
  std::set<const YamlNode*> reported;  // a range has one place for all its values
  const std::vector<double> cores = smallest_cores(grid, *compositions, ends);
  for (std::size_t k = 0; k < cores.size(); ++k) {
    const AxisValue* value = &compositions->values[k];
    const double core = cores[k];
    if (core == 0 || reported.contains(value->node)) continue;
    const double c = number(*value);
    const double a = sites_of_a(c, core);
    if ((a == 0) == (c == 0) && (a == core) == (c == 1)) continue;
    reported.insert(value->node);
    const std::string given = fmt::format("{} of {} core sites", canonical_decimal(c), canonical_decimal(core));
    if (a == 0) {
      problems.add(
          value->node->place, value->node->path,
          fmt::format("{} is no A at all; use 0, or at least {} (one site)", given, canonical_decimal(1 / core)));
    } else {
      problems.add(value->node->place, value->node->path,
                   fmt::format("{} is all of them; use 1, or at most {} (all but one)", given,
                               canonical_decimal((core - 1) / core)));
    }
  }
}

}  // namespace

void check_combinations(const Grid& grid, std::optional<Method> method, std::optional<Ensemble> ensemble,
                        const Surroundings& ends, Problems& problems) {
  check_units_of_energy(grid, method, ensemble, problems);
  if (method == Method::equilibrium && ensemble) check_ensemble(grid, *ensemble, problems);
  if (ends.boundary == Boundary::periodic && !check_bulk(grid, problems)) return;
  check_temperature_without_interaction(grid, problems);
  check_shell_stiffness(grid, problems);
  check_hamiltonian(grid, problems);
  if (!has_sound_crystals(grid) || !check_lattices_zipped(grid, problems)) return;
  if (!check_facets(grid, ends.covered, problems)) return;
  check_crystals(grid, method, ends, problems);
  if (method != Method::exchange) check_compositions(grid, ends, problems);
}

bool check_no_flat_box(std::span<const Axis> axes, Problems& problems) {
  const auto lattice = std::ranges::find(axes, AxisKey::lattice, &Axis::key);
  const auto size = std::ranges::find(axes, AxisKey::size, &Axis::key);
  if (lattice == axes.end() || size == axes.end() || !lattice->sound || !size->sound) return true;
  if (lattice->values.size() != 1) return true;
  const std::string& shape = word(lattice->values.front());
  const int wanted = sizes_of(shape).count;
  const bool flat = std::ranges::all_of(size->values, [](const AxisValue& value) { return edges(value).given == 1; });
  if (wanted == 1 || !flat || size->values.size() != static_cast<std::size_t>(wanted)) return true;
  std::string numbers;
  for (const AxisValue& value : size->values)
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", edges(value).count[0]);
  problems.add(
      size->node->place, size->node->path,
      fmt::format("a flat list is an axis of {} sizes; for one {} write [[{}]]", in_words(wanted), shape, numbers));
  return false;
}

}  // namespace nxmc

// From the values of the axes to crystals and physical parameters.
#include "points.hpp"

#include <algorithm>
#include <cassert>
#include <string_view>

#include "nxmc/campaign/plan.hpp"

namespace nxmc {
namespace {

template <typename T>
T value_or(const Selection& selection, AxisKey key, T otherwise) {
  const AxisValue* value = selected(selection, key);
  return value == nullptr ? otherwise : std::get<T>(value->value);
}

/// Only the elastic energy knows a shell's stiffness and the published Hamiltonian, and without a shell there is no
/// stiffness. Points that differ in what they do not feel are one job.
void drop_what_is_not_felt(Physics& physics) {
  if (!is_elastic(physics)) physics.hamiltonian = Hamiltonian::exact;
  if (!is_elastic(physics) || physics.lattice.shell_layers == 0) physics.shell_stiffness = 1;
}

}  // namespace

const Shape& shape_of(const std::string& word) {
  const std::string_view name = word == "cube" ? "box" : std::string_view(word);
  const auto found = std::ranges::find(shapes(), name, &Shape::name);
  assert(found != shapes().end());
  return *found;
}

bool takes_sizes(const std::string& word, Boundary boundary, int given) {
  if (word == "cube") return given == 1;
  const bool rhombus = word == "hexagon" && boundary == Boundary::periodic;
  return given == shape_of(word).sizes || (rhombus && given == 2);
}

LatticeSpec lattice_of(const std::string& word, const Edges& edges, double shell_layers, Boundary boundary) {
  assert(takes_sizes(word, boundary, edges.given));
  LatticeSpec spec{.shape = word == "cube" ? "box" : word,
                   .size = edges.count,
                   .shell_layers = static_cast<int>(shell_layers),
                   .boundary = boundary};
  const int n = edges.count[0];
  if (word == "cube") spec.size = {n, n, n};
  if (word == "hexagon" && spec.periodic() && edges.given == 1) spec.size = {n, n, 0};
  return spec;
}

Interaction interaction_of(const Selection& selection) {
  return value_or(selection, AxisKey::interaction, Interaction{.elastic = 1, .ising = 0});
}

Physics make_physics(const Selection& selection, const Physics& fixed) {
  const auto number = [&](AxisKey key, double otherwise) { return value_or(selection, key, otherwise); };
  const auto is = [&](AxisKey key, std::string_view word) {
    const AxisValue* value = selected(selection, key);
    return value != nullptr && std::get<std::string>(value->value) == word;
  };
  Physics physics = fixed;
  physics.lattice = lattice_of(std::get<std::string>(selected(selection, AxisKey::lattice)->value),
                               std::get<Edges>(selected(selection, AxisKey::size)->value),
                               number(AxisKey::shell_layers, 0), fixed.lattice.boundary);
  physics.interaction = interaction_of(selection);
  physics.shell_stiffness = number(AxisKey::shell_stiffness, physics.shell_stiffness);
  physics.temperature = number(AxisKey::temperature, physics.temperature);
  physics.delta_mu = number(AxisKey::delta_mu, physics.delta_mu);
  physics.composition = number(AxisKey::composition, physics.composition);
  for (const Start start : {Start::segregated, Start::all_a, Start::all_b})
    if (is(AxisKey::start, to_string(start))) physics.start = start;
  if (is(AxisKey::hamiltonian, "published")) physics.hamiltonian = Hamiltonian::published;
  // The defaults of a campaign may hold a temperature for its other scans.
  if (energy_unit(physics.interaction) == "kT") physics.temperature = 1;
  drop_what_is_not_felt(physics);
  return physics;
}

}  // namespace nxmc

// From the values of the axes to crystals and physical parameters.
#include "points.hpp"

#include <algorithm>
#include <cassert>
#include <span>
#include <string_view>
#include <vector>

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

constexpr std::string_view list_in_the_plane = "sites";
constexpr std::string_view list_in_space = "sites in space";

bool is_list(std::string_view word) { return word == list_in_the_plane || word == list_in_space; }

const Shape& list_shape(std::string_view word) {
  const int dimension = word == list_in_space ? 3 : 2;
  return nxmc::shape_of(LatticeSpec{.shape = std::string(list_of_sites), .sites = SiteList(dimension, {Cell{}})});
}

}  // namespace

std::string word_of_list(const SiteList& sites) {
  return std::string(sites.dimension() == 2 ? list_in_the_plane : list_in_space);
}

const Shape& shape_of(const std::string& word) {
  if (is_list(word)) return list_shape(word);
  const bool is_box = std::ranges::find(box_words(), word, &BoxWord::name) != box_words().end();
  const std::string_view name = is_box ? "box" : std::string_view(word);
  const auto found = std::ranges::find(shapes(), name, &Shape::name);
  assert(found != shapes().end());
  return *found;
}

Sizes sizes_of(const std::string& word) {
  const auto box_word = std::ranges::find(box_words(), word, &BoxWord::name);
  if (box_word != box_words().end()) return {box_word->sizes, box_word->sizes_are};
  const Shape& shape = shape_of(word);
  return {shape.sizes, shape.sizes_are};
}

bool takes_sizes(const std::string& word, Boundary boundary, int given) {
  const bool rhombus = word == "hexagon" && boundary == Boundary::periodic;
  return given == sizes_of(word).count || (rhombus && given == 2);
}

bool has_bulk(const std::string& word) { return !is_list(word) && (shape_of(word).name == "box" || word == "hexagon"); }

namespace {

std::uint32_t covered_by(const LatticeSpec& spec, std::span<const CoveredFacet> covered) {
  std::vector<std::string> names;
  for (const CoveredFacet& facet : covered) names.push_back(facet.name);
  return names.empty() ? 0 : covered_facets(spec, names).value_or(0);
}

}  // namespace

LatticeSpec lattice_of(const std::string& word, const Edges& edges, double shell_layers, const Surroundings& ends) {
  assert(takes_sizes(word, ends.boundary, edges.given));
  LatticeSpec spec = is_list(word)
                         ? LatticeSpec{.shape = std::string(list_of_sites), .sites = ends.sites}
                         : spec_of_word(word, std::span(edges.count).first(static_cast<std::size_t>(edges.given)));
  spec.shell_layers = static_cast<int>(shell_layers);
  spec.boundary = ends.boundary;
  if (spec.shell_layers > 0) spec.covered = covered_by(spec, ends.covered);
  spec.shell_of_a = spec.shell_layers > 0 && ends.shell_of_a;
  if (word == "hexagon" && spec.periodic() && edges.given == 1) spec.size[1] = spec.size[0];
  return spec;
}

Interaction interaction_of(const Selection& selection) {
  return value_or(selection, AxisKey::interaction, Interaction{.elastic = 1, .ising = 0});
}

Physics make_physics(const Selection& selection, const Physics& fixed, std::span<const CoveredFacet> covered,
                     const SiteList& sites) {
  const auto number = [&](AxisKey key, double otherwise) { return value_or(selection, key, otherwise); };
  const auto is = [&](AxisKey key, std::string_view word) {
    const AxisValue* value = selected(selection, key);
    return value != nullptr && std::get<std::string>(value->value) == word;
  };
  Physics physics = fixed;
  physics.lattice =
      lattice_of(std::get<std::string>(selected(selection, AxisKey::lattice)->value),
                 std::get<Edges>(selected(selection, AxisKey::size)->value), number(AxisKey::shell_layers, 0),
                 {fixed.lattice.boundary, covered, fixed.lattice.shell_of_a, sites});
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

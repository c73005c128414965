#include "nxmc/material/model_units.hpp"

#include <array>
#include <cassert>
#include <cmath>
#include <numbers>
#include <vector>

#include "nxmc/material/constants.hpp"

namespace nxmc {
namespace {

/// Of four formula units, of which a hexagonal cell has two and the cell of caesium chloride one.
double volume_of_cubic_cell(Structure structure, const LatticeConstants& lattice) {
  const double a = lattice.a.value;
  if (structure == Structure::caesium_chloride) return 4 * a * a * a;
  if (!is_hexagonal(structure)) return a * a * a;
  assert(lattice.c);
  return std::numbers::sqrt3 * a * a * lattice.c->value;
}

double bulk_modulus_of(const Compound& compound) {
  if (compound.bulk_modulus) return compound.bulk_modulus->value;
  return compound.elastic ? bulk_modulus_of(compound.structure, *compound.elastic) : std::nan("");
}

std::optional<Measured> anisotropy_of(const Compound& compound) {
  if (!compound.elastic || !compound.elastic->C44) return std::nullopt;
  const ElasticConstants& elastic = *compound.elastic;
  return Measured{2 * elastic.C44->value / (elastic.C11.value - elastic.C12.value)};
}

void set_spring(ModelUnits& units, double k_in_gpa_angstrom, double difference_of_spacings) {
  units.k.value = ev_per_gpa_cubic_angstrom * k_in_gpa_angstrom;
  units.delta.value = difference_of_spacings / 2;
  units.epsilon.value = units.k.value * units.delta.value * units.delta.value / 4;
}

void set_coupling(ModelUnits& units, const std::optional<Measured>& mixing) {
  if (mixing) units.J = Measured{2 * units.formula_units * mixing->value / units.neighbours};
}

PairProperties values_of(const Material& material) {
  PairProperties pair;
  pair.edge_A.value = cubic_edge(material.A.structure, material.A.lattice);
  pair.edge_B.value = cubic_edge(material.B.structure, material.B.lattice);
  const double difference = pair.edge_A.value - pair.edge_B.value;
  const double a = (pair.edge_A.value + pair.edge_B.value) / 2;
  pair.edge.value = a;
  pair.mismatch.value = difference / a;
  pair.bulk_A.value = bulk_modulus_of(material.A);
  pair.bulk_B.value = bulk_modulus_of(material.B);
  const double bulk =
      material.bulk_modulus ? material.bulk_modulus->value : (pair.bulk_A.value + pair.bulk_B.value) / 2;
  pair.bulk.value = bulk;
  pair.anisotropy_A = anisotropy_of(material.A);
  pair.anisotropy_B = anisotropy_of(material.B);
  if (const auto& energies = material.energies_of_mixing)
    pair.mixing = Measured{energies->mixed.value - (energies->A.value + energies->B.value) / 2};

  pair.cubic = {.dimension = 3, .neighbours = 18, .formula_units = 4, .spacing = {a}};
  set_spring(pair.cubic, 3 * a * bulk / 5, difference);
  set_coupling(pair.cubic, pair.mixing);

  pair.triangular = {.dimension = 2, .neighbours = 6, .formula_units = 1, .spacing = {a / std::numbers::sqrt2}};
  set_spring(pair.triangular, 2 * a * bulk / 3, difference / std::numbers::sqrt2);
  set_coupling(pair.triangular, pair.mixing);
  return pair;
}

/// All that is given with an error.
std::vector<Measured*> uncertain_numbers(Material& material) {
  std::vector<Measured*> numbers;
  const auto add = [&](Measured& measured) {
    if (measured.error > 0) numbers.push_back(&measured);
  };
  const auto add_if = [&](std::optional<Measured>& measured) {
    if (measured) add(*measured);
  };
  for (Compound* compound : {&material.A, &material.B}) {
    add(compound->lattice.a);
    add_if(compound->lattice.c);
    add_if(compound->bulk_modulus);
    if (!compound->elastic) continue;
    add(compound->elastic->C11);
    add(compound->elastic->C12);
    add_if(compound->elastic->C13);
    add_if(compound->elastic->C33);
    add_if(compound->elastic->C44);
  }
  add_if(material.bulk_modulus);
  if (material.energies_of_mixing)
    for (Measured* energy :
         {&material.energies_of_mixing->A, &material.energies_of_mixing->B, &material.energies_of_mixing->mixed})
      add(*energy);
  return numbers;
}

/// All that follows, in a fixed order; nullptr for what there is not.
std::vector<Measured*> derived_numbers(PairProperties& pair) {
  const auto of = [](std::optional<Measured>& measured) { return measured ? &*measured : nullptr; };
  std::vector<Measured*> numbers{&pair.edge_A,          &pair.edge_B,   &pair.edge, &pair.mismatch,
                                 &pair.bulk_A,          &pair.bulk_B,   &pair.bulk, of(pair.anisotropy_A),
                                 of(pair.anisotropy_B), of(pair.mixing)};
  for (ModelUnits* units : {&pair.cubic, &pair.triangular})
    numbers.insert(numbers.end(), {&units->spacing, &units->k, &units->delta, &units->epsilon, of(units->J)});
  return numbers;
}

}  // namespace

double cubic_edge(Structure structure, const LatticeConstants& lattice) {
  const bool has_that_cell = structure == Structure::rocksalt || structure == Structure::zincblende;
  return has_that_cell ? lattice.a.value : std::cbrt(volume_of_cubic_cell(structure, lattice));
}

double bulk_modulus_of(Structure structure, const ElasticConstants& elastic) {
  const double in_plane = elastic.C11.value + elastic.C12.value;
  if (!is_hexagonal(structure)) return (in_plane + elastic.C12.value) / 3;
  assert(elastic.C13 && elastic.C33);
  return (2 * in_plane + 4 * elastic.C13->value + elastic.C33->value) / 9;
}

PairProperties properties_of(const Material& material) {
  PairProperties pair = values_of(material);
  const std::vector<Measured*> results = derived_numbers(pair);
  std::vector<double> variances(results.size(), 0.0);
  Material varied = material;
  for (Measured* const given : uncertain_numbers(varied)) {
    const double value = given->value;
    given->value = value + given->error;
    PairProperties above = values_of(varied);
    given->value = value - given->error;
    PairProperties below = values_of(varied);
    given->value = value;
    const std::vector<Measured*> high = derived_numbers(above);
    const std::vector<Measured*> low = derived_numbers(below);
    for (std::size_t k = 0; k < results.size(); ++k) {
      if (results[k] == nullptr) continue;
      const double half = (high[k]->value - low[k]->value) / 2;
      variances[k] += half * half;
    }
  }
  for (std::size_t k = 0; k < results.size(); ++k)
    if (results[k] != nullptr) results[k]->error = std::sqrt(variances[k]);
  return pair;
}

Measured thermal_energy_in(const Measured& energy, double kelvin) {
  const double ratio = boltzmann * kelvin / energy.value;
  return {ratio, std::abs(ratio * energy.error / energy.value)};
}

double highest_patterned(int dimension) { return dimension == 3 ? 1.5 : 0.2; }

double patterned_below(const ModelUnits& units) {
  return highest_patterned(units.dimension) * units.epsilon.value / boltzmann;
}

Regime regime_at(const ModelUnits& units, double kelvin) {
  // In 3D the papers have patterns at 1.5 and know no upper end; in 2D they have them at 0.2, and none at 0.3.
  const double end = units.dimension == 3 ? 2 * highest_patterned(3) : 0.3;
  const double ratio = thermal_energy_in(units.epsilon, kelvin).value;
  if (ratio <= highest_patterned(units.dimension)) return Regime::patterns;
  return ratio <= end ? Regime::border : Regime::mixing;
}

std::string_view to_string(Regime regime) {
  constexpr std::array<std::string_view, 3> words{"patterns", "border", "mixing"};
  return words.at(static_cast<std::size_t>(regime));
}

}  // namespace nxmc

#include "compute_from_potentials.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "nxmc/statics/elastic_constants.hpp"
#include "nxmc/statics/mixing.hpp"
#include "nxmc/statics/relaxed_structure.hpp"

namespace nxmc {
namespace {

constexpr const char* computed = "computed from the potentials";

Measured rounded(double value, double unit) {
  const double per_unit = std::round(1 / unit);
  return {std::round(value * per_unit) / per_unit, 0};
}
Measured length(double value) { return rounded(value, 1e-4); }
Measured stiffness(double value) { return rounded(value, 0.01); }
Measured energy(double value) { return rounded(value, 1e-5); }

LatticeConstants lattice_of(const statics::RelaxedStructure& crystal) {
  LatticeConstants lattice{.a = length(crystal.shape.a)};
  if (!statics::is_hexagonal(crystal.structure)) return lattice;
  lattice.c = length(crystal.shape.c);
  lattice.u = rounded(crystal.shape.u, 1e-5);
  return lattice;
}

ElasticConstants elastic_of(Structure structure, const statics::Stiffness& C) {
  ElasticConstants elastic{.C11 = stiffness(C(0, 0)), .C12 = stiffness(C(0, 1))};
  if (is_hexagonal(structure)) {
    elastic.C13 = stiffness(C(0, 2));
    elastic.C33 = stiffness(C(2, 2));
  }
  elastic.C44 = stiffness(C(3, 3));
  return elastic;
}

void complete(Compound& compound, Material& material) {
  const bool lattice_is_given = compound.lattice.a.value > 0;
  const bool modulus_is_given = compound.elastic || compound.bulk_modulus;
  if (lattice_is_given && modulus_is_given) return;
  const statics::PairPotentials& ions = material.potentials->ions;
  const auto crystal = statics::relaxed(ions, ions_of(material, compound), compound.structure);
  if (!lattice_is_given) compound.lattice = lattice_of(crystal);
  if (!modulus_is_given)
    compound.elastic = elastic_of(compound.structure, statics::elastic_constants(ions, crystal.primitive));
  const std::string unstable = statics::instability(ions, crystal);
  if (!unstable.empty())
    material.potentials->remarks.push_back(fmt::format("by its potentials {} is not stable in the {} structure: {}",
                                                       compound.name, file_word(compound.structure), unstable));
  if (compound.source.empty()) compound.source = computed;
}

void compute_mixing(Material& material) {
  const statics::Pairing A = ions_of(material, material.A);
  const statics::Pairing B = ions_of(material, material.B);
  if ((A.cation == B.cation) == (A.anion == B.anion)) return;
  try {
    const auto energies = statics::mixing_energies(material.potentials->ions, A, B, material.A.structure);
    material.energies_of_mixing = {energy(energies.one), energy(energies.other), energy(energies.mixed),
                                   fmt::format("{}: {} arrangements of {} ions, {}", computed, energies.arrangements,
                                               energies.ions, file_word(material.A.structure))};
    material.energies_of_mixing->mixed.error = energy(energies.mixed_error).value;
  } catch (const statics::StaticsError& error) {
    material.potentials->remarks.push_back(fmt::format("no energies of mixing, and no J: {}", error.what()));
  }
}

}  // namespace

void compute_from_potentials(Material& material, const YamlNode& node, Problems& problems) {
  try {
    for (Compound* compound : {&material.A, &material.B}) complete(*compound, material);
  } catch (const statics::StaticsError& error) {
    problems.add(node.place, node.path, error.what());
    return;
  }
  if (!material.energies_of_mixing) compute_mixing(material);
}

}  // namespace nxmc

#include "nxmc/statics/properties.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace nxmc::statics {
namespace {

StructureProperties bulk_properties(const PairPotentials& potentials, const Pairing& compound, Structure structure,
                                    double pressure) {
  StructureProperties found;
  found.structure = structure;
  try {
    found.crystal = relaxed(potentials, compound, structure, pressure);
  } catch (const StaticsError& error) {
    found.refusal = error.what();
    return found;
  }
  found.stiffness = elastic_constants(potentials, found.crystal->primitive, pressure);
  found.bulk_modulus = bulk_modulus(found.stiffness);
  found.instability = instability(potentials, *found.crystal);
  return found;
}

std::vector<SurfaceProperties> surfaces_of(const PairPotentials& potentials, const RelaxedStructure& crystal) {
  std::vector<SurfaceProperties> surfaces;
  for (const NamedPlane& plane : usual_planes(crystal.structure)) {
    SurfaceProperties surface;
    surface.plane = plane.name;
    try {
      surface.energy = surface_energy(potentials, crystal, plane.indices);
    } catch (const StaticsError& error) {
      surface.refusal = error.what();
    }
    surfaces.push_back(std::move(surface));
  }
  return surfaces;
}

/// Of lowest enthalpy. \pre one of all has a crystal
const RelaxedStructure& ground_state(const std::vector<StructureProperties>& all) {
  const auto enthalpy = [](const StructureProperties& one) {
    return one.crystal ? one.crystal->enthalpy : std::numeric_limits<double>::infinity();
  };
  return *std::ranges::min_element(all, {}, enthalpy)->crystal;
}

void compare(const PairPotentials& potentials, std::vector<StructureProperties>& all) {
  const RelaxedStructure& ground = ground_state(all);
  for (StructureProperties& one : all) {
    if (!one.crystal) continue;
    one.above_ground = one.crystal->enthalpy - ground.enthalpy;
    if (!(one.crystal->volume < ground.volume)) continue;
    const auto pressure = transition_pressure(potentials, ground, *one.crystal);
    if (!pressure) continue;
    one.transition = *pressure * gigapascals;
    const std::optional<RelaxedStructure> there = under_pressure(potentials, *one.crystal, *pressure);
    one.unstable_there = there ? instability(potentials, *there) : "it has no minimum of its own";
  }
}

}  // namespace

std::vector<StructureProperties> properties(const PairPotentials& potentials, const Pairing& compound,
                                            double pressure) {
  std::vector<StructureProperties> all;
  all.reserve(all_structures.size());
  for (const Structure structure : all_structures)
    all.push_back(bulk_properties(potentials, compound, structure, pressure));
  if (std::ranges::none_of(all, [](const StructureProperties& one) { return one.crystal.has_value(); })) {
    std::vector<std::string> reasons;
    for (const StructureProperties& one : all)
      if (std::ranges::find(reasons, one.refusal) == reasons.end()) reasons.push_back(one.refusal);
    throw StaticsError(fmt::format("{}", fmt::join(reasons, "; ")));
  }
  compare(potentials, all);
  if (pressure == 0)
    for (StructureProperties& one : all)
      if (one.crystal && one.instability.empty()) one.surfaces = surfaces_of(potentials, *one.crystal);
  return all;
}

}  // namespace nxmc::statics

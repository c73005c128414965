#include "nxmc/statics/relaxed_structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "newton.hpp"

namespace nxmc::statics {
namespace {

std::string formula(const PairPotentials& potentials, const Pairing& compound) {
  return potentials.species[compound.cation] + potentials.species[compound.anion];
}

double formula_units(const Ions& ions) { return static_cast<double>(ions.count()) / 2; }

Shape scaled(const Shape& shape, double scale) { return {shape.a * scale, shape.c * scale, shape.u}; }

/// Distances of nearest neighbours where the enthalpy of the ideal structure is lowest, lowest first.
std::vector<double> minima_of_even_expansion(const PairPotentials& potentials, const Pairing& compound,
                                             Structure structure, double pressure) {
  constexpr double nearest = 1;
  constexpr double farthest = 8;
  constexpr int steps = 140;
  const auto distance = [](int step) { return nearest * std::pow(farthest / nearest, double(step) / steps); };
  const auto cell = [&](double scale) {
    return primitive_cell(structure, scaled(ideal_shape(structure), scale), compound.cation, compound.anion);
  };
  // Of Coulomb's energy one Ewald sum is enough: it is inverse to lengths.
  PairPotentials charges = potentials;
  std::fill(charges.pairs.begin(), charges.pairs.end(), Buckingham{});
  const double coulomb = LatticeEnergy(charges, cell(1)).energy(cell(1));
  std::vector<double> enthalpies;
  for (int step = 0; step <= steps; ++step) {
    const Ions ions = cell(distance(step));
    enthalpies.push_back(coulomb / distance(step) + short_range_energy(potentials, ions) + pressure * ions.volume());
  }
  std::vector<int> minima;
  for (int step = 1; step < steps; ++step) {
    const auto k = static_cast<std::size_t>(step);
    if (enthalpies[k] < enthalpies[k - 1] && enthalpies[k] <= enthalpies[k + 1]) minima.push_back(step);
  }
  std::sort(minima.begin(), minima.end(), [&](int one, int other) {
    return enthalpies[static_cast<std::size_t>(one)] < enthalpies[static_cast<std::size_t>(other)];
  });
  std::vector<double> distances;
  for (const int step : minima) distances.push_back(distance(step));
  return distances;
}

/// Whether a cation and an anion at this distance would have to climb to come nearer: else other neighbours alone hold
/// the crystal open, and any displacement ends that.
bool are_kept_apart(const PairPotentials& potentials, const Pairing& compound, double distance) {
  const Buckingham& pair = potentials.between(compound.cation, compound.anion);
  const double charges = potentials.charges[compound.cation] * potentials.charges[compound.anion];
  const auto energy = [&](double r) {
    return coulomb_constant * charges / r + pair.A * std::exp(-r / pair.rho) - pair.C / std::pow(r, 6);
  };
  constexpr int steps = 100;
  for (int step = 1; step < steps; ++step)
    if (energy(distance * step / steps) > energy(distance)) return true;
  return false;
}

RelaxedStructure described(Structure structure, double pressure, const Minimum& minimum) {
  const double units = formula_units(minimum.ions);
  return {structure,
          shape_of(structure, minimum.ions),
          minimum.ions,
          pressure,
          minimum.energy / units,
          minimum.enthalpy / units,
          minimum.ions.volume() / units};
}

bool flattened(const RelaxedStructure& structure) {
  constexpr double near = 1e-3;
  return structure.structure == Structure::wurtzite && std::abs(structure.shape.u - 0.5) < near;
}

}  // namespace

RelaxedStructure relaxed(const PairPotentials& potentials, const Pairing& compound, Structure structure,
                         double pressure) {
  const double charge = potentials.charges[compound.cation] + potentials.charges[compound.anion];
  constexpr double rounding = 1e-9;
  if (std::abs(charge) > rounding)
    throw StaticsError(fmt::format("the charges of {} add up to {:.6g} e; those of a crystal must cancel",
                                   formula(potentials, compound), charge));
  std::string reason = fmt::format(
      "the potentials of {} have no minimum in the {} structure: with nearest neighbours at 1 to 8 Å the {} only rises "
      "or falls",
      formula(potentials, compound), to_string(structure), pressure == 0 ? "energy" : "enthalpy");
  for (const double distance : minima_of_even_expansion(potentials, compound, structure, pressure)) {
    if (!are_kept_apart(potentials, compound, distance)) {
      reason = fmt::format("the potentials of {} have no minimum in the {} structure: nothing keeps {} and {} apart",
                           formula(potentials, compound), to_string(structure), potentials.species[compound.cation],
                           potentials.species[compound.anion]);
      continue;
    }
    const Ions start =
        primitive_cell(structure, scaled(ideal_shape(structure), distance), compound.cation, compound.anion);
    const Minimum minimum = minimise(potentials, start, symmetric_changes(structure), pressure);
    if (!minimum.found) {
      reason = fmt::format(
          "{} does not stay in the {} structure: its cell collapses or flies apart, beginning with "
          "nearest neighbours at {:.2f} Å",
          formula(potentials, compound), to_string(structure), distance);
      continue;
    }
    const RelaxedStructure result = described(structure, pressure, minimum);
    if (!flattened(result)) return result;
    reason = fmt::format("{} does not stay in the wurtzite structure: it flattens to honeycomb (u = 1/2)",
                         formula(potentials, compound));
  }
  throw StaticsError(reason);
}

std::optional<RelaxedStructure> under_pressure(const PairPotentials& potentials, const RelaxedStructure& structure,
                                               double pressure) {
  const Minimum minimum = minimise(potentials, structure.primitive, symmetric_changes(structure.structure), pressure);
  if (!minimum.found) return {};
  const RelaxedStructure result = described(structure.structure, pressure, minimum);
  if (flattened(result)) return {};
  return result;
}

std::string instability(const PairPotentials& potentials, const RelaxedStructure& structure) {
  constexpr double rounding = 1e-6;
  const double curvature = softest_displacement(potentials, structure.primitive, {1, 1, 1});
  if (curvature < -rounding)
    return fmt::format("ions leave their places within the cell (curvature {:.3g} eV/Å²)", curvature);
  const double strain = softest_strain(elastic_constants(potentials, structure.primitive, structure.pressure));
  if (strain < -rounding) return fmt::format("the cell gives way to a strain (stiffness {:.3g} GPa)", strain);
  const double doubled = softest_displacement(potentials, structure.primitive, {2, 2, 2});
  if (doubled < -rounding)
    return fmt::format("ions leave their places in a doubled cell (curvature {:.3g} eV/Å²)", doubled);
  return {};
}

std::optional<double> transition_pressure(const PairPotentials& potentials, const RelaxedStructure& one,
                                          const RelaxedStructure& other) {
  // Newton's method: dH/dP = V.
  std::optional<RelaxedStructure> A = one;
  std::optional<RelaxedStructure> B = other;
  double pressure = one.pressure;
  if (other.pressure != pressure) B = under_pressure(potentials, other, pressure);
  constexpr int most_steps = 40;
  for (int step = 0; step < most_steps && A && B; ++step) {
    const double change = -(A->enthalpy - B->enthalpy) / (A->volume - B->volume);
    constexpr double precise = 1e-9;  // eV/Å^3: 1e-7 GPa
    if (std::abs(change) < precise) return pressure;
    pressure += change;
    if (!(std::abs(pressure) < highest_pressure)) return {};
    A = under_pressure(potentials, *A, pressure);
    B = under_pressure(potentials, *B, pressure);
  }
  return {};
}

}  // namespace nxmc::statics

// Structures in equilibrium under pressure, and where one gives way to another.
#pragma once

#include <optional>
#include <string>

#include "nxmc/statics/elastic_constants.hpp"
#include "nxmc/statics/potentials.hpp"
#include "nxmc/statics/structures.hpp"

namespace nxmc::statics {

struct RelaxedStructure {
  Structure structure{};
  Shape shape;
  Ions primitive;
  double pressure = 0;  ///< eV/Å^3
  double energy = 0;    ///< eV per formula unit
  double enthalpy = 0;  ///< eV per formula unit
  double volume = 0;    ///< Å^3 per formula unit
};

/// The relaxed structure of lowest enthalpy among those minima that an even expansion of the ideal structure meets
/// between nearest neighbours at 1 and 8 Å. (Nearer than their repulsion ions fall into each other, where C > 0: minima
/// lie outside of that.)
/// \throws StaticsError  charges that do not cancel, no minimum, ions that nothing keeps apart, or a shape that the
///                       structure does not keep (wurtzite that flattens to honeycomb)
RelaxedStructure relaxed(const PairPotentials& potentials, const Pairing& compound, Structure structure,
                         double pressure = 0);

/// The same minimum under another pressure, followed from where it is. Nothing where it ends before.
std::optional<RelaxedStructure> under_pressure(const PairPotentials& potentials, const RelaxedStructure& structure,
                                               double pressure);

/// What the structure does not withstand, in words; empty where no strain and no displacement lowers its enthalpy.
/// Displacements are those that repeat after one or two primitive cells along each edge.
std::string instability(const PairPotentials& potentials, const RelaxedStructure& structure);

/// Up to which transitions are looked for, eV/Å^3.
inline constexpr double highest_pressure = 1000 / gigapascals;

/// The pressure (eV/Å^3, negative too) where both have one enthalpy; nothing where there is none below the highest, or
/// where one of both has lost its minimum.
std::optional<double> transition_pressure(const PairPotentials& potentials, const RelaxedStructure& one,
                                          const RelaxedStructure& other);

}  // namespace nxmc::statics

// All that lattice statics tells of a compound, structure by structure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/statics/elastic_constants.hpp"
#include "nxmc/statics/relaxed_structure.hpp"
#include "nxmc/statics/surface.hpp"

namespace nxmc::statics {

struct SurfaceProperties {
  std::string_view plane;               ///< "{10-10}"
  std::optional<SurfaceEnergy> energy;  ///< nothing, with the reason
  std::string refusal;
};

struct StructureProperties {
  Structure structure{};
  std::optional<RelaxedStructure> crystal;  ///< nothing, with the reason
  std::string refusal;
  Stiffness stiffness;                      ///< GPa
  double bulk_modulus = 0;                  ///< GPa
  std::string instability;                  ///< empty: stable
  double above_ground = 0;                  ///< eV per formula unit above the structure of lowest enthalpy
  std::optional<double> transition;         ///< GPa, to it from that structure; of denser ones only
  std::string unstable_there;               ///< what it does not withstand at that pressure; empty: stable
  std::vector<SurfaceProperties> surfaces;  ///< of stable structures
};

/// Of all structures, in the order of their enum.
/// \param pressure  eV/Å^3; surfaces are those of crystals without pressure
/// \throws StaticsError  when no structure has a minimum, with the reasons of all
std::vector<StructureProperties> properties(const PairPotentials& potentials, const Pairing& compound,
                                            double pressure = 0);

}  // namespace nxmc::statics

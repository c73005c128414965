// From a pair of compounds to the units of the model: mismatch, spring constant, ε and J, with errors.
#pragma once

#include <optional>
#include <string>

#include "nxmc/material/material.hpp"

namespace nxmc {

/// Edge of the cubic cell that holds 4 formula units, in Å: of rock salt and zinc blende their lattice constant, of all
/// others that of the same volume per formula unit.
double cubic_edge(Structure structure, const LatticeConstants& lattice);

/// Of elastic constants, GPa: (C11 + 2 C12) / 3; of hexagonal crystals Voigt's average, (2 (C11 + C12) + 4 C13 + C33)
/// / 9.
double bulk_modulus_of(Structure structure, const ElasticConstants& elastic);

/// Of a lattice of the model: what its units are.
///
/// 3D, simple cubic with equal springs to 6 nearest and 12 next-nearest sites: a site is a cubic cell of edge a, with 4
/// formula units. Its bulk modulus is 5k/(3a), so k = 3aB/5.
/// 2D, triangular: a site is one formula unit of a (111) plane of cations, of spacing a/√2 and thickness a/√3, which
/// together have its volume a³/4. A sheet has the bulk modulus √3k/2 per unit of thickness, so k = 2aB/3.
/// Rest lengths of bonds differ as the lattice constants do: Δ = (l_AA − l_BB)/2, and ε = kΔ²/4: 3aB(a_A − a_B)²/80 in
/// 3D, aB(a_A − a_B)²/48 in 2D.
struct ModelUnits {
  int dimension = 3;
  int neighbours = 18;
  int formula_units = 4;        ///< of a site
  Measured spacing{};           ///< l_AB, from the mean of the lattice constants; Å
  Measured k{};                 ///< eV/Å²
  Measured delta{};             ///< Å, positive where A is the larger
  Measured epsilon{};           ///< eV
  std::optional<Measured> J{};  ///< eV; what a mixture of equal parts costs is J Z/2 per site
};

/// What follows from a material.
struct PairProperties {
  Measured edge_A;                         ///< cubic_edge; Å
  Measured edge_B;                         ///< Å
  Measured edge;                           ///< their mean
  Measured mismatch;                       ///< (a_A - a_B) / mean
  Measured bulk_A;                         ///< GPa
  Measured bulk_B;                         ///< GPa
  Measured bulk;                           ///< of the pair: as given, or the mean
  std::optional<Measured> anisotropy_A{};  ///< 2 C44 / (C11 - C12); 1 in the model
  std::optional<Measured> anisotropy_B{};
  std::optional<Measured> mixing{};  ///< eV per formula unit: E(mixed) - (E(A) + E(B)) / 2 = J Z/2
  ModelUnits cubic;
  ModelUnits triangular;
};

/// Errors of what is given are taken as independent, and propagated to first order.
PairProperties properties_of(const Material& material);

/// k_BT in an energy, which is not 0.
Measured thermal_energy_in(const Measured& energy, double kelvin);

/// Whether crystals are expected to order in patterns, as in the papers: k_BT/ε below about 1.5 in 3D, 0.2 to 0.3 in
/// 2D.
enum class Regime : std::uint8_t { patterns, border, mixing };
Regime regime_at(const ModelUnits& units, double kelvin);
/// "patterns", "border", "mixing"
std::string_view to_string(Regime regime);
/// k_BT/ε below which patterns are expected.
double highest_patterned(int dimension);
/// Below it, in K.
double patterned_below(const ModelUnits& units);

}  // namespace nxmc

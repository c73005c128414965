// Plaquette order parameter s (Eq. 13) and phase fractions; local area deviations (Eq. 14); composition profiles.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// Local phase at a site. In 3D only U1, U2 and none occur.
enum class Phase : std::uint8_t { U1, S1, none, S2, U2 };

/// Fractions f over the observed sites; the five add up to 1. f_U = f_U1 + f_U2.
struct PhaseFractions {
  std::array<double, 5> f{};  ///< indexed by Phase
  double united() const { return f[0] + f[4]; }
};

/// Sites over which phases and areas are counted: not in the outermost layer of the whole crystal (exchange: layer >= 2) or of
/// the core (equilibrium: layer >= shell_layers + 2).
std::vector<Site> interior_of_crystal(const Lattice& lattice);
std::vector<Site> interior_of_core(const Lattice& lattice);

/// Phase at a site with all Z neighbours. \pre the site is not on the boundary
Phase local_phase(const Lattice& lattice, std::span<const std::int8_t> sigma, Site i);

/// Counts phases over `observed`; NaN fractions when `observed` is empty.
PhaseFractions phase_fractions(const Lattice& lattice, std::span<const std::int8_t> sigma, std::span<const Site> observed);

/// Delta A of Eq. 14 at each observed site for displacements u[d*i + component].
std::vector<double> area_deviations(const Lattice& lattice, std::span<const double> u, std::span<const Site> observed);

/// Fraction of A in each plane z = 0, 1, … of a box, over all sites (exchange) or over core sites only (equilibrium: the planes of
/// the shell are left out). Empty in 2D.
std::vector<double> composition_profile(const Lattice& lattice, std::span<const std::int8_t> sigma, bool core_only);
std::size_t profile_planes(const LatticeSpec& lattice, bool core_only);

}  // namespace nxmc

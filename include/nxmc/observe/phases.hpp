// Plaquette order parameter s (Eq. 13) and phase fractions; local area deviations (Eq. 14); composition profiles.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

/// Local phase at a site. The superlattices S1 and S2 are there in 2D only, columns in 3D only: a site is in a column
/// along x, y or z when its two nearest neighbours along that axis are like it and the four nearest across are unlike.
enum class Phase : std::uint8_t { U1, S1, none, S2, U2, Cx, Cy, Cz };
inline constexpr std::size_t phase_count = 8;

/// The phases that there are in so many dimensions.
std::span<const Phase> phases_in(int dimension);

/// Fractions f over the observed sites; they add up to 1, and those of phases that the dimension does not have are 0.
struct PhaseFractions {
  std::array<double, phase_count> f{};  ///< indexed by Phase
  double of(Phase phase) const { return f[static_cast<std::size_t>(phase)]; }
  double united() const { return of(Phase::U1) + of(Phase::U2); }
  friend bool operator==(const PhaseFractions&, const PhaseFractions&) = default;
};

/// Sites over which phases and areas are counted: not in the outermost layer of the whole crystal (exchange: layer >=
/// 2) or of the core (equilibrium: layer >= shell_layers + 2). Their neighbours may lie in that layer.
std::vector<Site> interior_of_crystal(const Lattice& lattice);
std::vector<Site> interior_of_core(const Lattice& lattice);

/// Phase at a site with all Z neighbours. \pre the site is not on the boundary
Phase local_phase(const Lattice& lattice, std::span<const std::int8_t> sigma, Site i);

/// A fraction as a result shows it: of sites in one phase, or in one of several.
struct FractionColumn {
  std::string name;
  std::string meaning;
  std::vector<Phase> phases;  ///< whose fractions it is the sum of, in this order
};

/// f_U1 f_S1 f_0 f_S2 f_U2 f_U f_S f_Cx f_Cy f_Cz f_C
std::span<const FractionColumn> fraction_columns();
/// Whether a crystal of this dimension has all its phases; its column is NaN where not.
bool exists_in(const FractionColumn& column, int dimension);
/// The values of these columns.
std::vector<double> values_of_columns(const PhaseFractions& fractions, int dimension);

/// Counts phases over `observed`; NaN fractions when `observed` is empty. O(observed * Z).
/// \pre no observed site is on the boundary
PhaseFractions phase_fractions(const Lattice& lattice, std::span<const std::int8_t> sigma,
                               std::span<const Site> observed);

/// Phase fractions that follow a changing configuration: O(Z) per changed site, O(1) to read. A function of the
/// configuration alone, equal to `phase_fractions` to the bit, so it needs no saving.
/// \pre the lattice outlives it; no observed site is on the boundary
class PhaseCounter {
 public:
  PhaseCounter(const Lattice& lattice, std::span<const std::int8_t> sigma, std::span<const Site> observed);

  /// The occupant of site i has changed; a swap of unlike occupants is two flips.
  void flip(Site i);
  PhaseFractions fractions() const;
  /// Sites in U1 and U2.
  std::int64_t united() const;

 private:
  void toggle(Site i, int bit);

  const Lattice* lattice_;
  std::size_t observed_count_;
  static constexpr std::uint32_t not_observed = ~0U;
  std::vector<std::uint32_t> pattern_;  // [N] bit k: neighbour k is A; bit Z: the site itself is A. Kept where observed
  std::array<std::int64_t, phase_count> count_{};  // indexed by Phase
};

/// Delta A of Eq. 14 at each observed site, dimensionless: mean over the site's bonds of (strained / unstrained
/// length)^2 - 1. \param u  displacements u[d*i + component] in lattice spacings, d = dimension; a rigid translation
/// does not matter, a rigid
///           rotation by theta enters as theta^2
std::vector<double> area_deviations(const Lattice& lattice, std::span<const double> u, std::span<const Site> observed);

/// Mean and mean square over sites of area deviations: what an equilibrium chain averages to get the RMS deviation
/// sqrt(<square> - <mean>^2) about the ensemble's mean. One trajectory's RMS (Fig. 7B) is `rms()`. NaN without sites.
struct AreaMoments {
  double mean;
  double mean_square;
  double rms() const;
};
AreaMoments area_moments(std::span<const double> deviations);

/// The same, to the bit, of several configurations side by side. \param u  u[(d*i + component) * lanes + lane]
/// \param lanes  1, 8 or 16
std::vector<AreaMoments> area_moments_of_lanes(const Lattice& lattice, std::span<const double> u, std::size_t lanes,
                                               std::span<const Site> observed);

/// Fraction of A in each plane 0, 1, … across the longest edge of a box (a rod's axis; z for a cube), over all sites
/// (exchange) or over core sites only (equilibrium: the planes of the shell are left out). Empty in 2D.
std::vector<double> composition_profile(const Lattice& lattice, std::span<const std::int8_t> sigma, bool core_only);

/// Length of the profile, without building the crystal.
/// \throws std::invalid_argument for an unknown shape
std::size_t profile_planes(const LatticeSpec& lattice, bool core_only);

}  // namespace nxmc

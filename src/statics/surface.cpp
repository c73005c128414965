#include "nxmc/statics/surface.hpp"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "newton.hpp"
#include "slab.hpp"

namespace nxmc::statics {
namespace {

using Eigen::Index;

/// e Å along the normal
double dipole(const PairPotentials& potentials, const Ions& ions) {
  double sum = 0;
  for (std::size_t i = 0; i < ions.count(); ++i)
    sum += potentials.charges[ions.species[i]] * ions.positions(2, static_cast<Index>(i));
  return sum;
}

/// A minimum, not a saddle that symmetry holds the ions at: these are pushed off it.
Minimum relaxed_ions(const PairPotentials& potentials, const Ions& cut) {
  constexpr double flat = -1e-5;  // eV/Å^2
  constexpr double push = 0.05;   // Å
  Minimum minimum = minimise(potentials, cut, displacements(cut.count()));
  for (int pushes = 0; pushes < 6 && minimum.found && minimum.curvature < flat; ++pushes)
    minimum = minimise(potentials, deformed(minimum.ions, push * minimum.softest), displacements(cut.count()));
  return minimum;
}

std::string described(const RelaxedStructure& structure, const MillerIndices& plane) {
  return fmt::format("the surface ({} {} {}) of the {} structure", plane[0], plane[1], plane[2],
                     to_string(structure.structure));
}

/// The cut that costs least; nothing where every slab falls apart.
std::optional<SurfaceEnergy> least_surface(const PairPotentials& potentials, const RelaxedStructure& structure,
                                           const Layers& crystal, const std::vector<double>& cuts, double thickness) {
  const int count = static_cast<int>(std::ceil(thickness / crystal.height));
  const double longest_edge = std::max(crystal.one.edges.col(0).norm(), crystal.one.edges.col(1).norm());
  constexpr double edges_of_vacuum = 3.5;  // exp(-2 pi 3.5) = 3e-10
  const double vacuum = std::max(potentials.cutoff + 6, edges_of_vacuum * longest_edge);
  const double area = crystal.one.edges.col(0).cross(crystal.one.edges.col(1)).norm();
  std::optional<SurfaceEnergy> least;
  for (const double cut : cuts) {
    const Ions ions = slab(crystal, cut, count, vacuum);
    const Minimum minimum = relaxed_ions(potentials, ions);
    if (!minimum.found) continue;
    const double bulk = structure.energy * static_cast<double>(ions.count()) / 2;
    const double unit = joules_per_square_metre / (2 * area);
    const SurfaceEnergy result{(minimum.energy - bulk) * unit,
                               (LatticeEnergy(potentials, ions).energy(ions) - bulk) * unit, minimum.ions};
    if (!least || result.relaxed < least->relaxed) least = result;
  }
  return least;
}

std::vector<double> cuts_without_dipole(const PairPotentials& potentials, const Layers& crystal) {
  std::vector<double> cuts;
  constexpr double none = 1e-6;  // e Å
  for (const double cut : crystal.cuts)
    if (std::abs(dipole(potentials, slab(crystal, cut, 1, 0))) < none) cuts.push_back(cut);
  return cuts;
}

}  // namespace

SurfaceEnergy surface_energy(const PairPotentials& potentials, const RelaxedStructure& structure,
                             const MillerIndices& plane, double thickness) {
  const Ions conventional = conventional_cell(structure.structure, structure.shape, structure.primitive.species.front(),
                                              structure.primitive.species.back());
  const Layers crystal = layers(structure.primitive, conventional.edges, plane);
  const std::vector<double> cuts = cuts_without_dipole(potentials, crystal);
  if (cuts.empty())
    throw StaticsError(described(structure, plane) +
                       " is polar: however it is cut, a slab has a dipole, and no energy of its own");
  const auto thin = least_surface(potentials, structure, crystal, cuts, thickness);
  const auto thick = least_surface(potentials, structure, crystal, cuts, 1.5 * thickness);
  if (!thin || !thick) throw StaticsError(described(structure, plane) + " falls apart when its ions relax");
  constexpr double equal = 2e-3;  // J/m^2
  if (!(std::abs(thin->relaxed - thick->relaxed) < equal))
    throw StaticsError(
        fmt::format("{} has no energy of its own: slabs change as a whole when their ions relax (slabs of "
                    "{:.0f} and {:.0f} Å: {:.3f} and {:.3f} J/m²)",
                    described(structure, plane), thickness, 1.5 * thickness, thin->relaxed, thick->relaxed));
  return *thick;
}

std::vector<NamedPlane> usual_planes(Structure structure) {
  switch (structure) {
    case Structure::rocksalt:
      return {{{1, 0, 0}, "{100}"}, {{1, 1, 0}, "{110}"}};
    case Structure::zincblende:
    case Structure::caesium_chloride:
      return {{{1, 1, 0}, "{110}"}};
    case Structure::wurtzite:
    case Structure::honeycomb:
      return {{{1, 1, 0}, "{11-20}"}, {{1, 0, 0}, "{10-10}"}};
  }
  return {};
}

}  // namespace nxmc::statics

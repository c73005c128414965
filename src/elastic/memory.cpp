// Predicts memory from the specification of a crystal alone, so that a campaign of any size can be planned at once.
//
// The fill-in of the factors was counted (symbolic analysis) for hexagons of 271 ... 29 701 sites and boxes of 216 ...
// 64 000 with the order of elimination of dissection.hpp; the formulas below follow it to 10 %, flat slabs to 50 % from
// above.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "bulk.hpp"
#include "lanes.hpp"
#include "nxmc/elastic/displacements.hpp"
#include "nxmc/elastic/kernel.hpp"
#include "storage_rules.hpp"

namespace nxmc {
namespace {

constexpr double number = sizeof(double);
// The factor of a cube of 22^3 sites, which takes a minute; its time grows with the square of this.
constexpr double largest_displacement_factor = 0x1p29;
constexpr double number_and_index = sizeof(double) + sizeof(std::int64_t);

/// Edge of the cube that fills in as much per site as this crystal: separators are cut across its two shorter edges,
/// and in a rod each piece has two of them. What is no box is as a box of its proportions with as many sites.
double effective_edge(const LatticeSpec& spec, double sites) {
  const Cell planes = count_planes(spec, false);
  std::array<double, 3> edge{};
  for (std::size_t k = 0; k < 3; ++k) edge[k] = planes[k];
  const double box = edge[0] * edge[1] * edge[2];
  if (box > sites)
    for (double& length : edge) length *= std::cbrt(sites / box);
  std::sort(edge.begin(), edge.end());
  const double elongation = std::min(edge[2] / edge[1], 4.0);
  return std::sqrt(edge[0] * edge[1]) * std::pow(elongation, 0.2);
}

/// Separators are planes across the axes, of which octahedra have larger ones than cubes of as many sites: 1.28 times
/// as wide, spheres 1.1 times.
double width_of_separators(const LatticeSpec& spec) { return spec.shape == "box" ? 1 : 1.3; }

/// Numbers per site in the supernodal factor.
double fill_per_site(const LatticeSpec& spec, const Shape& shape, double sites) {
  if (shape.dimension == 2) return std::max(14.7 * std::log2(sites) - 43, 20.0);
  return 37.3 * std::pow(width_of_separators(spec) * effective_edge(spec, sites), 1.28);
}

/// Numbers per site in the lower triangle of D.
double entries_of_D(const Shape& shape) { return shape.dimension == 2 ? 12 : 32; }

/// Bytes per site of crystal, D and C, and of the copies that the factorisation makes of D.
double network_bytes_per_site(const Shape& shape) {
  const double entries_of_C = shape.dimension == 2 ? 12 : 33;
  const double crystal = shape.dimension == 2 ? 150 : 400;
  return (3 * entries_of_D(shape) + entries_of_C) * number_and_index + crystal;
}

/// Numbers in the largest update that a supernode passes on.
double update_size(const LatticeSpec& spec, const Shape& shape, double sites) {
  return shape.dimension == 2 ? 7 * sites : 11 * std::pow(width_of_separators(spec), 4) * std::pow(sites, 4.0 / 3);
}

}  // namespace

double kernel_bytes(const KernelSpec& spec) {
  const double sites = count_sites(spec.lattice);
  return (stored_in_full(sites) ? sites : count_orbits(spec.lattice)) * sites * number;
}

double displacement_factor_bytes(const LatticeSpec& lattice) {
  const double sites = count_sites(lattice);
  // Without supernodes about a quarter of the entries, zeros that make blocks rectangular, is not stored.
  return 0.75 * fill_per_site(lattice, shape_of(lattice), sites) * sites * number_and_index;
}

double kernel_row_bytes(const LatticeSpec& lattice) { return count_orbits(lattice) * count_sites(lattice) * number; }

double kernel_build_bytes(const KernelSpec& spec) {
  const double sites = count_sites(spec.lattice);
  // The row as complex numbers, beside the row itself where it is written out in full.
  if (spec.lattice.periodic()) return (2 + (stored_in_full(sites) ? 1 : 0)) * sites * number;
  const double orbits = count_orbits(spec.lattice);
  const Shape& shape = shape_of(spec.lattice);
  // Reduced rows are written where they stay.
  const double rows = stored_in_full(sites) ? kernel_row_bytes(spec.lattice) : 0;
  const double factor = fill_per_site(spec.lattice, shape, sites) * sites * number;
  const double update = update_size(spec.lattice, shape, sites) * number;
  // Forces, displacements, and CHOLMOD's permuted displacements.
  const double blocks = 3 * std::min(orbits, static_cast<double>(rows_per_block)) * shape.dimension * sites * number;
  return rows + factor + update + blocks + network_bytes_per_site(shape) * sites;
}

DisplacementMethod displacement_method(const LatticeSpec& lattice) {
  return displacement_factor_bytes(lattice) > largest_displacement_factor ? DisplacementMethod::conjugate_gradients
                                                                          : DisplacementMethod::factor;
}

double DisplacementSolver::bytes(const LatticeSpec& lattice) {
  if (lattice.periodic()) return BulkDisplacements::bytes(lattice);
  const Shape& shape = shape_of(lattice);
  const double network = network_bytes_per_site(shape) * count_sites(lattice);
  if (displacement_method(lattice) == DisplacementMethod::factor) {
    const double together = static_cast<double>(configurations_at_a_time + most_groups * lanes_of_group) * number;
    return displacement_factor_bytes(lattice) + network + together * shape.dimension * count_sites(lattice);
  }
  // Both triangles of D, and an incomplete factor with as many entries as one.
  return 3 * entries_of_D(shape) * number_and_index * count_sites(lattice) + network;
}

}  // namespace nxmc

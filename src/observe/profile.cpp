// Composition along the axis of a crystal in space.
#include "nxmc/observe/phases.hpp"

#include <algorithm>
#include <limits>

namespace nxmc {
namespace {

/// The coordinate along which the core is longest, which is a rod's axis; z for a cube and wherever z is as long as any
/// other.
std::size_t profile_axis(const Cell& planes) {
  const auto longest = std::max_element(planes.rbegin(), planes.rend());
  return static_cast<std::size_t>(planes.rend() - longest) - 1;
}

int lowest_plane(const Lattice& lattice, std::size_t axis, bool core_only) {
  // The shell of a box, or of none, begins in the plane of the first site, and sites are ordered.
  if (lattice.shell.empty() && lattice.spec.shape == "box")
    return lattice.cell.front()[axis] + (core_only ? lattice.spec.shell_layers : 0);
  int lowest = std::numeric_limits<int>::max();
  for (std::size_t i = 0; i < lattice.sites(); ++i)
    if (!core_only || !lattice.in_shell(static_cast<Site>(i))) lowest = std::min(lowest, lattice.cell[i][axis]);
  return lowest;
}

}  // namespace

std::size_t profile_planes(const LatticeSpec& lattice, bool core_only) {
  if (dimension_of(lattice) == 2) return 0;
  const std::size_t axis = profile_axis(count_planes(lattice, true));
  return static_cast<std::size_t>(count_planes(lattice, core_only)[axis]);
}

std::vector<double> composition_profile(const Lattice& lattice, std::span<const std::int8_t> sigma, bool core_only) {
  const std::size_t planes = profile_planes(lattice.spec, core_only);
  if (planes == 0) return {};

  std::vector<int> a_sites(planes);
  std::vector<int> all_sites(planes);
  const std::size_t axis = profile_axis(count_planes(lattice.spec, true));
  const int lowest = lowest_plane(lattice, axis, core_only);
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    if (core_only && lattice.in_shell(static_cast<Site>(i))) continue;
    const auto plane = static_cast<std::size_t>(lattice.cell[i][axis] - lowest);
    ++all_sites[plane];
    if (sigma[i] > 0) ++a_sites[plane];
  }

  std::vector<double> profile(planes);
  std::ranges::transform(a_sites, all_sites, profile.begin(),
                         [](int a, int all) { return static_cast<double>(a) / static_cast<double>(all); });
  return profile;
}

}  // namespace nxmc

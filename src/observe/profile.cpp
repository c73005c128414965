// Composition along the axis of a box.
#include "nxmc/observe/phases.hpp"

#include <algorithm>

namespace nxmc {
namespace {

/// The longest edge, which is a rod's axis; z for a cube and wherever z is as long as any other.
std::size_t profile_axis(const LatticeSpec& lattice) {
  const auto longest = std::max_element(lattice.size.rbegin(), lattice.size.rend());
  return static_cast<std::size_t>(lattice.size.rend() - longest) - 1;
}

}  // namespace

std::size_t profile_planes(const LatticeSpec& lattice, bool core_only) {
  if (dimension_of(lattice) == 2) return 0;
  const int planes = lattice.size[profile_axis(lattice)] + (core_only ? 0 : 2 * lattice.shell_layers);
  return static_cast<std::size_t>(planes);
}

std::vector<double> composition_profile(const Lattice& lattice, std::span<const std::int8_t> sigma, bool core_only) {
  const std::size_t planes = profile_planes(lattice.spec, core_only);
  if (planes == 0) return {};

  std::vector<int> a_sites(planes);
  std::vector<int> all_sites(planes);
  // Sites are ordered lexicographically, so the first lies in the lowest plane.
  const std::size_t axis = profile_axis(lattice.spec);
  const int lowest = lattice.cell.front()[axis] + (core_only ? lattice.spec.shell_layers : 0);
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

// Classes of sites that the symmetry of the crystal makes equivalent.
#include <cstddef>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {
namespace {

bool undoes(const std::vector<Site>& second, const std::vector<Site>& first) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (second[static_cast<std::size_t>(first[i])] != static_cast<Site>(i)) return false;
  }
  return true;
}

std::int32_t inverse_of(const Lattice& lattice, std::size_t g) {
  std::int32_t h = 0;
  while (!undoes(lattice.symmetry[static_cast<std::size_t>(h)], lattice.symmetry[g])) ++h;
  return h;
}

std::vector<std::int32_t> inverses(const Lattice& lattice) {
  std::vector<std::int32_t> inverse;
  for (std::size_t g = 0; g < lattice.symmetry.size(); ++g) inverse.push_back(inverse_of(lattice, g));
  return inverse;
}

}  // namespace

Orbits find_orbits(const Lattice& lattice) {
  if (lattice.periodic())
    return {.representative = {0},
            .row = std::vector<std::int32_t>(lattice.sites(), 0),
            .to_site = std::vector<std::int32_t>(lattice.sites(), 0),
            .from_site = std::vector<std::int32_t>(lattice.sites(), 0)};
  constexpr std::int32_t unassigned = -1;
  const std::vector<std::int32_t> inverse = inverses(lattice);
  Orbits orbits;
  orbits.row.assign(lattice.sites(), unassigned);
  orbits.to_site.resize(lattice.sites());
  orbits.from_site.resize(lattice.sites());
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    if (orbits.row[i] != unassigned) continue;
    const auto row = static_cast<std::int32_t>(orbits.representative.size());
    orbits.representative.push_back(static_cast<Site>(i));
    for (std::size_t g = 0; g < lattice.symmetry.size(); ++g) {
      const auto image = static_cast<std::size_t>(lattice.symmetry[g][i]);
      if (orbits.row[image] != unassigned) continue;
      orbits.row[image] = row;
      orbits.to_site[image] = static_cast<std::int32_t>(g);
      orbits.from_site[image] = inverse[g];
    }
  }
  return orbits;
}

}  // namespace nxmc

// Crystals against the explicit formulas of their definition, the reference files, and their own symmetry.
#include "nxmc/lattice/lattice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>

#include "reference.hpp"

namespace nxmc {
namespace {

using test::read_reference;
using test::Reference;

LatticeSpec hexagon(int n, int layers = 0) { return {"hexagon", {n, 0, 0}, layers}; }
LatticeSpec box(int nx, int ny, int nz, int layers = 0) { return {"box", {nx, ny, nz}, layers}; }

std::size_t at(Site i) { return static_cast<std::size_t>(i); }

/// Crystals of both kinds with every symmetry that occurs, with and without shell.
std::vector<LatticeSpec> crystals() {
  return {hexagon(2),      hexagon(5),   hexagon(1, 1), hexagon(4, 2), box(2, 2, 2), box(4, 4, 4),    box(5, 5, 5, 1),
          box(1, 1, 1, 1), box(3, 3, 8), box(3, 8, 3),  box(8, 3, 3),  box(2, 3, 4), box(3, 2, 5, 1), box(2, 2, 9, 2)};
}

double distance(const Vector3& a, const Vector3& b) { return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]); }

Vector3 centre(const Lattice& lattice) {
  Vector3 sum{};
  for (const Vector3& r : lattice.position) {
    for (std::size_t x = 0; x < 3; ++x) sum[x] += r[x] / static_cast<double>(lattice.sites());
  }
  return sum;
}

std::string error_of(const LatticeSpec& spec) {
  try {
    make_lattice(spec);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no error";
}

void expect_sites_of(const LatticeSpec& spec, const Reference& reference) {
  const Lattice lattice = make_lattice(spec);
  ASSERT_EQ(lattice.sites(), reference.position.size());
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    EXPECT_LT(distance(lattice.position[i], reference.position[i]), 1e-13) << "site " << i;
    EXPECT_EQ(lattice.layer[i], reference.layer[i]) << "site " << i;
  }
}

TEST(Lattice, HexagonHasSitesOrderAndLayersOfTheReference) {
  expect_sites_of(hexagon(3, 1), read_reference("hexagon_core3_shell1_K10.txt"));
}

TEST(Lattice, CubeHasSitesOrderAndLayersOfTheReference) {
  expect_sites_of(box(2, 2, 2, 1), read_reference("cube_core2_shell1_K10.txt"));
}

TEST(Lattice, HexagonsOfThePaperHaveTheirNumbersOfSites) {
  for (const auto& [edge, sites] :
       std::vector<std::pair<int, std::size_t>>{{10, 271}, {12, 397}, {16, 721}, {24, 1657}}) {
    EXPECT_EQ(make_lattice(hexagon(edge)).sites(), sites);
  }
}

TEST(Lattice, CountsWithoutBuildingAreThoseOfTheBuiltCrystal) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    EXPECT_EQ(count_sites(spec), static_cast<double>(lattice.sites())) << size_name(spec);
    EXPECT_EQ(count_core_sites(spec), static_cast<double>(lattice.core.size())) << size_name(spec);
    EXPECT_EQ(count_orbits(spec), static_cast<double>(find_orbits(lattice).representative.size())) << size_name(spec);
    EXPECT_EQ(count_symmetries(spec), static_cast<double>(lattice.symmetry.size())) << size_name(spec);
  }
}

TEST(Lattice, WithoutSymmetryIsTheSameButForIt) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice whole = make_lattice(spec);
    const Lattice bare = make_lattice_without_symmetry(spec);
    EXPECT_TRUE(bare.symmetry.empty() && bare.rotation.empty());
    EXPECT_EQ(bare.neighbour, whole.neighbour);
    EXPECT_EQ(bare.layer, whole.layer);
    EXPECT_EQ(bare.core, whole.core);
    EXPECT_EQ(bare.boundary, whole.boundary);
  }
}

template <class T>
double bytes_of(const std::vector<T>& values) {
  return static_cast<double>(values.capacity() * sizeof(T));
}

TEST(Lattice, PredictedBytesAreThoseOfItsArrays) {
  for (const LatticeSpec& spec : {hexagon(30, 1), box(12, 12, 12, 1), box(8, 8, 20), box(6, 8, 10, 2)}) {
    const Lattice lattice = make_lattice(spec);
    const double arrays = bytes_of(lattice.cell) + bytes_of(lattice.position) + bytes_of(lattice.neighbour) +
                          bytes_of(lattice.layer) + bytes_of(lattice.core);
    EXPECT_EQ(lattice_bytes(spec), arrays) << size_name(spec);
    const Orbits orbits = find_orbits(lattice);
    double symmetry = bytes_of(orbits.row) + bytes_of(orbits.to_site) + bytes_of(orbits.from_site);
    for (const std::vector<Site>& images : lattice.symmetry) symmetry += bytes_of(images);
    EXPECT_EQ(symmetry_bytes(spec), symmetry) << size_name(spec);
  }
}

TEST(Lattice, CountsOfAbsurdSizesDoNotOverflow) {
  EXPECT_DOUBLE_EQ(count_sites(hexagon(1000000000)), 3e18 - 3e9 + 1);
  EXPECT_DOUBLE_EQ(count_sites(box(1000000000, 1000000000, 1000000000)), 1e27);
  EXPECT_DOUBLE_EQ(count_sites(box(2147483647, 1, 1, 2147483647)), 3. * 2147483647 * std::pow(2. * 2147483647 + 1, 2));
}

TEST(Lattice, ShellLayersMakeTheHexagonOneLongerPerLayerAndTheBoxTwo) {
  EXPECT_EQ(make_lattice(hexagon(4, 2)).cell, make_lattice(hexagon(6)).cell);
  EXPECT_EQ(make_lattice(box(3, 2, 4, 2)).cell, make_lattice(box(7, 6, 8)).cell);
}

TEST(Lattice, CoreIsTheCrystalOfTheNamedSize) {
  for (const LatticeSpec& spec : {hexagon(4, 2), box(3, 2, 4, 2)}) {
    const Lattice whole = make_lattice(spec);
    const Lattice bare = make_lattice({spec.shape, spec.size, 0});
    ASSERT_EQ(whole.core.size(), bare.sites());
    const Vector3 shift = whole.position[at(whole.core[0])];
    for (std::size_t k = 0; k < bare.sites(); ++k) {
      Vector3 r = whole.position[at(whole.core[k])];
      for (std::size_t x = 0; x < 3; ++x) r[x] += bare.position[0][x] - shift[x];
      EXPECT_LT(distance(r, bare.position[k]), 1e-12);
      EXPECT_EQ(whole.layer[at(whole.core[k])], bare.layer[k] + spec.shell_layers);
    }
  }
}

TEST(Lattice, LayersOfAHexagonAreItsRingsCountedFromOutside) {
  constexpr int n = 7;
  const Lattice lattice = make_lattice(hexagon(n));
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    const int row = lattice.cell[i][0] - (n - 1);
    const int place = lattice.cell[i][1];
    const int ring = std::max({std::abs(row), std::abs(place), std::abs(row + place)});
    EXPECT_EQ(lattice.layer[i], n - ring);
  }
}

TEST(Lattice, LayersOfABoxAreDistancesToTheNearestFace) {
  const Lattice lattice = make_lattice(box(5, 6, 9, 1));
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    const Cell& c = lattice.cell[i];
    const int nearest = std::min({c[0], c[1], c[2], 6 - c[0], 7 - c[1], 10 - c[2]});
    EXPECT_EQ(lattice.layer[i], nearest + 1);
  }
}

TEST(Lattice, SitesAreInLexicographicOrder) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    EXPECT_TRUE(std::is_sorted(lattice.cell.begin(), lattice.cell.end())) << size_name(spec);
  }
}

TEST(Lattice, BondsJoinSitesAlongTheirDirectionAndBack) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    const auto Z = static_cast<std::size_t>(lattice.coordination);
    for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
      for (std::size_t k = 0; k < Z; ++k) {
        const Site j = lattice.neighbours(i)[k];
        if (j == no_site) continue;
        EXPECT_EQ(lattice.neighbours(j)[(k + Z / 2) % Z], i);
        Vector3 end = lattice.position[at(i)];
        for (std::size_t x = 0; x < 3; ++x) end[x] += lattice.bond_length[k] * lattice.direction[k][x];
        EXPECT_LT(distance(end, lattice.position[at(j)]), 1e-12);
      }
    }
  }
}

// Every pair of sites closer than 1 (2D) or sqrt 2 (3D) is a bond and nothing else is.
TEST(Lattice, BondsAreAllPairsWithinTheRange) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    const double range = lattice.dimension == 2 ? 1 : std::sqrt(2.0);
    for (std::size_t i = 0; i < lattice.sites(); ++i) {
      std::set<Site> near;
      for (std::size_t j = 0; j < lattice.sites(); ++j) {
        if (j != i && distance(lattice.position[i], lattice.position[j]) < range + 1e-6)
          near.insert(static_cast<Site>(j));
      }
      const auto bonds = lattice.neighbours(static_cast<Site>(i));
      std::set<Site> bonded(bonds.begin(), bonds.end());
      bonded.erase(no_site);
      EXPECT_EQ(bonded, near) << size_name(spec) << " site " << i;
      EXPECT_EQ(lattice.bonds_of(static_cast<Site>(i)), static_cast<int>(near.size()));
    }
  }
}

TEST(Lattice, NeighboursInThePlaneRunRoundTheRing) {
  const Lattice lattice = make_lattice(hexagon(3));
  for (std::size_t k = 0; k < 6; ++k) {
    const Vector3& a = lattice.direction[k];
    const Vector3& b = lattice.direction[(k + 1) % 6];
    EXPECT_NEAR(a[0] * b[1] - a[1] * b[0], std::sin(std::acos(-1) / 3), 1e-15);
  }
}

TEST(Lattice, SpaceHasSixNearestAndTwelveNextNearestDirections) {
  const Lattice lattice = make_lattice(box(3, 3, 3));
  EXPECT_EQ(lattice.direction.size(), 18U);
  EXPECT_EQ(std::count(lattice.bond_length.begin(), lattice.bond_length.end(), 1.0), 6);
  EXPECT_EQ(std::count(lattice.bond_length.begin(), lattice.bond_length.end(), std::sqrt(2.0)), 12);
  for (const Vector3& direction : lattice.direction) EXPECT_NEAR(distance(direction, {}), 1, 1e-15);
}

TEST(Lattice, BoundaryIsTheFirstLayer) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    std::vector<Site> first_layer;
    for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
      if (lattice.layer[at(i)] == 1) first_layer.push_back(i);
    }
    EXPECT_EQ(lattice.boundary, first_layer) << size_name(spec);
  }
}

TEST(Symmetry, GroupsHaveTheOrderOfTheirShape) {
  EXPECT_EQ(make_lattice(hexagon(4, 1)).symmetry.size(), 12U);
  EXPECT_EQ(make_lattice(hexagon(1, 1)).symmetry.size(), 12U);
  EXPECT_EQ(make_lattice(box(4, 4, 4)).symmetry.size(), 48U);
  EXPECT_EQ(make_lattice(box(3, 3, 3, 1)).symmetry.size(), 48U);
  EXPECT_EQ(make_lattice(box(4, 4, 20)).symmetry.size(), 16U);
  EXPECT_EQ(make_lattice(box(5, 20, 5)).symmetry.size(), 16U);
  EXPECT_EQ(make_lattice(box(2, 3, 4)).symmetry.size(), 8U);
}

TEST(Symmetry, FirstOperationIsTheIdentity) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    std::vector<Site> sites(lattice.sites());
    std::iota(sites.begin(), sites.end(), 0);
    EXPECT_EQ(lattice.symmetry.front(), sites);
  }
}

TEST(Symmetry, OperationsAreDifferentPermutations) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    EXPECT_EQ(std::set(lattice.symmetry.begin(), lattice.symmetry.end()).size(), lattice.symmetry.size());
    for (const std::vector<Site>& g : lattice.symmetry) {
      EXPECT_EQ(std::set(g.begin(), g.end()).size(), lattice.sites());
    }
  }
}

TEST(Symmetry, OperationsPreserveBondsAndLayers) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    for (const std::vector<Site>& g : lattice.symmetry) {
      for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
        EXPECT_EQ(lattice.layer[at(g[at(i)])], lattice.layer[at(i)]);
        std::set<Site> images;
        for (const Site j : lattice.neighbours(i)) images.insert(j == no_site ? no_site : g[at(j)]);
        const auto bonds = lattice.neighbours(g[at(i)]);
        ASSERT_EQ(images, std::set(bonds.begin(), bonds.end())) << size_name(spec) << " site " << i;
      }
    }
  }
}

TEST(Symmetry, RotationMatricesMovePositionsAsThePermutationsSay) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    ASSERT_EQ(lattice.rotation.size(), lattice.symmetry.size());
    const Vector3 middle = centre(lattice);
    for (std::size_t g = 0; g < lattice.symmetry.size(); ++g) {
      for (std::size_t i = 0; i < lattice.sites(); ++i) {
        Vector3 image = middle;
        for (std::size_t x = 0; x < 3; ++x) {
          for (std::size_t y = 0; y < 3; ++y) {
            image[x] += lattice.rotation[g][x][y] * (lattice.position[i][y] - middle[y]);
          }
        }
        ASSERT_LT(distance(image, lattice.position[at(lattice.symmetry[g][i])]), 1e-12);
      }
    }
  }
}

TEST(Orbits, OperationsLeadFromRepresentativesToSitesAndBack) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    const Orbits orbits = find_orbits(lattice);
    for (std::size_t i = 0; i < lattice.sites(); ++i) {
      const Site r = orbits.representative[at(orbits.row[i])];
      EXPECT_EQ(lattice.symmetry[at(orbits.to_site[i])][at(r)], static_cast<Site>(i));
      EXPECT_EQ(lattice.symmetry[at(orbits.from_site[i])][i], r);
      for (std::size_t j = 0; j < lattice.sites(); ++j) {
        const Site there = lattice.symmetry[at(orbits.to_site[i])][j];
        ASSERT_EQ(lattice.symmetry[at(orbits.from_site[i])][at(there)], static_cast<Site>(j));
      }
    }
  }
}

TEST(Orbits, RepresentativesAreTheFirstSitesOfTheirClasses) {
  for (const LatticeSpec& spec : crystals()) {
    const Lattice lattice = make_lattice(spec);
    const Orbits orbits = find_orbits(lattice);
    EXPECT_TRUE(std::is_sorted(orbits.representative.begin(), orbits.representative.end()));
    for (std::size_t i = 0; i < lattice.sites(); ++i) {
      Site first = static_cast<Site>(i);
      for (const std::vector<Site>& g : lattice.symmetry) first = std::min(first, g[i]);
      EXPECT_EQ(orbits.representative[at(orbits.row[i])], first);
    }
  }
}

TEST(Lattice, ALargeCubeHasItsSitesBondsAndClasses) {
  const Lattice lattice = make_lattice(box(40, 40, 40));
  EXPECT_EQ(lattice.sites(), 64000U);
  const auto missing = std::count(lattice.neighbour.begin(), lattice.neighbour.end(), no_site);
  EXPECT_EQ(64000L * 18 - missing, 6L * 40 * 40 * 39 + 12L * 40 * 39 * 39);
  EXPECT_EQ(find_orbits(lattice).representative.size(), 1540U);
}

TEST(LatticeErrors, NameTheKnownShapes) {
  EXPECT_EQ(error_of({"hexagn", {3, 0, 0}, 0}), "unknown lattice shape 'hexagn'; known shapes: hexagon, box");
}

TEST(LatticeErrors, SayWhichSizesAShapeAllows) {
  EXPECT_EQ(error_of(hexagon(0)), "hexagon size 0: every edge of the core needs at least 1 site");
  EXPECT_EQ(error_of(hexagon(-3, 5)), "hexagon size -3: every edge of the core needs at least 1 site");
  EXPECT_EQ(error_of(box(3, 0, 3, 1)), "box size 3x0x3: every edge of the core needs at least 1 site");
  EXPECT_EQ(error_of(hexagon(1)),
            "hexagon size 1 with 0 shell layers: every edge of the whole crystal needs at least 2 sites; use a larger "
            "size or add a shell layer");
  EXPECT_EQ(error_of(box(5, 5, 1)),
            "box size 5x5x1 with 0 shell layers: every edge of the whole crystal needs at least 2 sites; use a larger "
            "size or add a shell layer");
}

TEST(LatticeErrors, SayHowManySizesAShapeTakes) {
  EXPECT_EQ(error_of({"hexagon", {3, 4, 0}, 0}), "hexagon size 3x4x0: a hexagon has 1 size; leave the others 0");
}

TEST(LatticeErrors, RefuseNegativeLayers) {
  EXPECT_EQ(error_of(hexagon(3, -1)), "shell_layers -1: a crystal has 0 or more shell layers");
}

TEST(LatticeErrors, RefuseCrystalsThatSiteNumbersCannotCount) {
  EXPECT_EQ(
      error_of(hexagon(1000000000)),
      "hexagon size 1000000000: 3e+18 sites are more than the 2147483647 that a crystal can have; use a smaller size");
}

TEST(LatticeErrors, AreThrownByCountsToo) {
  EXPECT_THROW(count_sites(hexagon(0)), std::invalid_argument);
  EXPECT_THROW(count_core_sites(box(1, 1, 1)), std::invalid_argument);
}

TEST(Shapes, TableTellsWhatACampaignNeedsToKnow) {
  ASSERT_EQ(shapes().size(), 2U);
  EXPECT_EQ(shapes()[0].name, "hexagon");
  EXPECT_EQ(shapes()[0].sizes, 1);
  EXPECT_EQ(shapes()[1].name, "box");
  EXPECT_EQ(shapes()[1].sizes, 3);
  for (const Shape& shape : shapes()) EXPECT_EQ(shape.smallest, 2);
}

TEST(Shapes, SizesPrintAsUsersWriteThem) {
  EXPECT_EQ(size_name(hexagon(16, 1)), "16");
  EXPECT_EQ(size_name(box(10, 10, 50)), "10x10x50");
}

}  // namespace
}  // namespace nxmc

// Crystals against the explicit formulas of their definition, the reference files, and their own symmetry.
#include "nxmc/lattice/lattice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>

#include "crystals_of_all_shapes.hpp"
#include "reference.hpp"

namespace nxmc {
namespace {

using test::read_reference;
using test::Reference;
using testing_tools::name_of_crystal;

LatticeSpec hexagon(int n, int layers = 0) { return {"hexagon", {n, 0, 0}, layers}; }
LatticeSpec box(int nx, int ny, int nz, int layers = 0) { return {"box", {nx, ny, nz}, layers}; }

std::size_t at(Site i) { return static_cast<std::size_t>(i); }

/// Crystals of both kinds with every symmetry that occurs, with and without shell.
std::vector<LatticeSpec> crystals() {
  std::vector<LatticeSpec> crystals = testing_tools::crystals_of_all_shapes();
  for (const LatticeSpec& spec :
       {hexagon(2), hexagon(5), hexagon(1, 1), hexagon(4, 2), box(2, 2, 2), box(4, 4, 4), box(5, 5, 5, 1),
        box(1, 1, 1, 1), box(3, 3, 8), box(3, 8, 3), box(8, 3, 3), box(2, 3, 4), box(3, 2, 5, 1), box(2, 2, 9, 2)})
    crystals.push_back(spec);
  return crystals;
}

double distance(const Vector3& a, const Vector3& b) { return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]); }

Vector3 centre(const Lattice& lattice) {
  Vector3 sum{};
  for (const Vector3& r : lattice.position) {
    for (std::size_t x = 0; x < 3; ++x) sum[x] += r[x] / static_cast<double>(lattice.sites());
  }
  return sum;
}

/// Coordinates along each axis that occur.
Cell planes(const Lattice& lattice, bool core_only) {
  std::array<std::set<int>, 3> coordinates;
  for (std::size_t i = 0; i < lattice.sites(); ++i)
    for (std::size_t k = 0; k < 3; ++k)
      if (!core_only || !lattice.in_shell(static_cast<Site>(i))) coordinates[k].insert(lattice.cell[i][k]);
  Cell count{};
  for (std::size_t k = 0; k < 3; ++k) count[k] = static_cast<int>(coordinates[k].size());
  return count;
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
    EXPECT_EQ(count_sites(spec), static_cast<double>(lattice.sites())) << name_of_crystal(spec);
    EXPECT_EQ(count_core_sites(spec), static_cast<double>(lattice.core.size())) << name_of_crystal(spec);
    EXPECT_EQ(count_orbits(spec), static_cast<double>(find_orbits(lattice).representative.size()))
        << name_of_crystal(spec);
    EXPECT_EQ(count_symmetries(spec), static_cast<double>(lattice.symmetry.size())) << name_of_crystal(spec);
    const auto is_core = [&](Site j) { return j != no_site && !lattice.in_shell(j); };
    const auto is_inner = [&](Site i) { return std::ranges::all_of(lattice.neighbours(i), is_core); };
    EXPECT_EQ(count_inner_core_sites(spec), static_cast<double>(std::ranges::count_if(lattice.core, is_inner)))
        << name_of_crystal(spec);
    EXPECT_EQ(count_planes(spec, false), planes(lattice, false)) << name_of_crystal(spec);
    EXPECT_EQ(count_planes(spec, true), planes(lattice, true)) << name_of_crystal(spec);
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
  for (const LatticeSpec& spec : {hexagon(30, 1), box(12, 12, 12, 1), box(8, 8, 20), box(6, 8, 10, 2),
                                  LatticeSpec{"disc", {20, 0, 0}, 1}, LatticeSpec{"octahedron", {9, 0, 0}, 0}}) {
    const Lattice lattice = make_lattice(spec);
    const double arrays = bytes_of(lattice.shell) + bytes_of(lattice.cell) + bytes_of(lattice.position) +
                          bytes_of(lattice.neighbour) + bytes_of(lattice.layer) + bytes_of(lattice.core);
    EXPECT_EQ(lattice_bytes(spec), arrays) << name_of_crystal(spec);
    const Orbits orbits = find_orbits(lattice);
    double symmetry = bytes_of(orbits.row) + bytes_of(orbits.to_site) + bytes_of(orbits.from_site);
    for (const std::vector<Site>& images : lattice.symmetry) symmetry += bytes_of(images);
    EXPECT_EQ(symmetry_bytes(spec), symmetry) << name_of_crystal(spec);
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
    EXPECT_TRUE(std::is_sorted(lattice.cell.begin(), lattice.cell.end())) << name_of_crystal(spec);
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
      EXPECT_EQ(bonded, near) << name_of_crystal(spec) << " site " << i;
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
    EXPECT_EQ(lattice.boundary, first_layer) << name_of_crystal(spec);
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
        EXPECT_EQ(lattice.in_shell(g[at(i)]), lattice.in_shell(i));
        std::set<Site> images;
        for (const Site j : lattice.neighbours(i)) images.insert(j == no_site ? no_site : g[at(j)]);
        const auto bonds = lattice.neighbours(g[at(i)]);
        ASSERT_EQ(images, std::set(bonds.begin(), bonds.end())) << name_of_crystal(spec) << " site " << i;
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
  EXPECT_EQ(error_of({"hexagn", {3, 0, 0}, 0}),
            "unknown lattice shape 'hexagn'; known shapes: hexagon, box, rectangle, parallelogram, triangle, disc, "
            "elongated_hexagon, octahedron, truncated_octahedron, tetrahedron, truncated_cube, sphere, cylinder, "
            "hexagonal_plate");
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
  EXPECT_EQ(shapes()[0].name, "hexagon");
  EXPECT_EQ(shapes()[0].sizes, 1);
  EXPECT_EQ(shapes()[1].name, "box");
  EXPECT_EQ(shapes()[1].sizes, 3);
  EXPECT_EQ(shapes()[0].smallest, 2);
  EXPECT_EQ(shapes()[1].smallest, 2);
  EXPECT_EQ(shape_of({.shape = "disc"}).sizes_are, "radius");
}

TEST(Shapes, SizesPrintAsUsersWriteThem) {
  EXPECT_EQ(size_name(hexagon(16, 1)), "16");
  EXPECT_EQ(size_name(box(10, 10, 50)), "10x10x50");
}

// ---- shapes by their definitions, site by site

struct Definition {
  LatticeSpec spec;
  double sites;
  std::size_t symmetry;
};

TEST(Shapes, HaveTheNumbersOfSitesAndTheSymmetryOfTheirDefinitions) {
  const std::vector<Definition> definitions{
      {{"rectangle", {5, 6, 0}}, 3 * 6 + 2 * 5, 4},  // mirrors along and across
      {{"rectangle", {4, 6, 0}}, 2 * 6 + 2 * 5, 2},  // across the rows only: first and last row differ
      {{"parallelogram", {4, 6, 0}}, 24, 2},
      {{"parallelogram", {5, 5, 0}}, 25, 4},
      {{"triangle", {7, 0, 0}}, 28, 6},
      {{"disc", {1, 0, 0}}, 7, 12},
      {{"disc", {5, 0, 0}}, 91, 12},
      {{"elongated_hexagon", {3, 4, 5}}, 12 + 20 + 15 - 12 + 1, 2},
      {{"elongated_hexagon", {3, 4, 4}}, 12 + 16 + 12 - 11 + 1, 4},
      {{"elongated_hexagon", {4, 4, 4}}, 37, 12},
      {{"octahedron", {4, 0, 0}}, 63, 48},                     // (2m + 1)(2m^2 + 2m + 3) / 3, m = 3
      {{"truncated_octahedron", {7, 2, 0}}, 377 - 6 * 6, 48},  // tips of 1 + 5 sites
      {{"tetrahedron", {3, 0, 0}}, 11, 24},                    // 6 on edges' middles, 4 corners, 1 inside
      {{"truncated_cube", {6, 2, 0}}, 216 - 8 * 4, 48},        // corners of 1 + 3 sites
      {{"sphere", {2, 0, 0}}, 33, 48},
      {{"sphere", {5, 0, 0}}, 515, 48},       // Gauss's sphere problem
      {{"cylinder", {2, 6, 0}}, 13 * 6, 16},  // Gauss's circle problem
      {{"hexagonal_plate", {3, 1, 0}, 1}, -1, 12},
      {{"hexagonal_plate", {4, 3, 0}}, -1, 12},
      {{"hexagonal_plate", {4, 4, 0}}, -1, 12},
      {{"box", {3, 3, 3}, 1, Boundary::free, 0b10000}, 36, 8},  // a lid along z
      {{"sphere", {2, 0, 0}, 1}, -1, 48}};
  for (const Definition& definition : definitions) {
    const Lattice lattice = make_lattice(definition.spec);
    if (definition.sites > 0) {
      EXPECT_EQ(static_cast<double>(lattice.sites()), definition.sites) << name_of_crystal(definition.spec);
    }
    EXPECT_EQ(lattice.symmetry.size(), definition.symmetry) << name_of_crystal(definition.spec);
  }
}

// A plate of one plane is the hexagon of the triangular lattice.
TEST(Shapes, PlanesOfAHexagonalPlateAreHexagons) {
  const Lattice lattice = make_lattice({"hexagonal_plate", {4, 3, 0}});
  std::map<int, int> sites;
  for (const Cell& cell : lattice.cell) ++sites[cell[0] + cell[1] + cell[2]];
  ASSERT_EQ(sites.size(), 3U);
  EXPECT_EQ(sites[0], 37);
  EXPECT_EQ(sites[1], sites[-1]);
}

TEST(Shapes, DiscsAndSpheresAreAllSitesWithinTheirRadius) {
  for (const int radius : {1, 2, 3, 6, 11}) {
    for (const char* const shape : {"disc", "sphere"}) {
      const Lattice lattice = make_lattice({shape, {radius, 0, 0}});
      std::set<Cell> cells(lattice.cell.begin(), lattice.cell.end());
      const int reach = 2 * radius;
      for (int x = -reach; x <= reach; ++x) {
        for (int y = -reach; y <= reach; ++y) {
          const bool flat = lattice.dimension == 2;
          for (int z = flat ? 0 : -reach; z <= (flat ? 0 : reach); ++z) {
            const int square = flat ? x * x + x * y + y * y : x * x + y * y + z * z;
            ASSERT_EQ(cells.contains({x, y, z}), square <= radius * radius) << shape << radius;
          }
        }
      }
    }
  }
}

// The definition of a shell, by distances in bonds from the core.
TEST(Shells, AreAllSitesWithinSoManyBonds) {
  for (const LatticeSpec& spec : crystals()) {
    if (spec.shell_layers == 0 || spec.shape == "box" || spec.covered != 0) continue;
    const Lattice lattice = make_lattice(spec);
    std::set<Cell> reached;
    for (const Site i : lattice.core) reached.insert(lattice.cell[at(i)]);
    const std::set<Cell> core = reached;
    const Lattice steps = make_lattice({lattice.dimension == 2 ? "hexagon" : "box",
                                        lattice.dimension == 2 ? std::array{2, 0, 0} : std::array{3, 3, 3}});
    const Site middle = *std::ranges::find_if(steps.core, [&](Site i) { return steps.layer[at(i)] == 2; });
    for (int layer = 0; layer < spec.shell_layers; ++layer) {
      const std::set<Cell> inside = reached;
      for (const Cell& cell : inside) {
        for (const Site j : steps.neighbours(middle)) {
          Cell next = cell;
          for (std::size_t k = 0; k < 3; ++k) next[k] += steps.cell[at(j)][k] - steps.cell[at(middle)][k];
          reached.insert(next);
        }
      }
    }
    EXPECT_EQ(std::set(lattice.cell.begin(), lattice.cell.end()), reached) << name_of_crystal(spec);
    for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i)
      EXPECT_EQ(lattice.in_shell(i), !core.contains(lattice.cell[at(i)])) << name_of_crystal(spec);
  }
}

TEST(Shells, OnSomeFacetsLeaveTheOthersBare) {
  const Lattice box = make_lattice({"box", {3, 4, 5}, 2, Boundary::free, 0b110000});  // +z, -z
  EXPECT_EQ(box.sites(), 3U * 4 * 9);
  for (Site i = 0; i < static_cast<Site>(box.sites()); ++i)
    EXPECT_EQ(box.in_shell(i), box.cell[at(i)][2] < 0 || box.cell[at(i)][2] > 4);
  const Lattice triangle = make_lattice({"triangle", {4, 0, 0}, 1, Boundary::free, 0b001});  // -y
  EXPECT_EQ(triangle.sites(), 10U + 5U);
  for (Site i = 0; i < static_cast<Site>(triangle.sites()); ++i)
    EXPECT_EQ(triangle.in_shell(i), triangle.cell[at(i)][0] < 0);
}

TEST(Shells, OnAllFacetsAreClosed) {
  for (const LatticeSpec& spec : {LatticeSpec{"triangle", {4, 0, 0}, 2}, LatticeSpec{"octahedron", {3, 0, 0}, 1},
                                  LatticeSpec{"hexagon", {3, 0, 0}, 2}, LatticeSpec{"box", {2, 3, 4}, 1}}) {
    LatticeSpec named = spec;
    named.covered = (1U << facets_of(spec).size()) - 1;
    EXPECT_EQ(count_sites(named), count_sites(spec));
    EXPECT_EQ(count_orbits(named), count_orbits(spec));
    EXPECT_EQ(count_symmetries(named), count_symmetries(spec));
  }
}

TEST(Facets, HaveTheNamesOfTheDirectionsInWhichTheyLook) {
  using testing::ElementsAre;
  EXPECT_THAT(facets_of({"box", {2, 2, 2}}), ElementsAre("+x", "-x", "+y", "-y", "+z", "-z"));
  EXPECT_THAT(facets_of({"triangle", {3, 0, 0}}), ElementsAre("-y", "+x+y", "-x+y"));
  EXPECT_THAT(facets_of({"disc", {3, 0, 0}}), ElementsAre());
  EXPECT_EQ(facets_of({"truncated_octahedron", {7, 2, 0}}).size(), 14U);
  EXPECT_EQ(covered_word({"box", {2, 2, 2}, 1, Boundary::free, 0b110000}), "+z,-z");
}

TEST(Facets, ThatAShellCoversBelongToTheWordOfTheCrystal) {
  for (LatticeSpec spec : crystals()) {
    if (!spec.sites.empty()) continue;  // their words need the list beside them
    for (const bool of_a : {false, true}) {
      if (of_a && spec.shell_layers == 0) continue;
      spec.shell_of_a = of_a;
      LatticeSpec read{.size = spec.size, .shell_layers = spec.shell_layers};
      set_lattice_word(read, lattice_word(spec));
      EXPECT_EQ(read, spec) << name_of_crystal(spec);
    }
  }
  EXPECT_EQ(lattice_word({"box", {2, 2, 2}, 1, Boundary::free, 0b110000}), "cube(+z,-z)");
  for (const char* const word :
       {"box(+w)", "disc(+z)", "bax(+z)", "box(", "box()", "()", "box(A", "box(B)", "box(A,+w)", "(A)"}) {
    LatticeSpec spec{.size = {3, 3, 3}, .shell_layers = 1};
    set_lattice_word(spec, word);
    EXPECT_THROW(count_sites(spec), std::invalid_argument) << word;
  }
}

/// The side of a crystal that looks in a direction such as "+x-2y+z".
double height(const Vector3& position, const std::string& direction) {
  double sum = 0;
  for (std::size_t k = 0; k < direction.size(); ++k) {
    if (direction[k] != '+' && direction[k] != '-') continue;
    const bool twice = direction[k + 1] == '2';
    const auto axis = static_cast<std::size_t>(direction[k + (twice ? 2 : 1)] - 'x');
    sum += (direction[k] == '-' ? -1 : 1) * (twice ? 2 : 1) * position[axis];
  }
  return sum;
}

// In the plane the slanted edges look 30 degrees up or down: there, x counts sqrt(3) times as much as y.
TEST(Facets, OfAOneSidedShellAreWhereTheirNamesSay) {
  for (const Shape& shape : shapes()) {
    LatticeSpec spec{.shape = std::string(shape.name), .size = {5, 4, 6}, .shell_layers = 1};
    for (auto k = static_cast<std::size_t>(shape.sizes); k < 3; ++k) spec.size[k] = 0;
    if (shape.name.starts_with("truncated")) spec.size[1] = 1;
    const std::vector<std::string> facets = facets_of(spec);
    for (std::size_t k = 0; k < facets.size(); ++k) {
      spec.covered = 1U << k;
      const Lattice lattice = make_lattice(spec);
      double core = -1e9;
      double whole = -1e9;
      for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
        Vector3 position = lattice.position[at(i)];
        if (lattice.dimension == 2) position[0] *= std::sqrt(3.0);
        const double h = height(position, facets[k]);
        whole = std::max(whole, h);
        if (!lattice.in_shell(i)) core = std::max(core, h);
      }
      EXPECT_GT(whole, core + 0.4) << name_of_crystal(spec);
    }
  }
}

/// Rank of the bonds' equations (u_j - u_i) . alpha = 0, by elimination in floating point.
bool nothing_bends(const Lattice& lattice) {
  const auto d = static_cast<std::size_t>(lattice.dimension);
  std::vector<std::vector<double>> pivots;
  for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
    for (std::size_t k = 0; k < lattice.direction.size(); ++k) {
      const Site j = lattice.neighbours(i)[k];
      if (j < i) continue;
      std::vector<double> row(d * lattice.sites());
      for (std::size_t x = 0; x < d; ++x) {
        row[d * at(j) + x] = lattice.direction[k][x];
        row[d * at(i) + x] = -lattice.direction[k][x];
      }
      for (const std::vector<double>& pivot : pivots) {  // orthonormal
        const double along = std::inner_product(row.begin(), row.end(), pivot.begin(), 0.0);
        if (along == 0) continue;
        for (std::size_t x = 0; x < row.size(); ++x) row[x] -= along * pivot[x];
      }
      const double left = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
      if (left < 1e-8) continue;
      for (double& x : row) x /= left;
      pivots.push_back(std::move(row));
    }
  }
  return pivots.size() + (d == 2 ? 3 : 6) == d * lattice.sites();
}

TEST(Shapes, OfAllSizesAreInOnePieceThatNothingBends) {
  for (const Shape& shape : shapes()) {
    int tried = 0;
    for (int a = 1; a <= 4; ++a) {
      for (int b = shape.sizes > 1 ? 1 : 0; b <= (shape.sizes > 1 ? 3 : 0); ++b) {
        for (int c = shape.sizes > 2 ? 1 : 0; c <= (shape.sizes > 2 ? 2 : 0); ++c) {
          for (const int layers : {0, 1}) {
            const LatticeSpec spec{.shape = std::string(shape.name), .size = {a, b, c}, .shell_layers = layers};
            if (error_of(spec) != "no error") continue;
            ++tried;
            const Lattice lattice = make_lattice_without_symmetry(spec);
            EXPECT_TRUE(is_rigid(lattice)) << name_of_crystal(spec);
          }
        }
      }
    }
    EXPECT_GT(tried, 2) << shape.name;
  }
}

Lattice lattice_of_cells(int dimension, std::vector<Cell> cells) {
  return make_lattice_without_symmetry({.shape = "sites", .sites = SiteList(dimension, std::move(cells))});
}

TEST(Rigidity, IsThatOfTheEquationsOfTheBonds) {
  const std::vector<Lattice> lattices{
      lattice_of_cells(2, {{0, 0, 0}, {0, 1, 0}, {1, 0, 0}}),                                      // a triangle
      lattice_of_cells(2, {{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {2, -1, 0}, {2, 0, 0}}),               // two at a corner
      lattice_of_cells(2, {{0, 0, 0}, {0, 1, 0}, {0, 2, 0}}),                                      // a line
      lattice_of_cells(3, {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}),  // no tetrahedron
      lattice_of_cells(3, {{0, 0, 0}, {0, 0, 1}, {0, 1, 0}, {0, 1, 1}}),                           // a square
      // two cubes with a common edge are a hinge, with a common face none
      lattice_of_cells(3, {{0, 0, 0},
                           {0, 0, 1},
                           {0, 1, 0},
                           {0, 1, 1},
                           {1, 0, 0},
                           {1, 0, 1},
                           {1, 1, 0},
                           {1, 1, 1},
                           {1, 2, 0},
                           {1, 2, 1},
                           {2, 1, 0},
                           {2, 1, 1},
                           {2, 2, 0},
                           {2, 2, 1}}),
      make_lattice_without_symmetry({"sphere", {2, 0, 0}, 0}),
      make_lattice_without_symmetry({"hexagonal_plate", {3, 2, 0}, 0})};
  int rigid = 0;
  for (const Lattice& lattice : lattices) {
    EXPECT_EQ(is_rigid(lattice), nothing_bends(lattice)) << lattice.sites();
    rigid += is_rigid(lattice) ? 1 : 0;
  }
  EXPECT_EQ(rigid, 5);
}

// Hexagons of random sites, some of which hang loosely.
TEST(Rigidity, OfRandomCrystalsIsThatOfTheEquationsOfTheirBonds) {
  std::mt19937 random(3);
  int rigid = 0;
  constexpr int crystals = 60;
  for (int k = 0; k < crystals; ++k) {
    const bool flat = k % 2 == 0;
    const Lattice whole =
        flat ? make_lattice_without_symmetry(hexagon(4)) : make_lattice_without_symmetry(box(3, 3, 4));
    std::vector<Cell> cells;
    for (const Cell& cell : whole.cell)
      if (random() % 10 < (flat ? 8 : 5)) cells.push_back(cell);
    if (!is_connected(cells, whole.dimension)) continue;
    const Lattice lattice = lattice_of_cells(whole.dimension, std::move(cells));
    EXPECT_EQ(is_rigid(lattice), nothing_bends(lattice)) << "crystal " << k;
    rigid += is_rigid(lattice) ? 1 : 0;
  }
  EXPECT_GT(rigid, 5);
  EXPECT_LT(rigid, 50);
}

TEST(LatticeErrors, SayWhichProportionsAreImpossible) {
  EXPECT_EQ(error_of({"rectangle", {4, 1, 0}}),
            "rectangle size 4x1 with 0 shell layers: every edge of the whole crystal needs at least 2 sites; use a "
            "larger size or add a shell layer");
  EXPECT_EQ(error_of({"rectangle", {4, 1, 0}, 1}),
            "rectangle size 4x1: every other row would be empty; rows need at least 2 sites");
  EXPECT_EQ(
      error_of({"rectangle", {4, 2, 0}}),
      "rectangle size 4x2: triangles that hang together by their corners turn without force; rows need at least 3 "
      "sites, or a shell");
  EXPECT_EQ(error_of({"truncated_cube", {6, 3, 0}}),
            "truncated_cube size 6x3: cuts of 3 planes meet along edges of 6 sites; at most 2 can be cut off");
  EXPECT_EQ(error_of({"hexagonal_plate", {2, 3, 0}}),
            "hexagonal_plate size 2x3: its outer planes turn against each other without force; use a larger size, or a "
            "shell");
  EXPECT_EQ(
      error_of({"hexagonal_plate", {1, 3, 0}, 1}),
      "hexagonal_plate size 1x3: sites one above the other along [111] have no bonds; edges need at least 2 sites");
}

TEST(LatticeErrors, RefuseMoreRowsThanCanBeCounted) {
  EXPECT_EQ(error_of({"sphere", {1000000000, 0, 0}}),
            "sphere size 1000000000: more than 1e+07 rows of sites, which are gone through one by one; use a smaller "
            "size");
  EXPECT_EQ(
      error_of({"disc", {3, 0, 0}, 1000000000}),
      "disc size 3 with 1000000000 shell layers: more than 1e+07 rows of sites, which are gone through one by one; "
      "use a smaller size");
}

TEST(LatticeErrors, RefuseFacetsThatThereAreNot) {
  EXPECT_EQ(error_of({"disc", {3, 0, 0}, 1, Boundary::free, 1}), "covered facets 0x1: a disc has 0 facets");
  EXPECT_EQ(error_of({"box", {3, 3, 3}, 0, Boundary::free, 1}),
            "covered facets: without shell layers nothing covers them");
}

}  // namespace
}  // namespace nxmc

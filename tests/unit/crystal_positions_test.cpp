// Positions of sites in the lengths of a material.
#include "nxmc/elastic/crystal_positions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "nxmc/elastic/displacements.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {
namespace {

constexpr double edge_A = 5.94;
constexpr double edge_B = 5.81;

Lattice box(int x, int y, int z) {
  LatticeSpec spec;
  spec.shape = "box";
  spec.size = {x, y, z};
  return make_lattice_without_symmetry(spec);
}

Site site_at(const Lattice& lattice, const Cell& cell) {
  for (std::size_t i = 0; i < lattice.sites(); ++i)
    if (lattice.cell[i] == cell) return static_cast<Site>(i);
  return no_site;
}

TEST(DilationPerMismatch, IsTheSpacingOfLeastEnergyOfOneCompound) {
  // 6 bonds of length 1 and 12 of sqrt 2 that all want to be Delta longer: 3 (s - D)^2 + 6 (sqrt 2 s - D)^2 is least.
  const auto energy = [](double s) { return 3 * std::pow(s - 1, 2) + 6 * std::pow(std::sqrt(2.0) * s - 1, 2); };
  const double s = dilation_per_mismatch(box(2, 2, 2));
  EXPECT_LT(energy(s), energy(s + 1e-4));
  EXPECT_LT(energy(s), energy(s - 1e-4));
  LatticeSpec flat;
  flat.size = {3, 0, 0};
  EXPECT_DOUBLE_EQ(dilation_per_mismatch(make_lattice_without_symmetry(flat)), 1);
}

TEST(CrystalPositions, OfOneCompoundAreItsOwnLattice) {
  const Lattice lattice = box(3, 4, 5);
  const CrystalPositions positions(lattice, 2, edge_A, edge_B, true);
  for (const auto& [sign, edge] : {std::pair{1, edge_A}, {-1, edge_B}}) {
    const std::vector<Vector3> x =
        positions.of(std::vector<std::int8_t>(lattice.sites(), static_cast<std::int8_t>(sign)));
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(x[i][k], edge * lattice.position[i][k], 1e-12);
  }
}

TEST(CrystalPositions, OfTwoHalvesOfARodHaveTheSpacingsOfTheirCompounds) {
  const Lattice lattice = box(6, 6, 36);
  std::vector<std::int8_t> sigma;
  for (const Cell& cell : lattice.cell) sigma.push_back(cell[2] < 18 ? 1 : -1);
  const std::vector<Vector3> x = CrystalPositions(lattice, 1, edge_A, edge_B, true).of(sigma);
  const auto spacing = [&](int z) {
    const auto here = static_cast<std::size_t>(site_at(lattice, {3, 3, z}));
    const auto next = static_cast<std::size_t>(site_at(lattice, {3, 3, z + 1}));
    return x[next][2] - x[here][2];
  };
  const double mean = (edge_A + edge_B) / 2;
  // Bonds at surfaces are missing, which changes the mismatch of so thin a rod by two per cent.
  EXPECT_NEAR((spacing(8) - mean) / (edge_A - mean), 1, 0.03);
  EXPECT_NEAR((spacing(27) - mean) / (edge_B - mean), 1, 0.03);
}

TEST(CrystalPositions, WithoutRelaxationAreTheLatticeOfTheMeanComposition) {
  const Lattice lattice = box(2, 2, 4);
  std::vector<std::int8_t> sigma(lattice.sites(), 1);
  for (std::size_t i = 0; i < 4; ++i) sigma[i] = -1;
  const std::vector<Vector3> x = CrystalPositions(lattice, 1, edge_A, edge_B, false).of(sigma);
  const double edge = 0.75 * edge_A + 0.25 * edge_B;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(x[i][k], edge * lattice.position[i][k], 1e-12);
}

TEST(CrystalPositions, DisplaceAsFarAsTheMismatchOfTheMaterialSays) {
  const Lattice lattice = box(4, 4, 4);
  std::vector<std::int8_t> sigma;
  for (const Cell& cell : lattice.cell) sigma.push_back(cell[0] + 2 * cell[1] < 5 ? 1 : -1);
  const std::vector<double> u = DisplacementSolver(lattice, 3, default_mismatch).solve(sigma);
  const std::vector<Vector3> lattice_only = CrystalPositions(lattice, 3, edge_A, edge_B, false).of(sigma);
  const std::vector<Vector3> relaxed = CrystalPositions(lattice, 3, edge_A, edge_B, true).of(sigma);
  const double factor = (edge_A - edge_B) / 2 / dilation_per_mismatch(lattice) / default_mismatch;
  for (std::size_t i = 0; i < relaxed.size(); ++i)
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(relaxed[i][k] - lattice_only[i][k], factor * u[3 * i + k], 1e-9);
}

}  // namespace
}  // namespace nxmc

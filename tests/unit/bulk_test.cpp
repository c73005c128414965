// Periodic crystals: their lattice, V(k) at the wave vectors where it is known exactly, V and displacements against a
// brute-force minimiser on a torus, and energies of ordered states.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <string>
#include <vector>

#include "engine_crystals.hpp"
#include "nxmc/elastic/displacements.hpp"
#include "nxmc/elastic/kernel.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/model/hamiltonian.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {
namespace {

using testing_tools::rhombus;

LatticeSpec cell(int x, int y, int z) { return testing_tools::periodic(testing_tools::box(x, y, z)); }

std::vector<LatticeSpec> tori() {
  return {rhombus(4, 4), rhombus(3, 5), rhombus(6, 4), cell(3, 3, 3), cell(4, 4, 4), cell(3, 4, 5)};
}

std::string name_of(const LatticeSpec& spec) { return lattice_word(spec) + " " + size_word(spec); }

// ---- lattice

TEST(PeriodicLattice, HasAllBondsInBothDirectionsAndNoSurface) {
  for (const LatticeSpec& spec : tori()) {
    SCOPED_TRACE(name_of(spec));
    const Lattice lattice = make_lattice(spec);
    EXPECT_EQ(lattice.sites(), static_cast<std::size_t>(count_sites(spec)));
    EXPECT_EQ(lattice.core.size(), lattice.sites());
    EXPECT_TRUE(lattice.boundary.empty());
    const auto z = static_cast<std::size_t>(lattice.coordination);
    for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
      EXPECT_EQ(lattice.bonds_of(i), lattice.coordination);
      EXPECT_FALSE(lattice.in_shell(i));
      for (std::size_t k = 0; k < z; ++k)
        EXPECT_EQ(lattice.neighbours(lattice.neighbours(i)[k])[(k + z / 2) % z], i) << "direction " << k;
    }
  }
}

TEST(PeriodicLattice, HasTheSymmetryThatItIsSaidToHave) {
  for (const LatticeSpec& spec : tori()) {
    SCOPED_TRACE(name_of(spec));
    const Lattice lattice = make_lattice(spec);
    EXPECT_EQ(lattice.symmetry.size(), static_cast<std::size_t>(count_symmetries(spec)));
    for (const std::vector<Site>& images : lattice.symmetry) {
      EXPECT_EQ(images.front(), 0);
      for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i)
        for (const Site j : lattice.neighbours(i)) {
          const auto of_image = lattice.neighbours(images[static_cast<std::size_t>(i)]);
          EXPECT_NE(std::ranges::find(of_image, images[static_cast<std::size_t>(j)]), of_image.end());
        }
    }
  }
  EXPECT_EQ(count_symmetries(rhombus(6, 6)), 12);
  EXPECT_EQ(count_symmetries(rhombus(6, 4)), 2);
  EXPECT_EQ(count_symmetries(cell(4, 4, 4)), 48);
  EXPECT_EQ(count_symmetries(cell(4, 4, 6)), 16);
}

TEST(PeriodicLattice, TranslationsLeadWhereTheySay) {
  for (const LatticeSpec& spec : tori()) {
    const Lattice lattice = make_lattice(spec);
    for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
      EXPECT_EQ(translated(lattice, i, i), 0);
      for (std::size_t k = 0; k < lattice.direction.size(); ++k)
        EXPECT_EQ(translated(lattice, i, lattice.neighbours(i)[k]), lattice.neighbours(0)[k]);
    }
  }
}

TEST(PeriodicLattice, RefusesWhatItCannotBe) {
  EXPECT_THROW(make_lattice(rhombus(2, 8)), std::invalid_argument);
  EXPECT_THROW(make_lattice(cell(3, 3, 2)), std::invalid_argument);
  LatticeSpec with_shell = rhombus(6, 6);
  with_shell.shell_layers = 1;
  EXPECT_THROW(make_lattice(with_shell), std::invalid_argument);
}

// ---- V(k)

/// sum_R V(R) cos(k.R) of the first row; k in turns along each edge.
double V_of_k(const OwnedKernel& owned, double a, double b, double c = 0) {
  const Lattice& lattice = owned.lattice();
  double sum = 0;
  for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
    const Cell& at = lattice.cell[static_cast<std::size_t>(i)];
    sum += owned.kernel().entry(0, i) * std::cos(2 * std::numbers::pi * (a * at[0] + b * at[1] + c * at[2]));
  }
  return sum;
}

TEST(BulkKernel, OfTheTriangularLatticeHasTheExactValues) {
  const OwnedKernel owned({.lattice = rhombus(12, 12)});
  EXPECT_NEAR(V_of_k(owned, 0, 0), 0, 1e-12);
  for (const auto& [a, b] : {std::pair{0.5, 0.0}, std::pair{0.0, 0.5}, std::pair{0.5, 0.5}})
    EXPECT_NEAR(V_of_k(owned, a, b), 4, 1e-12) << "M";
  EXPECT_NEAR(V_of_k(owned, 1.0 / 3, 2.0 / 3), 3, 1e-12) << "K";
  EXPECT_NEAR(V_of_k(owned, 2.0 / 3, 1.0 / 3), 3, 1e-12) << "K'";
  const OwnedKernel large({.lattice = rhombus(60, 60)});
  EXPECT_NEAR(V_of_k(large, 1.0 / 60, 0), 4, 2e-3) << "towards k = 0";
  EXPECT_NEAR(V_of_k(large, 1.0 / 60, 1.0 / 60), 4, 6e-3) << "from any direction";
}

TEST(BulkKernel, OfTheCubicLatticeHasTheExactValues) {
  constexpr double rounding = 2e-12;  // of 216 entries to the grid of 2^-43
  const OwnedKernel owned({.lattice = cell(6, 6, 6)});
  EXPECT_NEAR(V_of_k(owned, 0, 0, 0), 0, rounding);
  EXPECT_NEAR(V_of_k(owned, 0.5, 0, 0), 16, rounding) << "X";
  EXPECT_NEAR(V_of_k(owned, 0.5, 0.5, 0), 12, rounding) << "M";
  EXPECT_NEAR(V_of_k(owned, 0, 0.5, 0.5), 12, rounding) << "M";
  EXPECT_NEAR(V_of_k(owned, 0.5, 0.5, 0.5), 24, rounding) << "R";
  const OwnedKernel large({.lattice = cell(24, 24, 24)});
  EXPECT_NEAR(V_of_k(large, 1.0 / 24, 0, 0), 16.458, 0.05) << "towards k = 0";
}

// ---- the minimiser

/// D and C of the torus, dense, bond by bond from both ends.
struct Torus {
  explicit Torus(const Lattice& lattice)
      : d(lattice.dimension),
        n(static_cast<Eigen::Index>(lattice.sites())),
        stiffness(Eigen::MatrixXd::Zero(d * n, d * n)),
        coupling(Eigen::MatrixXd::Zero(d * n, n)),
        overlap(Eigen::MatrixXd::Zero(n, n)) {
    for (Eigen::Index i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < lattice.direction.size(); ++k) {
        const Eigen::Index j = lattice.neighbours(static_cast<Site>(i))[k];
        const Eigen::VectorXd alpha = Eigen::Vector3d::Map(lattice.direction[k].data()).head(d);
        stiffness.block(d * i, d * i, d, d) += alpha * alpha.transpose();
        stiffness.block(d * i, d * j, d, d) -= alpha * alpha.transpose();
        coupling.block(d * i, i, d, 1) -= alpha;
        coupling.block(d * i, j, d, 1) -= alpha;
        overlap(i, i) += 1;
        overlap(i, j) += 1;
      }
    }
  }
  Eigen::MatrixXd displacements() const {
    return stiffness.completeOrthogonalDecomposition().pseudoInverse() * coupling;
  }
  Eigen::MatrixXd V() const {
    const Eigen::MatrixXd bare = overlap - coupling.transpose() * displacements();
    const Eigen::MatrixXd P =
        Eigen::MatrixXd::Identity(n, n) - Eigen::MatrixXd::Constant(n, n, 1.0 / static_cast<double>(n));
    return P * bare * P;
  }

  Eigen::Index d;
  Eigen::Index n;
  Eigen::MatrixXd stiffness;
  Eigen::MatrixXd coupling;
  Eigen::MatrixXd overlap;
};

TEST(BulkKernel, IsThatOfABruteForceMinimiser) {
  for (const LatticeSpec& spec : tori()) {
    SCOPED_TRACE(name_of(spec));
    const OwnedKernel owned({.lattice = spec});
    const Eigen::MatrixXd V = Torus(owned.lattice()).V();
    for (Eigen::Index i = 0; i < V.rows(); ++i)
      for (Eigen::Index j = 0; j < V.cols(); ++j)
        ASSERT_NEAR(owned.kernel().entry(static_cast<Site>(i), static_cast<Site>(j)), V(i, j), 1e-12) << i << ", " << j;
  }
}

Occupation random_occupation(std::size_t sites, std::uint64_t number) {
  Stream stream(7, Identity{.high = number, .low = 0});
  Occupation sigma(sites);
  for (Spin& spin : sigma) spin = stream.below(2) == 0 ? Spin{-1} : Spin{1};
  return sigma;
}

TEST(BulkDisplacements, AreThoseOfABruteForceMinimiser) {
  for (const LatticeSpec& spec : tori()) {
    SCOPED_TRACE(name_of(spec));
    const Lattice lattice = make_lattice(spec);
    const Occupation sigma = random_occupation(lattice.sites(), 3);
    const std::vector<double> u = DisplacementSolver(lattice, 1).solve(sigma);
    const Torus torus(lattice);
    const Eigen::VectorXd spins = Eigen::Map<const Eigen::VectorX<Spin>>(sigma.data(), torus.n).cast<double>();
    const Eigen::VectorXd expected = default_mismatch / 2 * torus.displacements() * spins;
    ASSERT_EQ(u.size(), static_cast<std::size_t>(expected.size()));
    for (std::size_t k = 0; k < u.size(); ++k) EXPECT_NEAR(u[k], expected[static_cast<Eigen::Index>(k)], 1e-12) << k;
  }
}

// ---- reading it

// Beyond 64 MiB rows are translated on the fly.
TEST(BulkKernel, OfALargeCrystalIsThatOfASmallOne) {
  const Lattice lattice = make_lattice(rhombus(56, 60));
  const Orbits orbits = find_orbits(lattice);
  const ReducedKernel reduced = build_kernel(lattice, {.lattice = lattice.spec});
  ASSERT_EQ(reduced.rows.size(), lattice.sites()) << "one row";
  ASSERT_EQ(Kernel::storage_size(lattice, orbits), lattice.sites());
  std::vector<double> storage(lattice.sites());
  Kernel::store(reduced.rows, lattice, orbits, storage);
  std::vector<double> in_full(lattice.sites() * lattice.sites());
  Kernel::store(reduced.rows, lattice, orbits, in_full);
  const Kernel translated_on_the_fly(lattice, orbits, storage);
  const Kernel written_out(lattice, orbits, in_full);
  for (const Site i : {0, 1, 59, 60, 1234, 3359}) {
    for (Site j = 0; j < static_cast<Site>(lattice.sites()); j += 7) {
      EXPECT_EQ(translated_on_the_fly.entry(i, j), written_out.entry(i, j));
      EXPECT_EQ(written_out.entry(i, j), written_out.entry(j, i));
    }
    std::vector<double> phi(lattice.sites(), 0.0);
    std::vector<double> expected(lattice.sites(), 0.0);
    translated_on_the_fly.add_row(2, i, phi);
    written_out.add_row(2, i, expected);
    translated_on_the_fly.add_difference(-2, i, 17, phi);
    written_out.add_difference(-2, i, 17, expected);
    EXPECT_EQ(phi, expected) << i;
  }
  for (const double sum : translated_on_the_fly.row_sums()) EXPECT_EQ(sum, 0);
}

// ---- ordered states

/// Per site, in epsilon.
double energy_per_site(const OwnedKernel& owned, const Occupation& sigma) {
  return total_energy(owned.lattice(), &owned.kernel(), {}, 0, sigma) / static_cast<double>(sigma.size());
}

TEST(BulkEnergies, OfOrderedStatesAreThoseOfTheirWaveVectors) {
  const OwnedKernel owned({.lattice = rhombus(12, 12)});
  const Lattice& lattice = owned.lattice();
  Occupation superlattice(lattice.sites(), -1);
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    const Cell& at = lattice.cell[i];
    if ((at[0] - at[1] + 12) % 3 == 0) superlattice[i] = 1;
  }
  EXPECT_NEAR(energy_per_site(owned, superlattice), 4.0 / 3, 1e-12) << "S2 at c = 1/3";
  const OwnedKernel cubic({.lattice = cell(4, 4, 4)});
  Occupation columns(cubic.lattice().sites(), -1);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Cell& at = cubic.lattice().cell[i];
    if ((at[0] + at[1]) % 2 == 0) columns[i] = 1;
  }
  EXPECT_NEAR(energy_per_site(cubic, columns), 6, 1e-12) << "columns: V(M) / 2";
  EXPECT_EQ(energy_per_site(cubic, Occupation(columns.size(), 1)), 0) << "a uniform crystal";
}

// Of like and unlike pairs a fixed composition has 1 / (N - 1) more of the latter, and the row of V adds up to 0.
TEST(BulkEnergies, OfRandomMixingAreTheMeanOfV) {
  const OwnedKernel owned({.lattice = rhombus(12, 12)});
  Occupation sigma(owned.lattice().sites(), -1);
  const auto n = static_cast<double>(sigma.size());
  std::fill(sigma.begin(), sigma.begin() + static_cast<std::ptrdiff_t>(sigma.size() / 2), Spin{1});
  Stream stream(11, Identity{.high = 1, .low = 2});
  double sum = 0;
  double square = 0;
  constexpr int draws = 400;
  for (int draw = 0; draw < draws; ++draw) {
    for (std::size_t k = sigma.size() - 1; k > 0; --k) std::swap(sigma[k], sigma[stream.below(k + 1)]);
    const double energy = energy_per_site(owned, sigma);
    sum += energy;
    square += energy * energy;
  }
  const double mean = sum / draws;
  const double error = std::sqrt((square / draws - mean * mean) / draws);
  EXPECT_NEAR(mean, owned.kernel().entry(0, 0) / 2 * n / (n - 1), 3.3 * error);
  EXPECT_NEAR(mean, 1.81, 0.02);
}

}  // namespace
}  // namespace nxmc

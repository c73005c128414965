// The elastic kernel and displacements against the authors' program, against the properties that V must have, and
// against a minimiser of the elastic energy that knows nothing of D, C and S.
#include "nxmc/elastic/kernel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>

#include "crystals_of_all_shapes.hpp"
#include "nxmc/elastic/displacements.hpp"
#include "reference.hpp"

namespace nxmc {
namespace {

using test::read_reference;

using Sigma = std::vector<std::int8_t>;

std::size_t at(Site i) { return static_cast<std::size_t>(i); }

const KernelSpec reference_hexagon{{"hexagon", {3, 0, 0}, 1}, 10};
const KernelSpec reference_cube{{"box", {2, 2, 2}, 1}, 10};

/// Crystals on which the independent minimiser is quick: with and without shell, softer and stiffer than the core.
std::vector<KernelSpec> hexagons_and_boxes() {
  return {{{"hexagon", {3, 0, 0}, 0}, 1}, {{"hexagon", {2, 0, 0}, 2}, 10}, {{"hexagon", {3, 0, 0}, 1}, 0.3},
          {{"box", {3, 3, 3}, 0}, 1},     {{"box", {2, 2, 2}, 1}, 10},     {{"box", {2, 1, 3}, 1}, 0.3},
          {{"box", {2, 2, 5}, 0}, 1}};
}

std::vector<KernelSpec> small_crystals() {
  std::vector<KernelSpec> specs = hexagons_and_boxes();
  for (const LatticeSpec& lattice : testing_tools::crystals_of_all_shapes())
    specs.push_back({lattice, lattice.shell_layers > 0 ? 5.0 : 1.0});
  return specs;
}

std::string name(const KernelSpec& spec) { return testing_tools::name_of_crystal(spec.lattice); }

std::vector<double> matrix_of(const KernelSpec& spec) {
  const OwnedKernel owned(spec);
  const std::size_t n = owned.kernel().sites();
  std::vector<double> V(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) V[i * n + j] = owned.kernel().entry(static_cast<Site>(i), static_cast<Site>(j));
  }
  return V;
}

/// P V P written out as products with P.
std::vector<double> projected(const std::vector<double>& V) {
  const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(V.size()))));
  const auto mean = [n](const std::vector<double>& A, std::size_t first, std::size_t step) {
    double sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += A[first + k * step];
    return sum / static_cast<double>(n);
  };
  std::vector<double> PV = V;
  for (std::size_t j = 0; j < n; ++j) {
    const double m = mean(V, j, n);
    for (std::size_t i = 0; i < n; ++i) PV[i * n + j] -= m;
  }
  std::vector<double> PVP = PV;
  for (std::size_t i = 0; i < n; ++i) {
    const double m = mean(PV, i * n, 1);
    for (std::size_t j = 0; j < n; ++j) PVP[i * n + j] -= m;
  }
  return PVP;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k) largest = std::max(largest, std::abs(a[k] - b[k]));
  return largest;
}

Sigma random_sigma(std::size_t sites, unsigned seed) {
  std::mt19937 random(seed);
  Sigma sigma(sites);
  for (std::int8_t& s : sigma) s = random() % 2 == 0 ? std::int8_t{1} : std::int8_t{-1};
  return sigma;
}

std::vector<double> deviations(const Sigma& sigma) {
  const double mean = std::accumulate(sigma.begin(), sigma.end(), 0) / static_cast<double>(sigma.size());
  std::vector<double> delta;
  for (const std::int8_t s : sigma) delta.push_back(s - mean);
  return delta;
}

/// Eq. 4 as a sum over springs, in units of epsilon: 2 w / Delta^2 times the squared difference between the elongation
/// of each bond and its natural one, (Delta/2)(delta_R + delta_R').
class BondEnergy {
 public:
  BondEnergy(const Lattice& lattice, double shell_stiffness) : dimension_(static_cast<std::size_t>(lattice.dimension)) {
    for (Site i = 0; i < static_cast<Site>(lattice.sites()); ++i) {
      for (std::size_t k = 0; k < lattice.direction.size(); ++k) {
        const Site j = lattice.neighbours(i)[k];
        if (j < i) continue;  // each bond once; no_site is negative
        const bool stiff = lattice.in_shell(i) && lattice.in_shell(j);
        bonds_.push_back({at(i), at(j), lattice.direction[k], stiff ? shell_stiffness : 1});
      }
    }
  }

  double energy(const std::vector<double>& u, const std::vector<double>& delta) const {
    double sum = 0;
    for (const Bond& bond : bonds_) sum += bond.w * std::pow(elongation(bond, u) - natural(bond, delta), 2);
    return prefactor * sum;
  }

  std::vector<double> gradient(const std::vector<double>& u, const std::vector<double>& delta) const {
    std::vector<double> result(u.size());
    for (const Bond& bond : bonds_) {
      const double tension = 2 * prefactor * bond.w * (elongation(bond, u) - natural(bond, delta));
      for (std::size_t x = 0; x < dimension_; ++x) {
        result[dimension_ * bond.to + x] += tension * bond.alpha[x];
        result[dimension_ * bond.from + x] -= tension * bond.alpha[x];
      }
    }
    return result;
  }

  /// Change of each bond's length: what is left of displacements when rigid motions are taken out.
  std::vector<double> elongations(const std::vector<double>& u) const {
    std::vector<double> result;
    for (const Bond& bond : bonds_) result.push_back(elongation(bond, u));
    return result;
  }

 private:
  static constexpr double prefactor = 2 / (default_mismatch * default_mismatch);
  struct Bond {
    std::size_t from;
    std::size_t to;
    Vector3 alpha;
    double w;
  };
  double elongation(const Bond& bond, const std::vector<double>& u) const {
    double sum = 0;
    for (std::size_t x = 0; x < dimension_; ++x) {
      sum += bond.alpha[x] * (u[dimension_ * bond.to + x] - u[dimension_ * bond.from + x]);
    }
    return sum;
  }
  static double natural(const Bond& bond, const std::vector<double>& delta) {
    return default_mismatch / 2 * (delta[bond.from] + delta[bond.to]);
  }

  std::size_t dimension_;
  std::vector<Bond> bonds_;
};

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Displacements of least energy, by conjugate gradients on the energy's gradient.
std::vector<double> minimise(const BondEnergy& bonds, std::size_t unknowns, const std::vector<double>& delta) {
  const std::vector<double> no_delta(delta.size());
  std::vector<double> u(unknowns);
  std::vector<double> residual = bonds.gradient(u, delta);
  for (double& r : residual) r = -r;
  std::vector<double> direction = residual;
  const double start = dot(residual, residual);
  double squared = start;
  for (std::size_t step = 0; step < 20 * unknowns && squared > 1e-28 * start; ++step) {
    const std::vector<double> curvature = bonds.gradient(direction, no_delta);
    const double length = squared / dot(direction, curvature);
    for (std::size_t k = 0; k < unknowns; ++k) u[k] += length * direction[k];
    for (std::size_t k = 0; k < unknowns; ++k) residual[k] -= length * curvature[k];
    const double next = dot(residual, residual);
    for (std::size_t k = 0; k < unknowns; ++k) direction[k] = residual[k] + next / squared * direction[k];
    squared = next;
  }
  EXPECT_LE(squared, 1e-28 * start);
  return u;
}

double quadratic_form(const Kernel& V, const std::vector<double>& x) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) sum += x[i] * V.entry(static_cast<Site>(i), static_cast<Site>(j)) * x[j];
  }
  return sum;
}

TEST(Kernel, AgreesWithTheAuthorsProgramOnTheHexagon) {
  const auto reference = read_reference("hexagon_core3_shell1_K10.txt");
  EXPECT_LT(largest_difference(matrix_of(reference_hexagon), projected(reference.V)), 1e-11);
}

TEST(Kernel, AgreesWithTheAuthorsProgramOnTheCube) {
  const auto reference = read_reference("cube_core2_shell1_K10.txt");
  EXPECT_LT(largest_difference(matrix_of(reference_cube), projected(reference.V)), 1e-11);
}

TEST(Kernel, UnprojectedAgreesWithTheAuthorsProgramAsPrinted) {
  for (const auto& [spec, file] : {std::pair{reference_hexagon, "hexagon_core3_shell1_K10.txt"},
                                   std::pair{reference_cube, "cube_core2_shell1_K10.txt"}}) {
    const std::vector<double> V = matrix_of({spec.lattice, spec.shell_stiffness, false});
    EXPECT_LT(largest_difference(V, read_reference(file).V), 1e-11) << file;
  }
}

/// Largest differences on the diagonal and off it. \param A, B  N x N
std::pair<double, double> differences_on_and_off_the_diagonal(const std::vector<double>& A,
                                                              const std::vector<double>& B) {
  const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(A.size()))));
  double on = 0;
  double off = 0;
  for (std::size_t k = 0; k < A.size(); ++k) {
    double& largest = k % (n + 1) == 0 ? on : off;
    largest = std::max(largest, std::abs(A[k] - B[k]));
  }
  return {on, off};
}

// Both are rounded to 2^-grid, entry by entry: half a step here, and at most four halves where the unprojected one is
// projected. What rounding leaves of the sum of a row, half a step for each site, is taken from the diagonal.
TEST(Kernel, ProjectedIsTheProjectionOfTheUnprojected) {
  constexpr double arithmetic = 5e-14;
  for (const KernelSpec& spec : small_crystals()) {
    const Lattice lattice = make_lattice(spec.lattice);
    const KernelSpec unprojected{spec.lattice, spec.shell_stiffness, false};
    const double step =
        std::ldexp(1, -std::min(build_kernel(lattice, spec).grid, build_kernel(lattice, unprojected).grid));
    const auto [on, off] = differences_on_and_off_the_diagonal(matrix_of(spec), projected(matrix_of(unprojected)));
    EXPECT_LT(off, 2.5 * step + arithmetic) << name(spec);
    EXPECT_LT(on, (static_cast<double>(lattice.sites()) / 2 + 2.5) * step + arithmetic) << name(spec);
  }
}

TEST(Kernel, ProjectedIsTheProjectionToTwelveDigitsOnTheSmallestCrystals) {
  for (const KernelSpec& spec : hexagons_and_boxes()) {
    const std::vector<double> raw = matrix_of({spec.lattice, spec.shell_stiffness, false});
    EXPECT_LT(largest_difference(matrix_of(spec), projected(raw)), 1e-12) << name(spec);
  }
}

TEST(Kernel, UniformCompositionCostsNothing) {
  std::vector<KernelSpec> specs = small_crystals();
  specs.push_back({{"hexagon", {23, 0, 0}, 1}, 10});
  specs.push_back({{"box", {9, 9, 9}, 1}, 10});
  for (const KernelSpec& spec : specs) {
    const OwnedKernel owned(spec);
    EXPECT_THAT(owned.kernel().row_sums(), testing::Each(0.0)) << name(spec);
  }
}

// Nearest and next-nearest bonds cannot both relax in space, so the projection is no formality there.
TEST(Kernel, UnprojectedForgivesUniformCompositionInThePlaneOnly) {
  for (const LatticeSpec& lattice : {LatticeSpec{"hexagon", {4, 0, 0}, 1}, LatticeSpec{"hexagon", {23, 0, 0}, 1}}) {
    const OwnedKernel plane({lattice, 10, false});
    for (const double sum : plane.kernel().row_sums()) EXPECT_LT(std::abs(sum), 1e-11);
  }
  const OwnedKernel space({{"box", {3, 3, 3}, 1}, 10, false});
  EXPECT_GT(std::abs(space.kernel().row_sums().front()), 0.1);
}

TEST(Kernel, EnergyIsTheMinimumOverDisplacements) {
  for (const KernelSpec& spec : small_crystals()) {
    const OwnedKernel owned(spec);
    const OwnedKernel raw({spec.lattice, spec.shell_stiffness, false});
    const BondEnergy bonds(owned.lattice(), spec.shell_stiffness);
    const auto unknowns = static_cast<std::size_t>(owned.lattice().dimension) * owned.lattice().sites();
    for (const unsigned seed : {1U, 2U, 3U}) {
      const Sigma sigma = random_sigma(owned.lattice().sites(), seed);
      const std::vector<double> delta = deviations(sigma);
      const double minimum = bonds.energy(minimise(bonds, unknowns, delta), delta);
      const std::vector<double> as_numbers(sigma.begin(), sigma.end());
      EXPECT_NEAR(quadratic_form(owned.kernel(), as_numbers) / 2, minimum, 1e-11 * minimum) << name(spec);
      EXPECT_NEAR(quadratic_form(raw.kernel(), delta) / 2, minimum, 1e-11 * minimum) << name(spec);
    }
  }
}

// Conjugate gradients from zero never leave the range of D: like D^+, they give the displacements of least norm.
TEST(Displacements, AreThoseOfLeastEnergyAndLeastNorm) {
  for (const KernelSpec& spec : small_crystals()) {
    const Lattice lattice = make_lattice(spec.lattice);
    const BondEnergy bonds(lattice, spec.shell_stiffness);
    const DisplacementSolver solver(lattice, spec.shell_stiffness);
    const Sigma sigma = random_sigma(lattice.sites(), 4);
    const std::vector<double> u = solver.solve(sigma);
    const std::vector<double> least = minimise(bonds, u.size(), deviations(sigma));
    EXPECT_LT(largest_difference(bonds.elongations(u), bonds.elongations(least)), 1e-13) << name(spec);
    EXPECT_LT(largest_difference(u, least), 1e-11) << name(spec);
  }
}

TEST(Displacements, OfAnImageAreTheImageOfTheDisplacements) {
  for (const KernelSpec& spec : {KernelSpec{{"hexagon", {5, 0, 0}, 1}, 10}, KernelSpec{{"box", {3, 3, 6}, 0}, 1}}) {
    const Lattice lattice = make_lattice(spec.lattice);
    const auto d = static_cast<std::size_t>(lattice.dimension);
    const DisplacementSolver solver(lattice, spec.shell_stiffness);
    Sigma sigma(lattice.sites(), -1);  // slanted half and half: the configuration that bends the crystal most
    for (std::size_t i = 0; i < sigma.size(); ++i) {
      const Vector3& x = lattice.position[i];
      if (x[0] + 1.3 * x[1] + 0.4 * x[2] > 4) sigma[i] = 1;
    }
    const std::vector<double> u = solver.solve(sigma);
    for (std::size_t g = 0; g < lattice.symmetry.size(); ++g) {
      Sigma image(sigma.size());
      std::vector<double> expected(u.size(), 0.0);
      for (std::size_t i = 0; i < sigma.size(); ++i) {
        const auto j = static_cast<std::size_t>(lattice.symmetry[g][i]);
        image[j] = sigma[i];
        for (std::size_t a = 0; a < d; ++a) {
          for (std::size_t b = 0; b < d; ++b) expected[d * j + a] += lattice.rotation[g][a][b] * u[d * i + b];
        }
      }
      EXPECT_LT(largest_difference(solver.solve(image), expected), 1e-13) << name(spec) << ", operation " << g;
    }
  }
}

TEST(Displacements, GiveTheEnergyOfTheKernelOnLargeCrystals) {
  for (const KernelSpec& spec : {KernelSpec{{"hexagon", {15, 0, 0}, 1}, 10}, KernelSpec{{"box", {6, 7, 9}, 1}, 3}}) {
    const OwnedKernel owned(spec);
    const Sigma sigma = random_sigma(owned.lattice().sites(), 5);
    const std::vector<double> u = DisplacementSolver(owned.lattice(), spec.shell_stiffness).solve(sigma);
    const double energy = BondEnergy(owned.lattice(), spec.shell_stiffness).energy(u, deviations(sigma));
    EXPECT_NEAR(quadratic_form(owned.kernel(), {sigma.begin(), sigma.end()}) / 2, energy, 1e-11 * energy);
  }
}

}  // namespace
}  // namespace nxmc

// Energies and energy changes against the definitions, written out here as explicit sums over all pairs of sites.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nxmc/elastic/kernel.hpp"
#include "nxmc/lattice/lattice.hpp"
#include "nxmc/model/hamiltonian.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {
namespace {

constexpr double tolerance = 1e-10;

std::size_t index(Site i) { return static_cast<std::size_t>(i); }

/// A crystal with both of its kernels.
struct Crystal {
  std::string name;
  OwnedKernel projected;
  OwnedKernel unprojected;

  Crystal(std::string crystal_name, const LatticeSpec& lattice_spec, double shell_stiffness)
      : name(std::move(crystal_name)),
        projected({lattice_spec, shell_stiffness, true}),
        unprojected({lattice_spec, shell_stiffness, false}) {}
  const Lattice& lattice() const { return projected.lattice(); }
  const Kernel& kernel(Hamiltonian hamiltonian) const {
    return hamiltonian == Hamiltonian::exact ? projected.kernel() : unprojected.kernel();
  }
};

const std::vector<std::unique_ptr<const Crystal>>& crystals() {
  static const auto all = [] {
    std::vector<std::unique_ptr<const Crystal>> list;
    list.push_back(std::make_unique<Crystal>("hexagon 3", LatticeSpec{"hexagon", {3, 0, 0}, 0}, 1));
    list.push_back(std::make_unique<Crystal>("hexagon 3 in a stiff shell", LatticeSpec{"hexagon", {3, 0, 0}, 1}, 10));
    list.push_back(std::make_unique<Crystal>("box 2x3x4", LatticeSpec{"box", {2, 3, 4}, 0}, 1));
    list.push_back(std::make_unique<Crystal>("cube 2 in a stiff shell", LatticeSpec{"box", {2, 2, 2}, 1}, 5));
    return list;
  }();
  return all;
}

struct Physics {
  std::string name;
  Interaction interaction;
  double delta_mu;
};

const std::vector<Physics>& all_physics() {
  static const std::vector<Physics> all{{"elastic", {1, 0}, 0},
                                        {"driven elastic", {1, 0}, -20},
                                        {"weighted elastic and Ising", {0.7, 0.3}, 1.5},
                                        {"antiferromagnetic Ising", {0, -1}, 0.5},
                                        {"Ising", {0, 1}, -10},
                                        {"none", {0, 0}, -10}};
  return all;
}

Occupation random_occupation(std::size_t sites, Stream& random) {
  Occupation sigma(sites);
  const double fraction = random.uniform();
  for (Spin& s : sigma) s = random.uniform() < fraction ? 1 : -1;
  sigma.front() = 1;
  sigma.back() = -1;  // both species occur, so that there is something to swap
  return sigma;
}

Site random_site(const Lattice& lattice, Stream& random) { return static_cast<Site>(random.below(lattice.sites())); }

struct Pair {
  Site i;
  Site j;
};
Pair random_unlike_pair(const Occupation& sigma, Stream& random) {
  for (;;) {
    const auto [i, j, rest] = random.distinct_pair(static_cast<std::uint32_t>(sigma.size()));
    if (sigma[i] != sigma[j]) return {static_cast<Site>(i), static_cast<Site>(j)};
  }
}

double mean_of(const Occupation& sigma) {
  double sum = 0;
  for (const Spin s : sigma) sum += s;
  return sum / static_cast<double>(sigma.size());
}

Occupation flipped(Occupation sigma, Site i) {
  sigma[index(i)] = static_cast<Spin>(-sigma[index(i)]);
  return sigma;
}

Occupation swapped(Occupation sigma, Site i, Site j) {
  std::swap(sigma[index(i)], sigma[index(j)]);
  return sigma;
}

/// (V (sigma - mean))_i
double field_by_definition(const Kernel& V, const Occupation& sigma, double mean, Site i) {
  double field = 0;
  for (std::size_t k = 0; k < sigma.size(); ++k) field += V.entry(i, static_cast<Site>(k)) * (sigma[k] - mean);
  return field;
}

/// - J sum_bonds sigma sigma' - (delta_mu / 2) sum sigma
double local_energy_by_definition(const Lattice& lattice, const Physics& physics, const Occupation& sigma) {
  double energy = 0;
  for (Site i = 0; index(i) < sigma.size(); ++i) {
    energy -= 0.5 * physics.delta_mu * sigma[index(i)];
    for (const Site j : lattice.neighbours(i)) {
      if (j > i) energy -= physics.interaction.ising * sigma[index(i)] * sigma[index(j)];
    }
  }
  return energy;
}

/// (1/2) (sigma - mean)^T V (sigma - mean)
double elastic_energy_by_definition(const Kernel& V, const Occupation& sigma, double mean) {
  double energy = 0;
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    energy += 0.5 * (sigma[i] - mean) * field_by_definition(V, sigma, mean, static_cast<Site>(i));
  }
  return energy;
}

/// Eq. 3 of the paper with the projected kernel.
double energy_by_definition(const Crystal& crystal, const Physics& physics, const Occupation& sigma) {
  double energy = local_energy_by_definition(crystal.lattice(), physics, sigma);
  if (physics.interaction.elastic != 0) {
    energy += physics.interaction.elastic * elastic_energy_by_definition(crystal.projected.kernel(), sigma, 0);
  }
  return energy;
}

const Kernel* kernel_for(const Crystal& crystal, const Physics& physics, Hamiltonian hamiltonian) {
  return physics.interaction.elastic == 0 ? nullptr : &crystal.kernel(hamiltonian);
}

State make_state(const Crystal& crystal, const Physics& physics, Hamiltonian hamiltonian, Occupation sigma) {
  return {crystal.lattice(),   kernel_for(crystal, physics, hamiltonian),
          physics.interaction, physics.delta_mu,
          hamiltonian,         std::move(sigma)};
}

/// Calls visit(crystal, physics, sigma, random) for random configurations of every crystal and interaction.
template <class Visit>
void for_random_configurations(std::uint64_t seed, Visit visit) {
  for (const auto& crystal : crystals()) {
    for (const Physics& physics : all_physics()) {
      SCOPED_TRACE(crystal->name + ", " + physics.name);
      Stream random(seed, {1, 2});
      for (int n = 0; n < 20; ++n) {
        visit(*crystal, physics, random_occupation(crystal->lattice().sites(), random), random);
      }
    }
  }
}

TEST(TotalEnergy, IsTheDefinition) {
  for_random_configurations(1, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma, Stream&) {
    const double expected = energy_by_definition(crystal, physics, sigma);
    for (const Hamiltonian hamiltonian : {Hamiltonian::exact, Hamiltonian::published}) {
      const Kernel* const V = kernel_for(crystal, physics, hamiltonian);
      EXPECT_NEAR(total_energy(crystal.lattice(), V, physics.interaction, physics.delta_mu, sigma), expected,
                  tolerance);
    }
  });
}

TEST(TotalEnergy, OfUniformCrystalsIsThatOfDriveAndBonds) {
  const Crystal& cube = *crystals()[3];  // 4 x 4 x 4 sites: 3 * 48 nearest and 6 * 36 next-nearest bonds
  const Interaction interaction{1, 0.5};
  EXPECT_NEAR(total_energy(cube.lattice(), &cube.projected.kernel(), interaction, 3, Occupation(64, 1)),
              -0.5 * (144 + 216) - 0.5 * 3 * 64, tolerance);
  EXPECT_NEAR(total_energy(cube.lattice(), &cube.projected.kernel(), interaction, 3, Occupation(64, -1)),
              -0.5 * (144 + 216) + 0.5 * 3 * 64, tolerance);
}

TEST(State, EnergyFromTheFieldIsTheTotalEnergy) {
  for_random_configurations(2, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma, Stream&) {
    for (const Hamiltonian hamiltonian : {Hamiltonian::exact, Hamiltonian::published}) {
      EXPECT_NEAR(make_state(crystal, physics, hamiltonian, sigma).energy(),
                  energy_by_definition(crystal, physics, sigma), tolerance);
    }
  });
}

TEST(State, FlipEnergyIsTheDifferenceOfTotalEnergies) {
  for_random_configurations(3, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma, Stream&) {
    const State state = make_state(crystal, physics, Hamiltonian::exact, sigma);
    const double before = energy_by_definition(crystal, physics, sigma);
    for (Site i = 0; index(i) < sigma.size(); i += 3) {
      EXPECT_NEAR(state.flip_energy(i), energy_by_definition(crystal, physics, flipped(sigma, i)) - before, tolerance)
          << "site " << i;
    }
  });
}

TEST(State, SwapEnergyIsTheDifferenceOfTotalEnergies) {
  for_random_configurations(
      4, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma, Stream& random) {
        const State state = make_state(crystal, physics, Hamiltonian::exact, sigma);
        const double before = energy_by_definition(crystal, physics, sigma);
        for (int n = 0; n < 20; ++n) {
          const auto [i, j] = random_unlike_pair(sigma, random);
          const double after = energy_by_definition(crystal, physics, swapped(sigma, i, j));
          EXPECT_NEAR(state.swap_energy(i, j), after - before, tolerance) << i << ' ' << j;
          EXPECT_EQ(state.swap_energy(i, j), state.swap_energy(j, i)) << "the order of the two sites does not matter";
        }
      });
}

TEST(State, SwapEnergyOfBondedSitesKeepsTheirBond) {
  // Random pairs of a large crystal are rarely bonded; here all are.
  const Physics ising{"Ising", {0, 1}, 0};
  for (const auto& crystal : crystals()) {
    SCOPED_TRACE(crystal->name);
    Stream random(5, {1, 2});
    const Occupation sigma = random_occupation(crystal->lattice().sites(), random);
    const State state = make_state(*crystal, ising, Hamiltonian::exact, sigma);
    const double before = energy_by_definition(*crystal, ising, sigma);
    for (Site i = 0; index(i) < sigma.size(); ++i) {
      for (const Site j : crystal->lattice().neighbours(i)) {
        if (j == no_site || sigma[index(i)] == sigma[index(j)]) continue;
        EXPECT_EQ(state.swap_energy(i, j), energy_by_definition(*crystal, ising, swapped(sigma, i, j)) - before);
      }
    }
  }
}

TEST(State, MovesThereAndBackCostNothing) {
  for_random_configurations(
      6, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma, Stream& random) {
        State state = make_state(crystal, physics, Hamiltonian::exact, sigma);
        const Site k = random_site(crystal.lattice(), random);
        const double flip = state.flip_energy(k);
        state.flip(k);
        EXPECT_NEAR(state.flip_energy(k), -flip, tolerance);
        const auto [i, j] = random_unlike_pair(state.sigma(), random);
        const double swap = state.swap_energy(i, j);
        state.swap(i, j);
        EXPECT_NEAR(state.swap_energy(i, j), -swap, tolerance);
      });
}

void expect_consistent(const State& state, const Kernel& V) {
  const Occupation& sigma = state.sigma();
  int sum = 0;
  for (Site i = 0; index(i) < sigma.size(); ++i) {
    sum += sigma[index(i)];
    // Sums of multiples of 2^-g are exact in any order: equality, not closeness.
    ASSERT_EQ(state.phi()[index(i)], field_by_definition(V, sigma, 0, i)) << "site " << i;
  }
  ASSERT_EQ(state.sum(), sum);
}

TEST(State, FieldAfterManyMovesHasTheBitsOfAFreshSum) {
  const Physics& physics = all_physics()[0];
  for (const auto& crystal : crystals()) {
    for (const Hamiltonian hamiltonian : {Hamiltonian::exact, Hamiltonian::published}) {
      SCOPED_TRACE(crystal->name);
      Stream random(7, {1, 2});
      State state = make_state(*crystal, physics, hamiltonian, random_occupation(crystal->lattice().sites(), random));
      Occupation sigma = state.sigma();
      for (int n = 0; n < 100000; ++n) {
        const auto [i, j, rest] = random.distinct_pair(static_cast<std::uint32_t>(sigma.size()));
        if (sigma[i] != sigma[j]) {
          state.swap(static_cast<Site>(i), static_cast<Site>(j));
          std::swap(sigma[i], sigma[j]);
        } else {
          state.flip(static_cast<Site>(i));
          sigma[i] = static_cast<Spin>(-sigma[i]);
        }
      }
      ASSERT_EQ(state.sigma(), sigma);
      expect_consistent(state, crystal->kernel(hamiltonian));
    }
  }
}

std::vector<std::uint64_t> bits_of(std::span<const double> values) {
  std::vector<std::uint64_t> bits(values.size());
  std::transform(values.begin(), values.end(), bits.begin(), [](double x) { return std::bit_cast<std::uint64_t>(x); });
  return bits;
}

std::vector<double> plain_sum(const Kernel& V, const Occupation& sigma) {
  std::vector<double> phi(sigma.size(), 0.0);
  for (Site i = 0; index(i) < sigma.size(); ++i) V.add_row(sigma[index(i)], i, phi);
  return phi;
}

TEST(State, FieldHasTheBitsOfThePlainSumAtEveryComposition) {
  for (const auto& crystal : crystals()) {
    for (const Hamiltonian hamiltonian : {Hamiltonian::exact, Hamiltonian::published}) {
      SCOPED_TRACE(crystal->name);
      const Kernel& V = crystal->kernel(hamiltonian);
      Stream random(14, {1, 2});
      const std::size_t sites = crystal->lattice().sites();
      const State uniform = make_state(*crystal, all_physics()[0], hamiltonian, Occupation(sites, -1));
      for (std::size_t count_a = 0; count_a <= sites; ++count_a) {
        Occupation sigma(sites, -1);
        for (std::size_t k = 0; k < count_a; ++k) sigma[k] = 1;
        for (std::size_t k = sites - 1; k > 0; --k) std::swap(sigma[k], sigma[random.below(k + 1)]);
        const auto expected = bits_of(plain_sum(V, sigma));
        EXPECT_EQ(bits_of(make_state(*crystal, all_physics()[0], hamiltonian, sigma).phi()), expected);
        State assigned = uniform;
        assigned.assign(sigma);
        EXPECT_EQ(bits_of(assigned.phi()), expected);
        EXPECT_EQ(assigned.sum(), 2 * static_cast<int>(count_a) - static_cast<int>(sites));
      }
    }
  }
}

__extension__ using Integer = __int128;

/// Kernel entries as multiples of the grid.
std::vector<std::int64_t> grid_units(const OwnedKernel& owned, Site i) {
  std::vector<std::int64_t> units(owned.lattice().sites());
  for (std::size_t j = 0; j < units.size(); ++j) {
    units[j] =
        static_cast<std::int64_t>(std::ldexp(owned.kernel().entry(i, static_cast<Site>(j)), owned.reduced().grid));
  }
  return units;
}

// Random signs leave most of the 53 bits unused; those of a row itself make its sum as large as any can be.
TEST(State, FieldIsExactInTheWorstCase) {
  for (const KernelSpec& spec :
       {KernelSpec{{"hexagon", {19, 0, 0}, 1}, 10}, KernelSpec{{"hexagon", {19, 0, 0}, 1}, 10, false},
        KernelSpec{{"box", {10, 10, 10}, 0}, 1}, KernelSpec{{"box", {10, 10, 10}, 0}, 1, false}}) {
    const OwnedKernel owned(spec);
    const std::size_t sites = owned.lattice().sites();
    ASSERT_GE(sites, 1000U);
    std::vector<std::vector<std::int64_t>> units;
    for (Site i = 0; index(i) < sites; ++i) units.push_back(grid_units(owned, i));

    double largest = 0;
    for (const Site r : owned.orbits().representative) {
      Occupation sigma(sites);
      for (std::size_t j = 0; j < sites; ++j) sigma[j] = units[index(r)][j] < 0 ? -1 : 1;
      const State state(owned.lattice(), &owned.kernel(), {1, 0}, 0, Hamiltonian::exact, sigma);
      const std::vector<double> phi = plain_sum(owned.kernel(), sigma);
      EXPECT_EQ(bits_of(state.phi()), bits_of(phi));
      for (std::size_t i = 0; i < sites; ++i) {
        Integer exact = 0;
        for (std::size_t j = 0; j < sites; ++j) exact += static_cast<Integer>(sigma[j]) * units[i][j];
        ASSERT_TRUE(static_cast<Integer>(std::ldexp(phi[i], owned.reduced().grid)) == exact) << "row " << r << ' ' << i;
      }
      largest = std::max(largest, std::ldexp(phi[index(r)], owned.reduced().grid));
    }
    EXPECT_GT(largest, 0x1p49) << "the largest sum fills the bits it is granted";
    EXPECT_LE(largest, 0x1p50);
  }
}

TEST(State, AssignGivesTheBitsOfANewState) {
  for_random_configurations(8, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma,
                                  Stream& random) {
    State state = make_state(crystal, physics, Hamiltonian::exact, sigma);
    const Occupation target = random_occupation(sigma.size(), random);
    state.assign(target);
    const State fresh = make_state(crystal, physics, Hamiltonian::exact, target);
    EXPECT_EQ(state.sigma(), target);
    EXPECT_EQ(state.sum(), fresh.sum());
    EXPECT_EQ(std::vector(state.phi().begin(), state.phi().end()), std::vector(fresh.phi().begin(), fresh.phi().end()));
    EXPECT_EQ(state.energy(), fresh.energy());
  });
}

TEST(State, WithoutElasticPartHasNoField) {
  const Crystal& crystal = *crystals()[0];
  const State state = make_state(crystal, {"Ising", {0, 1}, 0}, Hamiltonian::exact, Occupation(19, 1));
  EXPECT_TRUE(state.phi().empty());
  EXPECT_TRUE(state.diagonal().empty());
  EXPECT_EQ(state.kernel(), nullptr);
}

TEST(State, NeighbourSumCountsOnlyExistingBonds) {
  const Crystal& crystal = *crystals()[0];  // 19 sites: corners have 3 bonds, other edge sites 4, inner sites 6
  const State state = make_state(crystal, {"none", {0, 0}, 0}, Hamiltonian::exact, Occupation(19, -1));
  int corners = 0;
  int inner = 0;
  for (Site i = 0; i < 19; ++i) {
    corners += state.neighbour_sum(i) == -3 ? 1 : 0;
    inner += state.neighbour_sum(i) == -6 ? 1 : 0;
  }
  EXPECT_EQ(corners, 6);
  EXPECT_EQ(inner, 7);
}

/// What swaps of the authors' program follow: E + (1/2) sum_i V_ii (sigma_i - m)^2 with the unprojected V.
double published_swap_energy_function(const Crystal& crystal, const Physics& physics, const Occupation& sigma) {
  double energy = local_energy_by_definition(crystal.lattice(), physics, sigma);
  if (physics.interaction.elastic == 0) return energy;
  const Kernel& V = crystal.unprojected.kernel();
  const double m = mean_of(sigma);
  double elastic = elastic_energy_by_definition(V, sigma, m);
  for (Site i = 0; index(i) < sigma.size(); ++i) {
    elastic += 0.5 * V.entry(i, i) * (sigma[index(i)] - m) * (sigma[index(i)] - m);
  }
  return energy + physics.interaction.elastic * elastic;
}

TEST(PublishedMode, SwapIsTheDifferenceOfTheEnergyWithDoubledSelfInteraction) {
  for_random_configurations(
      9, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma, Stream& random) {
        const State state = make_state(crystal, physics, Hamiltonian::published, sigma);
        const double before = published_swap_energy_function(crystal, physics, sigma);
        for (int n = 0; n < 20; ++n) {
          const auto [i, j] = random_unlike_pair(sigma, random);
          const double after = published_swap_energy_function(crystal, physics, swapped(sigma, i, j));
          EXPECT_NEAR(state.swap_energy(i, j), after - before, tolerance) << i << ' ' << j;
        }
      });
}

/// The authors' flip: dE = -2 s phi + 2 V_ii + 2 J s sum_nb + delta_mu s + (2 s / N) phi + 2 m' s V_ii with phi =
/// V(sigma - m) and m' = m - 2 s / N; everything else from before the flip, V unprojected.
double published_flip_energy_by_definition(const Crystal& crystal, const Physics& physics, const Occupation& sigma,
                                           Site i) {
  const double s = sigma[index(i)];
  const auto N = static_cast<double>(sigma.size());
  double neighbours = 0;
  for (const Site j : crystal.lattice().neighbours(i)) neighbours += j == no_site ? 0 : sigma[index(j)];
  double change = 2 * physics.interaction.ising * s * neighbours + physics.delta_mu * s;
  if (physics.interaction.elastic != 0) {
    const Kernel& V = crystal.unprojected.kernel();
    const double m = mean_of(sigma);
    const double phi = field_by_definition(V, sigma, m, i);
    const double V_ii = V.entry(i, i);
    change +=
        physics.interaction.elastic * (-2 * s * phi + 2 * V_ii + (2 * s / N) * phi + 2 * (m - 2 * s / N) * s * V_ii);
  }
  return change;
}

TEST(PublishedMode, FlipIsTheFormulaOfTheAuthorsProgram) {
  for_random_configurations(10, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma, Stream&) {
    const State state = make_state(crystal, physics, Hamiltonian::published, sigma);
    for (Site i = 0; index(i) < sigma.size(); i += 3) {
      EXPECT_NEAR(state.flip_energy(i), published_flip_energy_by_definition(crystal, physics, sigma, i), tolerance)
          << "site " << i;
    }
  });
}

TEST(PublishedMode, SwapsAtHalfCompositionAreExact) {
  // m = 0 takes both the projection and the second V_ii out of the energy. The cube has an even number of sites.
  const Crystal& cube = *crystals()[3];
  const Physics& physics = all_physics()[0];
  Stream random(11, {1, 2});
  Occupation sigma(64, -1);
  for (std::size_t i = 0; i < 32; ++i) sigma[i] = 1;
  State exact = make_state(cube, physics, Hamiltonian::exact, sigma);
  State published = make_state(cube, physics, Hamiltonian::published, sigma);
  for (int n = 0; n < 1000; ++n) {
    const auto [i, j] = random_unlike_pair(exact.sigma(), random);
    ASSERT_NEAR(published.swap_energy(i, j), exact.swap_energy(i, j), tolerance);
    exact.swap(i, j);
    published.swap(i, j);
  }
}

TEST(PublishedMode, DiffersFromTheExactHamiltonianAwayFromHalfComposition) {
  for (const auto& crystal : crystals()) {
    SCOPED_TRACE(crystal->name);
    const Physics& physics = all_physics()[0];
    const Occupation all_A(crystal->lattice().sites(), 1);
    const State exact = make_state(*crystal, physics, Hamiltonian::exact, all_A);
    const State published = make_state(*crystal, physics, Hamiltonian::published, all_A);
    // From all A (m = 1, phi = 0) the published flip costs 2 V_ii (2 - 2/N) instead of 2 V_ii.
    const double V_ii = crystal->unprojected.kernel().entry(0, 0);
    const auto N = static_cast<double>(all_A.size());
    EXPECT_NEAR(published.flip_energy(0), 2 * V_ii * (2 - 2 / N), tolerance);
    EXPECT_NEAR(exact.flip_energy(0), 2 * crystal->projected.kernel().entry(0, 0), tolerance);
  }
}

TEST(PublishedMode, IsExactWithoutElasticPart) {
  for_random_configurations(
      12, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma, Stream& random) {
        if (physics.interaction.elastic != 0) return;
        const State exact = make_state(crystal, physics, Hamiltonian::exact, sigma);
        const State published = make_state(crystal, physics, Hamiltonian::published, sigma);
        const auto [i, j] = random_unlike_pair(sigma, random);
        EXPECT_EQ(published.flip_energy(i), exact.flip_energy(i));
        EXPECT_EQ(published.swap_energy(i, j), exact.swap_energy(i, j));
      });
}

TEST(SwapField, DifferenceIsWhatSwapsFollow) {
  for_random_configurations(
      13, [](const Crystal& crystal, const Physics& physics, const Occupation& sigma, Stream& random) {
        if (physics.interaction.elastic == 0) return;
        for (const Hamiltonian hamiltonian : {Hamiltonian::exact, Hamiltonian::published}) {
          const State state = make_state(crystal, {"elastic", {1, 0}, 0}, hamiltonian, sigma);
          const Kernel& V = crystal.kernel(hamiltonian);
          const auto [i, j] = random_unlike_pair(sigma, random);
          EXPECT_NEAR(state.swap_energy(i, j) - 2 * (V.entry(i, i) + V.entry(j, j) - 2 * V.entry(i, j)),
                      -2 * sigma[index(i)] * (state.swap_field(i) - state.swap_field(j)), tolerance);
        }
      });
}

}  // namespace
}  // namespace nxmc

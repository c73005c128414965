// Energies of many configurations at once against the definitions, one configuration after the other.
#include "nxmc/model/energies.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "engine_crystals.hpp"

namespace nxmc {
namespace {

using testing_tools::box;
using testing_tools::hexagon;
using testing_tools::OwnedCrystal;

struct EnergyCase {
  std::string name;
  LatticeSpec lattice;
  std::size_t configurations;
  bool everywhere;  ///< sites of the shell vary, too
};

/// Random cores of any composition inside a shell of B.
std::vector<Occupation> configurations_of(const Lattice& lattice, const EnergyCase& c, Stream& random) {
  std::vector<Occupation> all;
  for (std::size_t k = 0; k < c.configurations; ++k) {
    Occupation sigma(lattice.sites(), -1);
    const double fraction = random.uniform();
    for (std::size_t i = 0; i < sigma.size(); ++i) {
      const bool varies = c.everywhere || !lattice.in_shell(static_cast<Site>(i));
      if (varies && random.uniform() < fraction) sigma[i] = 1;
    }
    all.push_back(std::move(sigma));
  }
  return all;
}

std::vector<std::uint8_t> pack(const std::vector<Occupation>& configurations) {
  std::vector<std::uint8_t> bits;
  for (const Occupation& sigma : configurations) {
    const std::vector<std::uint8_t> one = pack_bits(sigma);
    bits.insert(bits.end(), one.begin(), one.end());
  }
  return bits;
}

class Energies : public ::testing::TestWithParam<EnergyCase> {
 protected:
  Physics physics(Hamiltonian hamiltonian = Hamiltonian::exact) const {
    Physics p;
    p.method = Method::equilibrium;
    p.lattice = GetParam().lattice;
    p.shell_stiffness = p.lattice.shell_layers > 0 ? 7 : 1;
    p.hamiltonian = hamiltonian;
    return p;
  }
  Stream random_{1, Identity{2, 3}};
};

INSTANTIATE_TEST_SUITE_P(Crystals, Energies,
                         ::testing::Values(EnergyCase{"OneConfiguration", hexagon(4, 1), 1, false},
                                           EnergyCase{"AChunkAndABit", hexagon(2, 1), 16'390, false},
                                           EnergyCase{"ManyGroups", hexagon(11, 2), 13, false},
                                           EnergyCase{"NothingFrozen", hexagon(4, 0), 20, true},
                                           EnergyCase{"ShellVaries", hexagon(3, 1), 9, true},
                                           EnergyCase{"Cube", box(3, 3, 3, 1), 33, false},
                                           EnergyCase{"Rod", box(2, 3, 9), 8, true}),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(Energies, AreThoseOfTheDefinition) {
  const Physics p = physics();
  const OwnedCrystal owned(p);
  const std::vector<Occupation> configurations = configurations_of(owned.lattice(), GetParam(), random_);
  const std::vector<std::uint8_t> bits = pack(configurations);
  const std::vector<double> elastic =
      elastic_energies(*owned.kernel(), Hamiltonian::exact, {bits, owned.lattice().sites()});
  const std::vector<double> bonds = bond_sums(owned.lattice(), {bits, owned.lattice().sites()});
  ASSERT_EQ(elastic.size(), configurations.size());
  ASSERT_EQ(bonds.size(), configurations.size());
  for (std::size_t k = 0; k < configurations.size(); ++k) {
    const double expected = total_energy(owned.lattice(), owned.kernel(), {1, 0}, 0, configurations[k]);
    EXPECT_NEAR(elastic[k], expected, 1e-11 * std::max(1.0, std::abs(expected))) << "configuration " << k;
    EXPECT_EQ(-bonds[k], total_energy(owned.lattice(), nullptr, {0, 1}, 0, configurations[k]));
  }
}

// The published program has no energy, but its swaps are differences of this one.
TEST_P(Energies, OfThePublishedHamiltonianChangeAsItsSwapsSay) {
  const Physics p = physics(Hamiltonian::published);
  const OwnedCrystal owned(p);
  const auto core = owned.lattice().core;
  for (const Occupation& sigma : configurations_of(owned.lattice(), GetParam(), random_)) {
    State state = owned.state(p, sigma);
    const Site i = core[random_.below(core.size())];
    const Site j = core[random_.below(core.size())];
    if (sigma[static_cast<std::size_t>(i)] == sigma[static_cast<std::size_t>(j)]) continue;
    const double change = state.swap_energy(i, j);
    state.swap(i, j);
    const std::vector<std::uint8_t> bits = pack({sigma, state.sigma()});
    const std::vector<double> energies =
        elastic_energies(*owned.kernel(), Hamiltonian::published, {bits, owned.lattice().sites()});
    EXPECT_NEAR(energies[1] - energies[0], change, 1e-9);
  }
}

TEST_P(Energies, HaveTheSameBitsOnAnyNumberOfThreadsAndWithAReducedKernel) {
  const Physics p = physics();
  const OwnedCrystal owned(p);
  const std::vector<std::uint8_t> bits = pack(configurations_of(owned.lattice(), GetParam(), random_));
  const PackedConfigurations packed{bits, owned.lattice().sites()};
  const std::vector<double> expected = elastic_energies(*owned.kernel(), Hamiltonian::exact, packed);
  for (const std::size_t threads : {2U, 3U, 8U})
    EXPECT_EQ(elastic_energies(*owned.kernel(), Hamiltonian::exact, packed, threads), expected);
  EXPECT_EQ(bond_sums(owned.lattice(), packed, 3), bond_sums(owned.lattice(), packed));
  const testing_tools::ReducedCrystal reduced(owned);
  EXPECT_EQ(elastic_energies(*reduced.crystal().kernel, Hamiltonian::exact, packed, 2), expected);
}

TEST(EnergiesOf, NoConfigurationsAreNone) {
  Physics p;
  p.lattice = hexagon(3);
  const OwnedCrystal owned(p);
  EXPECT_TRUE(elastic_energies(*owned.kernel(), Hamiltonian::exact, {{}, owned.lattice().sites()}).empty());
  EXPECT_TRUE(bond_sums(owned.lattice(), {{}, owned.lattice().sites()}).empty());
}

}  // namespace
}  // namespace nxmc

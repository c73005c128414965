// Tables S8 and S9 of Yalcin et al., Nano Lett. 14, 3661 (2014), column PCRIM (lattice statics), from the potentials of
// Table S7. Of Cd-Se the table has A = 264000000 eV and rho = 0.108 Å, which give none of Table S8: a zero was lost in
// print.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "nxmc/statics/elastic_constants.hpp"
#include "nxmc/statics/mixing.hpp"
#include "nxmc/statics/relaxed_structure.hpp"
#include "nxmc/statics/surface.hpp"

namespace nxmc::statics {
namespace {

PairPotentials published(const Buckingham& cadmium_selenium) {
  PairPotentials potentials({"Pb", "Cd", "Se"}, {0.8, 0.8, -0.8}, 12);
  potentials.set(0, 2, {4880000, 0.173, 211});
  potentials.set(1, 2, cadmium_selenium);
  potentials.set(2, 2, {5200, 0.384, 127});
  return potentials;
}
PairPotentials mended() { return published({2.64e9, 0.1081, 64.4}); }

constexpr Pairing PbSe{0, 2};
constexpr Pairing CdSe{1, 2};

double in_gigapascals(const std::optional<double>& pressure) { return pressure.value_or(std::nan("")) * gigapascals; }

TEST(LatticeStatics, OfLeadSelenideIsAsPrinted) {
  const PairPotentials potentials = mended();
  const RelaxedStructure rock_salt = relaxed(potentials, PbSe, Structure::rocksalt);
  const Stiffness C = elastic_constants(potentials, rock_salt.primitive);
  EXPECT_NEAR(rock_salt.shape.a, 6.09, 0.005);
  EXPECT_NEAR(rock_salt.energy, -6.079, 0.0005);
  EXPECT_NEAR(C(0, 0), 129.9, 0.05);
  EXPECT_NEAR(C(0, 1), 16.5, 0.05);
  EXPECT_NEAR(C(3, 3), 16.5, 0.05);
  EXPECT_NEAR(bulk_modulus(C), 54.3, 0.05);

  const RelaxedStructure caesium_chloride = relaxed(potentials, PbSe, Structure::caesium_chloride);
  EXPECT_NEAR(caesium_chloride.shape.a, 3.71, 0.005);
  EXPECT_NEAR(caesium_chloride.energy - rock_salt.energy, 0.528, 0.0005);
  EXPECT_NEAR(in_gigapascals(transition_pressure(potentials, rock_salt, caesium_chloride)), 15.6, 0.1);
  const RelaxedStructure zinc_blende = relaxed(potentials, PbSe, Structure::zincblende);
  EXPECT_NEAR(zinc_blende.shape.a, 6.84, 0.005);
  EXPECT_NEAR(zinc_blende.energy - rock_salt.energy, 0.381, 0.0005);
  const RelaxedStructure honeycomb = relaxed(potentials, PbSe, Structure::honeycomb);
  EXPECT_NEAR(honeycomb.shape.a, 5.18, 0.01);
  EXPECT_NEAR(honeycomb.shape.c, 6.05, 0.01);
  // The table has this one for a cell of two formula units, that of DFT too: 0.320 eV, which is 0.160 in Table S11.
  EXPECT_NEAR(2 * (honeycomb.energy - rock_salt.energy), 0.397, 0.0006);
}

TEST(LatticeStatics, OfCadmiumSelenideIsAsPrintedWithTheZeroThatWasLost) {
  const PairPotentials potentials = mended();
  const RelaxedStructure wurtzite = relaxed(potentials, CdSe, Structure::wurtzite);
  EXPECT_NEAR(wurtzite.shape.a, 4.32, 0.005);
  EXPECT_NEAR(wurtzite.shape.c, 6.94, 0.005);
  EXPECT_NEAR(wurtzite.shape.u, 0.379, 0.0005);
  EXPECT_NEAR(wurtzite.energy, -6.026, 0.01);
  const Stiffness C = elastic_constants(potentials, wurtzite.primitive);
  EXPECT_NEAR(C(0, 0), 72.4, 0.5);
  EXPECT_NEAR(C(0, 1), 47.9, 0.5);
  EXPECT_NEAR(C(0, 2), 41.4, 0.5);
  EXPECT_NEAR(C(2, 2), 72.5, 0.5);
  EXPECT_NEAR(C(3, 3), 12.3, 0.2);
  EXPECT_NEAR(C(5, 5), 12.2, 0.2);
  EXPECT_NEAR(bulk_modulus(C), 53.1, 0.3);

  const RelaxedStructure zinc_blende = relaxed(potentials, CdSe, Structure::zincblende);
  const Stiffness cubic = elastic_constants(potentials, zinc_blende.primitive);
  EXPECT_NEAR(zinc_blende.shape.a, 6.080, 0.001);
  EXPECT_NEAR(zinc_blende.energy - wurtzite.energy, 0.014, 0.0005);
  EXPECT_NEAR(cubic(0, 0), 61.6, 0.3);
  EXPECT_NEAR(cubic(0, 1), 48.8, 0.3);
  EXPECT_NEAR(cubic(3, 3), 20.3, 0.3);
  const RelaxedStructure rock_salt = relaxed(potentials, CdSe, Structure::rocksalt);
  EXPECT_NEAR(rock_salt.shape.a, 5.63, 0.01);
  EXPECT_NEAR(rock_salt.energy - wurtzite.energy, 0.291, 0.005);
  EXPECT_NEAR(in_gigapascals(transition_pressure(potentials, wurtzite, rock_salt)), 4.1, 0.1);
  const RelaxedStructure honeycomb = relaxed(potentials, CdSe, Structure::honeycomb);
  EXPECT_NEAR(honeycomb.shape.a, 4.57, 0.02);
  EXPECT_NEAR(honeycomb.energy - wurtzite.energy, 0.149, 0.005);
}

TEST(LatticeStatics, OfCadmiumSelenideWithTheNumbersInPrintIsFarFromItsTable) {
  const PairPotentials potentials = published({2.64e8, 0.108, 64.4});
  const RelaxedStructure zinc_blende = relaxed(potentials, CdSe, Structure::zincblende);
  EXPECT_NEAR(zinc_blende.shape.a, 5.564, 0.005);
  EXPECT_NEAR(zinc_blende.energy, -6.61, 0.01);
}

TEST(LatticeStatics, OfSurfacesIsAsPrinted) {
  const PairPotentials potentials = mended();
  const RelaxedStructure rock_salt = relaxed(potentials, PbSe, Structure::rocksalt);
  EXPECT_NEAR(surface_energy(potentials, rock_salt, {1, 0, 0}).relaxed, 0.29, 0.005);
  EXPECT_NEAR(surface_energy(potentials, rock_salt, {1, 1, 0}).relaxed, 0.49, 0.005);
  const RelaxedStructure wurtzite = relaxed(potentials, CdSe, Structure::wurtzite);
  EXPECT_NEAR(surface_energy(potentials, wurtzite, {1, 1, 0}).relaxed, 0.26, 0.005);
  EXPECT_NEAR(surface_energy(potentials, wurtzite, {1, 0, 0}).relaxed, 0.25, 0.005);
}

/// Table S11: density functional theory has 0.0135 eV per formula unit of (Pb, Cd)Se as rock salt.
TEST(LatticeStatics, OfMixturesCostsWhatDensityFunctionalTheorySays) {
  const MixingEnergies energies = mixing_energies(mended(), PbSe, CdSe, Structure::rocksalt);
  const double mixing = energies.mixed - (energies.one + energies.other) / 2;
  RecordProperty("mixing", std::to_string(mixing));
  EXPECT_NEAR(mixing, 0.0135, 0.004);
  EXPECT_LT(energies.mixed_error, 0.002);
}

}  // namespace
}  // namespace nxmc::statics

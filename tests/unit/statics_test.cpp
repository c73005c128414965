// Lattice statics: sums against Madelung's constants, derivatives against differences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "newton.hpp"
#include "nxmc/statics/elastic_constants.hpp"
#include "nxmc/statics/lattice_energy.hpp"
#include "nxmc/statics/mixing.hpp"
#include "nxmc/statics/relaxed_structure.hpp"
#include "nxmc/statics/surface.hpp"

namespace nxmc::statics {
namespace {

using testing::HasSubstr;

/// Table S7 of Yalcin et al. 2014 with A and rho of Cd-Se as they give Table S8.
PairPotentials lead_cadmium_selenium() {
  PairPotentials potentials({"Pb", "Cd", "Se"}, {0.8, 0.8, -0.8}, 12);
  potentials.set(0, 2, {4880000, 0.173, 211});
  potentials.set(1, 2, {2.64e9, 0.1081, 64.4});
  potentials.set(2, 2, {5200, 0.384, 127});
  return potentials;
}
constexpr Pairing PbSe{0, 2};
constexpr Pairing CdSe{1, 2};

PairPotentials charges_only() { return {{"+", "-"}, {1, -1}, 12}; }

/// Six ions, three of each charge, in a cell without any symmetry.
Ions crooked() {
  Ions ions;
  ions.edges << 6.1, 0.4, -0.7, 0.2, 5.3, 0.9, -0.3, 0.8, 7.2;
  ions.positions.resize(3, 6);
  ions.positions << 0.1, 2.9, 0.4, 2.7, 5.4, 0.3, 0.0, 0.3, 2.8, 2.5, 1.0, 4.6, 0.2, -0.1, 0.3, 0.4, 3.7, 3.5;
  ions.species = {0, 2, 2, 1, 0, 2};
  return ions;
}

/// The derivative of a smooth function along one component, to O(h^4).
template <typename Function>
auto difference(Function&& function, double h) -> decltype(function(h)) {
  return ((function(h) - function(-h)) * 8.0 - (function(2 * h) - function(-2 * h))) / (12 * h);
}

class Madelung : public testing::TestWithParam<std::tuple<Structure, double>> {};

TEST_P(Madelung, ConstantIsThatOfTheLiterature) {
  const auto& [structure, constant] = GetParam();
  const Ions ions = primitive_cell(structure, ideal_shape(structure), 0, 1);
  const double units = static_cast<double>(ions.count()) / 2;
  const double energy = LatticeEnergy(charges_only(), ions).energy(ions) / units;
  EXPECT_NEAR(-energy / coulomb_constant, constant, 1e-10);
}

// Per shortest distance; caesium chloride and the others as in Crandall and Delord, J. Phys. A 20, 2279 (1987).
INSTANTIATE_TEST_SUITE_P(Structures, Madelung,
                         testing::Values(std::tuple(Structure::rocksalt, 1.7475645946),
                                         std::tuple(Structure::caesium_chloride, 1.7626747731),
                                         std::tuple(Structure::zincblende, 1.6380550534),
                                         std::tuple(Structure::wurtzite, 1.6413216274)));

TEST(LatticeEnergy, DoesNotDependOnTheSplitting) {
  const PairPotentials potentials = lead_cadmium_selenium();
  PairPotentials neutral = potentials;
  neutral.charges = {0.9, 0.6, -0.8};  // 2 x 0.9 + 0.6 = 3 x 0.8
  const Ions ions = crooked();
  const Derivatives usual = LatticeEnergy(neutral, ions).derivatives(ions);
  for (const double splitting : {0.25, 0.6}) {
    const Derivatives other = LatticeEnergy(neutral, ions, splitting).derivatives(ions);
    EXPECT_NEAR(other.energy, usual.energy, 1e-12 * std::abs(usual.energy));
    EXPECT_LT((other.gradient - usual.gradient).cwiseAbs().maxCoeff(), 1e-11);
    EXPECT_LT((other.hessian - usual.hessian).cwiseAbs().maxCoeff(), 1e-10);
  }
}

TEST(LatticeEnergy, DerivativesAreDifferencesOfTheEnergyAndOfEachOther) {
  PairPotentials potentials = lead_cadmium_selenium();
  potentials.charges = {0.9, 0.6, -0.8};
  const Ions ions = crooked();
  const LatticeEnergy lattice(potentials, ions);
  const Derivatives exact = lattice.derivatives(ions);
  const Eigen::Index n = exact.gradient.size();
  const double scale = exact.hessian.cwiseAbs().maxCoeff();
  EXPECT_LT((exact.hessian - exact.hessian.transpose()).cwiseAbs().maxCoeff(), 1e-12 * scale);
  for (Eigen::Index k = 0; k < n; ++k) {
    const auto along = [&](double step) { return deformed(ions, step * Eigen::VectorXd::Unit(n, k)); };
    const double slope = difference([&](double step) { return lattice.energy(along(step)); }, 1e-3);
    EXPECT_NEAR(slope, exact.gradient[k], 1e-7 * scale) << k;
    // Displacements after a displacement are the same ones: rows of the second derivatives are differences of forces.
    if (k < strain_components) continue;
    const Eigen::VectorXd row =
        difference([&](double step) -> Eigen::VectorXd { return lattice.derivatives(along(step)).gradient; }, 1e-3);
    EXPECT_LT((row - exact.hessian.col(k)).cwiseAbs().maxCoeff(), 1e-7 * scale) << k;
  }
  // Strains follow each other in another way than they add up, so those are second differences of the energy.
  for (Eigen::Index k = 0; k < strain_components; ++k)
    for (Eigen::Index l = 0; l <= k; ++l) {
      const double h = 1e-3;
      const auto at = [&](double x, double y) {
        return lattice.energy(deformed(ions, x * Eigen::VectorXd::Unit(n, k) + y * Eigen::VectorXd::Unit(n, l)));
      };
      const double curvature =
          difference([&](double x) { return difference([&](double y) { return at(x, y); }, h); }, h);
      EXPECT_NEAR(curvature, exact.hessian(k, l), 1e-7 * scale) << k << ' ' << l;
    }
}

TEST(LatticeEnergy, OfARepeatedCellIsAsManyTimesThatOfOne) {
  PairPotentials potentials = lead_cadmium_selenium();
  potentials.charges = {0.9, 0.6, -0.8};
  const Ions one = crooked();
  const Ions twelve = repeated(one, {2, 2, 3});
  const double energy = LatticeEnergy(potentials, one).energy(one);
  EXPECT_NEAR(LatticeEnergy(potentials, twelve).energy(twelve), 12 * energy, 1e-11 * std::abs(12 * energy));
}

/// Energies of the cell under finite strains, with the ions free in it, and their second differences.
Stiffness stiffness_by_strains(const PairPotentials& potentials, const Ions& ions) {
  const Eigen::Index n = strain_components + 3 * static_cast<Eigen::Index>(ions.count());
  const std::size_t pairs = LatticeEnergy(potentials, ions).short_range_pairs();
  const auto energy = [&](const Eigen::VectorXd& strain) {
    const Ions strained = deformed(ions, strain);
    EXPECT_EQ(LatticeEnergy(potentials, strained).short_range_pairs(), pairs) << "pairs cross the cutoff";
    return minimise(potentials, strained, displacements(ions.count())).energy;
  };
  constexpr double h = 5e-4;
  Stiffness stiffness;
  for (Eigen::Index k = 0; k < strain_components; ++k)
    for (Eigen::Index l = 0; l <= k; ++l) {
      const auto at = [&](double x, double y) {
        return energy(x * Eigen::VectorXd::Unit(n, k) + y * Eigen::VectorXd::Unit(n, l));
      };
      stiffness(k, l) = stiffness(l, k) = (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h * h);
    }
  return stiffness * (gigapascals / ions.volume());
}

TEST(ElasticConstants, AreThoseOfFiniteStrainsWithIonsFreeInTheCell) {
  const PairPotentials potentials = lead_cadmium_selenium();
  for (const Structure structure : {Structure::rocksalt, Structure::zincblende, Structure::wurtzite}) {
    const RelaxedStructure crystal = relaxed(potentials, CdSe, structure);
    const Stiffness exact = elastic_constants(potentials, crystal.primitive);
    const Stiffness finite = stiffness_by_strains(potentials, crystal.primitive);
    EXPECT_LT((exact - finite).cwiseAbs().maxCoeff(), 0.01) << to_string(structure) << '\n' << exact - finite;
  }
}

TEST(ElasticConstants, UnderPressureTellHowTheVolumeFollows) {
  const PairPotentials potentials = lead_cadmium_selenium();
  for (const Structure structure : {Structure::rocksalt, Structure::wurtzite}) {
    const RelaxedStructure crystal = relaxed(potentials, CdSe, structure);
    const double pressure = 2.5 / gigapascals;
    const double step = 0.02 / gigapascals;
    const auto at = [&](double P) { return under_pressure(potentials, crystal, P).value(); };
    const RelaxedStructure here = at(pressure);
    const double expected = -here.volume * 2 * step / (at(pressure + step).volume - at(pressure - step).volume);
    const Stiffness stiffness = elastic_constants(potentials, here.primitive, pressure);
    EXPECT_NEAR(bulk_modulus(stiffness), expected * gigapascals, 0.01) << to_string(structure);
    EXPECT_NEAR((at(pressure + step).enthalpy - at(pressure - step).enthalpy) / (2 * step), here.volume, 1e-4);
  }
}

TEST(ElasticConstants, OfCubicAndHexagonalCrystalsHaveTheirSymmetry) {
  const PairPotentials potentials = lead_cadmium_selenium();
  const Stiffness cubic = elastic_constants(potentials, relaxed(potentials, CdSe, Structure::zincblende).primitive);
  EXPECT_NEAR(cubic(0, 0), cubic(2, 2), 1e-7);
  EXPECT_NEAR(cubic(0, 1), cubic(1, 2), 1e-7);
  EXPECT_NEAR(cubic(3, 3), cubic(5, 5), 1e-7);
  EXPECT_NEAR(cubic.topRightCorner(3, 3).cwiseAbs().maxCoeff(), 0, 1e-7);
  const Stiffness hexagonal = elastic_constants(potentials, relaxed(potentials, CdSe, Structure::wurtzite).primitive);
  EXPECT_NEAR(hexagonal(5, 5), (hexagonal(0, 0) - hexagonal(0, 1)) / 2, 1e-7);
}

TEST(RelaxedStructure, HasNoStressAndNoForces) {
  const PairPotentials potentials = lead_cadmium_selenium();
  for (const Structure structure : all_structures) {
    if (structure == Structure::wurtzite) continue;
    const RelaxedStructure crystal = relaxed(potentials, PbSe, structure);
    const Derivatives derivatives = LatticeEnergy(potentials, crystal.primitive).derivatives(crystal.primitive);
    EXPECT_LT(derivatives.gradient.cwiseAbs().maxCoeff(), 1e-7) << to_string(structure);
  }
}

TEST(RelaxedStructure, IsFollowedUnderPressureToTheMinimumThatASearchFinds) {
  const PairPotentials potentials = lead_cadmium_selenium();
  const double pressure = 3 / gigapascals;
  const auto followed = under_pressure(potentials, relaxed(potentials, CdSe, Structure::wurtzite), pressure).value();
  const auto searched = relaxed(potentials, CdSe, Structure::wurtzite, pressure);
  EXPECT_NEAR(followed.enthalpy, searched.enthalpy, 1e-9);
  EXPECT_NEAR(followed.shape.c, searched.shape.c, 1e-6);
  EXPECT_NEAR(followed.shape.u, searched.shape.u, 1e-7);
}

TEST(RelaxedStructure, SaysWhatIsNotStable) {
  const PairPotentials potentials = lead_cadmium_selenium();
  const auto told = [&](const Pairing& compound, Structure structure) {
    return instability(potentials, relaxed(potentials, compound, structure));
  };
  EXPECT_EQ(told(PbSe, Structure::rocksalt), "");
  EXPECT_EQ(told(CdSe, Structure::wurtzite), "");
  EXPECT_THAT(told(CdSe, Structure::honeycomb), HasSubstr("ions leave their places within the cell"));
  EXPECT_THAT(told(PbSe, Structure::caesium_chloride), HasSubstr("in a doubled cell"));
}

std::string refusal(const PairPotentials& potentials, const Pairing& compound, Structure structure) {
  try {
    relaxed(potentials, compound, structure);
  } catch (const StaticsError& error) {
    return error.what();
  }
  return "none";
}

TEST(RelaxedStructure, PotentialsWithoutAMinimumAreRefused) {
  PairPotentials attraction = charges_only();
  EXPECT_THAT(refusal(attraction, {0, 1}, Structure::rocksalt),
              HasSubstr("the potentials of +- have no minimum in the rock salt structure"));
  attraction.set(0, 1, {100, 0.2, 500});
  EXPECT_THAT(refusal(attraction, {0, 1}, Structure::wurtzite), HasSubstr("have no minimum"));
  // Anions that keep each other apart make a crystal with a lowest energy, into whose anions the cations fall.
  PairPotentials anions = lead_cadmium_selenium();
  anions.set(0, 2, {0, 1, 211});
  EXPECT_THAT(refusal(anions, PbSe, Structure::rocksalt), HasSubstr("nothing keeps Pb and Se apart"));
  PairPotentials repulsion({"K", "L"}, {0, 0}, 12);
  repulsion.set(0, 1, {1000, 0.3, 0});
  EXPECT_THAT(refusal(repulsion, {0, 1}, Structure::zincblende), HasSubstr("have no minimum"));
}

TEST(RelaxedStructure, ChargesThatDoNotCancelAreRefused) {
  PairPotentials potentials = lead_cadmium_selenium();
  potentials.charges[1] = 1;
  EXPECT_THAT(refusal(potentials, CdSe, Structure::rocksalt), HasSubstr("the charges of CdSe add up to 0.2 e"));
}

TEST(RelaxedStructure, WurtziteThatFlattensIsNoWurtzite) {
  EXPECT_THAT(refusal(lead_cadmium_selenium(), PbSe, Structure::wurtzite), HasSubstr("flattens to honeycomb"));
}

TEST(TransitionPressure, IsWhereBothHaveOneEnthalpy) {
  const PairPotentials potentials = lead_cadmium_selenium();
  const auto wurtzite = relaxed(potentials, CdSe, Structure::wurtzite);
  const auto rock_salt = relaxed(potentials, CdSe, Structure::rocksalt);
  const double pressure = transition_pressure(potentials, wurtzite, rock_salt).value();
  EXPECT_NEAR(under_pressure(potentials, wurtzite, pressure).value().enthalpy,
              under_pressure(potentials, rock_salt, pressure).value().enthalpy, 1e-8);
  EXPECT_NEAR(transition_pressure(potentials, rock_salt, wurtzite).value(), pressure, 1e-8);
  EXPECT_FALSE(transition_pressure(potentials, wurtzite, relaxed(potentials, CdSe, Structure::zincblende)));
}

TEST(Surface, OfAPolarPlaneIsRefused) {
  const PairPotentials potentials = lead_cadmium_selenium();
  const auto crystal = relaxed(potentials, PbSe, Structure::rocksalt);
  try {
    surface_energy(potentials, crystal, {1, 1, 1});
    FAIL();
  } catch (const StaticsError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the surface (1 1 1) of the rock salt structure is polar"));
  }
}

TEST(Surface, DoesNotDependOnWhichOfEqualPlanesIsMeantOrHowThickTheSlabIs) {
  const PairPotentials potentials = lead_cadmium_selenium();
  const auto crystal = relaxed(potentials, PbSe, Structure::rocksalt);
  const double energy = surface_energy(potentials, crystal, {1, 1, 0}, 16).relaxed;
  EXPECT_NEAR(surface_energy(potentials, crystal, {0, -1, 1}, 16).relaxed, energy, 1e-6);
  EXPECT_NEAR(surface_energy(potentials, crystal, {1, 1, 0}, 24).relaxed, energy, 1e-4);
}

/// A slab is cut out of the crystal: as cut, it costs what the bonds across the cut are worth, both sides together.
/// Counted here without any Ewald sum, for ions without charges.
TEST(Surface, AsCutCostsThePairsAcrossTheCut) {
  PairPotentials potentials({"K", "L"}, {0, 0}, 7.9);
  potentials.set(0, 1, {800, 0.35, 30});
  const auto crystal = relaxed(potentials, {0, 1}, Structure::rocksalt);
  const double a = crystal.shape.a;
  double across = 0;  // per ion of the uppermost layer below the cut, with everything above
  for (int below = 0; below < 10; ++below)
    for (int up = below + 1; up < 20; ++up)
      for (int k = -10; k <= 10; ++k)
        for (int l = -10; l <= 10; ++l) {
          const double r = a / 2 * std::sqrt(k * k + l * l + up * up);
          if ((k + l + up) % 2 != 0 && r < potentials.cutoff) across += 800 * std::exp(-r / 0.35) - 30 / std::pow(r, 6);
        }
  const double per_ion = a * a / 4;
  EXPECT_NEAR(surface_energy(potentials, crystal, {1, 0, 0}).as_cut, -across / (2 * per_ion) * joules_per_square_metre,
              1e-10);
}

TEST(MixingEnergies, OfACompoundWithItselfAreItsEnergy) {
  PairPotentials twins({"K", "L", "Se"}, {0.8, 0.8, -0.8}, 12);
  for (const std::size_t cation : {0, 1}) twins.set(cation, 2, {4880000, 0.173, 211});
  twins.set(2, 2, {5200, 0.384, 127});
  const MixingEnergies energies = mixing_energies(twins, {0, 2}, {1, 2}, Structure::rocksalt);
  EXPECT_NEAR(energies.one, energies.other, 1e-12);
  EXPECT_NEAR(energies.mixed, energies.one, 1e-8);
  EXPECT_LT(energies.mixed_error, 1e-8);
}

TEST(MixingEnergies, OfMixturesThatLeaveTheirStructureAreRefused) {
  EXPECT_THROW(mixing_energies(lead_cadmium_selenium(), PbSe, CdSe, Structure::caesium_chloride), StaticsError);
}

}  // namespace
}  // namespace nxmc::statics

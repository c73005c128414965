// Campaigns in kelvin, electronvolt, nanometre and second: what they are in the model, and back.
#include "nxmc/campaign/physical_units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/material/constants.hpp"
#include "program.hpp"
#include "scan_text.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing_tools::text_of_scan;

/// 11 % apart: k_BT/ε = 0.82 at 300 K.
const std::string cdte_cds = R"(A: {name: CdTe, structure: zincblende, lattice_constant: 6.48 angstrom}
B: {name: CdS, structure: zincblende, lattice_constant: 5.82 angstrom}
bulk_modulus: 50 GPa
energies_of_mixing: {A: -5 eV, B: -6 eV, mixed: -5.455 eV}
)";
const std::string rates =
    "attempt_rates: {exchange: {prefactor: 1e13 Hz, barrier: 0.43 eV}, diffusion: {prefactor: 1e13 Hz, barrier: 0.5 "
    "eV}}\n";

Campaign campaign(const std::string& scan, const std::string& top = rates) {
  return parse_campaign(text_of_scan(scan, "material: m.yaml\n" + top), "x.yaml",
                        [](const std::string&) { return cdte_cds; });
}

Physics first(const Campaign& campaign) { return campaign.scans.front().points.front().physics; }

std::string message_of(const std::string& scan, const std::string& top = "material: m.yaml\n" + rates) {
  try {
    parse_campaign(text_of_scan(scan, top), "x.yaml", [](const std::string&) { return cdte_cds; });
  } catch (const CampaignError& error) {
    return error.what();
  }
  return "";
}

std::vector<Identity> identities(const Campaign& campaign) {
  std::vector<Identity> all;
  for (const Job& job : make_plan(campaign).jobs) {
    all.push_back(job.identity);
    all.push_back(job.observation);
  }
  return all;
}

const std::string cube = "method: equilibrium, lattice: cube, size: 4, shell_layers: 1, shell_stiffness: 5";
const std::string exchange = "method: exchange, lattice: cube, size: 4, delta_mu: -200";

double epsilon() { return 3 * 6.15 * 50 * 0.66 * 0.66 / 80 * ev_per_gpa_cubic_angstrom; }
double k0(double barrier, double kelvin) { return 1e13 * std::exp(-barrier / (boltzmann * kelvin)); }

// ---- to the model

TEST(PhysicalCampaign, HasNoLengthsThatAreNone) {
  for (const std::string size : {"-6 nm", "0 nm", "[[3 nm, -3 nm, 12 nm]]"})
    EXPECT_THAT(message_of("method: equilibrium, temperature: 450 K, lattice: " +
                           std::string(size.starts_with('[') ? "box" : "cube") +
                           ", shell_layers: 1, shell_stiffness: 5, size: " + size),
                HasSubstr("must be a length above 0"))
        << size;
  EXPECT_THAT(message_of("method: equilibrium, lattice: cube, size: 0.1 nm, temperature: 450 K"),
              HasSubstr("size: must be"));
}

TEST(PhysicalCampaign, MistakesInNumbersAreNoUnits) {
  for (const std::string temperature : {"0,2", "0x10", "1_000", "1.2.3", "0.2 0.3"})
    EXPECT_THAT(message_of("method: equilibrium, lattice: cube, size: 4, temperature: " + temperature, ""),
                HasSubstr("must be a number"))
        << temperature;
}

TEST(PhysicalCampaign, HasTemperaturesInKelvin) {
  EXPECT_NEAR(first(campaign(cube + ", temperature: 450 K")).temperature, boltzmann * 450 / epsilon(), 1e-11);
  // Hexagons have an ε of their own, aB(a_A - a_B)²/48.
  EXPECT_NEAR(first(campaign("method: equilibrium, lattice: hexagon, size: 4, temperature: 450 K")).temperature,
              boltzmann * 450 / (epsilon() * 80 / 144), 1e-11);
}

TEST(PhysicalCampaign, HasEnergiesInElectronvoltAndKilojoulePerMole) {
  const std::string scan = "method: exchange, lattice: cube, size: 4, temperature: 450 K, delta_mu: ";
  EXPECT_NEAR(first(campaign(scan + "-0.5 eV")).delta_mu, -0.5 / epsilon(), 1e-9);
  EXPECT_NEAR(first(campaign(scan + "-48.24266606 kJ/mol")).delta_mu, -0.5 / epsilon(), 1e-7);
}

TEST(PhysicalCampaign, MeasuresIsingCrystalsInJ) {
  // J Z/2 is 0.045 eV for a formula unit, and a site has four.
  const Physics physics =
      first(campaign("method: equilibrium, lattice: cube, size: 4, interaction: ising, temperature: 450 K"));
  EXPECT_NEAR(physics.temperature, boltzmann * 450 / (4 * 0.045 * 2 / 18), 1e-9);
}

TEST(PhysicalCampaign, RoundsLengthsToSites) {
  const Campaign read = campaign("method: equilibrium, lattice: cube, size: [3 nm, 60 angstrom], temperature: 450 K");
  EXPECT_EQ(read.scans[0].points[0].physics.lattice.size[0], 5);
  EXPECT_EQ(read.scans[0].points[1].physics.lattice.size[0], 10);
  EXPECT_THAT(read.scans[0].rounded, ElementsAre(RoundedEdge{3, 5}, RoundedEdge{6, 10}));
  const Physics box =
      first(campaign("method: equilibrium, lattice: box, size: [[3 nm, 3 nm, 12 nm]], temperature: 450 K"));
  EXPECT_THAT(box.lattice.size, ElementsAre(5, 5, 20));
  // A hexagon is a plane of formula units, closer by √2.
  const Physics hexagon = first(campaign("method: equilibrium, lattice: hexagon, size: 3 nm, temperature: 450 K"));
  EXPECT_EQ(hexagon.lattice.size[0], std::lround(3 / (0.615 / std::sqrt(2))));
}

TEST(PhysicalCampaign, ExpandsRangesBeforeItConvertsThem) {
  const Campaign range = campaign(cube + ", temperature: {from: 300 K, to: 450 K, step: 50 K}");
  const Campaign list = campaign(cube + ", temperature: [300 K, 350 K, 400 K, 450 K]");
  EXPECT_EQ(range.scans[0].points.size(), 4U);
  EXPECT_EQ(identities(range), identities(list));
}

TEST(PhysicalCampaign, HasTheJobsOfItsModelParameters) {
  const Campaign physical =
      campaign(exchange.substr(0, exchange.find(", delta_mu")) +
               ", temperature: [400 K, 500 K], delta_mu: -1 eV, replicas: 2, max_events: 10, exchange_until: 1 us, "
               "times: [1 us, 20 us], snapshots: {times: 5 us}");
  std::string model = "name: x\nscans:\n";
  for (const double kelvin : {400.0, 500.0}) {
    const auto time = [&](double us) { return canonical_decimal(us * 1e-6 * k0(0.43, kelvin)); };
    model += "  - {name: s" + canonical_decimal(kelvin) + ", method: exchange, lattice: cube, size: 4, temperature: " +
             canonical_decimal(boltzmann * kelvin / epsilon()) + ", delta_mu: " + canonical_decimal(-1 / epsilon()) +
             ", replicas: 2, max_events: 10, exchange_until: " + time(1) + ", times: [" + time(1) + ", " + time(20) +
             "], snapshots: {times: " + time(5) +
             "}, rates: {exchange: 1, diffusion: " + canonical_decimal(k0(0.5, kelvin) / k0(0.43, kelvin)) + "}}\n";
  }
  EXPECT_EQ(identities(physical), identities(parse_campaign(model, "y.yaml")));
}

TEST(PhysicalCampaign, LeavesBareNumbersAsTheyAre) {
  const std::string scan = cube + ", temperature: 1.5, replicas: 2";
  EXPECT_EQ(identities(campaign(scan)), identities(parse_campaign(text_of_scan(scan), "y.yaml")));
  for (const std::string own : {"", ", rates: {exchange: 1, diffusion: 2}"}) {
    const std::string driven = exchange + ", temperature: 1.5" + own;
    EXPECT_EQ(identities(campaign(driven)), identities(parse_campaign(text_of_scan(driven), "y.yaml")));
  }
}

TEST(PhysicalCampaign, KnowsTemperaturesOfCrystalsWithoutInteraction) {
  const Campaign read = campaign(
      "method: exchange, lattice: cube, size: 4, interaction: none, temperature: [400 K, 500 K], delta_mu: -0.5 eV, "
      "times: [1 us, 2 us]");
  ASSERT_EQ(read.scans[0].points.size(), 2U);
  const PhysicalUnits units(read);
  for (std::size_t k = 0; k < 2; ++k) {
    const double kelvin = k == 0 ? 400 : 500;
    const Point& point = read.scans[0].points[k];
    EXPECT_EQ(point.physics.temperature, 1);
    EXPECT_NEAR(point.physics.delta_mu, -0.5 / (boltzmann * kelvin), 1e-9);
    EXPECT_NEAR(point.physics.rates.diffusion, k0(0.5, kelvin) / k0(0.43, kelvin), 1e-11);
    EXPECT_NEAR(point.schedule->times[1], 2e-6 * k0(0.43, kelvin), 1e-8);
    EXPECT_EQ(units.temperature(point.physics), kelvin);
    EXPECT_NEAR(units.energy(point.physics), boltzmann * kelvin, 1e-12);
  }
}

TEST(PhysicalCampaign, PrefersItsOwnAttemptRates) {
  const auto read = [&](const std::string& top) {
    return first(parse_campaign(text_of_scan(exchange + ", temperature: 400 K", "material: m.yaml\n" + top), "x.yaml",
                                [](const std::string&) {
                                  return cdte_cds +
                                         "attempt_rates: {exchange: {prefactor: 1e13 Hz, barrier: 0.4 eV}, "
                                         "diffusion: {prefactor: 1e13 Hz, barrier: 0.4 eV}}\n";
                                }));
  };
  EXPECT_EQ(read("").rates.diffusion, 1);
  EXPECT_NEAR(read(rates).rates.diffusion, std::exp(-0.07 / (boltzmann * 400)), 1e-11);
}

// ---- and back

TEST(PhysicalUnits, UndoWhatReadingDid) {
  const Campaign read = campaign(
      "method: exchange, lattice: cube, size: 3 nm, temperature: 450 K, delta_mu: -0.5 eV, "
      "times: [1 ms, 20 ms]");
  const PhysicalUnits units(read);
  const Point& point = read.scans[0].points[0];
  EXPECT_EQ(units.temperature(point.physics), 450);
  EXPECT_NEAR(units.energy(point.physics) * point.physics.delta_mu, -0.5, 1e-11);
  EXPECT_NEAR(units.length(point.physics), 0.615, 1e-12);
  EXPECT_NEAR(units.time(point.physics) * point.schedule->times[1], 0.02, 1e-12);
}

TEST(PhysicalUnits, AreUnknownWhereNothingSaysThem) {
  const std::string scan = exchange + ", temperature: 1.5";
  EXPECT_FALSE(PhysicalUnits(parse_campaign(text_of_scan(scan), "x.yaml")).known());
  const Campaign without_rates = campaign(scan, "");
  EXPECT_TRUE(std::isnan(PhysicalUnits(without_rates).time(first(without_rates))));
  EXPECT_GT(PhysicalUnits(without_rates).temperature(first(without_rates)), 0);
  // A ratio of rates that is not that of the attempt rates is not of that crystal.
  const Campaign own_rates = campaign(scan + ", rates: {diffusion: 5}");
  EXPECT_TRUE(std::isnan(PhysicalUnits(own_rates).time(first(own_rates))));
  const Campaign none =
      campaign("method: exchange, lattice: cube, size: 4, interaction: none, delta_mu: -10, rates: {}");
  EXPECT_TRUE(std::isnan(PhysicalUnits(none).temperature(first(none))));
}

// ---- its text

TEST(MaterialOfCampaigns, StandsBehindTheirText) {
  const Campaign read = campaign(cube + ", temperature: 450 K");
  EXPECT_THAT(read.text, HasSubstr("}\n--- # material: m.yaml\nA: {name: CdTe"));
  // Such a text needs no file.
  const Campaign again = parse_campaign(read.text, "archive.h5");
  EXPECT_EQ(again.text, read.text);
  EXPECT_EQ(identities(again), identities(read));
  EXPECT_EQ(again.material->A.name, "CdTe");
}

TEST(MaterialOfCampaigns, IsLookedForBesideThem) {
  const testing_tools::TemporaryDirectory here;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::filesystem::create_directories((here.path() / name).parent_path());
    std::ofstream(here.path() / name) << text;
  };
  write("sub/pair.yaml", cdte_cds);
  write("sub/x.yaml", text_of_scan(cube + ", temperature: 450 K", "material: pair.yaml\n"));
  EXPECT_EQ(read_campaign(here.path() / "sub/x.yaml").material->B.name, "CdS");
  write("x.yaml", text_of_scan(cube + ", temperature: 450 K", "material: pair.yaml\n"));
  const auto message = [&](const TextOfFile& otherwise) {
    try {
      read_campaign(here.path() / "x.yaml", {}, otherwise);
    } catch (const CampaignError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message({}), AllOf(HasSubstr("x.yaml:2:11: material: "),
                                 HasSubstr("pair.yaml: no such file; it is looked for beside the campaign")));
  EXPECT_EQ(message([](const std::string& name) { return name == "pair.yaml" ? cdte_cds : ""; }), "");
  write("pair.yaml", "A: 1\n");
  EXPECT_THAT(message({}), HasSubstr("pair.yaml:1:4: A: must be a mapping"));
  // Mistakes of a material behind a campaign have the lines of that text.
  EXPECT_THROW(
      parse_campaign(text_of_scan(cube + ", temperature: 1", "material: m\n") + "--- # material: m\nA: 1\n", "x"),
      CampaignError);
}

TEST(MaterialOfCampaigns, BehindThemHasPlacesInTheWholeText) {
  try {
    parse_campaign(text_of_scan(cube + ", temperature: 1", "material: m\n") + "--- # material: m\nA: 1\n", "x.yaml");
    ADD_FAILURE();
  } catch (const CampaignError& error) {
    EXPECT_THAT(error.what(), HasSubstr("x.yaml:6:4: A: must be a mapping"));
  }
}

// ---- what is wrong

TEST(PhysicalErrors, WithoutMaterialNameTheRemedy) {
  EXPECT_THAT(
      message_of(cube + ", temperature: 450 K", ""),
      HasSubstr("scans[0].temperature: has a unit, which only a campaign with a material can convert: add one at "
                "the top, such as 'material: pbs-cds.yaml', or write numbers in units of the model"));
  EXPECT_THAT(message_of(exchange + ", temperature: 1, times: [1 s, 2 s]", ""),
              HasSubstr("scans[0].times: has a unit"));
  EXPECT_THAT(
      message_of(cube + ", temperature: 1", rates),
      HasSubstr("attempt_rates: says what seconds are in a campaign with a material; add 'material', or remove it"));
}

TEST(PhysicalErrors, MixingHasItsPlace) {
  EXPECT_THAT(
      message_of(cube + ", temperature: [300 K, 1.5]"),
      HasSubstr("scans[0].temperature[1]: has no unit, but its neighbours have: bare numbers are in units of the "
                "model; write all of them in one way"));
  EXPECT_THAT(message_of(cube + ", temperature: {from: 300 K, to: 450 K, step: 50}"),
              HasSubstr("scans[0].temperature.step: has no unit, but its neighbours have"));
}

TEST(PhysicalErrors, NameUnitsThatFit) {
  EXPECT_THAT(message_of(cube + ", temperature: 0.5 eV"),
              HasSubstr("scans[0].temperature: 'eV' is a unit of energy; this is a temperature in K"));
  EXPECT_THAT(message_of(cube + ", temperature: 200 C"), HasSubstr("temperatures are in K: add 273.15"));
  EXPECT_THAT(message_of(exchange + ", temperature: 1, times: [1 s, 2 Ks]"),
              HasSubstr("scans[0].times[1]: there is no unit"));
  EXPECT_THAT(
      message_of("method: equilibrium, lattice: cube, size: 4, temperature: 1, shell_layers: 1, shell_stiffness: 5 K"),
      HasSubstr("must be a number"));
  EXPECT_THAT(message_of(cube + ", temperature: -4 K"), HasSubstr("must be a number from 1e-6 to 1e6"));
}

TEST(PhysicalErrors, SayWhatIsMissingForSeconds) {
  EXPECT_THAT(message_of(exchange + ", temperature: 450 K, times: [1 s, 2 s]", "material: m.yaml\n"),
              HasSubstr("seconds follow from attempt rates, which neither the campaign nor its material has: add "
                        "'attempt_rates: {exchange: {prefactor: 1e13 Hz, barrier: 0.43 eV}"));
  EXPECT_THAT(message_of(exchange + ", temperature: 450 K, times: [1 s, 2 s], rates: {diffusion: 2}"),
              HasSubstr("scans[0].rates: seconds follow from 'attempt_rates', and with them both rates: remove it"));
  EXPECT_THAT(
      message_of("method: exchange, lattice: cube, size: 4, interaction: none, delta_mu: -10, times: [1 s, 2 s]"),
      HasSubstr("attempt rates depend on the temperature, which is not known in K here"));
  EXPECT_THAT(
      message_of("method: exchange, lattice: cube, size: 4, interaction: none, delta_mu: -1 eV", "material: m.yaml\n"),
      HasSubstr("beside delta_mu in eV the temperature must be in K"));
  EXPECT_THAT(message_of(exchange + ", temperature: 20 K"), HasSubstr("look at the barriers of 'attempt_rates'"));
}

TEST(PhysicalErrors, TellUnitsApart) {
  EXPECT_THAT(
      message_of(
          "method: equilibrium, lattice: [cube, hexagon], size: [4, 5], zip: [lattice, size], temperature: 450 K"),
      HasSubstr("has other units in 2D than in 3D; give hexagons a scan of their own"));
  EXPECT_THAT(
      message_of(cube + ", interaction: [elastic, ising], temperature: [1 K, 2 K], zip: [interaction, temperature]"),
      HasSubstr("these interactions measure energies in different units; give each a scan of its own"));
  EXPECT_THAT(message_of(exchange + ", temperature: 450 K, exchange_until: 1 s, times: [1 us, 1 ms]"),
              HasSubstr("has no effect: the last observation is at 0.001 s"));
}

TEST(PhysicalErrors, OfTheMaterialKeyAreTold) {
  EXPECT_THAT(message_of(cube + ", temperature: 450 K", "material: [a]\n"),
              AllOf(HasSubstr("material: must be the name of a material file, such as pbs-cds.yaml, not a list"),
                    Not(HasSubstr("has a unit"))));
}

}  // namespace
}  // namespace nxmc

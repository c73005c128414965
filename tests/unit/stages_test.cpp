// Stages of exchanges: what a campaign's lists, ramps and cycles mean, how jobs are called that have them, and what is
// said of mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "nxmc/campaign/campaign.hpp"
#include "nxmc/campaign/hints.hpp"
#include "nxmc/campaign/physical_units.hpp"
#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/rate_rule_text.hpp"
#include "nxmc/campaign/stage_text.hpp"
#include "nxmc/material/constants.hpp"
#include "scan_text.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing_tools::text_of_scan;

const std::string material = R"(A: {name: CdTe, structure: zincblende, lattice_constant: 6.48 angstrom}
B: {name: CdS, structure: zincblende, lattice_constant: 5.82 angstrom}
bulk_modulus: 50 GPa
attempt_rates: {exchange: {prefactor: 1e13 Hz, barrier: 0.43 eV}, diffusion: {prefactor: 1e13 Hz, barrier: 0.5 eV}}
)";

const std::string hexagon = "method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20";

Campaign campaign(const std::string& scan, const std::string& top = "") {
  return parse_campaign(text_of_scan(scan, top), "x.yaml", [](const std::string&) { return material; });
}
Physics first(const std::string& scan, const std::string& top = "") {
  return campaign(scan, top).scans.front().points.front().physics;
}
std::string stages(const std::string& list) { return to_string(first(hexagon + ", stages: " + list).stages); }
std::string message_of(const std::string& scan, const std::string& top = "") {
  try {
    campaign(scan, top);
  } catch (const CampaignError& error) {
    return error.what();
  }
  return "";
}
/// What is said of a list, without where it stands.
std::string about(const std::string& list) { return message_of(hexagon + ", stages: " + list); }

// ---- what lists mean

TEST(ExchangeStages, AreThoseOfTheList) {
  const Physics physics = first(hexagon +
                                ", stages: [{until: 5, delta_mu: -10, rates: {diffusion: 2}}, {until: 7, "
                                "exchange: off, temperature: 0.3}, {exchange: on, rates: {exchange: 0.5}}]");
  EXPECT_EQ(physics.delta_mu, -20);
  const std::vector<ExchangeStage> expected{{.until = 5, .delta_mu = -10, .diffusion_rate = 2},
                                            {.until = 7, .temperature = 0.3, .exchange = false},
                                            {.exchange_rate = 0.5}};
  EXPECT_EQ(physics.stages, StageList(expected));
}

TEST(ExchangeStages, RampsAreStepsOfOneLength) {
  EXPECT_EQ(stages("[{until: 5}, {ramp: temperature, from: 0.3, to: 0.6, steps: 4, until: 7, delta_mu: -3}, {exchange: "
                   "off}]"),
            "until 5 | until 5.5: temperature 0.3, delta_mu -3 | until 6: temperature 0.4, delta_mu -3 | until 6.5: "
            "temperature 0.5, delta_mu -3 | until 7: temperature 0.6, delta_mu -3 | then: exchange off");
  EXPECT_EQ(stages("{ramp: delta_mu, from: -10, to: 10, steps: 3, until: 3}"),
            "until 1 | until 2: delta_mu 0 | then: delta_mu 10");
}

TEST(ExchangeStages, CyclesCountTimesFromTheirBeginning) {
  EXPECT_EQ(
      stages("[{until: 1, delta_mu: -5}, {repeat: 2, stages: [{until: 3}, {until: 10, delta_mu: 20}]}, {exchange: "
             "off}]"),
      "until 1: delta_mu -5 | until 4 | until 11: delta_mu 20 | until 14 | until 21: delta_mu 20 | then: exchange "
      "off");
  EXPECT_EQ(
      stages("{repeat: 2, stages: [{repeat: 2, stages: [{until: 1}, {until: 2, delta_mu: 1}]}, {until: 5, delta_mu: "
             "2}]}"),
      "until 1 | until 2: delta_mu 1 | until 3 | until 4: delta_mu 1 | until 5: delta_mu 2 | until 6 | until 7: "
      "delta_mu 1 | until 8 | until 9: delta_mu 1 | then: delta_mu 2");
}

TEST(ExchangeStages, WithoutTimesAreObservedEvenlyUpToTheirEnd) {
  const Scan scan = campaign(hexagon + ", stages: [{until: 6}, {until: 12, delta_mu: 5}]").scans[0];
  ASSERT_THAT(scan.schedule.times, SizeIs(120));
  EXPECT_EQ(scan.schedule.times.front(), 0.1);
  EXPECT_EQ(scan.schedule.times.back(), 12);
  EXPECT_EQ(campaign(hexagon + ", stages: [{until: 6}, {delta_mu: 5}]").scans[0].schedule.times.back(), 300);
}

// ---- what jobs are called

Identity name_of(const std::string& scan) { return job_identity(first(scan), 0); }

TEST(ExchangeStages, OfOneTrajectoryHaveOneName) {
  const Identity relaxation = name_of(hexagon + ", exchange_until: 7.84");
  for (const char* same :
       {"[{until: 7.84}, {exchange: off}]", "[{until: 7.84, delta_mu: -20}, {until: 300, exchange: off}]",
        "[{until: 3}, {until: 7.84, temperature: 0.2}, {until: 9, exchange: off}, {exchange: off}]"})
    EXPECT_EQ(name_of(hexagon + ", stages: " + same), relaxation) << same;
  const Identity plain = name_of(hexagon);
  for (const char* same : {"[{}]", "[{until: 3}, {}]", "[{until: 300}]", "{until: 300, rates: {exchange: 1}}"})
    EXPECT_EQ(name_of(hexagon + ", stages: " + same), plain) << same;
  const std::string without = "method: exchange, lattice: hexagon, size: 3";
  EXPECT_EQ(
      name_of(without + ", stages: [{until: 5, temperature: 0.2, delta_mu: -20}, {temperature: 0.3, delta_mu: 5}]"),
      name_of(hexagon + ", stages: [{until: 5}, {temperature: 0.3, delta_mu: 5}]"));
}

TEST(ExchangeStages, OfOtherTrajectoriesHaveOtherNames) {
  const Identity one = name_of(hexagon + ", stages: [{until: 5}, {delta_mu: 5}]");
  for (const char* other : {"[{until: 5}, {delta_mu: 6}]", "[{until: 6}, {delta_mu: 5}]",
                            "[{until: 5}, {temperature: 5}]", "[{until: 5}, {until: 7, delta_mu: 5}, {}]"})
    EXPECT_NE(name_of(hexagon + ", stages: " + other), one) << other;
}

// Archives refer to jobs by them.
TEST(ExchangeStages, NamesArePinned) {
  const Physics physics = first(hexagon +
                                ", stages: [{until: 5}, {until: 8, exchange: off, temperature: 0.3}, {delta_mu: "
                                "5, rates: {exchange: 2, diffusion: 0.5}}]");
  EXPECT_EQ(
      canonical_text(physics),
      "delta_mu=-20;lattice=hexagon;method=exchange;size=3;stages=until 5 | until 8: exchange off, temperature 0.3 "
      "| then: delta_mu 5, rates.exchange 2, rates.diffusion 0.5;temperature=0.2");
}

TEST(ExchangeStages, AreReadBackFromTheirText) {
  for (const char* list :
       {"[{until: 5}, {delta_mu: 5}]", "[{until: 1e-30, exchange: off}, {rates: {exchange: 1e-9}}]",
        "{repeat: 20, stages: [{until: 0.1}, {until: 0.3, delta_mu: 20, temperature: 0.123456789012}]}"}) {
    const StageList written = first(hexagon + ", stages: " + list).stages;
    EXPECT_EQ(parse_stages(to_string(written)), written);
  }
  EXPECT_TRUE(parse_stages("").empty());
  for (const char* wrong :
       {"until 5", "then | then", "until 5 | until 4 | then", "until 5:  | then", "until 5: color 3 | then", " | then",
        "until 5: delta_mu x | then", "until 5 | then: delta_mu 3, delta_mu 3", "until 5 | then ", "until 05 | then",
        "until -1 | then", "until 0 | then", "until inf | then", "until nan | then",
        "until 5: temperature 1, delta_mu | then"})
    EXPECT_THROW(parse_stages(wrong), std::invalid_argument) << wrong;
}

// ---- units of a material

const std::string with_material = "material: m.yaml\n";
double k0(double barrier, double kelvin) { return 1e13 * std::exp(-barrier / (boltzmann * kelvin)); }

TEST(ExchangeStages, AreConvertedAtTheTemperatureOfEach) {
  const Campaign read = campaign(
      "method: exchange, lattice: cube, size: 3, temperature: 450 K, delta_mu: -0.5 eV, times: [1 us, 10 us], stages: "
      "[{until: 2 us}, {until: 4 us, temperature: 500 K}, {delta_mu: 0.3 eV}]",
      with_material);
  const Physics& physics = read.scans[0].points[0].physics;
  const auto all = physics.stages.all();
  ASSERT_THAT(all, SizeIs(3));
  const double unit = k0(0.43, 450);
  EXPECT_NEAR(all[0].until, 2e-6 * unit, 1e-9 * unit * 1e-6);
  EXPECT_NEAR(*all[1].temperature / physics.temperature, 500.0 / 450, 1e-10);
  EXPECT_NEAR(*all[1].exchange_rate, k0(0.43, 500) / unit, 1e-9);
  EXPECT_NEAR(*all[1].diffusion_rate, k0(0.5, 500) / unit, 1e-9);
  EXPECT_NEAR(*all[2].delta_mu / physics.delta_mu, -0.6, 1e-10);
  EXPECT_FALSE(all[2].exchange_rate);
  EXPECT_NEAR(PhysicalUnits(read).time(physics), 1 / unit, 1e-9 / unit) << "one unit of time for all stages";
}

TEST(ExchangeStages, OfCrystalsWithoutInteractionHaveEnergiesInTheirOwnThermalEnergy) {
  const Physics physics = first(
      "method: exchange, lattice: cube, size: 3, interaction: none, times: [1 us, 10 us], delta_mu: -0.5 eV, stages: "
      "[{until: 2 us, temperature: 400 K}, {temperature: 500 K}]",
      with_material);
  EXPECT_EQ(physics.temperature, 1);
  EXPECT_NEAR(physics.delta_mu, -0.5 / (boltzmann * 400), 1e-9);
  const auto all = physics.stages.all();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_NEAR(*all[1].delta_mu, -0.5 / (boltzmann * 500), 1e-9);
  EXPECT_NEAR(*all[1].exchange_rate, k0(0.43, 500) / k0(0.43, 400), 1e-6);
}

// ---- rules of rates

TEST(RateRules, AreReadAndNamed) {
  EXPECT_EQ(name_of(hexagon + ", rates: {rule: exponential, share: 0.5}"), name_of(hexagon));
  EXPECT_EQ(canonical_text(first(hexagon + ", rates: {share: 0.3}")),
            "delta_mu=-20;lattice=hexagon;method=exchange;rates.rule=share 0.3;size=3;temperature=0.2");
  EXPECT_EQ(
      canonical_text(first(hexagon + ", rates: {rule: heat_bath, exchange: 2}")),
      "delta_mu=-20;lattice=hexagon;method=exchange;rates.exchange=2;rates.rule=heat_bath;size=3;temperature=0.2");
  for (const char* text : {"", "metropolis", "heat_bath", "share 0", "share 0.3", "share 1"})
    EXPECT_EQ(to_string(parse_rate_rule(text)), text);
  for (const char* wrong : {"share", "share 0.5", "share 2", "share x", "share 0.30", "exponential", "glauber"})
    EXPECT_THROW(parse_rate_rule(wrong), std::invalid_argument) << wrong;
}

TEST(RateRules, LeaveAttemptRatesToTheMaterial) {
  const std::string scan =
      "method: exchange, lattice: cube, size: 3, temperature: 450 K, delta_mu: -0.5 eV, times: [1 us], ";
  EXPECT_NEAR(first(scan + "rates: {rule: metropolis}", with_material).rates.diffusion, k0(0.5, 450) / k0(0.43, 450),
              1e-9);
}

TEST(RateRules, OfMistakesTellPlaceAndRemedy) {
  EXPECT_THAT(message_of(hexagon + ", rates: {rule: metropolis, share: 0.3}"),
              HasSubstr("rates.share: only 'rule: exponential' shares the energy among both directions; remove it"));
  EXPECT_THAT(message_of(hexagon + ", rates: {rule: glauber}"), HasSubstr("rates.rule: must be"));
  EXPECT_THAT(message_of(hexagon + ", rates: {share: 1.5}"), HasSubstr("must be a number from 0 to 1"));
  EXPECT_THAT(about("[{until: 4, rates: {rule: metropolis}}, {}]"),
              HasSubstr("a trajectory has one rule of rates; give it to 'rates' of the scan"));
}

// ---- mistakes

TEST(StagesErrors, HavePlaceAndRemedy) {
  EXPECT_EQ(about("[]"), "x.yaml:3:101: scans[0].stages: an empty list; give at least one stage, or remove it");
  EXPECT_EQ(
      about("[{until: 5}, {until: 3}]"),
      "x.yaml:3:122: scans[0].stages[1].until: the stage ends at 3, but begins at 5: times must ascend, and count "
      "from the beginning of the exchange");
  EXPECT_EQ(about("[{until: 5}, {untl: 8}]"),
            "x.yaml:3:115: scans[0].stages[1].untl: unknown key; did you mean 'until'?");
  EXPECT_EQ(message_of(hexagon + ", exchange_until: 3, stages: [{until: 5}, {delta_mu: 4}]"),
            "x.yaml:3:93: scans[0].exchange_until: when ions are exchanged is said by 'stages'; remove it, or write a "
            "stage {exchange: off} instead");
  EXPECT_THAT(about("[{until: 5, exchange: off}, {exchange: off}]"),
              HasSubstr("scans[0].stages: no stage exchanges ions: the crystal, A throughout, stays as it is"));
  EXPECT_THAT(about("[{until: 5}, {exchange: off, rates: {diffusion: 0}}]"),
              HasSubstr("scans[0].stages[1]: nothing can move: there is no exchange, and the rate of diffusion is 0"));
  EXPECT_THAT(about("[{delta_mu: 5}, {until: 3}]"),
              HasSubstr("scans[0].stages[0]: lacks 'until': only the last stage may go on for ever"));
  EXPECT_THAT(about("[{until: 4, exchange: off, delta_mu: 3}, {}]"),
              HasSubstr("has no effect in a stage without exchange; remove one of the two"));
  EXPECT_THAT(about("[{until: 4, rates: {exchange: 0}}, {}]"),
              HasSubstr("must be a number from 1e-9 to 1e9; without exchange a stage has 'exchange: off', not 0"));
  EXPECT_THAT(about("[{until: 4, exchange: no}, {}]"), HasSubstr("must be 'on' or 'off', not 'no'"));
  EXPECT_THAT(about("5"),
              HasSubstr("must be a list of stages, such as [{until: 7.84, delta_mu: -20}, {exchange: off}]"));
  EXPECT_THAT(about("[4]"), HasSubstr("must be a stage such as {until: 10, delta_mu: -20}"));
}

TEST(StagesErrors, OfRampsAndCycles) {
  EXPECT_THAT(
      about("[{until: 5}, {ramp: temperature, to: 3}]"),
      AllOf(HasSubstr("lacks 'from'"), HasSubstr("lacks 'steps'"), HasSubstr("lacks 'until', the end of the ramp")));
  EXPECT_THAT(about("[{until: 5, steps: 3}, {}]"), HasSubstr("belongs to a ramp: add 'ramp: temperature'"));
  EXPECT_THAT(about("{ramp: temperature, from: 0.1, to: 0.2, steps: 3, until: 4, temperature: 1}"),
              HasSubstr("temperature: changes along the ramp; remove one of the two"));
  EXPECT_THAT(about("{ramp: size, from: 0.1, to: 0.2, steps: 3, until: 4}"), HasSubstr("'temperature' or 'delta_mu'"));
  EXPECT_THAT(about("{ramp: temperature, from: 0.1, to: 0.2, steps: 1, until: 4}"),
              HasSubstr("must be a whole number from 2 to 1000, not 1"));
  EXPECT_THAT(about("[{repeat: 3, stages: [{until: 4}, {}]}]"),
              HasSubstr("scans[0].stages[0].stages[1]: lacks 'until': the last stage of a cycle needs an end"));
  EXPECT_THAT(about("[{repeat: 3}]"), HasSubstr("lacks 'stages', which are repeated"));
  EXPECT_THAT(about("[{repeat: 3, until: 3, stages: [{until: 4}]}]"),
              HasSubstr("a cycle has only 'repeat' and 'stages'"));
  EXPECT_THAT(about("{repeat: 1000, stages: [{until: 1}, {until: 2, delta_mu: 1}]}"),
              HasSubstr("makes 2000 stages; a scan has at most 1000"));
  EXPECT_THAT(about("[{repeat: 2, stages: [{until: 4}, {until: 2}]}]"),
              HasSubstr("count from the beginning of the cycle"));
}

TEST(StagesErrors, OfWhatComesTooLateOrHasNoEffect) {
  EXPECT_THAT(message_of(hexagon + ", times: [1, 5], stages: [{until: 5}, {delta_mu: 3}]"),
              HasSubstr("this stage begins at 5, and the last observation is at 5: it has no effect"));
  EXPECT_THAT(message_of(hexagon + ", times: [1, 9], stages: [{until: 5}, {delta_mu: 3, until: 8}]"),
              HasSubstr("the last observation is at 9, after the end of the last stage at 8"));
  EXPECT_THAT(message_of("method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: [-20, -10], stages: "
                         "[{delta_mu: 3}]"),
              HasSubstr("delta_mu: its values have no effect: every stage with exchange has a delta_mu of its own"));
  EXPECT_THAT(message_of("method: exchange, lattice: hexagon, size: 3, temperature: 0.2, stages: [{until: 5, delta_mu: "
                         "-3}, {}]"),
              HasSubstr("scans[0]: lacks 'delta_mu'"));
  EXPECT_THAT(message_of("method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, stages: [{}]"),
              HasSubstr("an equilibrium scan has no 'stages'"));
}

TEST(StagesErrors, OfUnits) {
  const std::string cube = "method: exchange, lattice: cube, size: 3, ";
  EXPECT_THAT(message_of(cube + "temperature: 2, delta_mu: -3, stages: [{until: 4 s}, {delta_mu: 1}]"),
              HasSubstr("has a unit, which only a campaign with a material can convert"));
  EXPECT_THAT(message_of(cube + "temperature: 450 K, delta_mu: -3, stages: [{until: 4 us}, {until: 5, delta_mu: 1}]",
                         with_material),
              HasSubstr("some ends of stages have a unit, and others have none"));
  EXPECT_THAT(
      message_of(cube + "temperature: 450 K, delta_mu: -3, times: [9 us], stages: [{until: 4 us}, {temperature: 500 "
                        "K, rates: {diffusion: 2}}]",
                 with_material),
      HasSubstr("rates follow from 'attempt_rates' here; remove them from the stage"));
  EXPECT_THAT(message_of(cube + "interaction: none, delta_mu: -3, stages: [{until: 4, temperature: 3}, {}]"),
              HasSubstr("energies are in k_BT without interaction"));
  EXPECT_THAT(
      message_of(cube + "interaction: none, temperature: 450 K, delta_mu: -3, times: [9 us], stages: [{until: 4 "
                        "us}, {delta_mu: 1 eV}]",
                 with_material),
      HasSubstr("delta_mu is in eV here and in k_BT there"));
}

TEST(ExchangeStages, HintsLookAtAllOfThem) {
  const std::string a = "method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: 20, stages: ";
  EXPECT_THAT(hints(campaign(a + "[{until: 5}, {delta_mu: -20}]")), IsEmpty());
  EXPECT_THAT(hints(campaign(a + "[{until: 5}, {delta_mu: 30}]")), SizeIs(1));
}

TEST(ExchangeStages, OfDefaultsGiveWayToThoseOfAScanAndItsOwnEnd) {
  const std::string defaults = "defaults: {stages: [{until: 5}, {delta_mu: 3}]}\n";
  const Campaign read = parse_campaign("name: x\n" + defaults + "scans:\n  - {name: a, " + hexagon +
                                           "}\n  - {name: b, " + hexagon + ", exchange_until: 3}\n",
                                       "x.yaml");
  EXPECT_FALSE(read.scans[0].points[0].physics.stages.empty());
  EXPECT_TRUE(read.scans[1].points[0].physics.stages.empty());
  EXPECT_EQ(read.scans[1].points[0].physics.exchange_until, 3);
}

// Ten cycles exchange the crystal twenty times.
TEST(ExchangeStages, CostMoreWhereTheDriveTurns) {
  const auto cost = [](const std::string& list) {
    const std::string scan = "method: exchange, lattice: hexagon, size: 12, temperature: 0.2, times: [200], stages: ";
    return make_plan(campaign(scan + list)).jobs.front().cost_seconds;
  };
  EXPECT_GT(cost("{repeat: 10, stages: [{until: 10, delta_mu: -20}, {until: 20, delta_mu: 20}]}"),
            10 * cost("[{until: 200, delta_mu: -20}]"));
}

}  // namespace
}  // namespace nxmc

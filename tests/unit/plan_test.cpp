// Plans: which jobs and kernels a campaign consists of, and the names that they keep for ever.
#include "nxmc/campaign/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "nxmc/campaign/hints.hpp"
#include "nxmc/engine/memory.hpp"

namespace nxmc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Plan plan_of(const std::string& scans) { return make_plan(parse_campaign("name: x\nscans:\n" + scans, "x.yaml")); }

Plan plan_of_scan(const std::string& keys) { return plan_of("  - {name: a, " + keys + "}\n"); }

std::set<std::string> identities(const Plan& plan) {
  std::set<std::string> names;
  for (const Job& job : plan.jobs) names.insert(to_string(job.identity));
  return names;
}

Physics hexagon_exchange() {
  Physics physics;
  physics.lattice = {.shape = "hexagon", .size = {10, 0, 0}, .shell_layers = 0};
  physics.temperature = 0.2;
  physics.delta_mu = -20;
  return physics;
}

Physics shell_equilibrium() {
  Physics physics;
  physics.method = Method::equilibrium;
  physics.lattice = {.shape = "hexagon", .size = {16, 0, 0}, .shell_layers = 1};
  physics.shell_stiffness = 10.5;
  physics.temperature = 0.2;
  physics.start = Start::segregated;
  return physics;
}

Physics everything_changed() {
  Physics physics;
  physics.lattice = {.shape = "box", .size = {10, 10, 50}, .shell_layers = 2};
  physics.shell_stiffness = 3;
  physics.temperature = 1.5;
  physics.delta_mu = -200;
  physics.interaction = {.elastic = 1, .ising = 0.3};
  physics.hamiltonian = Hamiltonian::published;
  physics.rates = {.exchange = 2, .diffusion = 0.5};
  physics.exchange_until = 7.84;
  return physics;
}

// ---- Golden values. Archives refer to jobs by these names: a change here makes every finished job of every user
// unknown.

TEST(Identity, CanonicalTextOfJobsIsPinned) {
  EXPECT_EQ(canonical_text(hexagon_exchange()), "delta_mu=-20;lattice=hexagon;method=exchange;size=10;temperature=0.2");
  EXPECT_EQ(canonical_text(shell_equilibrium()),
            "lattice=hexagon;method=equilibrium;shell_layers=1;shell_stiffness=10.5;size=16;start=segregated;"
            "temperature=0.2");
  EXPECT_EQ(canonical_text(everything_changed()),
            "delta_mu=-200;exchange_until=7.84;hamiltonian=published;interaction=elastic:1+ising:0.3;lattice=box;"
            "method=exchange;rates.diffusion=0.5;rates.exchange=2;shell_layers=2;shell_stiffness=3;size=10,10,50;"
            "temperature=1.5");
}

TEST(Identity, OfJobsIsPinned) {
  EXPECT_EQ(to_string(job_identity(hexagon_exchange(), 0)), "05b7ffe5e6308b4da668463ee8799704");
  EXPECT_EQ(to_string(job_identity(hexagon_exchange(), 99)), "f8915bf67768257e0e459f62547f467f");
  EXPECT_EQ(to_string(job_identity(shell_equilibrium(), 3)), "de22657d6532dfe8867fce4719ef3daa");
  EXPECT_EQ(to_string(job_identity(everything_changed(), 0)), "292a02cfdb5edea047673c09034e79cd");
}

TEST(Identity, OfObservationsIsPinned) {
  Schedule exchange;
  exchange.times = {0.001, 1, 300};
  EXPECT_EQ(canonical_text(exchange, Method::exchange), "times=0.001,1,300");
  EXPECT_EQ(to_string(observation_identity(exchange, Method::exchange)), "04d33977fbd4be89cb5092a20514bdff");
  exchange.snapshot_times = {1};
  exchange.max_events = 1000;
  exchange.areas = false;
  EXPECT_EQ(canonical_text(exchange, Method::exchange), "areas=no;max_events=1000;snapshot_times=1;times=0.001,1,300");
  exchange.phases = exchange.profile = exchange.energy = false;
  EXPECT_EQ(canonical_text(exchange, Method::exchange),
            "areas=no;energy=no;max_events=1000;phases=no;profile=no;snapshot_times=1;times=0.001,1,300");

  Schedule equilibrium;
  equilibrium.equilibration_sweeps = 100'000;
  equilibrium.measured_sweeps = 200'000;
  equilibrium.areas_every = 100;
  equilibrium.snapshot_sweeps = {0, 300'000};
  EXPECT_EQ(
      canonical_text(equilibrium, Method::equilibrium),
      "areas_every=100;equilibration_sweeps=100000;measured_sweeps=200000;phases_every=1;snapshot_sweeps=0,300000");
  EXPECT_EQ(to_string(observation_identity(equilibrium, Method::equilibrium)), "eef42304d8ee1865ea112adca6f8ca1a");

  Schedule sampled;
  sampled.samples = {.every = 500, .at_most = 4000};
  EXPECT_EQ(canonical_text(sampled, Method::equilibrium),
            "areas_every=0;equilibration_sweeps=0;measured_sweeps=0;phases_every=1;samples.at_most=4000;"
            "samples.every=500");
  sampled.samples = {.every = 0, .at_most = 0};
  EXPECT_EQ(canonical_text(sampled, Method::equilibrium),
            "areas_every=0;equilibration_sweeps=0;measured_sweeps=0;phases_every=1;samples.at_most=0");
}

TEST(Identity, OfKernelsIsPinned) {
  EXPECT_EQ(to_string(kernel_identity({.lattice = {"hexagon", {10, 0, 0}, 0}})), "07fbab154706113486310fb15a855316");
  EXPECT_EQ(
      to_string(kernel_identity({.lattice = {"hexagon", {10, 0, 0}, 1}, .shell_stiffness = 8, .projected = false})),
      "e288e77787217051095b972bf8b1db7f");
}

TEST(Identity, DecimalsAreShortAndHaveAtMost12Digits) {
  EXPECT_EQ(canonical_decimal(0.1 + 0.2), "0.3");
  EXPECT_EQ(canonical_decimal(-20), "-20");
  EXPECT_EQ(canonical_decimal(-0.0), "0");
  EXPECT_EQ(canonical_decimal(1.0 / 3), "0.333333333333");
  EXPECT_EQ(canonical_decimal(100000), "100000");
  EXPECT_EQ(canonical_decimal(1e-32), "1e-32");
}

TEST(Identity, IsReadBackFromItsText) {
  const Identity identity{.high = 0x0123456789abcdef, .low = 0xfedcba9876543210};
  EXPECT_EQ(to_string(identity), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(parse_identity(to_string(identity)), identity);
  for (const std::string text : {"", "0123", "0123456789ABCDEFFEDCBA9876543210", "0123456789abcdeffedcba987654321g",
                                 "0123456789abcdeffedcba98765432100"}) {
    EXPECT_THROW(parse_identity(text), std::invalid_argument) << text;
  }
}

TEST(Identity, DistinguishesEveryPhysicalParameter) {
  std::vector<Physics> variants(13, shell_equilibrium());
  variants[1].method = Method::exchange;
  variants[2].lattice.shape = "box";
  variants[3].lattice.size[0] = 17;
  variants[4].lattice.shell_layers = 2;
  variants[5].shell_stiffness = 10.6;
  variants[6].temperature = 0.21;
  variants[7].delta_mu = 1;
  variants[8].composition = 0.4;
  variants[9].start = Start::random;
  variants[10].interaction.ising = 0.1;
  variants[11].hamiltonian = Hamiltonian::published;
  variants[12].rates.diffusion = 2;
  std::set<Identity> distinct;
  for (const Physics& physics : variants) distinct.insert(job_identity(physics, 0));
  EXPECT_THAT(distinct, SizeIs(variants.size()));
}

// ---- what does not change a job

TEST(Plan, SpellingAndOrderOfKeysDoNotChangeJobs) {
  const auto reference =
      identities(plan_of_scan("method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, shell_stiffness: 9, "
                              "temperature: 0.3, replicas: 2"));
  EXPECT_THAT(reference, SizeIs(2));
  EXPECT_EQ(
      identities(plan_of_scan("temperature: [0.30000000000000004], replicas: 2e0, shell_stiffness: {from: 9.0, to: "
                              "9, points: 1}, shell_layers: [1], size: [3], lattice: [hexagon], composition: 0.5, "
                              "start: [random], hamiltonian: exact, interaction: {elastic: 1.0}, method: equilibrium")),
      reference);
  EXPECT_EQ(identities(make_plan(parse_campaign("scans: [{name: other, method: equilibrium, replicas: 2}]\n"
                                                "defaults: {lattice: hexagon, size: 3, shell_layers: 1, "
                                                "shell_stiffness: 9e0, temperature: 3e-1}\nname: y\nseed: 7\n",
                                                "y.yaml"))),
            reference);
}

TEST(Plan, ACubeIsABoxWithEqualEdges) {
  const std::string rest = "method: exchange, temperature: 1.5, delta_mu: -200, shell_layers: [0, 1], ";
  EXPECT_EQ(identities(plan_of_scan(rest + "lattice: cube, size: 4")),
            identities(plan_of_scan(rest + "lattice: box, size: [[4, 4, 4]]")));
}

TEST(Plan, WideningAScanKeepsItsJobs) {
  const std::string rest = "method: equilibrium, lattice: hexagon, temperature: 0.2, shell_layers: 1, ";
  const auto narrow = identities(plan_of_scan(rest + "size: 3, shell_stiffness: [8, 9], replicas: 2"));
  const auto wide = identities(
      plan_of_scan(rest + "size: [4, 3], shell_stiffness: {from: 7, to: 10, step: 0.5}, start: [segregated, random], "
                          "replicas: 5"));
  EXPECT_TRUE(std::includes(wide.begin(), wide.end(), narrow.begin(), narrow.end()));
  EXPECT_THAT(wide, SizeIs(2 * 7 * 2 * 5));
}

TEST(Plan, LongerChainsAndOtherObservationsAreOtherRowsOfTheSameTrajectory) {
  const std::string rest = "method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, ";
  const Plan plan =
      plan_of("  - {name: a, " + rest + "measured_sweeps: 100}\n  - {name: b, " + rest + "measured_sweeps: 200}\n");
  ASSERT_THAT(plan.jobs, SizeIs(2));
  EXPECT_EQ(plan.jobs[0].identity, plan.jobs[1].identity);
  EXPECT_NE(plan.jobs[0].observation, plan.jobs[1].observation);
}

TEST(Plan, WithoutAShellThereIsOneStiffness) {
  const Plan plan = plan_of_scan(
      "method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: [0, 1], shell_stiffness: [8, 9, "
      "10]");
  EXPECT_THAT(plan.jobs, SizeIs(1 + 3));
  EXPECT_THAT(plan.kernels, SizeIs(1 + 3));
  EXPECT_EQ(plan.jobs[0].physics->shell_stiffness, 1);
}

TEST(Plan, WithoutElasticEnergyThereIsOneHamiltonianAndNoKernel) {
  const Plan plan = plan_of(
      "  - {name: a, method: exchange, lattice: hexagon, size: 3, interaction: [elastic, ising], hamiltonian: [exact, "
      "published],\n"
      "     temperature: [0.2, 2], delta_mu: [-20, -10], zip: [interaction, temperature, delta_mu]}\n");
  ASSERT_THAT(plan.jobs, SizeIs(3));
  EXPECT_EQ(plan.jobs[2].kernel, -1);
  EXPECT_TRUE(plan.jobs[0].schedule->areas);
  EXPECT_FALSE(plan.jobs[2].schedule->areas);
}

// ---- what a plan holds

TEST(Plan, ReplicasOfAPointFollowEachOther) {
  const Plan plan =
      plan_of_scan("method: exchange, lattice: hexagon, size: [3, 4], temperature: 0.2, delta_mu: -20, replicas: 2");
  ASSERT_THAT(plan.jobs, SizeIs(4));
  std::vector<std::pair<int, unsigned>> order;
  for (const Job& job : plan.jobs) order.emplace_back(job.physics->lattice.size[0], job.replica);
  EXPECT_THAT(order, ElementsAre(std::pair(3, 0U), std::pair(3, 1U), std::pair(4, 0U), std::pair(4, 1U)));
  EXPECT_EQ(plan.jobs[0].schedule, plan.jobs[3].schedule) << "one schedule for a scan, not one for each job";
}

TEST(Plan, AJobOfSeveralScansRunsOnceAndBelongsToAll) {
  const std::string rest = "method: exchange, lattice: hexagon, temperature: 0.2, delta_mu: -20, ";
  const Plan plan = plan_of("  - {name: a, " + rest + "size: [3, 4]}\n  - {name: b, " + rest + "size: [4, 5]}\n");
  ASSERT_THAT(plan.jobs, SizeIs(3));
  EXPECT_THAT(plan.scans, ElementsAre("a", "b"));
  EXPECT_THAT(plan.jobs[0].scans, ElementsAre(0U));
  EXPECT_THAT(plan.jobs[1].scans, ElementsAre(0U, 1U));
  EXPECT_THAT(plan.jobs[2].scans, ElementsAre(1U));
}

TEST(Plan, JobsShareKernelsAndThePublishedOnesAreNotProjected) {
  const Plan plan = plan_of_scan(
      "method: exchange, lattice: hexagon, size: 3, temperature: [0.2, 0.3], delta_mu: [-20, -10], hamiltonian: "
      "[published, "
      "exact], replicas: 3");
  EXPECT_THAT(plan.jobs, SizeIs(24));
  ASSERT_THAT(plan.kernels, SizeIs(2));
  EXPECT_FALSE(plan.kernels[0].spec.projected);
  EXPECT_TRUE(plan.kernels[1].spec.projected);
  for (const Job& job : plan.jobs) {
    EXPECT_EQ(job.kernel, job.physics->hamiltonian == Hamiltonian::published ? 0 : 1);
  }
}

TEST(Plan, KernelsKnowTheirSizeBeforeTheyAreBuilt) {
  const Plan plan =
      plan_of_scan("method: exchange, lattice: cube, size: 4, shell_layers: 1, temperature: 1.5, delta_mu: -200");
  ASSERT_THAT(plan.kernels, SizeIs(1));
  const PlannedKernel& kernel = plan.kernels[0];
  const Lattice lattice = make_lattice(kernel.spec.lattice);
  EXPECT_EQ(kernel.sites, lattice.sites());
  EXPECT_EQ(kernel.representatives, find_orbits(lattice).representative.size());
  EXPECT_EQ(kernel.identity, kernel_identity(kernel.spec));
  EXPECT_EQ(kernel.node_bytes, kernel_bytes(kernel.spec));
  EXPECT_GT(kernel.build_bytes, 0);
  EXPECT_GT(kernel.rank_bytes, 0);
  EXPECT_GT(kernel.build_seconds, 0);
}

TEST(Plan, OnlyJobsThatMeasureAreasNeedMemoryForDisplacements) {
  const auto rank_bytes = [](const std::string& areas) {
    const Plan plan = plan_of_scan(
        "method: equilibrium, lattice: cube, size: 4, temperature: 1.5, measure_every: {areas: " + areas + "}");
    return plan.kernels.at(0).rank_bytes;
  };
  EXPECT_EQ(rank_bytes("0"), 0);
  EXPECT_EQ(rank_bytes("100"), DisplacementSolver::bytes({"box", {4, 4, 4}, 0}));
}

TEST(Plan, JobsKnowWhatTheirChainsTake) {
  const auto chain = [](const std::string& keys) {
    return plan_of_scan("method: exchange, delta_mu: -20, temperature: 1.5, " + keys).jobs[0].chain_bytes;
  };
  const LatticeSpec cube{"box", {20, 20, 20}, 0};
  EXPECT_GT(chain("lattice: cube, size: 20, interaction: ising"), lattice_bytes(cube)) << "its crystal is its own";
  EXPECT_LT(chain("lattice: cube, size: 20, interaction: ising"), lattice_bytes(cube) + 40 * count_sites(cube));
  EXPECT_GT(chain("lattice: cube, size: 20, snapshots: {times: {from: 1, to: 1000, step: 1}}"),
            chain("lattice: cube, size: 20") + 1000 * 1000);
}

TEST(Plan, ChainsOfAbsurdSizesDoNotOverflow) {
  Physics physics = hexagon_exchange();
  physics.interaction = {.elastic = 0, .ising = 1};
  physics.lattice = {"box", {1000000000, 1000000000, 1000000000}, 0};
  EXPECT_GT(chain_bytes(physics, {}), 1e28);
}

TEST(Plan, CarriesNameSeedAndText) {
  const std::string text =
      "name: mine\nseed: 5\nscans: [{name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: "
      "-20}]\n";
  const Plan plan = make_plan(parse_campaign(text, "x.yaml"));
  EXPECT_EQ(plan.campaign, "mine");
  EXPECT_EQ(plan.seed, 5U);
  EXPECT_EQ(plan.text, text);
}

TEST(Plan, LargerAndLongerJobsCostMore) {
  const auto cost = [](const std::string& keys) { return plan_of_scan(keys).jobs[0].cost_seconds; };
  const std::string exchange = "method: exchange, lattice: hexagon, temperature: 0.2, delta_mu: -20, ";
  EXPECT_GT(cost(exchange + "size: 24"), 10 * cost(exchange + "size: 10"));
  EXPECT_LT(cost(exchange + "size: 24, max_events: 10"), cost(exchange + "size: 24"));
  const std::string some = exchange + "size: 16, max_events: 3000, rates: {rule: ";
  EXPECT_GT(cost(some + "metropolis}"), 5 * cost(some + "exponential}")) << "every rate is computed at each event";
  EXPECT_GT(cost(some + "heat_bath}"), 2 * cost(some + "metropolis}"));
  const std::string equilibrium = "method: equilibrium, lattice: hexagon, temperature: 0.2, size: 10, ";
  EXPECT_GT(cost(equilibrium + "measured_sweeps: 900000"), 3 * cost(equilibrium + "measured_sweeps: 100000"));
}

/// Events of real runs on hexagons of 271 sites (cubes of 216).
struct MeasuredEvents {
  std::string name;
  std::string keys;
  int events;
};

void PrintTo(const MeasuredEvents& measured, std::ostream* out) { *out << measured.keys; }

class PredictedCost : public testing::TestWithParam<MeasuredEvents> {
 protected:
  static double cost(const std::string& keys) { return plan_of_scan("method: exchange, " + keys).jobs[0].cost_seconds; }
};

TEST_P(PredictedCost, IsThatOfTheMeasuredEventsWithinAFactorOfThree) {
  const MeasuredEvents& measured = GetParam();
  const double predicted = cost(measured.keys);
  const auto limited = [&](int limit) { return cost(measured.keys + ", max_events: " + std::to_string(limit)); };
  EXPECT_GT(predicted, limited(measured.events / 3)) << "fewer than a third";
  EXPECT_EQ(predicted, limited(3 * measured.events)) << "more than three times as many";
}

const std::string hexagon = "lattice: hexagon, size: 10, temperature: 0.2, ";
const std::string relaxation = hexagon + "delta_mu: -20, times: [0.01, 10000], exchange_until: ";
INSTANTIATE_TEST_SUITE_P(
    Exchange, PredictedCost,
    testing::Values(
        MeasuredEvents{"StoppedEarly", relaxation + "0.1", 129'000},
        MeasuredEvents{"StoppedMidway", relaxation + "1", 96'000},
        MeasuredEvents{"StoppedLate", relaxation + "7.84", 40'000},
        MeasuredEvents{"SlowDiffusion", relaxation + "1, rates: {diffusion: 0.1}", 17'800},
        MeasuredEvents{"ShortRelaxation", hexagon + "delta_mu: -20, times: [1, 100], exchange_until: 1", 3100},
        MeasuredEvents{"Strong", hexagon + "delta_mu: -20", 1630},
        MeasuredEvents{"StrongAndLong", hexagon + "delta_mu: -20, times: [1, 1e5]", 1630},
        MeasuredEvents{"Weak", hexagon + "delta_mu: -5", 1650},
        MeasuredEvents{"WeakAndLong", hexagon + "delta_mu: -5, times: [1, 1e4]", 43'000},
        MeasuredEvents{"NoDrive", hexagon + "delta_mu: 0", 3000},
        MeasuredEvents{"WeakCube", "lattice: cube, size: 6, temperature: 1.5, delta_mu: -5, times: [1, 1e3]", 15'900},
        MeasuredEvents{"StrongCube", "lattice: cube, size: 6, temperature: 1.5, delta_mu: -200", 290},
        MeasuredEvents{"Ising", "lattice: hexagon, size: 10, temperature: 2, interaction: ising, delta_mu: -10", 7900},
        MeasuredEvents{"NoneAtRest", "lattice: hexagon, size: 10, interaction: none, delta_mu: 0", 128'000},
        MeasuredEvents{"None", "lattice: hexagon, size: 10, interaction: none, delta_mu: -10", 4800}),
    [](const auto& measured) { return measured.param.name; });

TEST(Plan, WithoutExchangeNothingMoves) {
  const Plan plan = plan_of_scan("method: exchange, " + relaxation + "0");
  const Plan one_event = plan_of_scan("method: exchange, " + relaxation + "0, max_events: 1");
  EXPECT_EQ(plan.jobs[0].cost_seconds, one_event.jobs[0].cost_seconds);
}

TEST(Plan, OfAHundredThousandJobsHasAsManyNames) {
  const Plan plan = plan_of_scan(
      "method: equilibrium, lattice: hexagon, size: 10, shell_layers: 1, shell_stiffness: {from: 5, to: 15, points: "
      "101}, "
      "temperature: 0.2, composition: {from: 0.1, to: 0.9, points: 10}, replicas: 100");
  EXPECT_THAT(plan.jobs, SizeIs(101'000));
  EXPECT_THAT(plan.kernels, SizeIs(101));
  EXPECT_THAT(identities(plan), SizeIs(101'000));
}

TEST(Plan, KernelsBeyondEveryMachineAreRefusedWithTheirSize) {
  try {
    plan_of_scan("method: exchange, lattice: cube, size: 1000, temperature: 1.5, delta_mu: [-200, -100], replicas: 2");
    FAIL();
  } catch (const CampaignError& error) {
    ASSERT_THAT(error.problems(), SizeIs(1));
    EXPECT_THAT(error.what(), HasSubstr("x.yaml:3:48: scans[0].size: a crystal of 1000000000 sites needs "));
    EXPECT_THAT(error.what(), HasSubstr(" PiB for its kernel; no machine has more than 1"));
  }
}

TEST(Words, OfTheCampaignFileAreThoseOfQueries) {
  EXPECT_EQ(to_string(Method::equilibrium), "equilibrium");
  EXPECT_EQ(to_string(Method::exchange), "exchange");
  EXPECT_EQ(to_string(Start::random), "random");
  EXPECT_EQ(to_string(Start::segregated), "segregated");
  EXPECT_EQ(to_string(Hamiltonian::exact), "exact");
  EXPECT_EQ(to_string(Hamiltonian::published), "published");
  EXPECT_EQ(to_string(Interaction{1, 0}), "elastic");
  EXPECT_EQ(to_string(Interaction{0, 1}), "ising");
  EXPECT_EQ(to_string(Interaction{0, 0}), "none");
  EXPECT_EQ(to_string(Interaction{1, 0.3}), "elastic:1+ising:0.3");
}

TEST(Words, EnergiesHaveTheUnitOfTheirInteraction) {
  EXPECT_EQ(energy_unit({1, 0}), "epsilon");
  EXPECT_EQ(energy_unit({1, 0.3}), "epsilon");
  EXPECT_EQ(energy_unit({0, 1}), "J");
  EXPECT_EQ(energy_unit({0, 0}), "kT");
}

std::vector<std::string> hints_of(const std::string& scans) {
  return hints(parse_campaign("name: x\nscans:\n" + scans, "x.yaml"));
}

TEST(Hints, TellOfADriveThatKeepsTheCrystalAsItBegins) {
  const std::string scan = "method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: ";
  EXPECT_THAT(hints_of("  - {name: a, " + scan + "-20}\n  - {name: b, " + scan + "[-20, 20]}\n"),
              ElementsAre("x.yaml:4:78: scans[1]: delta_mu 20 favours A, of which the crystal consists from the start: "
                          "nothing will be exchanged; a drive towards B is negative"));
  EXPECT_THAT(hints_of("  - {name: a, " + scan + "0.5}\n"), SizeIs(0)) << "fluctuations exchange ions";
  EXPECT_THAT(hints_of("  - {name: a, " + scan + "20, exchange_until: 0}\n"), SizeIs(0)) << "not asked to exchange";
  std::string many;
  for (int k = 0; k < 30; ++k) many += "  - {name: s" + std::to_string(k) + ", " + scan + "20}\n";
  EXPECT_THAT(hints_of(many), SizeIs(11));
  EXPECT_EQ(hints_of(many).back(), "… and 20 more of the kind");
}

TEST(Hints, TellOfPointsThatAreNeverConverged) {
  const std::string scan =
      "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, until: {f_U: 0.1, at_most: 1e6}";
  EXPECT_THAT(hints_of(scan + "}\n"),
              ElementsAre(HasSubstr("x.yaml:3:81: scans[0].until: no point of one start is ever "
                                    "called converged, so all go on to at_most")));
  EXPECT_THAT(hints_of(scan + ", start: [random, segregated]}\n"), SizeIs(0));
  const std::string refined =
      "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, shell_layers: 1, "
      "shell_stiffness: [1, 2], refine: {along: shell_stiffness, tolerance: 0.1}";
  EXPECT_THAT(hints_of(refined + "}\n"),
              ElementsAre(HasSubstr("scans[0].refine: no point of one start is ever called converged, so chains go on "
                                    "for as long as they may; 'start: [random, segregated]'")));
  EXPECT_THAT(hints_of(refined + ", start: [random, segregated]}\n"), SizeIs(0));
}

TEST(Hints, TellOfALimitThatAllowsNoSecondRound) {
  const auto of = [](const std::string& at_most) {
    return hints_of(
        "  - {name: a, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, start: [random, segregated], "
        "measured_sweeps: 1000, until: {f_U: 0.1, at_most: " +
        at_most + "}}\n");
  };
  EXPECT_THAT(of("1999"), ElementsAre(HasSubstr("scans[0].until: at_most is less than twice measured_sweeps (1000): no "
                                                "chain ever goes on")));
  EXPECT_THAT(of("2000"), SizeIs(0));
}

}  // namespace
}  // namespace nxmc

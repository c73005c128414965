// Ladders of a campaign: chains that exchange configurations while they are computed, stopped, damaged and made longer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "campaign_folder.hpp"
#include "gate/gate.hpp"
#include "nxmc/query/progress.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using nlohmann::json;
using testing::Each;
using testing::HasSubstr;
using testing_tools::Outcome;
using testing_tools::results_of;

class LaddersOfACampaign : public testing::Test, protected testing_tools::CampaignFolder {
 protected:
  LaddersOfACampaign() : CampaignFolder("l.yaml") {}
  /// Two ladders of four rungs, and two chains beside them.
  void write_campaign(const std::string& sweeps = "3000", const std::string& every = "20") const {
    write(
        "name: l\nscans:\n  - {name: rungs, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, "
        "shell_stiffness: [2, 2.4, 2.8, 3.2], temperature: 0.3,\n     start: [random, segregated], "
        "equilibration_sweeps: "
        "200, measured_sweeps: " +
        sweeps + ", measure_every: {areas: 100}, ladder: {along: shell_stiffness, exchange_every: " + every +
        "}}\n  - {name: alone, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: [2, "
        "3.2], temperature: 0.3, equilibration_sweeps: 200, measured_sweeps: 3000}\n");
  }
  void compute(const std::string& archive, int ranks = 1) const {
    const Outcome outcome = run(archive, ranks);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    ASSERT_EQ(ask({"verify", archive}).exit_code, 0);
  }
};

TEST_F(LaddersOfACampaign, AnyNumberOfRanksEndsWithTheSameBits) {
  write_campaign();
  compute("one.h5");
  const auto expected = results_of(path("one.h5"));
  EXPECT_EQ(expected.size(), 10U);
  for (const int ranks : {2, 3, 4}) {
    const std::string archive = std::to_string(ranks) + ".h5";
    compute(archive, ranks);
    EXPECT_EQ(results_of(path(archive)), expected) << ranks << " ranks";
  }
}

/// Ladders of other kinds, whose measured sweeps are still to be told.
struct OtherLadders {
  std::string name;
  std::string before;
  std::string after;
  std::string condition;  ///< on some of its ten jobs, whole ladders
};

void PrintTo(const OtherLadders& ladders, std::ostream* out) { *out << ladders.name; }

const OtherLadders windows{
    .name = "Windows",
    .before = "name: l\ndefaults: {method: equilibrium, equilibration_sweeps: 200, measured_sweeps: ",
    .after =
        "}\nscans:\n  - {name: one, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: 2.5, temperature: "
        "0.3,\n     start: [random, segregated], bias: {along: f_U, windows: 3, exchange_every: 20}}\n  - {name: "
        "other, "
        "ensemble: semigrand, lattice: cube, size: 3, delta_mu: 2, temperature: 3,\n     bias: {along: c, windows: 4, "
        "exchange_every: 3}}\n",
    .condition = "scan == one"};

const OtherLadders bulk{
    .name = "Bulk",
    .before =
        "name: l\ndefaults: {method: equilibrium, boundary: periodic, equilibration_sweeps: 200, measured_sweeps: ",
    .after =
        "}\nscans:\n  - {name: one, lattice: hexagon, size: 6, composition: 1/3, temperature: [0.3, 0.4, 0.5], start: "
        "[random, segregated],\n     ladder: {along: temperature, exchange_every: 10}}\n  - {name: other, ensemble: "
        "semigrand, lattice: cube, size: 4, temperature: 8, delta_mu: [-1, 0, 1, 2],\n     ladder: {along: delta_mu, "
        "exchange_every: 3}}\n",
    .condition = "scan == other"};

class OtherLaddersOfACampaign : public LaddersOfACampaign, public testing::WithParamInterface<OtherLadders> {
 protected:
  void write_with(const std::string& sweeps) const { write(GetParam().before + sweeps + GetParam().after); }
};
INSTANTIATE_TEST_SUITE_P(Of, OtherLaddersOfACampaign, testing::Values(windows, bulk),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(OtherLaddersOfACampaign, EndWithTheSameBitsOnAnyNumberOfRanksAndAfterStops) {
  write_with("3000");
  compute("one.h5");
  const auto expected = results_of(path("one.h5"));
  EXPECT_EQ(expected.size(), 10U);
  compute("three.h5", 3);
  EXPECT_EQ(results_of(path("three.h5")), expected);
  for (const std::uint64_t sweep : {130U, 900U}) {  // in equilibration, while weights are learnt, and after
    const testing_tools::Gate gate(sweep);
    const std::string archive = std::to_string(sweep) + ".h5";
    testing_tools::RunningProgram program = run_at_gate(archive, gate.environment());
    EXPECT_TRUE(jobs_become(archive, "running", [](int jobs) { return jobs > 0; })) << program.err();
    program.send(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 75);
    ASSERT_EQ(run(archive, 2).exit_code, 0);
    EXPECT_EQ(results_of(path(archive)), expected);
  }
}

TEST_P(OtherLaddersOfACampaign, MeasuredForLongerGoOnToTheBitsOfLongOnes) {
  write_with("5000");
  compute("whole.h5");
  write_with("1501");
  compute("l.h5");
  write_with("5000");
  const Outcome longer = run("l.h5", 2);
  ASSERT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_THAT(longer.err, HasSubstr("10 jobs measured for longer"));
  const auto found = results_of(path("l.h5"));
  for (const auto& [job, bits] : results_of(path("whole.h5"))) EXPECT_EQ(found.at(job), bits) << job;
}

TEST_P(OtherLaddersOfACampaign, ArePrunedAndMerged) {
  write_with("1000");
  compute("l.h5");
  ASSERT_EQ(ask({"prune", "l.h5", "a.h5", "--where", GetParam().condition}).exit_code, 0);
  ASSERT_EQ(ask({"prune", "l.h5", "b.h5", "--where", "not " + GetParam().condition}).exit_code, 0);
  ASSERT_EQ(ask({"merge", "a.h5", "b.h5", "whole.h5"}).exit_code, 0);
  EXPECT_EQ(results_of(path("whole.h5")), results_of(path("l.h5")));
  EXPECT_THAT(run("whole.h5").err, HasSubstr("10 jobs, 10 of them done"));
}

TEST_F(LaddersOfACampaign, TellTheirExchangesAndRoundTrips) {
  write_campaign();
  compute("l.h5");
  const json rows = answer({"query", "l.h5", "--format", "json", "--columns",
                            "scan,start,shell_stiffness,exchange_every,ladder,exchange_acceptance,round_trips"});
  ASSERT_EQ(rows.size(), 10U);
  std::map<std::string, int> rungs;
  for (const json& row : rows) {
    const bool alone = row.at("scan") == "alone";
    EXPECT_EQ(row.at("exchange_every"), alone ? json() : json(20));
    EXPECT_EQ(row.at("round_trips").is_null(), alone);
    EXPECT_EQ(row.at("exchange_acceptance").is_null(), alone || row.at("shell_stiffness") == 3.2) << row;
    EXPECT_EQ(row.at("ladder").is_null(), alone);
    if (!alone) ++rungs[row.at("ladder")];
    EXPECT_TRUE(row.at("exchange_acceptance").is_null() || row.at("exchange_acceptance") > 0) << row;
  }
  ASSERT_EQ(rungs.size(), 2U) << "one of each start";
  for (const auto& [ladder, count] : rungs) EXPECT_EQ(count, 4);
}

// Of each start there is a ladder of its own, and averages over starts are what verdicts are made of.
TEST_F(LaddersOfACampaign, AreAveragedOverStartsWithoutAWarning) {
  write_campaign();
  compute("l.h5");
  const Outcome outcome = ask({"query", "l.h5", "--where", "scan == rungs", "--group-by", "shell_stiffness",
                               "--columns", "shell_stiffness,n,f_U"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
}

TEST_F(LaddersOfACampaign, AreShownPairByPair) {
  write_campaign();
  compute("l.h5");
  const json rows = answer({"query", "l.h5", "--ladders", "--format", "json"});
  ASSERT_EQ(rows.size(), 6U) << "three pairs of each start";
  const json jobs = answer({"query", "l.h5", "--format", "json", "--where", "scan == rungs", "--columns",
                            "start,shell_stiffness,exchange_acceptance,round_trips"});
  double rejected = 0;
  for (const json& row : rows) {
    const auto job = std::ranges::find_if(jobs, [&](const json& one) {
      return one.at("start") == row.at("start") && one.at("shell_stiffness") == row.at("from");
    });
    ASSERT_NE(job, jobs.end());
    const double rejection = 1 - job->at("exchange_acceptance").get<double>();
    rejected = row.at("from") == 2 ? rejection : rejected + rejection;
    EXPECT_EQ(row.at("exchange_acceptance"), job->at("exchange_acceptance"));
    EXPECT_DOUBLE_EQ(row.at("rejection"), rejected);
    const double width = row.at("to").get<double>() - row.at("from").get<double>();
    EXPECT_NEAR(width, 0.4, 1e-9);
    EXPECT_DOUBLE_EQ(row.at("rejection_density"), rejection / width);
    EXPECT_EQ(row.at("round_trips"), job->at("round_trips"));
    EXPECT_EQ(row.at("along"), "shell_stiffness");
    EXPECT_TRUE(row.at("shell_stiffness").is_null());
    EXPECT_EQ(row.at("temperature"), 0.3);
    EXPECT_EQ(row.at("rungs"), 4);
  }
  EXPECT_EQ(
      ask({"query", "l.h5", "--ladders", "--where", "start == random", "--columns", "from,to", "--format", "csv"}).out,
      "from,to\n2,2.4\n2.4,2.8\n2.8,3.2\n");
  const Outcome none = ask({"query", "l.h5", "--ladders", "--where", "scan == alone"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_THAT(none.err, HasSubstr("there are no such ladders whose rungs all have results"));
  EXPECT_EQ(ask({"query", "l.h5", "--ladders", "--group-by", "start"}).exit_code, 2);
}

TEST_F(LaddersOfACampaign, HaveColumnsThatAreDescribed) {
  write_campaign();
  compute("l.h5");
  const json described = answer({"query", "--describe", "--format", "json"});
  const json row = answer({"query", "l.h5", "--ladders", "--format", "json"}).at(0);
  for (const auto& cell : row.items()) {
    const bool is_known =
        std::ranges::any_of(described, [&](const json& column) { return column.at("column") == cell.key(); });
    EXPECT_TRUE(is_known) << cell.key();
  }
  for (const json& column : described) {
    if (column.at("rows") == "--ladders") {
      EXPECT_TRUE(row.contains(column.at("column"))) << column.at("column");
    }
  }
}

TEST_F(LaddersOfACampaign, AreToldOfAsAWhole) {
  write_campaign();
  compute("l.h5");
  const json pairs = answer({"query", "l.h5", "--ladders", "--format", "json"});
  const json ladders = answer({"status", "l.h5", "--json"}).at("ladders");
  ASSERT_EQ(ladders.size(), 2U);
  double round_trips = 0;
  double restarts = 0;
  double least = 1;
  for (const json& pair : pairs) least = std::min(least, pair.at("exchange_acceptance").get<double>());
  for (const json& ladder : ladders) {
    EXPECT_EQ(ladder.at("rungs"), 4);
    EXPECT_EQ(ladder.at("along"), "shell_stiffness");
    round_trips += ladder.at("round_trips").get<double>();
    restarts += ladder.at("restarts").get<double>();
    EXPECT_GE(ladder.at("restarts"), ladder.at("round_trips"));
    EXPECT_GE(ladder.at("least_acceptance"), least);
    const auto pair = std::ranges::find_if(
        pairs, [&](const json& one) { return one.at("exchange_acceptance") == ladder.at("least_acceptance"); });
    ASSERT_NE(pair, pairs.end());
    EXPECT_EQ(ladder.at("least_between"), json({pair->at("from"), pair->at("to")}));
  }
  const std::string words = ask({"status", "l.h5"}).out;
  EXPECT_THAT(words, HasSubstr("ladders    2 with results: " + std::to_string(static_cast<int>(round_trips)) +
                               " round trips, " + std::to_string(static_cast<int>(restarts)) + " restarts"));
  EXPECT_THAT(words, HasSubstr("fewest exchanges are accepted on hexagon "));
  const json transitions = answer({"diagram", "l.h5", "--where", "scan == rungs", "--format", "json"});
  ASSERT_EQ(transitions.size(), 1U);
  EXPECT_EQ(transitions[0].at("round_trips"), round_trips) << "of both ladders, not of every rung";
  EXPECT_EQ(transitions[0].at("restarts"), restarts);
  for (const json& pair : pairs) EXPECT_LE(pair.at("restarts"), restarts);
}

// A checkpoint tells how long all rungs have taken together, and is measured by how long they are predicted to take.
TEST_F(LaddersOfACampaign, TellHowFarAllRungsAre) {
  write_campaign("1000000000");  // so long that what is done is a small part, however slow the machine
  const testing_tools::Gate gate(1600);
  testing_tools::RunningProgram program(
      {NXMC_AT_GATE, "run", "l.yaml", "--archive", "l.h5", "--checkpoint-every", "0.01s"}, gate.environment(),
      directory());
  std::vector<JobAtWork> at_work;
  EXPECT_TRUE(testing_tools::becomes_so([&] {
    if (rows("l.h5") > 0) at_work = ProgressReader(Archive::open(path("l.h5"))).read().at_work;
    return !at_work.empty();
  })) << program.err();
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 75);
  ASSERT_EQ(at_work.size(), 1U);
  const Archive archive = Archive::open(path("l.h5"));
  double predicted = 0;
  for (std::uint64_t row = 0; row < archive.jobs(); ++row)
    if (archive.physics(row).exchange_every > 0 && archive.physics(row).start == Start::random)
      predicted += archive.predicted_seconds(row);
  EXPECT_LT(at_work.front().fraction, 0.9);
  EXPECT_DOUBLE_EQ(at_work.front().fraction, at_work.front().wall_seconds / predicted);
}

// Rungs keep step whenever a chain of theirs is held up: their sweeps tell when they exchange.
TEST_F(LaddersOfACampaign, HeldUpBetweenRungsEndWithTheSameBits) {
  write_campaign();
  compute("free.h5");
  const testing_tools::Gate gate(1600);
  testing_tools::RunningProgram program({NXMC_AT_GATE, "run", "l.yaml", "--archive", "held.h5"}, gate.environment(),
                                        directory());
  EXPECT_TRUE(testing_tools::becomes_so([&] { return !gate.reached_by().empty(); })) << program.err();
  gate.open();
  EXPECT_EQ(program.wait().exit_code, 0) << program.err();
  EXPECT_EQ(results_of(path("held.h5")), results_of(path("free.h5")));
}

// Configurations of one start that have been everywhere prove as much as two starts. Those of rungs that are alike come
// and go as often where nothing moves, and prove nothing.
TEST_F(LaddersOfACampaign, ConvergeByRoundTripsThatForget) {
  const auto verdicts = [&](const std::string& states) {
    write(
        "name: l\nscans:\n  - {name: l, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, " + states +
        ", equilibration_sweeps: 500, measured_sweeps: 20000, ladder: {along: shell_stiffness, exchange_every: 5}}\n");
    compute("l.h5");
    json rows = answer({"query", "l.h5", "--format", "json", "--columns", "verdict,round_trips,crossings"});
    std::filesystem::remove(path("l.h5"));
    return rows;
  };
  for (const json& row : verdicts("shell_stiffness: [2, 2.2, 2.4, 2.6], temperature: 0.3")) {
    EXPECT_GE(row.at("round_trips"), 10);
    EXPECT_EQ(row.at("verdict"), "converged");
    EXPECT_TRUE(row.at("crossings").is_null()) << "what comes and goes at a rung has crossed nothing";
  }
  for (const json& row : verdicts("shell_stiffness: [3, 3.001, 3.002], temperature: 0.02")) {
    EXPECT_LT(row.at("round_trips"), 10);
    EXPECT_NE(row.at("verdict"), "converged");
  }
}

// A rung that was measured can have too little in common with the others; no chain "between" would be the remedy.
TEST_F(LaddersOfACampaign, AreLongerWhereTheirRungsDoNotOverlap) {
  write(
      "name: l\nscans:\n  - {name: l, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, "
      "shell_stiffness: "
      "[2, 9], temperature: 0.1, equilibration_sweeps: 500, measured_sweeps: 2000, samples: {at_most: 2}, ladder: "
      "{along: shell_stiffness, exchange_every: 20}}\n");
  compute("l.h5");
  const auto outcome = ask({"reweight", "l.h5", "--at", "shell_stiffness=2"});
  EXPECT_NE(outcome.out.find("no overlap"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.err.find("no overlap at 1 point: it was sampled itself, and too few independent samples of it are "
                             "also likely at the other sampled states. Longer chains would help"),
            std::string::npos)
      << outcome.err;
}

// Exchanges leave the equilibrium at a rung as it is.
TEST_F(LaddersOfACampaign, HaveTheAveragesOfChainsThatAreAlone) {
  write_campaign("30000");
  compute("l.h5");
  const json groups = answer({"query", "l.h5", "--group-by", "shell_stiffness,scan", "--format", "json", "--where",
                              "shell_stiffness == 2 or shell_stiffness == 3.2", "--columns",
                              "shell_stiffness,scan,f_U,f_U_err,energy,energy_err"});
  ASSERT_EQ(groups.size(), 4U);
  for (std::size_t k = 0; k < 4; k += 2) {
    ASSERT_EQ(groups[k].at("shell_stiffness"), groups[k + 1].at("shell_stiffness"));
    for (const std::string name : {"f_U", "energy"}) {
      const double apart = groups[k].at(name).get<double>() - groups[k + 1].at(name).get<double>();
      const double error =
          std::hypot(groups[k].at(name + "_err").get<double>(), groups[k + 1].at(name + "_err").get<double>());
      EXPECT_LT(std::abs(apart), 4 * error) << groups[k] << groups[k + 1];
    }
  }
}

TEST_F(LaddersOfACampaign, StoppedGoOnFromTheirCheckpointToTheSameBits) {
  write_campaign();
  compute("undisturbed.h5");
  const testing_tools::Gate gate(1010);
  testing_tools::RunningProgram program = run_at_gate("l.h5", gate.environment());
  EXPECT_TRUE(jobs_become("l.h5", "running", [](int jobs) { return jobs == 4; })) << program.err();
  program.send(SIGTERM);
  const Outcome stopped = program.wait();
  EXPECT_EQ(stopped.exit_code, 75);
  EXPECT_THAT(stopped.err, HasSubstr("0 of 10 jobs are done and safe"));
  const Outcome next = run("l.h5", 2);
  ASSERT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("1 job goes on from the last checkpoint"));
  EXPECT_EQ(results_of(path("l.h5")), results_of(path("undisturbed.h5")));
  for (const JobStatus& status : Archive::open(path("l.h5")).status()) EXPECT_LE(status.pieces, 2U);
}

TEST_F(LaddersOfACampaign, MeasuredForLongerGoOnToTheBitsOfLongOnes) {
  write_campaign("7000");
  compute("whole.h5");
  write_campaign("1501");
  compute("l.h5");
  write_campaign("7000");
  EXPECT_THAT(ask({"plan", "l.yaml", "--archive", "l.h5"}).out, HasSubstr("jobs             8 left of 10\n"));
  const Outcome longer = run("l.h5", 2);
  ASSERT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_THAT(longer.err, HasSubstr("8 jobs measured for longer"));
  const auto expected = results_of(path("whole.h5"));
  const auto found = results_of(path("l.h5"));
  EXPECT_EQ(found.size(), 18U);
  for (const auto& [job, bits] : expected) EXPECT_EQ(found.at(job), bits) << job;
  const Archive archive = Archive::open(path("l.h5"));
  std::vector<std::uint32_t> pieces;
  for (std::uint64_t row = 0; row < archive.jobs(); ++row)
    if (archive.measured_sweeps()[row] == 7000) pieces.push_back(archive.status({row, 1}).front().pieces);
  EXPECT_THAT(pieces, Each(2U)) << "they went on";
}

TEST_F(LaddersOfACampaign, AreComputedAgainAsAWhole) {
  write_campaign();
  compute("l.h5");
  const auto expected = results_of(path("l.h5"));
  const std::string one_rung = "scan == rungs and shell_stiffness == 2.4 and start == random";
  std::vector<std::string> command = run_command("l.h5");
  command.insert(command.end(), {"--redo", one_rung});
  const Outcome outcome = testing_tools::run_program(command, {}, directory());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("10 jobs, 6 of them done"));
  EXPECT_EQ(results_of(path("l.h5")), expected);
  EXPECT_EQ(ask({"verify", "l.h5"}).exit_code, 0);
}

TEST_F(LaddersOfACampaign, OfOtherIntervalsAreOtherJobs) {
  write_campaign();
  compute("l.h5");
  write_campaign("3000", "30");
  const Outcome other = run("l.h5");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("ladder"));
}

TEST_F(LaddersOfACampaign, ArePrunedAndMerged) {
  write_campaign();
  compute("l.h5");
  const auto expected = results_of(path("l.h5"));
  ASSERT_EQ(ask({"prune", "l.h5", "random.h5", "--where", "start == segregated"}).exit_code, 0);
  ASSERT_EQ(ask({"prune", "l.h5", "segregated.h5", "--where", "start == random and scan == rungs"}).exit_code, 0);
  ASSERT_EQ(ask({"merge", "random.h5", "segregated.h5", "whole.h5"}).exit_code, 0);
  EXPECT_EQ(results_of(path("whole.h5")), expected);
  EXPECT_THAT(run("whole.h5").err, HasSubstr("10 jobs, 10 of them done"));
}

// As a run that was killed between the states of two rungs leaves them, or a disk that forgets.
TEST_F(LaddersOfACampaign, WithoutTheResultsOfARungAreComputedAgainAsAWhole) {
  write_campaign();
  compute("l.h5");
  const auto expected = results_of(path("l.h5"));
  for (const std::string loss : {"f['/status/state'][0] = 0", "f['/equilibrium/results'][0, 0] += 1"}) {
    const Outcome lost = testing_tools::run_program(
        {"/usr/bin/python3", "-c", "import h5py, sys\nwith h5py.File(sys.argv[1], 'r+') as f: " + loss, path("l.h5")});
    ASSERT_EQ(lost.exit_code, 0) << lost.err;
    const Outcome outcome = run("l.h5");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err,
                HasSubstr("3 jobs that have ended are computed again with the other rungs of the same ladder"));
    EXPECT_THAT(outcome.err, HasSubstr("10 jobs, 6 of them done"));
    EXPECT_EQ(results_of(path("l.h5")), expected) << loss;
    EXPECT_EQ(ask({"verify", "l.h5"}).exit_code, 0);
  }
}

// A checkpoint of ladders that were to be shorter is one of the longer ones.
TEST_F(LaddersOfACampaign, StoppedAndThenAskedForLongerGoOnFromTheirCheckpoint) {
  write_campaign("7000");
  compute("whole.h5");
  write_campaign("3000");
  const testing_tools::Gate gate(1010);
  testing_tools::RunningProgram program = run_at_gate("l.h5", gate.environment());
  EXPECT_TRUE(jobs_become("l.h5", "running", [](int jobs) { return jobs == 4; })) << program.err();
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 75);
  write_campaign("7000");
  const Outcome longer = run("l.h5");
  ASSERT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_THAT(longer.err, HasSubstr("1 job goes on from the last checkpoint"));
  const auto found = results_of(path("l.h5"));
  for (const auto& [job, bits] : results_of(path("whole.h5"))) EXPECT_EQ(found.at(job), bits) << job;
}

TEST_F(LaddersOfACampaign, AlongTemperatureOfCubesAndIsingCrystalsStopAndGoOn) {
  write(
      "name: l\nscans:\n  - {name: cubes, method: equilibrium, lattice: cube, size: 3, shell_layers: 1, "
      "shell_stiffness: "
      "2, temperature: [1.5, 2, 3], equilibration_sweeps: 50, measured_sweeps: 1200, ladder: {along: temperature}}\n  "
      "- "
      "{name: ising, method: equilibrium, lattice: hexagon, size: 4, interaction: ising, temperature: [2, 3, 5], "
      "replicas: 2, equilibration_sweeps: 50, measured_sweeps: 1200, ladder: {along: temperature, exchange_every: "
      "7}}\n");
  compute("undisturbed.h5");
  const auto expected = results_of(path("undisturbed.h5"));
  // However slow a chain would be at the temperature of a rung.
  const Archive archive = Archive::open(path("undisturbed.h5"));
  for (std::uint64_t row = 0; row < archive.jobs(); ++row)
    EXPECT_EQ(archive.samples(row).every, archive.physics(row).exchange_every) << row;
  const testing_tools::Gate gate(500);
  testing_tools::RunningProgram program = run_at_gate("l.h5", gate.environment());
  EXPECT_TRUE(jobs_become("l.h5", "running", [](int jobs) { return jobs == 3; })) << program.err();
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 75);
  compute("l.h5", 3);
  EXPECT_EQ(results_of(path("l.h5")), expected);
}

class LaddersThatPlaceTheirRungs : public LaddersOfACampaign {
 protected:
  void write_auto(const std::string& sweeps = "8000", int replicas = 1) const {
    write(
        "name: l\nscans:\n  - {name: rungs, method: equilibrium, lattice: hexagon, size: [5, 6], shell_layers: 1, "
        "shell_stiffness: [1, 6], replicas: " +
        std::to_string(replicas) +
        ", temperature: 0.2,\n     start: [random, segregated], equilibration_sweeps: 200, "
        "measured_sweeps: " +
        sweeps + ", measure_every: {areas: 0}, ladder: {along: shell_stiffness, rungs: auto, exchange_every: 10}}\n");
  }
};

TEST_F(LaddersThatPlaceTheirRungs, GoThroughRoundsOfDoublingLength) {
  write_auto();
  const Outcome outcome = run("l.h5", 2);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* words : {"scan 'rungs', size == 5: next ", " rungs of 2000 sweeps", " rungs of 4000 sweeps",
                            " rungs of 8000 sweeps", "sum of rejections "})
    EXPECT_THAT(outcome.err, HasSubstr(words));
  const json rows = answer({"query", "l.h5", "--format", "json", "--columns",
                            "size,start,measured_sweeps,ladder,shell_stiffness,round_trips"});
  std::map<std::string, int> rungs;
  for (const json& row : rows) {
    EXPECT_EQ(row.at("measured_sweeps"), 8000) << "earlier rounds only tell where rungs are placed";
    ++rungs[row.at("ladder")];
  }
  EXPECT_EQ(rungs.size(), 4U);
  EXPECT_GT(Archive::open(path("l.h5")).jobs(), rows.size());
  const json pairs = answer({"query", "l.h5", "--ladders", "--format", "json"});
  EXPECT_EQ(pairs.size() + 4, rows.size());
  EXPECT_THAT(ask({"plan", "l.yaml", "--archive", "l.h5"}).out, HasSubstr("jobs             0 left of "));
  const auto results = results_of(path("l.h5"));
  EXPECT_EQ(run("l.h5").exit_code, 0);
  EXPECT_EQ(results_of(path("l.h5")), results) << "whoever resumes decides the same";
}

// A look at a run that has not come to its last round finds nothing, and says why.
TEST_F(LaddersThatPlaceTheirRungs, SayWhyThereAreNoAnswersBeforeTheLastRound) {
  write_auto();
  const testing_tools::Gate gate(1700);  // the first round has 1200 sweeps, the second one 2200
  testing_tools::RunningProgram program = run_at_gate("l.h5", gate.environment());
  ASSERT_TRUE(testing_tools::becomes_so([&] { return !gate.reached_by().empty(); })) << program.err();
  const char* reason = " belong to the rounds in which ladders place their rungs (rungs: auto)";
  for (const std::vector<std::string>& condition : {std::vector<std::string>{}, {"--where", "size == 6"}}) {
    std::vector<std::string> query{"query", "l.h5"};
    query.insert(query.end(), condition.begin(), condition.end());
    const Outcome rows = ask(query);
    EXPECT_EQ(rows.exit_code, 0);
    EXPECT_THAT(rows.err, HasSubstr(reason));
    query.front() = "diagram";
    const Outcome diagram = ask(query);
    EXPECT_EQ(diagram.exit_code, 1);
    EXPECT_THAT(diagram.err, HasSubstr(reason));
  }
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 75);
}

TEST_F(LaddersThatPlaceTheirRungs, ArePlannedWithAllTheirRounds) {
  write_auto();
  const auto outcome = ask({"plan", "l.yaml", "--json"});
  EXPECT_THAT(outcome.err, HasSubstr("rungs: auto: how many rungs there will be is not known yet"));
  const json plan = json::parse(outcome.out);
  constexpr int ladders = 4;
  constexpr int rounds = 4;
  const int rungs = plan.at("jobs").get<int>() / (ladders * rounds);
  EXPECT_EQ(plan.at("jobs"), rungs * ladders * rounds);
  EXPECT_GE(rungs, 3);
  compute("l.h5", 2);
  const auto left = [&] { return answer({"plan", "l.yaml", "--archive", "l.h5", "--json"}).at("archive"); };
  EXPECT_EQ(left().at("left"), 0);
  EXPECT_EQ(ask({"plan", "l.yaml", "--archive", "l.h5"}).err, "");
  write_auto("16000");
  EXPECT_GE(left().at("left").get<int>(), 2 * rungs * ladders) << "the first round, which is longer, and another";
  EXPECT_THAT(ask({"plan", "l.yaml", "--archive", "l.h5"}).err, HasSubstr("how many rungs there will be"));
}

TEST_F(LaddersThatPlaceTheirRungs, GoOnInTheirLastRound) {
  write_auto();
  compute("one.h5");
  const auto expected = results_of(path("one.h5"));
  const testing_tools::Gate gate(6000);
  testing_tools::RunningProgram program = run_at_gate("l.h5", gate.environment());
  EXPECT_TRUE(testing_tools::becomes_so([&] { return rows("l.h5") == rows("one.h5"); })) << program.err();
  EXPECT_TRUE(jobs_become("l.h5", "running", [](int running) { return running > 0; })) << program.err();
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 75);
  const Outcome outcome = run("l.h5");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr(": next "))) << "what was decided is known before work begins";
  EXPECT_EQ(results_of(path("l.h5")), expected);
  const json twice = answer({"query", "l.h5", "--format", "json", "--where", "pieces == 2", "--columns", "job"});
  EXPECT_GE(twice.size(), 3U) << "the rungs that were at the gate, from their checkpoint";
}

// Rungs are placed anew, by what all replicas found.
TEST_F(LaddersThatPlaceTheirRungs, OfMoreReplicasAreThoseOfACampaignThatHadThemFromTheBeginning) {
  write_auto("2000");
  compute("l.h5", 2);
  const auto alone = results_of(path("l.h5"));
  write_auto("2000", 2);
  compute("l.h5", 2);
  compute("both.h5", 2);
  const auto both = results_of(path("both.h5"));
  for (const auto& [job, bits] : results_of(path("l.h5"))) {
    const auto wanted = both.find(job);
    EXPECT_TRUE(wanted != both.end() ? wanted->second == bits : alone.contains(job)) << "nobody asked for it";
  }
  for (const auto& [job, bits] : both) EXPECT_TRUE(results_of(path("l.h5")).contains(job));
}

TEST_F(LaddersThatPlaceTheirRungs, AnyNumberOfRanksAndAnyStopEndWithTheSameBits) {
  write_auto();
  compute("one.h5");
  const auto expected = results_of(path("one.h5"));
  compute("three.h5", 3);
  EXPECT_EQ(results_of(path("three.h5")), expected);
  // In the third round.
  const testing_tools::Gate gate(3000);
  testing_tools::RunningProgram program = run_at_gate("l.h5", gate.environment());
  EXPECT_TRUE(testing_tools::becomes_so([&] { return rows("l.h5") > rows("one.h5") / 2; })) << program.err();
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 75);
  compute("l.h5", 2);
  EXPECT_EQ(results_of(path("l.h5")), expected);
}

}  // namespace
}  // namespace nxmc

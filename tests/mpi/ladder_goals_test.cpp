// Ladders that go on until what they are measured for is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "campaign_folder.hpp"
#include "gate/gate.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing_tools::Outcome;
using testing_tools::results_of;

class LaddersWithAGoal : public testing::Test, protected testing_tools::CampaignFolder {
 protected:
  LaddersWithAGoal() : CampaignFolder("l.yaml") {}
  void write_scan(const std::string& stiffness, const std::string& rungs, const std::string& others,
                  const std::string& temperature = "0.2") const {
    write(
        "name: l\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, "
        "equilibration_sweeps: 500, measure_every: {areas: 0},\n     temperature: " +
        temperature + ", shell_stiffness: " + stiffness + ", ladder: {along: shell_stiffness, exchange_every: 10" +
        rungs + "}, " + others + "}\n");
  }
  void write_with_tolerance(const std::string& tolerance = "0.07") const {
    write_scan("[1, 7]", ", rungs: auto",
               "measured_sweeps: 2000, refine: {along: shell_stiffness, tolerance: " + tolerance + "}");
  }
  /// Where it is soon known.
  void write_of_warm_cores(const std::string& tolerance = "0.1") const {
    write_scan("[1, 4]", ", rungs: auto",
               "measured_sweeps: 1000, refine: {along: shell_stiffness, tolerance: " + tolerance + "}", "0.3");
  }
  void write_with_until(const std::string& until) const {
    write_scan("[2.4, 2.6, 2.8, 3, 3.2]", "", "measured_sweeps: 1000, until: {" + until + "}");
  }
  Outcome computed(const std::string& archive, int ranks = 1) const {
    Outcome outcome = run(archive, ranks);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(ask({"verify", archive}).exit_code, 0);
    return outcome;
  }
};

/// The longest rungs that a run has asked for.
std::uint64_t longest_asked(const std::string& err) {
  const std::regex sentence("next [0-9]+ rungs of ([0-9]+) sweeps");
  std::uint64_t longest = 0;
  for (std::sregex_iterator found(err.begin(), err.end(), sentence), none; found != none; ++found)
    longest = std::max<std::uint64_t>(longest, std::stoull((*found)[1]));
  return longest;
}

// The place is that of plain chains (refine_test.cpp), and one start is enough.
using LongLaddersWithAGoal = LaddersWithAGoal;
TEST_F(LongLaddersWithAGoal, GoOnUntilTheirTransitionIsKnown) {
  write_with_tolerance();
  const Outcome outcome = computed("l.h5", 2);
  const std::uint64_t sweeps = longest_asked(outcome.err);
  EXPECT_GE(sweeps, 4000U);
  std::smatch found;
  ASSERT_TRUE(std::regex_search(outcome.err, found,
                                std::regex("info scan 's': [0-9]+ rungs, sum of rejections [0-9.]+, [0-9]+ round "
                                           "trips; shell_stiffness = ([0-9.]+) ± ([0-9.]+) \\(")))
      << outcome.err;
  const double place = std::stod(found[1]);
  const double error = std::stod(found[2]);
  EXPECT_LE(error, 0.07);
  EXPECT_NEAR(place, 2.926, 4 * std::hypot(error, 0.017));
  for (const json& row : answer({"query", "l.h5", "--columns", "measured_sweeps", "--format", "json"}))
    EXPECT_EQ(row.at("measured_sweeps"), sweeps) << "shorter chains are the beginnings of these";
  const json diagram = answer({"diagram", "l.h5", "--format", "json"});
  ASSERT_EQ(diagram.size(), 1U);
  EXPECT_EQ(diagram.at(0).at("verdict"), "converged");
}

TEST_F(LaddersWithAGoal, EndWithTheSameBitsOnAnyRanksAndAfterAStop) {
  write_of_warm_cores();
  const std::uint64_t sweeps = longest_asked(computed("one.h5").err);
  const auto expected = results_of(path("one.h5"));
  computed("three.h5", 3);
  EXPECT_EQ(results_of(path("three.h5")), expected);
  // In the midst of the last round.
  const testing_tools::Gate gate(500 + 3 * sweeps / 4);
  testing_tools::RunningProgram program = run_at_gate("l.h5", gate.environment());
  EXPECT_TRUE(testing_tools::becomes_so([&] { return !gate.reached_by().empty(); })) << program.err();
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 75);
  computed("l.h5", 2);
  EXPECT_EQ(results_of(path("l.h5")), expected);
  const std::string again = computed("l.h5").err;
  EXPECT_THAT(again, HasSubstr("; shell_stiffness = ")) << "whoever resumes decides the same";
  EXPECT_THAT(again, Not(HasSubstr("warning")));
  EXPECT_EQ(results_of(path("l.h5")), expected);
}

// A run that wants to know it better goes on with the same chains.
TEST_F(LaddersWithAGoal, GoOnForASmallerTolerance) {
  write_of_warm_cores("0.4");
  computed("l.h5");
  const auto before = results_of(path("l.h5"));
  write_of_warm_cores();
  computed("l.h5");
  computed("fresh.h5");
  const auto after = results_of(path("l.h5"));
  for (const auto& [job, bits] : before) EXPECT_EQ(after.at(job), bits);
  EXPECT_EQ(after, results_of(path("fresh.h5")));
}

TEST_F(LaddersWithAGoal, GoOnUntilAllRungsAreAsPreciseAsIsAskedFor) {
  write_with_until("f_U: 0.01, at_most: 256000");
  const Outcome outcome = computed("l.h5", 2);
  EXPECT_THAT(outcome.err, HasSubstr("info scan 's': 5 rungs, "));
  EXPECT_THAT(outcome.err, HasSubstr("; 5 of them known as precisely as 'until' asks\n"));
  const std::uint64_t sweeps = longest_asked(outcome.err);
  EXPECT_GE(sweeps, 2000U);
  const json rows =
      answer({"query", "l.h5", "--columns", "measured_sweeps,f_U_err,crossings,verdict", "--format", "json"});
  ASSERT_EQ(rows.size(), 5U);
  for (const json& row : rows) {
    EXPECT_EQ(row.at("measured_sweeps"), sweeps) << "all rungs of a ladder go on together";
    EXPECT_LE(row.at("f_U_err"), 0.01);
    EXPECT_EQ(row.at("verdict"), "converged");
  }
}

TEST_F(LaddersWithAGoal, SayWhatTheyHaveNotComeTo) {
  write_with_until("f_U: 1e-5, at_most: 3000");
  const Outcome outcome = computed("l.h5");
  EXPECT_THAT(outcome.err, HasSubstr("scan 's': next 5 rungs of 2000 sweeps"));
  EXPECT_THAT(outcome.err, HasSubstr("; 0 of them known as precisely as 'until' asks, after 2000 sweeps\n"));
  EXPECT_EQ(longest_asked(outcome.err), 2000U);
  // Between stiffnesses at which nothing happens there is nothing to go on for.
  write_scan("[1, 1.2, 1.4]", "",
             "samples: {every: 10}, measured_sweeps: 2000, refine: {along: shell_stiffness, tolerance: 0.01}");
  const Outcome none = computed("none.h5");
  EXPECT_THAT(none.err, HasSubstr("warning scan 's': 3 rungs, "));
}

TEST_F(LaddersWithAGoal, ArePlannedAndKnownToPlanAfterwards) {
  write_of_warm_cores();
  EXPECT_EQ(ask({"plan", "l.yaml"}).exit_code, 0);
  computed("l.h5");
  const json left = answer({"plan", "l.yaml", "--archive", "l.h5", "--json"}).at("archive");
  EXPECT_EQ(left.at("left"), 0);
}

class LaddersOfShortRounds : public LaddersWithAGoal {
 protected:
  /// \param beginning  the seed and what the first rounds, which tell little, are like
  void end_with_a_transition(const std::string& seed, const std::string& beginning, const std::string& exchange_every) {
    write(
        "name: l\nseed: " + seed +
        "\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, temperature: 0.3, " +
        beginning + ", measure_every: {areas: 0}, ladder: {along: shell_stiffness, rungs: auto, exchange_every: " +
        exchange_every + "}, refine: {along: shell_stiffness, tolerance: 0.3}}\n");
    const auto found = ContainsRegex("info scan 's': [^\n]*; shell_stiffness = 2\\.[0-9]+ ");
    EXPECT_THAT(computed("l.h5").err, found);
    const std::string again = computed("l.h5").err;
    EXPECT_THAT(again, found);
    EXPECT_EQ(longest_asked(again), 0U) << "what was placed is known, though rungs were placed anew on the way";
  }
};

// By chance the largest variance of few samples lies where they end.
TEST_F(LaddersOfShortRounds, GoOnWhereFewSamplesHaveTheirPeakAtAnEnd) {
  end_with_a_transition("9", "shell_stiffness: [2, 3.5], equilibration_sweeps: 10, measured_sweeps: 20", "5");
}

TEST_F(LaddersOfShortRounds, PlaceRungsAnewThatDoNotReachEachOther) {
  end_with_a_transition("15", "shell_stiffness: [1, 4], equilibration_sweeps: 100, measured_sweeps: 100", "10");
}

// Nor do chains that are alone decide what a ladder knows.
TEST_F(LaddersWithAGoal, LookAtTheirOwnSamplesAlone) {
  write_of_warm_cores("0.3");
  const std::uint64_t sweeps = longest_asked(computed("alone.h5").err);
  const std::string alone = testing_tools::read_file(path("l.yaml"));
  write(alone +
        "  - {name: p, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, temperature: 0.3, "
        "shell_stiffness: [2.7, 2.9], measured_sweeps: 1000}\n");
  EXPECT_EQ(longest_asked(computed("both.h5").err), sweeps);
  const auto both = results_of(path("both.h5"));
  for (const auto& [job, bits] : results_of(path("alone.h5"))) EXPECT_EQ(both.at(job), bits) << job;
}

TEST_F(LaddersWithAGoal, EndWhereLongerChainsKeepNoMoreSamples) {
  write_scan("[1, 4]", ", rungs: auto",
             "measured_sweeps: 1000, samples: {every: 10, at_most: 100}, refine: {along: shell_stiffness, tolerance: "
             "0.002}",
             "0.3");
  const std::string err = computed("l.h5").err;
  EXPECT_THAT(err, ContainsRegex("warning scan 's': [^\n]*, not closer with 100 samples of a chain "));
  EXPECT_LT(longest_asked(err), 256'000U);
}

// Other observations are other chains, however long these are.
TEST_F(LaddersWithAGoal, OfOtherObservationsBeginAnew) {
  const auto write_until = [&](const std::string& error, const std::string& others) {
    write_scan("[2.4, 2.6, 2.8, 3, 3.2]", "",
               "measured_sweeps: 1000, until: {f_U: " + error + ", at_most: 256000}" + others, "0.3");
  };
  write_until("0.004", "");
  computed("l.h5");
  write_until("0.02", ", samples: {every: 20}");
  const std::uint64_t sweeps = longest_asked(computed("fresh.h5").err);
  const Outcome anew = ask({"run", "l.yaml", "--archive", "l.h5", "--allow-removed"});
  EXPECT_EQ(anew.exit_code, 0) << anew.err;
  EXPECT_EQ(longest_asked(anew.err), sweeps);
}

// What is for points that are placed says so where there are none.
TEST_F(LaddersWithAGoal, AreToldOfALimitThatDoesNotConcernThem) {
  write_scan("[1, 4]", ", rungs: auto",
             "measured_sweeps: 1000, refine: {along: shell_stiffness, tolerance: 1, at_most: 3}");
  EXPECT_THAT(ask({"plan", "l.yaml"}).err, HasSubstr("scans[0].refine: at_most counts points that are placed"));
}

}  // namespace
}  // namespace nxmc

// Chains that go on until the averages of their point are precise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "campaign_folder.hpp"
#include "gate/gate.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_tools::Outcome;
using testing_tools::results_of;

class UntilPrecise : public testing::Test, protected testing_tools::CampaignFolder {
 protected:
  UntilPrecise() : CampaignFolder("u.yaml") {}
  /// Two points of two starts and two replicas, at 500, 1000 … 32000 sweeps.
  void write_campaign(const std::string& until = "until: {f_U: 0.005, at_most: 32000}") const {
    write(
        "name: u\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, "
        "shell_stiffness: [2, 3], temperature: 0.2,\n     start: [random, segregated], replicas: 2, "
        "equilibration_sweeps: 100, measured_sweeps: 500, " +
        until + "}\n");
  }
  json points_of(const std::string& archive) const { return answer({"status", archive, "--json"}).at("points"); }
};

TEST_F(UntilPrecise, GoesOnWithEachPointAsLongAsItNeeds) {
  write_campaign();
  const Outcome outcome = run("u.h5", 2);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("campaign 'u': 8 jobs, 0 of them done"));
  EXPECT_THAT(outcome.err, HasSubstr("2 of 2 points are known as precisely as 'until' asks"));
  const json groups = answer({"query", "u.h5", "--group-by", "shell_stiffness", "--columns",
                              "shell_stiffness,n,f_U,f_U_err,verdict", "--format", "json"});
  const json points = answer({"status", "u.h5", "--json"}).at("points");
  ASSERT_EQ(groups.size(), 2U);
  ASSERT_EQ(points.size(), 2U);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(groups[k].at("n"), 4) << "each chain once";
    EXPECT_LE(groups[k].at("f_U_err"), 0.005);
    EXPECT_EQ(groups[k].at("verdict"), "converged");
    // One quantity has one error, wherever it is shown.
    EXPECT_EQ(points[k].at("targets")[0].at("average"), groups[k].at("f_U"));
    EXPECT_EQ(points[k].at("targets")[0].at("error"), groups[k].at("f_U_err"));
    EXPECT_EQ(points[k].at("standing"), "precise");
  }
  EXPECT_NE(points[0].at("measured_sweeps"), points[1].at("measured_sweeps")) << "points do not go on together";
  EXPECT_THAT(ask({"status", "u.h5"}).out, HasSubstr("precision  2 of 2 points are as precise as asked for\n"));
  EXPECT_EQ(ask({"verify", "u.h5"}).exit_code, 0);
}

TEST_F(UntilPrecise, AnyNumberOfRanksEndsWithTheSameBits) {
  write_campaign();
  ASSERT_EQ(run("one.h5", 1).exit_code, 0);
  const auto expected = results_of(path("one.h5"));
  for (const int ranks : {2, 3, 4}) {
    const std::string archive = std::to_string(ranks) + ".h5";
    ASSERT_EQ(run(archive, ranks).exit_code, 0);
    EXPECT_EQ(results_of(path(archive)), expected) << ranks << " ranks";
  }
}

TEST_F(UntilPrecise, StoppedBetweenRoundsGoesOnToTheSameBits) {
  write_campaign();
  ASSERT_EQ(run("undisturbed.h5").exit_code, 0);
  // Chains of the second round wait. Which point comes to it first depends on how quick the machine is: this process
  // then waits with its chain, and the other point may never begin.
  const testing_tools::Gate gate(1000);
  testing_tools::RunningProgram program = run_at_gate("u.h5", gate.environment());
  EXPECT_TRUE(jobs_become("u.h5", "total", [](int jobs) { return jobs > 8; })) << program.err();
  const json open = points_of("u.h5");
  const auto goes_on = std::ranges::find_if(open, [](const json& point) { return point.at("measured_sweeps") == 500; });
  ASSERT_NE(goes_on, open.end()) << open;
  EXPECT_EQ(goes_on->at("standing"), "going on");
  EXPECT_EQ(goes_on->at("at_most"), 32000);
  EXPECT_GT(goes_on->at("targets")[0].at("error"), 0.005);
  EXPECT_EQ(goes_on->at("targets")[0].at("asked_error"), 0.005);
  EXPECT_THAT(ask({"status", "u.h5"}).out,
              AllOf(HasSubstr("  " + goes_on->at("where").get<std::string>() + ": f_U ± "),
                    HasSubstr(" (0.005 asked for); "), HasSubstr("; 500 of at most 32000 sweeps\n")));
  program.send(SIGUSR1);
  EXPECT_EQ(program.wait().exit_code, 75);
  const auto done = answer({"status", "u.h5", "--json"}).at("jobs").at("done").get<int>();
  EXPECT_GE(done, 4) << "the point that goes on";
  const Outcome next = run("u.h5", 2);
  ASSERT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr(" jobs, " + std::to_string(done) + " of them done"));
  EXPECT_EQ(results_of(path("u.h5")), results_of(path("undisturbed.h5")));
  EXPECT_THAT(run("u.h5").err, Not(HasSubstr("kernels are ready"))) << "nothing is left to do";
}

// The archive has every job that the new file asks for; only what it says of precision differs.
TEST_F(UntilPrecise, StatusAnswersForTheFileThatWasRunLast) {
  write_campaign("until: {f_U: 0.05, at_most: 1000}");
  ASSERT_EQ(run("u.h5").exit_code, 0);
  EXPECT_EQ(points_of("u.h5")[0].at("standing"), "precise");
  write_campaign("until: {f_U: 1e-6, at_most: 1000}");
  ASSERT_EQ(run("u.h5").exit_code, 0);
  EXPECT_EQ(points_of("u.h5")[0].at("standing"), "at limit");
  write_campaign("samples: {at_most: 1000}");
  ASSERT_EQ(run("u.h5").exit_code, 0);
  EXPECT_FALSE(answer({"status", "u.h5", "--json"}).contains("points"));
}

TEST_F(UntilPrecise, SaysWhatIsNotPreciseAtItsLimit) {
  write_campaign("until: {f_U: 1e-6, at_most: 1000}");
  const Outcome outcome = run("u.h5");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("0 of 2 points are known as precisely as 'until' asks; the others not after "
                                     "at_most sweeps: 'nxmc status u.h5' names them"));
  EXPECT_THAT(ask({"status", "u.h5"}).out,
              AllOf(HasSubstr("precision  0 of 2 points are as precise as asked for, 2 are not after at_most sweeps\n"),
                    HasSubstr("  shell_stiffness == 2: f_U ± "), HasSubstr(" (1e-06 asked for); "),
                    HasSubstr("; 1000 of at most 1000 sweeps\n")));
}

// Chains that sit in different places, each for itself: averages over the starts agree, with small errors.
class UntilBelieved : public UntilPrecise {
 protected:
  static std::string stuck_chains(const std::string& at_most) {
    return "name: u\nseed: 2\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 8, shell_layers: 1, "
           "shell_stiffness: 6, temperature: 0.1,\n     start: [random, segregated], replicas: 3, "
           "equilibration_sweeps: "
           "500, measured_sweeps: 4000, samples: {every: 20}, until: {f_U: 0.01, at_most: " +
           at_most + "}}\n";
  }
  void write_stuck_chains(const std::string& at_most) const { write(stuck_chains(at_most)); }
};

TEST_F(UntilBelieved, GoesOnWhereSamplesDoubtWhatAveragesSay) {
  write_stuck_chains("16000");
  const Outcome outcome = run("u.h5", 2);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("6 chains go on: samples doubt what averages say"));
  EXPECT_THAT(outcome.err, HasSubstr("0 of 1 points are known as precisely as 'until' asks"));
  const json rows = answer({"query", "u.h5", "--columns", "measured_sweeps,verdict,r_hat", "--format", "json"});
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0].at("measured_sweeps"), 16000);
  EXPECT_EQ(rows[0].at("verdict"), "short");
  EXPECT_GT(rows[0].at("r_hat"), 1.05);
  const json points = points_of("u.h5");
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].at("standing"), "at limit");
  EXPECT_EQ(points[0].at("verdict"), "short");
  EXPECT_LE(points[0].at("targets")[0].at("error"), 0.01) << "averages are precise";
  const json status = answer({"status", "u.h5", "--json"});
  EXPECT_EQ(status.at("verdicts").at("short"), 1);
  EXPECT_EQ(status.at("judged_by"), "samples");
}

TEST_F(UntilBelieved, ResumedOrWidenedEndsWithTheBitsOfOneRun) {
  write_stuck_chains("16000");
  ASSERT_EQ(run("whole.h5", 1).exit_code, 0);
  const auto expected = results_of(path("whole.h5"));
  ASSERT_EQ(run("several.h5", 3).exit_code, 0);
  EXPECT_EQ(results_of(path("several.h5")), expected);
  write_stuck_chains("4000");
  ASSERT_EQ(run("u.h5").exit_code, 0);
  EXPECT_EQ(points_of("u.h5")[0].at("standing"), "at limit");
  write_stuck_chains("16000");
  EXPECT_THAT(ask({"plan", "u.yaml", "--archive", "u.h5"}).out, HasSubstr("jobs             6 left of "));
  ASSERT_EQ(run("u.h5").exit_code, 0);
  EXPECT_EQ(results_of(path("u.h5")), expected);
  EXPECT_THAT(ask({"plan", "u.yaml", "--archive", "u.h5"}).out, HasSubstr("jobs             0 left of "));
}

// The chains of a later round are there before it is asked for, because another scan wants them.
TEST_F(UntilBelieved, LooksAtTheSamplesOfTheLongestChainsThatThereAre) {
  const std::string keys =
      "method: equilibrium, lattice: hexagon, size: 8, shell_layers: 1, shell_stiffness: 6, temperature: 0.1, start: "
      "[random, segregated], replicas: 3, equilibration_sweeps: 500, samples: {every: 20}, ";
  write("name: u\nseed: 2\nscans:\n  - {name: s, " + keys +
        "measured_sweeps: 4000, until: {f_U: 0.01, at_most: 16000}}\n  - {name: t, " + keys +
        "measured_sweeps: 8000}\n");
  const Outcome outcome = run("u.h5", 2);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("0 of 1 points are known as precisely as 'until' asks"));
  EXPECT_THAT(ask({"plan", "u.yaml", "--archive", "u.h5"}).out, HasSubstr("jobs             0 left of "));
  const auto results = results_of(path("u.h5"));
  const Outcome again = run("u.h5");
  EXPECT_THAT(again.err, HasSubstr("0 of 1 points are known as precisely as 'until' asks"));
  EXPECT_EQ(results_of(path("u.h5")), results) << "whoever resumes decides the same";
}

TEST_F(UntilBelieved, StoppedWhileDoubtedChainsGoOnEndsWithTheSameBits) {
  write_stuck_chains("16000");
  ASSERT_EQ(run("undisturbed.h5").exit_code, 0);
  // Chains of the first round are done after 4500 sweeps; those of the second wait.
  const testing_tools::Gate gate(6000);
  testing_tools::RunningProgram program = run_at_gate("u.h5", gate.environment());
  EXPECT_TRUE(jobs_become("u.h5", "total", [](int jobs) { return jobs > 6; })) << program.err();
  EXPECT_EQ(points_of("u.h5")[0].at("standing"), "going on");
  program.send(SIGUSR1);
  EXPECT_EQ(program.wait().exit_code, 75);
  ASSERT_EQ(run("u.h5", 2).exit_code, 0);
  EXPECT_EQ(results_of(path("u.h5")), results_of(path("undisturbed.h5")));
}

// Points are placed when no chain goes on any more: so whoever is stopped in between places the same ones.
TEST_F(UntilBelieved, BesideRefineEndsWithTheSameBitsAlsoWhenStoppedInBetween) {
  write(
      stuck_chains("16000") +
      "  - {name: r, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: [1, 7], "
      "temperature: 0.2,\n     start: [random, segregated], replicas: 2, equilibration_sweeps: 1000, measured_sweeps: "
      "5000, refine: {along: shell_stiffness, tolerance: 0.1}}\n");
  const Outcome whole = run("whole.h5", 2);
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  const std::size_t doubted = whole.err.find("samples doubt what averages say");
  const std::size_t placed = whole.err.find("scan 'r': next");
  ASSERT_NE(placed, std::string::npos);
  EXPECT_LT(doubted, placed);
  const testing_tools::Gate gate(7000);
  testing_tools::RunningProgram program = run_at_gate("u.h5", gate.environment());
  EXPECT_TRUE(jobs_become("u.h5", "total", [](int jobs) { return jobs > 14; })) << program.err();
  program.send(SIGUSR1);
  EXPECT_EQ(program.wait().exit_code, 75);
  ASSERT_EQ(run("u.h5").exit_code, 0);
  EXPECT_EQ(results_of(path("u.h5")), results_of(path("whole.h5")));
}

// Samples of every sweep, with room for all lengths, are too many to look at for a status.
TEST_F(UntilBelieved, StatusOfMuchSaysThatItLookedAtAveragesAlone) {
  write(
      "name: u\nseed: 2\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 8, shell_layers: 1, "
      "shell_stiffness: 6, temperature: 0.1,\n     start: [random, segregated], replicas: 3, equilibration_sweeps: "
      "500, "
      "measured_sweeps: 4000, samples: {every: 1, at_most: 1000000}, until: {f_U: 0.01, at_most: 300000}}\n");
  const testing_tools::Gate gate(6000);
  testing_tools::RunningProgram program = run_at_gate("u.h5", gate.environment());
  EXPECT_TRUE(jobs_become("u.h5", "total", [](int jobs) { return jobs > 6; })) << program.err();
  EXPECT_EQ(answer({"status", "u.h5", "--json"}).at("judged_by"), "averages");
  EXPECT_EQ(points_of("u.h5")[0].at("standing"), "going on") << "the run has looked at samples, and asked for more";
  const std::string words = ask({"status", "u.h5"}).out;
  EXPECT_THAT(words,
              HasSubstr("1 converged (by averages; the column verdict of 'nxmc query' looks at samples, too)\n"));
  EXPECT_THAT(words, HasSubstr("1 goes on (by averages; the column verdict of 'nxmc query' looks at samples, too)\n"));
  program.send(SIGUSR1);
  EXPECT_EQ(program.wait().exit_code, 75);
}

TEST_F(UntilPrecise, MayBeAskedForMoreOrLessLater) {
  write_campaign();
  ASSERT_EQ(run("fresh.h5").exit_code, 0);
  write_campaign("until: {f_U: 0.05, at_most: 32000}");
  ASSERT_EQ(run("u.h5").exit_code, 0);
  const auto loose = results_of(path("u.h5"));
  write_campaign();
  ASSERT_EQ(run("u.h5").exit_code, 0);
  EXPECT_EQ(results_of(path("u.h5")), results_of(path("fresh.h5")));
  EXPECT_FALSE(results_of(path("u.h5")) == loose);
  // A lower limit, and none at all, take nothing away; a higher one adds rows that nobody may need.
  for (const char* const until :
       {"until: {f_U: 0.005, at_most: 1000}", "samples: {at_most: 1000}", "until: {f_U: 0.005, at_most: 64000}"}) {
    write_campaign(until);
    const Outcome changed = run("u.h5");
    EXPECT_EQ(changed.exit_code, 0) << changed.err;
    EXPECT_THAT(changed.err, Not(HasSubstr("extended by"))) << until;
  }
  const auto now = results_of(path("u.h5"));
  for (const auto& [job, values] : results_of(path("fresh.h5"))) {
    if (testing_tools::has_results(values)) {
      EXPECT_EQ(now.at(job), values);
    }
  }
}

TEST_F(UntilPrecise, CopiesKnowWhatWasNotAskedFor) {
  write_campaign();
  ASSERT_EQ(run("u.h5").exit_code, 0);
  const json rows = answer({"query", "u.h5", "--format", "json"});
  EXPECT_EQ(rows.size(), 8U) << "neither shorter chains nor longer ones that nobody needs";
  ASSERT_EQ(ask({"repack", "u.h5", "packed.h5"}).exit_code, 0);
  ASSERT_EQ(ask({"prune", "u.h5", "pruned.h5", "--where", "shell_stiffness == 3"}).exit_code, 0);
  ASSERT_EQ(ask({"merge", "u.h5", "pruned.h5", "merged.h5"}).exit_code, 0);
  EXPECT_EQ(answer({"query", "packed.h5", "--format", "json"}), rows);
  EXPECT_EQ(answer({"query", "merged.h5", "--format", "json"}), rows);
  EXPECT_EQ(answer({"query", "pruned.h5", "--format", "json"}).size(), 4U);
  for (const char* const archive : {"packed.h5", "merged.h5", "pruned.h5"})
    EXPECT_EQ(answer({"status", archive, "--json"}).at("jobs").at("waiting"), 0) << archive;
}

TEST_F(UntilPrecise, IsPlannedFromTheFirstRoundToTheLast) {
  write_campaign();
  EXPECT_THAT(ask({"plan", "u.yaml", "--ranks", "2"}).out,
              AllOf(HasSubstr("jobs             8, at most 56: 2 points go on until precise\n"),
                    HasSubstr("on one core, at most "), HasSubstr("efficiency         at most\n")));
  const json plan = answer({"plan", "u.yaml", "--json", "--ranks", "2"});
  EXPECT_EQ(plan.at("jobs"), 8);
  EXPECT_EQ(plan.at("until").at("points"), 2);
  EXPECT_EQ(plan.at("until").at("jobs_at_most"), 56);
  EXPECT_GT(plan.at("until").at("core_hours_at_most"), plan.at("core_hours"));
  ASSERT_EQ(run("u.h5").exit_code, 0);
  EXPECT_THAT(ask({"plan", "u.yaml", "--archive", "u.h5"}).out, HasSubstr("jobs             0 left of "));
}

}  // namespace
}  // namespace nxmc

// Campaigns that place their points themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mpirun.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing_tools::Outcome;
using testing_tools::oversubscribed;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::under_mpirun;
using testing_tools::write_file;

class Refined : public testing::Test {
 protected:
  void write_campaign(const std::string& stiffness = "[1, 7]",
                      const std::string& refine = "{along: shell_stiffness, tolerance: 0.06}") const {
    write_file(directory_ / "r.yaml",
               "name: r\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, "
               "shell_stiffness: " +
                   stiffness +
                   ", temperature: 0.2,\n     start: [random, segregated], replicas: 2, equilibration_sweeps: 1000, "
                   "measured_sweeps: 5000, refine: " +
                   refine + "}\n");
  }
  std::vector<std::string> command(const std::string& archive) const {
    return {NXMC_PROGRAM, "run", "r.yaml", "--archive", archive};
  }
  Outcome run(const std::string& archive, int ranks = 1) const {
    return run_program(under_mpirun(ranks, command(archive)), oversubscribed(), directory_.path());
  }
  Outcome ask(const std::vector<std::string>& arguments) const {
    std::vector<std::string> command{NXMC_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_program(command, {}, directory_.path());
  }
  json answer(const std::vector<std::string>& arguments) const {
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }
  std::uint64_t rows_of(const std::string& archive) const {
    if (!std::filesystem::exists(directory_ / archive)) return 0;
    return Archive::open(directory_ / archive).jobs();
  }
  std::filesystem::path path(const std::string& name) const { return directory_ / name; }

  TemporaryDirectory directory_;
};

TEST_F(Refined, FindsTheTransitionFromTheEndsOfItsRange) {
  write_campaign();
  const Outcome outcome = run("r.h5", 2);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("scan 's': next shell_stiffness = 4, between 1 and 7"));
  EXPECT_THAT(outcome.err, HasSubstr("info scan 's': shell_stiffness = "));
  EXPECT_THAT(outcome.err, HasSubstr(" (peak of var f_U)\n"));
  const json found = answer({"diagram", "r.h5", "--format", "json"});
  ASSERT_EQ(found.size(), 1U);
  const double error = found[0].at("variance_peak_err");
  EXPECT_LT(error, 0.15) << "0.06 as the points near it tell; all of the range has a larger one";
  EXPECT_NEAR(found[0].at("variance_peak").get<double>(), 2.961, 4 * std::hypot(error, 0.033)) << "the first README's";
  EXPECT_EQ(found[0].at("verdict"), "converged");
  EXPECT_EQ(ask({"verify", "r.h5"}).exit_code, 0);
}

TEST_F(Refined, TellsWhyEachPointIsThere) {
  write_campaign();
  ASSERT_EQ(run("r.h5").exit_code, 0);
  const json rows =
      answer({"query", "r.h5", "--columns", "shell_stiffness,measured_sweeps,reason", "--format", "json"});
  std::size_t placed = 0;
  for (const json& row : rows) {
    const bool at_an_end = row.at("shell_stiffness") == 1 || row.at("shell_stiffness") == 7;
    if (row.at("measured_sweeps") == 5000) {
      EXPECT_EQ(row.at("reason"), at_an_end ? "campaign" : "placed");
    } else {
      EXPECT_EQ(row.at("reason"), "longer");
    }
    placed += at_an_end ? 0 : 1;
  }
  EXPECT_GE(placed, 8U);
  EXPECT_THAT(ask({"query", "r.h5", "--group-by", "size", "--columns", "size,reason"}).err,
              HasSubstr("'reason' is a column of single jobs"));
}

TEST_F(Refined, AnyNumberOfRanksPlacesTheSamePointsWithTheSameBits) {
  write_campaign();
  ASSERT_EQ(run("one.h5").exit_code, 0);
  const auto expected = results_of(path("one.h5"));
  for (const int ranks : {3}) {
    const std::string archive = std::to_string(ranks) + ".h5";
    ASSERT_EQ(run(archive, ranks).exit_code, 0);
    EXPECT_TRUE(results_of(path(archive)) == expected) << ranks << " ranks";
  }
  const Outcome again = run("one.h5", 2);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, Not(HasSubstr("kernels are ready"))) << "nothing is left to do";
  EXPECT_THAT(again.err, HasSubstr("info scan 's': shell_stiffness = "));
}

TEST_F(Refined, KilledWhereverItGrowsPlacesTheSamePointsWithTheSameBits) {
  write_campaign();
  ASSERT_EQ(run("undisturbed.h5").exit_code, 0);
  const auto expected = results_of(path("undisturbed.h5"));
  int kills = 0;
  for (int attempt = 0; attempt < 40; ++attempt) {
    const std::uint64_t before = rows_of("r.h5");
    RunningProgram program(under_mpirun(1 + attempt % 2, command(path("r.h5"))), oversubscribed(), directory_.path());
    EXPECT_TRUE(testing_tools::becomes_so([&] { return rows_of("r.h5") > before || !program.is_running(); }));
    if (!program.is_running()) break;
    program.kill_group(SIGKILL);
    program.wait();
    testing_tools::kill_all_with_argument(path("r.h5").string());
    ++kills;
  }
  EXPECT_GE(kills, 3);
  const Outcome last = run("r.h5", 2);
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_TRUE(results_of(path("r.h5")) == expected);
}

TEST_F(Refined, SaysWhereThereIsNoTransition) {
  write_campaign("[5, 7]");
  const Outcome outcome = run("r.h5");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("warning scan 's': f_U is "));
  EXPECT_THAT(outcome.err, HasSubstr(": there is no transition between them"));
}

TEST_F(Refined, EndsWhereItMayPlaceNoFurtherPoints) {
  write_campaign("[1, 7]", "{along: shell_stiffness, tolerance: 0.06, at_most: 1}");
  const Outcome outcome = run("r.h5");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("not closer: at_most points are placed"));
  EXPECT_EQ(rows_of("r.h5"), 12U);
}

TEST_F(Refined, ThePlanKnowsThePointsOfAnArchive) {
  write_campaign();
  ASSERT_EQ(run("r.h5").exit_code, 0);
  const std::string jobs = std::to_string(rows_of("r.h5"));
  EXPECT_THAT(ask({"plan", "r.yaml", "--archive", "r.h5"}).out, HasSubstr("jobs             0 left of " + jobs));
}

}  // namespace
}  // namespace nxmc

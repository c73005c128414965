// Campaigns that place their points themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "campaign_folder.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing_tools::Outcome;
using testing_tools::results_of;

/// What a run says of a scan at its end: "shell_stiffness = 2.92 ± 0.05".
struct FoundPlace {
  double place = 0;
  double error = 0;
};

std::optional<FoundPlace> found_place(const std::string& err, const std::string& scan = "s") {
  const std::regex sentence("info scan '" + scan +
                            "'[^\n]*: \\w+ = ([0-9.]+) ± ([0-9.]+) \\((peak of var f_[UC]|equal weight)\\)\n");
  std::smatch words;
  if (!std::regex_search(err, words, sentence)) return std::nullopt;
  return FoundPlace{std::stod(words[1]), std::stod(words[2])};
}

/// Where a core of 6 sites along an edge has its peak of var f_U: two starts × 60 000 sweeps at 2, 2.5, 3, 3.5 and 4.
constexpr FoundPlace known_place{2.926, 0.017};

class Refined : public testing::Test, protected testing_tools::CampaignFolder {
 protected:
  Refined() : CampaignFolder("r.yaml") {}
  static std::string scan(const std::string& name, const std::string& stiffness, const std::string& others) {
    return "  - {name: " + name +
           ", method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: " + stiffness +
           ", temperature: 0.2,\n     start: [random, segregated], equilibration_sweeps: 1000, " + others + "}\n";
  }
  void write_scans(const std::string& scans, int seed = 1) const {
    write("name: r\nseed: " + std::to_string(seed) + "\nscans:\n" + scans);
  }
  void write_campaign(const std::string& stiffness = "[1, 7]",
                      const std::string& refine = "{along: shell_stiffness, tolerance: 0.06}") const {
    write_scans(scan("s", stiffness, "replicas: 2, measured_sweeps: 5000, refine: " + refine));
  }
  static void expect_known_place(const std::optional<FoundPlace>& found, double tolerance) {
    ASSERT_TRUE(found);
    EXPECT_LE(found->error, tolerance);
    EXPECT_NEAR(found->place, known_place.place, 4 * std::hypot(found->error, known_place.error));
  }
};

TEST_F(Refined, FindsTheTransitionFromTheEndsOfItsRange) {
  write_campaign();
  const Outcome outcome = run("r.h5", 2);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("scan 's': next shell_stiffness = 4, between 1 and 7"));
  expect_known_place(found_place(outcome.err), 0.06);
  const json found = answer({"diagram", "r.h5", "--format", "json"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found[0].at("variance_peak").get<double>(), known_place.place, 0.2);
  EXPECT_EQ(found[0].at("verdict"), "converged");
  EXPECT_EQ(ask({"verify", "r.h5"}).exit_code, 0);
  EXPECT_EQ(answer({"status", "r.h5", "--json"}).at("runs"), 1) << "though it went on in several steps";
}

// So few samples that one of them can carry all the weight of a state: a peak of var f_U is then where the samples of
// one chain end, and its error is small.
class OfFewSamples : public Refined {
 protected:
  void expect_found_with(std::initializer_list<int> seeds) const {
    for (const int seed : seeds) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      const std::string archive = std::to_string(seed) + ".h5";
      write_scans(scan("s", "[1, 14]", "measured_sweeps: 1000, refine: {along: shell_stiffness, tolerance: 0.3}"),
                  seed);
      const Outcome outcome = run(archive);
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      expect_known_place(found_place(outcome.err), 0.3);
    }
  }
};

TEST_F(OfFewSamples, TheEndIsNoTransition) { expect_found_with({11, 12}); }

using LongOfFewSamples = OfFewSamples;
TEST_F(LongOfFewSamples, TheEndIsNoTransition) { expect_found_with({13, 14, 15, 16}); }

class LongRefinedCubes : public Refined {
 protected:
  /// \param cubes  size, stiffnesses and sweeps \param kind  of the place that is found
  void expect_found(const std::string& cubes, const std::string& refine, const std::string& kind, FoundPlace known,
                    double tolerance) const {
    write(
        "name: r\nscans:\n  - {name: s, method: equilibrium, lattice: cube, shell_layers: 1, temperature: 1.5, start: "
        "[random, segregated], equilibration_sweeps: 500, " +
        cubes + ", refine: {along: shell_stiffness, " + refine + "}}\n");
    const Outcome outcome = run("r.h5", 2);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::optional<FoundPlace> found = found_place(outcome.err);
    ASSERT_TRUE(found) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("(" + kind + ")"));
    EXPECT_LE(found->error, tolerance);
    EXPECT_NEAR(found->place, known.place, 4 * std::hypot(found->error, known.error));
  }
};

// f_U has vanished long before columns come. A box with equal edges is a cube in archives. Known from two starts × 30
// 000 sweeps at 1, 1.25, …, 3.
TEST_F(LongRefinedCubes, TurnToColumnsWhereFCFluctuatesMost) {
  expect_found("size: 6, shell_stiffness: [1, 3], measured_sweeps: 2000", "tolerance: 0.1", "peak of var f_C",
               {2.014, 0.048}, 0.1);
}

// Larger cubes go on fluctuating between the axes of their columns: var f_C has no peak. Known from two starts × two
// replicas × 20 000 sweeps at seven stiffnesses (campaigns/README.md).
TEST_F(LongRefinedCubes, TurnToColumnsWhereASplitPartsTheSamples) {
  expect_found("size: 8, shell_stiffness: [1.5, 2.5], measured_sweeps: 1000", "split: 0.15, tolerance: 0.03",
               "equal weight", {1.890, 0.004}, 0.03);
}

TEST_F(Refined, SaysThatASplitIsNotReached) {
  write_campaign("[1, 7]", "{along: shell_stiffness, split: 0.9, tolerance: 0.06}");
  const Outcome outcome = run("r.h5");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_FALSE(found_place(outcome.err)) << "nothing else is found in its place: " << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(": it does not pass 0.9 between them"));
}

TEST_F(Refined, TellsWhyEachPointIsThere) {
  write_campaign();
  ASSERT_EQ(run("r.h5").exit_code, 0);
  const json jobs =
      answer({"query", "r.h5", "--columns", "shell_stiffness,measured_sweeps,reason", "--format", "json"});
  std::size_t placed = 0;
  for (const json& row : jobs) {
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
  for (const int ranks : {2, 3}) {
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
    const std::uint64_t before = rows("r.h5");
    testing_tools::RunningProgram program(testing_tools::under_mpirun(1 + attempt % 2, run_command(path("r.h5"))),
                                          testing_tools::oversubscribed(), directory());
    EXPECT_TRUE(testing_tools::becomes_so([&] { return rows("r.h5") > before || !program.is_running(); }));
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

// What a scan has placed is known by its rows; nobody else's are taken for it.
TEST_F(Refined, AScanKnowsItsOwnPointsAgainBesideOthersOnTheSameLine) {
  const std::string of_both = "measured_sweeps: 2000, ";
  write_scans(scan("wide", "[1, 7]", of_both + "refine: {along: shell_stiffness, tolerance: 0.15}") +
              scan("narrow", "[2.5, 3.5]", of_both + "refine: {along: shell_stiffness, tolerance: 0.2}") +
              scan("plain", "[4]", of_both + "replicas: 1"));
  const Outcome first = run("r.h5");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const std::uint64_t jobs = rows("r.h5");
  const Outcome again = run("r.h5");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(rows("r.h5"), jobs);
  EXPECT_THAT(again.err, Not(HasSubstr("next ")));
  for (const char* const name : {"wide", "narrow"}) {
    const auto before = found_place(first.err, name);
    const auto now = found_place(again.err, name);
    ASSERT_TRUE(before && now) << name << first.err << again.err;
    EXPECT_EQ(now->place, before->place) << name;
  }
  for (const json& row :
       answer({"query", "r.h5", "--where", "scan == narrow", "--columns", "shell_stiffness", "--format", "json"}))
    EXPECT_LE(std::abs(row.at("shell_stiffness").get<double>() - 3), 0.5);
}

TEST_F(Refined, TakesOverNoRowsThatNobodyPlaced) {
  write_scans(scan("s", "[1, 7]", "measured_sweeps: 2000, until: {f_U: 0.05, at_most: 1e6}"));
  ASSERT_EQ(run("r.h5").exit_code, 0);
  const std::uint64_t reserved = rows("r.h5");
  EXPECT_GT(reserved, 30U);
  write_scans(scan("s", "[1, 7]", "measured_sweeps: 2000, refine: {along: shell_stiffness, tolerance: 0.3}"));
  EXPECT_THAT(ask({"plan", "r.yaml", "--archive", "r.h5"}).out, HasSubstr("jobs             0 left of 4"));
  const Outcome outcome = run("r.h5");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_known_place(found_place(outcome.err), 0.3);
  for (const std::uint64_t sweeps : Archive::open(path("r.h5")).measured_sweeps()) EXPECT_LE(sweeps, 16000U);
}

// It is not the file that adds jobs then.
TEST_F(Refined, GoesOnWhereTheFileHasLostAValue) {
  write_scans(scan("s", "[1, 7, 9]", "measured_sweeps: 2000"));
  ASSERT_EQ(run("r.h5").exit_code, 0);
  write_scans(scan("s", "[1, 7]", "measured_sweeps: 2000, refine: {along: shell_stiffness, tolerance: 0.15}"));
  const Outcome outcome = run("r.h5");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_known_place(found_place(outcome.err), 0.15);
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
  EXPECT_EQ(rows("r.h5"), 12U);
}

TEST_F(Refined, ThePlanKnowsThePointsOfAnArchive) {
  write_campaign();
  ASSERT_EQ(run("r.h5").exit_code, 0);
  const std::string jobs = std::to_string(rows("r.h5"));
  EXPECT_THAT(ask({"plan", "r.yaml", "--archive", "r.h5"}).out, HasSubstr("jobs             0 left of " + jobs));
}

}  // namespace
}  // namespace nxmc

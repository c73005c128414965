// The columns r_hat, crossings and unequilibrated of `nxmc query`, against the samples that an archive holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "finished_campaign.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/engine/record.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/statistics/equilibration.hpp"
#include "nxmc/statistics/r_hat.hpp"

namespace nxmc {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing_tools::OfFinishedCampaign;

struct EvidenceColumns : OfFinishedCampaign<EvidenceColumns> {
  static constexpr const char* campaign_name = "evidence";
  // A cold crystal stays as it began; the others forget their start.
  static constexpr const char* campaign = R"(
name: evidence
seed: 3
scans:
  - {name: stuck, method: equilibrium, lattice: hexagon, size: 8, shell_layers: 1, shell_stiffness: 5, temperature: 0.03,
     start: [segregated, random], replicas: 2, equilibration_sweeps: 100, measured_sweeps: 4000, samples: {every: 20}}
  - {name: mixing, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: [2, 3], temperature: 0.2,
     start: [random, segregated], replicas: 2, equilibration_sweeps: 100, measured_sweeps: 5000}
  - {name: bare, method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, shell_stiffness: 2, temperature: 0.2,
     start: [random, segregated], equilibration_sweeps: 100, measured_sweeps: 500, samples: none}
  - {name: in_time, method: exchange, lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -2, times: [0.1]}
)";

  /// f_U along the samples of the jobs of a condition, from their definition.
  static std::vector<std::vector<double>> series_where(const std::string& where) {
    const Archive archive = Archive::open(folder() / "evidence.h5");
    std::vector<std::vector<double>> series;
    for (const json& row : rows({"query", "evidence.h5", "--where", where, "--columns", "job"})) {
      for (std::uint64_t job = 0; job < archive.jobs(); ++job) {
        if (to_string(archive.identities()[job]) != row.at("job")) continue;
        const Lattice lattice = make_lattice(archive.physics(job).lattice);
        series.emplace_back();
        archive.visit_samples(job, [&](const Snapshot& sample) {
          const auto interior = interior_of_core(lattice);
          const auto sites = static_cast<double>(interior.size());
          series.back().push_back(std::round(phase_fractions(lattice, sample.sigma, interior).united() * sites) /
                                  sites);
          return true;
        });
      }
    }
    return series;
  }
};

TEST_F(EvidenceColumns, AreThoseOfTheSamplesOfAPoint) {
  for (const std::string point :
       {"scan == mixing and shell_stiffness == 2", "scan == mixing and shell_stiffness == 3"}) {
    const auto series = series_where(point);
    ASSERT_EQ(series.size(), 4U);
    const double r_hat = split_r_hat(std::vector<std::span<const double>>(series.begin(), series.end()));
    const json jobs = rows({"query", "evidence.h5", "--where", point + " and start == random and replica == 1",
                            "--columns", "r_hat,unequilibrated,crossings"});
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_DOUBLE_EQ(jobs[0].at("r_hat"), r_hat) << "of the point, though one chain was chosen";
    EXPECT_TRUE(jobs[0].at("crossings").is_null()) << "one state";
    const json all = rows({"query", "evidence.h5", "--where", point, "--group-by", "shell_stiffness", "--columns",
                           "unequilibrated,r_hat"});
    double longest = 0;
    for (const auto& chain : series)
      longest = std::max(longest, 50.0 * static_cast<double>(equilibrated_part(chain).discarded));
    EXPECT_EQ(all.at(0).at("unequilibrated"), longest);
    EXPECT_DOUBLE_EQ(all.at(0).at("r_hat"), r_hat);
  }
}

TEST_F(EvidenceColumns, AreOfTheChainsThatWereChosen) {
  const std::string chosen = "scan == mixing and shell_stiffness == 3 and start == random";
  const auto series = series_where(chosen);
  ASSERT_EQ(series.size(), 2U);
  const json groups =
      rows({"query", "evidence.h5", "--where", chosen, "--group-by", "start", "--columns", "start,r_hat"});
  EXPECT_DOUBLE_EQ(groups.at(0).at("r_hat"),
                   split_r_hat(std::vector<std::span<const double>>(series.begin(), series.end())));
}

TEST_F(EvidenceColumns, TellChainsThatAreStuck) {
  const json rows_of_scans = rows({"query", "evidence.h5", "--where", "method == equilibrium", "--group-by", "scan",
                                   "--columns", "scan,r_hat,crossings,unequilibrated,verdict"});
  ASSERT_EQ(rows_of_scans.size(), 3U);
  const json& bare = rows_of_scans[0];
  const json& mixing = rows_of_scans[1];
  const json& stuck = rows_of_scans[2];
  EXPECT_TRUE(stuck.at("crossings").is_null()) << "two states that nobody left may be two of many";
  EXPECT_GT(stuck.at("r_hat"), 1.2);
  EXPECT_EQ(stuck.at("verdict"), "metastable");
  EXPECT_LT(mixing.at("r_hat"), 1.05) << "the worst of its points, not over both";
  EXPECT_EQ(mixing.at("verdict"), "converged");
  for (const char* column : {"r_hat", "crossings", "unequilibrated"}) EXPECT_TRUE(bare.at(column).is_null()) << column;
}

TEST_F(EvidenceColumns, AreThereOnRequestAndForEquilibrium) {
  EXPECT_FALSE(rows({"query", "evidence.h5", "--where", "scan == mixing"}).at(0).contains("r_hat"));
  const json both = rows({"query", "evidence.h5", "--columns", "method,r_hat", "--where", "scan == in_time"});
  EXPECT_TRUE(both.at(0).at("r_hat").is_null());
  EXPECT_THAT(ask({"query", "evidence.h5", "--times", "--columns", "crossings"}).err,
              HasSubstr("'crossings' is a column of equilibrium jobs"));
  EXPECT_THAT(ask({"query", "--describe"}).out, HasSubstr("measured sweeps at the beginning of a chain"));
}

TEST_F(EvidenceColumns, ChooseRowsByWhatIsKnownOfSingleJobs) {
  const json all = rows({"query", "evidence.h5", "--columns",
                         "job,scan,size,start,measured_sweeps,f_U,r_hat,unequilibrated,verdict,reason"});
  const auto number = [](const json& row, const char* name) {
    return row.at(name).is_null() ? std::numeric_limits<double>::quiet_NaN() : row.at(name).get<double>();
  };
  using Row = const json&;
  const std::vector<std::pair<std::string, std::function<bool(Row)>>> conditions{
      {"verdict == metastable", [](Row row) { return row.at("verdict") == "metastable"; }},
      {"verdict in [converged, 'one start'] and start == random",
       [](Row row) { return row.at("verdict") == "converged" && row.at("start") == "random"; }},
      {"r_hat > 1.05 or size < 5", [&](Row row) { return number(row, "r_hat") > 1.05 || number(row, "size") < 5; }},
      {"not r_hat < 1.05 and reason == campaign", [&](Row row) { return !(number(row, "r_hat") < 1.05); }},
      {"unequilibrated > measured_sweeps / 80 and f_U < 0.9",
       [&](Row row) {
         return number(row, "unequilibrated") > number(row, "measured_sweeps") / 80 && number(row, "f_U") < 0.9;
       }},
  };
  for (const auto& [condition, holds] : conditions) {
    json expected = json::array();
    for (Row row : all)
      if (holds(row)) expected.push_back({{"job", row.at("job")}});
    EXPECT_FALSE(expected.empty() || expected.size() == all.size()) << condition;
    EXPECT_EQ(rows({"query", "evidence.h5", "--columns", "job", "--where", condition}), expected) << condition;
  }
  const auto of_scan = [&](const std::string& where) {
    return ask({"query", "evidence.h5", "--where", where, "--group-by", "size,start", "--columns",
                "size,start,n,f_U,f_U_err,verdict,r_hat"});
  };
  EXPECT_EQ(of_scan("verdict == metastable").out, of_scan("scan == stuck").out);
  EXPECT_EQ(of_scan("verdict == metastable").err, of_scan("scan == stuck").err);
}

TEST_F(EvidenceColumns, ChooseTheChainsOfDiagramsAndReweighting) {
  const auto expect_same = [&](std::vector<std::string> command, const std::string& where, const std::string& other) {
    const auto answer = [&](const std::string& chosen) {
      std::vector<std::string> words = command;
      words.insert(words.end(), {"--where", chosen});
      return ask(words);
    };
    EXPECT_EQ(answer(where).exit_code, 0) << answer(where).err;
    EXPECT_EQ(answer(where).out, answer(other).out);
  };
  const std::string mixing = "verdict == converged and r_hat < 1.05";
  expect_same({"reweight", "evidence.h5", "--at", "shell_stiffness=2.5"}, mixing, "scan == mixing");
  expect_same({"diagram", "evidence.h5", "--split", "0.3"}, mixing, "scan == mixing");
  expect_same({"diagram", "evidence.h5", "--map", "shell_stiffness,size", "--boundaries"}, mixing, "scan == mixing");
  expect_same({"diagram", "evidence.h5", "--map", "shell_stiffness,size"}, "verdict == metastable", "scan == stuck");
  EXPECT_THAT(ask({"diagram", "evidence.h5", "--map", "time,delta_mu", "--where", mixing}).err,
              HasSubstr("is a column of equilibrium jobs"));
}

TEST_F(EvidenceColumns, AreRefusedWhereTheyMeanNothing) {
  const auto refusal = [&](const std::vector<std::string>& words) {
    const testing_tools::Outcome outcome = ask(words);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  EXPECT_THAT(refusal({"query", "evidence.h5", "--where", "verdict == convergd"}),
              HasSubstr("no row has verdict 'convergd'; did you mean 'converged'?"));
  EXPECT_THAT(refusal({"diagram", "evidence.h5", "--where", "verdict != good"}),
              HasSubstr("no row has verdict 'good'; there are converged, one start, short, metastable"));
  EXPECT_THAT(refusal({"query", "evidence.h5", "--where", "reason == luck"}),
              HasSubstr("there are campaign, placed, longer, before"));
  EXPECT_THAT(refusal({"query", "evidence.h5", "--where", "verdict < 3"}), HasSubstr("compare it with == or !="));
  EXPECT_THAT(refusal({"query", "evidence.h5", "--where", "r_hat == good"}), HasSubstr("r_hat"));
  EXPECT_THAT(refusal({"query", "evidence.h5", "--times", "--where", "crossings > 2"}),
              HasSubstr("'crossings' is a column of equilibrium jobs"));
  EXPECT_THAT(refusal({"query", "evidence.h5", "--group-by", "verdict"}),
              HasSubstr("--where chooses by it, but rows cannot be grouped by it"));
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"prune", "evidence.h5", "rest.h5", "--where"},
        {"run", "evidence.yaml", "--archive", "evidence.h5", "--redo"}}) {
    std::vector<std::string> words = command;
    words.emplace_back("scan == stuck and verdict == metastable");
    EXPECT_THAT(refusal(words),
                HasSubstr("'verdict' follows from the results of all jobs, which this command changes"));
  }
}

// Scans may ask for one chain with and without samples, or with other ones: that makes no more of it.
TEST(ChainsOfSeveralScans, CountOnce) {
  const auto scan = [](const std::string& name, const std::string& rest) {
    return "  - {name: " + name +
           ", method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: [2, 3], temperature: "
           "0.2, start: [random, segregated], equilibration_sweeps: 100, " +
           rest + "}\n";
  };
  const testing_tools::FinishedCampaign campaign(
      "often", "name: often\nscans:\n" + scan("bare", "measured_sweeps: 2000, samples: none") +
                   scan("one", "measured_sweeps: 2000") + scan("other", "measured_sweeps: 2000, samples: {every: 20}") +
                   scan("longer", "measured_sweeps: 4000, samples: {every: 40}"));
  const auto expect_same = [&](const std::string& where, const std::string& other) {
    const auto transition = [&](const std::string& chosen) {
      return campaign.rows({"diagram", "often.h5", "--split", "0.3", "--where", chosen}).at(0);
    };
    for (const char* name : {"equal_weight", "equal_weight_err", "crossings", "r_hat"})
      EXPECT_EQ(transition(where).at(name), transition(other).at(name)) << name << " where " << where;
  };
  expect_same("measured_sweeps == 2000", "scan == one");
  expect_same("replica == 0", "scan == longer");
  const auto ask = [&](const std::string& where) {
    return campaign.ask({"query", "often.h5", "--where", where, "--group-by", "shell_stiffness", "--columns",
                         "shell_stiffness,f_U,r_hat"});
  };
  EXPECT_THAT(ask("replica == 0").err, HasSubstr("4 chains count more than once"));
  EXPECT_THAT(ask("scan == bare").err, testing::Not(HasSubstr("more than once")));
  EXPECT_EQ(ask("scan == bare").out, ask("scan == one").out) << "what is known of a chain is known in each of its rows";
}

// The row of the shorter chain is left out of answers: whoever names it is told where the chain is.
TEST(ChainsThatWentOn, AreInTheScanThatMeasuredThemLongest) {
  const std::string scan =
      ", method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, shell_stiffness: [2, 3], temperature: 0.2, "
      "equilibration_sweeps: 10, samples: {every: 20}, measured_sweeps: ";
  const testing_tools::FinishedCampaign campaign(
      "longer", "name: longer\nscans:\n  - {name: brief" + scan + "400}\n  - {name: lasting" + scan + "800}\n");
  for (const std::vector<std::string>& command : {std::vector<std::string>{"diagram", "longer.h5"},
                                                  {"reweight", "longer.h5", "--at", "shell_stiffness=2.5"},
                                                  {"diagram", "longer.h5", "--along", "shell_layers"},
                                                  {"diagram", "longer.h5", "--map", "shell_stiffness,size"}}) {
    std::vector<std::string> words = command;
    words.insert(words.end(), {"--where", "scan == brief"});
    const testing_tools::Outcome outcome = campaign.ask(words);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("were measured for more sweeps, and answers are from those (scan lasting)"));
    words.back() = "scan == lasting";
    EXPECT_THAT(campaign.ask(words).err, testing::Not(HasSubstr("more sweeps")));
    words.back() = "size == 77";
    EXPECT_THAT(campaign.ask(words).err, testing::Not(HasSubstr("more sweeps")));
  }
  // A table without rows is an answer, too, but seldom the one that was expected.
  const auto query = [&](const std::string& where) {
    return campaign.ask({"query", "longer.h5", "--where", where, "--format", "json"});
  };
  const testing_tools::Outcome empty = query("scan == brief");
  EXPECT_EQ(empty.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(empty.out), json::array());
  EXPECT_THAT(empty.err, HasSubstr("hint: the chains that fulfil the condition were measured for more sweeps"));
  EXPECT_THAT(query("scan == lasting").err, testing::Not(HasSubstr("more sweeps")));
  EXPECT_THAT(query("size == 77").err, testing::Not(HasSubstr("more sweeps")));
}

TEST(PointsWithoutUnitedSites, HaveConvergedWhereStartsAgreeInSuperlattices) {
  const testing_tools::FinishedCampaign campaign(
      "frozen",
      "name: frozen\nseed: 5\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, "
      "shell_stiffness: 10, temperature: 0.005, start: [segregated, random], replicas: 6, equilibration_sweeps: 100, "
      "measured_sweeps: 2000}\n");
  const auto verdict_of_replicas = [&](int segregated, int random) {
    const std::string where = "start == segregated and replica == " + std::to_string(segregated) +
                              " or start == random and replica == " + std::to_string(random);
    const json chains =
        campaign.rows({"query", "frozen.h5", "--where", where, "--columns", "f_U,f_S", "--group-by", "start"});
    EXPECT_EQ(chains.at(0).at("f_U"), 0);
    EXPECT_EQ(chains.at(1).at("f_U"), 0);
    EXPECT_EQ(chains.at(0).at("f_S") == chains.at(1).at("f_S"), random == 0);
    return campaign.rows({"query", "frozen.h5", "--where", where, "--columns", "verdict", "--group-by", "size"})
        .at(0)
        .at("verdict");
  };
  EXPECT_EQ(verdict_of_replicas(0, 0), "converged");
  EXPECT_EQ(verdict_of_replicas(0, 2), "metastable");
}

TEST(TransitionsOfCoresThatNeverChange, AreNone) {
  const testing_tools::FinishedCampaign campaign(
      "pure",
      "name: pure\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, "
      "shell_stiffness: [2, 3], "
      "temperature: 0.2, composition: 1, equilibration_sweeps: 10, measured_sweeps: 1000}\n");
  EXPECT_THAT(campaign.ask({"diagram", "pure.h5"}).err, HasSubstr("hexagon 4: f_U never changes"));
}

// Between the starts f_U, which is nearly 0, differs by little, and f_C by much.
struct EvidenceOfCubes : OfFinishedCampaign<EvidenceOfCubes> {
  static constexpr const char* campaign_name = "cubes";
  static constexpr const char* campaign = R"(
name: cubes
seed: 3
scans:
  - {name: cubes, method: equilibrium, lattice: cube, size: 6, shell_layers: 1, shell_stiffness: 3, temperature: 0.1,
     start: [random, segregated], equilibration_sweeps: 10, measured_sweeps: 4000, samples: {every: 20}}
)";
};

TEST_F(EvidenceOfCubes, IsThatOfColumnsWhereChainsDisagreeInThese) {
  const Archive archive = Archive::open(folder() / "cubes.h5");
  const Lattice lattice = make_lattice(archive.physics(0).lattice);
  const std::vector<Site> interior = interior_of_core(lattice);
  const auto sites = static_cast<double>(interior.size());
  std::vector<std::vector<double>> united(archive.jobs());
  std::vector<std::vector<double>> columns(archive.jobs());
  for (std::uint64_t job = 0; job < archive.jobs(); ++job) {
    archive.visit_samples(job, [&](const Snapshot& sample) {
      const PhaseFractions found = phase_fractions(lattice, sample.sigma, interior);
      united[job].push_back(std::round(found.united() * sites) / sites);
      columns[job].push_back(std::round((found.of(Phase::Cx) + found.of(Phase::Cy) + found.of(Phase::Cz)) * sites) /
                             sites);
      return true;
    });
  }
  const auto r_hat = [](const auto& chains) {
    return split_r_hat(std::vector<std::span<const double>>(chains.begin(), chains.end()));
  };
  ASSERT_GT(r_hat(columns), 1.2);
  ASSERT_NE(r_hat(columns), r_hat(united));
  const json shown = rows({"query", "cubes.h5", "--columns", "r_hat,verdict"});
  EXPECT_DOUBLE_EQ(shown.at(0).at("r_hat"), r_hat(columns)) << "of f_U it is " << r_hat(united);
  EXPECT_EQ(shown.at(0).at("verdict"), "short") << "noise of so few independent samples explains it";
}

}  // namespace
}  // namespace nxmc

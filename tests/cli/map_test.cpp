// `nxmc diagram --map`: dominant phases and their boundaries, against queries and transitions of the same archive.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "finished_campaign.hpp"
#include "gate/gate.hpp"

namespace nxmc {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing_tools::Outcome;

// Stiffer or thicker shells turn the core from U to S.
constexpr const char* map_campaign = R"(name: map
seed: 3
defaults: {method: equilibrium, lattice: hexagon, size: 6, temperature: 0.2, shell_layers: 1, start: [random, segregated],
           replicas: 2, equilibration_sweeps: 2000, measured_sweeps: 8000, measure_every: {areas: 0}}
scans:
  - {name: small, shell_stiffness: [1, 2.5, 3.5, 5]}
  - {name: large, size: 8, shell_stiffness: [3, 4, 5, 7]}
  - {name: thick, shell_layers: [2, 3], shell_stiffness: 1, samples: none}
  - {name: forgetful, size: 5, shell_stiffness: [1, 4], samples: none}
  - {name: cubes, lattice: cube, size: 4, shell_layers: 0, temperature: 1.5, measured_sweeps: 200}
  - {name: boxes, lattice: box, size: [[3, 4, 5]], shell_layers: 0, temperature: 2.5, measured_sweeps: 200}
  - {name: exchange, method: exchange, shell_layers: 0, delta_mu: [-10, -20], times: [0.01, 1, 1000], replicas: 3}
)";

class PhaseMaps : public testing_tools::OfFinishedCampaign<PhaseMaps> {
 public:
  static constexpr const char* campaign_name = "map";
  static constexpr const char* campaign = map_campaign;

 protected:
  static json map(const std::string& axes, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"diagram", "map.h5", "--map", axes};
    words.insert(words.end(), more.begin(), more.end());
    return rows(words);
  }
};

constexpr const char* hexagons = "lattice == hexagon";

std::string largest_of(const json& row) {
  std::string phase;
  double most = -1;
  for (const char* name : {"U", "S", "C", "0"}) {
    const json& fraction = row.at(std::string("f_") + name);
    if (fraction.is_null() || fraction.get<double>() <= most) continue;
    most = fraction;
    phase = name;
  }
  return phase;
}

TEST_F(PhaseMaps, HaveTheNumbersAndVerdictsOfQueries) {
  const std::string keys = "shell_layers,size,shell_stiffness";
  const json points = map("shell_stiffness,size", {"--where", hexagons});
  const json queried = rows({"query", "map.h5", "--where", std::string(hexagons) + " and method == equilibrium",
                             "--group-by", keys, "--columns", keys + ",f_U,f_U_err,f_S,f_S_err,f_0,f_0_err,verdict"});
  ASSERT_EQ(points.size(), 12U);
  ASSERT_EQ(queried.size(), 12U);
  for (const json& point : points) {
    const auto same = std::ranges::find_if(queried, [&](const json& row) {
      return row.at("size") == point.at("size") && row.at("shell_stiffness") == point.at("shell_stiffness") &&
             row.at("shell_layers") == point.at("shell_layers");
    });
    ASSERT_NE(same, queried.end()) << point;
    for (const char* name : {"f_U", "f_U_err", "f_S", "f_S_err", "f_0", "f_0_err", "verdict"})
      EXPECT_EQ(point.at(name), same->at(name)) << name << ' ' << point;
    EXPECT_EQ(point.at("phase"), largest_of(point));
  }
}

TEST_F(PhaseMaps, OfCubesKnowColumnsAndNoSuperlattice) {
  const json points = map("shell_stiffness,temperature", {"--where", "lattice == cube"});
  ASSERT_EQ(points.size(), 1U);
  EXPECT_TRUE(points[0].at("f_S").is_null());
  EXPECT_FALSE(points[0].at("f_C").is_null());
  EXPECT_EQ(points[0].at("phase"), largest_of(points[0]));
}

TEST_F(PhaseMaps, HaveTransitionsAsBoundariesWhereSamplesFindThem) {
  const json places =
      map("shell_stiffness,size", {"--where", "lattice == hexagon and shell_layers == 1 and size > 5", "--boundaries"});
  const json transitions = rows({"diagram", "map.h5", "--where", "lattice == hexagon and shell_layers == 1"});
  ASSERT_EQ(places.size(), 2U);
  ASSERT_EQ(transitions.size(), 2U);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(places[k].at("kind"), "variance peak");
    EXPECT_EQ(places[k].at("shell_stiffness"), transitions[k].at("variance_peak"));
    EXPECT_EQ(places[k].at("shell_stiffness_err"), transitions[k].at("variance_peak_err"));
    EXPECT_EQ(places[k].at("below"), "U");
    EXPECT_EQ(places[k].at("above"), "S");
    EXPECT_EQ(places[k].at("line"), 1) << "one polyline through both sizes";
    EXPECT_EQ(places[k].at("verdict"), transitions[k].at("verdict"));
    EXPECT_LT(places[k].at("low"), places[k].at("shell_stiffness"));
    EXPECT_GT(places[k].at("high"), places[k].at("shell_stiffness"));
  }
  EXPECT_EQ(places[0].at("size"), 6);
  EXPECT_EQ(places[1].at("size"), 8);
}

TEST_F(PhaseMaps, HaveEqualWeightsAsBoundariesWhereTheSidesAreToldApart) {
  const std::vector<std::string> split{"--where", "lattice == hexagon and shell_layers == 1 and size > 5", "--split",
                                       "0.2"};
  std::vector<std::string> words{"diagram", "map.h5"};
  words.insert(words.end(), split.begin(), split.end());
  const json transitions = rows(words);
  std::vector<std::string> with_boundaries = split;
  with_boundaries.emplace_back("--boundaries");
  const json places = map("shell_stiffness,size", with_boundaries);
  ASSERT_EQ(places.size(), 2U);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(places[k].at("kind"), "equal weight");
    EXPECT_EQ(places[k].at("shell_stiffness"), transitions[k].at("equal_weight"));
    EXPECT_EQ(places[k].at("shell_stiffness_err"), transitions[k].at("equal_weight_err"));
  }
}

TEST_F(PhaseMaps, HaveStepsAsBoundariesWhereChainsHaveKeptNoSamples) {
  const Outcome outcome = ask({"diagram", "map.h5", "--map", "shell_stiffness,size", "--boundaries", "--where",
                               "size == 5", "--format", "json"});
  const json places = json::parse(outcome.out);
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(places[0].at("kind"), "step");
  EXPECT_EQ(places[0].at("shell_stiffness"), 2.5);
  EXPECT_EQ(places[0].at("shell_stiffness_err"), 1.5);
  EXPECT_THAT(outcome.err, HasSubstr("8 chains have no samples and are left out"));
}

TEST_F(PhaseMaps, AcrossLayersHaveIntervalsAsBoundaries) {
  const json places = map("shell_layers,shell_stiffness",
                          {"--where", "lattice == hexagon and size == 6 and shell_stiffness == 1", "--boundaries"});
  ASSERT_GE(places.size(), 1U);
  EXPECT_EQ(places.front().at("below"), "U");
  EXPECT_EQ(places.back().at("above"), "S");
  for (const json& place : places) {
    EXPECT_EQ(place.at("kind"), "step");
    EXPECT_EQ(place.at("high").get<double>() - place.at("low").get<double>(), 1);
    EXPECT_EQ(place.at("shell_layers_err"), 0.5);
  }
}

// Jobs of a crystal without a shell have one stiffness, whatever their campaign says.
TEST(PhaseMapsOverLayers, BeginWithoutAShellAtEveryStiffness) {
  const testing_tools::FinishedCampaign campaign(
      "bare",
      "name: bare\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: [5, 6], shell_layers: [0, 1], "
      "shell_stiffness: [6, 9], temperature: 0.2, start: [random, segregated], equilibration_sweeps: 500, "
      "measured_sweeps: 2000, measure_every: {areas: 0}}\n");
  const json points = campaign.rows({"diagram", "bare.h5", "--map", "shell_layers,size"});
  ASSERT_EQ(points.size(), 8U);
  for (std::size_t k = 0; k < points.size(); ++k) {
    EXPECT_EQ(points[k].at("shell_stiffness"), k < 4 ? 6 : 9);
    EXPECT_EQ(points[k].at("size"), k / 2 % 2 == 0 ? 5 : 6);
    EXPECT_EQ(points[k].at("shell_layers"), k % 2);
    EXPECT_EQ(points[k].at("phase"), k % 2 == 0 ? "U" : largest_of(points[k]));
  }
  const json steps = campaign.rows({"diagram", "bare.h5", "--along", "shell_layers"});
  ASSERT_EQ(steps.size(), 4U);
  for (const json& step : steps) {
    EXPECT_EQ(step.at("below"), "U");
    EXPECT_EQ(step.at("step"), 0.5);
  }
  const json with_axis =
      campaign.rows({"diagram", "bare.h5", "--map", "shell_stiffness,shell_layers", "--where", "size == 5"});
  ASSERT_EQ(with_axis.size(), 4U);
  EXPECT_EQ(with_axis[1].at("shell_layers"), 0);
  EXPECT_EQ(with_axis[1].at("shell_stiffness"), 9);
}

std::vector<std::string> along(const std::string& axis, const std::string& where,
                               const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"diagram", "map.h5", "--along", axis, "--where", where};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_F(PhaseMaps, AlongLayersAloneHaveTheSameSteps) {
  const std::string soft = "lattice == hexagon and size == 6 and shell_stiffness == 1";
  const json steps = rows(along("shell_layers", soft));
  const json places = map("shell_layers,shell_stiffness", {"--where", soft, "--boundaries"});
  ASSERT_GE(steps.size(), 1U);
  ASSERT_EQ(steps.size(), places.size());
  for (std::size_t k = 0; k < steps.size(); ++k) {
    EXPECT_EQ(steps[k].at("along"), "shell_layers");
    EXPECT_EQ(steps[k].at("shell_stiffness"), 1);
    EXPECT_EQ(steps[k].at("step"), places[k].at("shell_layers"));
    EXPECT_EQ(steps[k].at("step_err"), places[k].at("shell_layers_err"));
    for (const char* name : {"below", "above", "low", "high", "verdict"})
      EXPECT_EQ(steps[k].at(name), places[k].at(name)) << name;
  }
}

TEST_F(PhaseMaps, AlongSizeHaveAStepForEachOfTheOtherParameters) {
  const Outcome outcome = ask(along("size", "lattice == hexagon and shell_layers == 1", {"--format", "json"}));
  EXPECT_EQ(outcome.exit_code, 0);
  const json steps = json::parse(outcome.out);
  const json points = map("size,shell_stiffness", {"--where", "lattice == hexagon and shell_layers == 1"});
  std::size_t expected = 0;
  for (std::size_t k = 1; k < points.size(); ++k) {
    const json& low = points[k - 1];
    const json& high = points[k];
    if (low.at("shell_stiffness") != high.at("shell_stiffness") || low.at("phase") == high.at("phase")) continue;
    ASSERT_LT(expected, steps.size());
    const json& step = steps[expected++];
    EXPECT_EQ(step.at("shell_stiffness"), low.at("shell_stiffness"));
    EXPECT_EQ(step.at("step").get<double>(), (low.at("size").get<double>() + high.at("size").get<double>()) / 2);
    EXPECT_EQ(step.at("step").get<double>() - step.at("step_err").get<double>(), low.at("size").get<double>());
    EXPECT_EQ(step.at("below"), low.at("phase"));
    EXPECT_EQ(step.at("above"), high.at("phase"));
  }
  EXPECT_GE(expected, 1U) << "the test is of no use without a step";
  EXPECT_EQ(steps.size(), expected);
  EXPECT_THAT(outcome.err,
              HasSubstr("shell_stiffness == 5: the dominant phase is S at all values of size from 6 to 8"));
  EXPECT_THAT(outcome.err,
              HasSubstr("4 combinations of the other parameters have one value of size only: a step needs two"));
}

TEST_F(PhaseMaps, AlongAxesWithoutTransitionsRefuseWhatHasNoMeaningThere) {
  const auto refused = [](const std::vector<std::string>& words) {
    const Outcome outcome = ask(words);
    EXPECT_NE(outcome.exit_code, 0);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  const std::string in_steps = "along size the dominant phase changes in steps: leave it out";
  EXPECT_THAT(refused(along("size", hexagons, {"--split", "0.2"})),
              HasSubstr("--split is of transitions, and " + in_steps));
  EXPECT_THAT(refused(along("size", hexagons, {"--of", "f_U"})), HasSubstr("--of is of transitions, and " + in_steps));
  EXPECT_THAT(refused(along("size", hexagons, {"--histogram"})), HasSubstr("--histogram is of transitions"));
  EXPECT_THAT(refused(along("size", hexagons, {"--output", "p.png"})), HasSubstr("--output is of transitions"));
  EXPECT_THAT(refused(along("size", "shell_layers == 0")), HasSubstr("--along: size '3x4x5' is no number"));
  EXPECT_THAT(refused(along("composition", hexagons)),
              HasSubstr("no chains that differ in composition alone: a step needs two values of it at least"));
}

TEST_F(PhaseMaps, InTimeFollowExchange) {
  const json points = map("time,delta_mu");
  ASSERT_EQ(points.size(), 6U);
  for (const json& point : points) {
    EXPECT_EQ(point.at("phase"), largest_of(point));
    EXPECT_FALSE(point.contains("verdict")) << "a matter of equilibrium";
    const bool all_is_exchanged = point.at("time") == 1000;
    if (all_is_exchanged) {
      EXPECT_EQ(point.at("phase"), "U");
    }
  }
  const json places = map("time,delta_mu", {"--boundaries"});
  ASSERT_GE(places.size(), 2U);
  for (const json& place : places) EXPECT_EQ(place.at("kind"), "step");
}

// Trajectories whose exchange ends at different times are no replicas of each other.
TEST_F(PhaseMaps, InTimeAverageOverLikeTrajectoriesOnly) {
  testing_tools::CampaignFolder folder("until.yaml");
  folder.write(
      "name: until\ndefaults: {method: exchange, lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -20, "
      "times: [1000], replicas: 2}\nscans:\n  - {name: never, exchange_until: 0}\n"
      "  - {name: long, exchange_until: 1000}\n");
  ASSERT_EQ(folder.run("until.h5").exit_code, 0);
  const json points = folder.answer({"diagram", "until.h5", "--map", "time,delta_mu", "--format", "json"});
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].at("exchange_until"), 0);
  EXPECT_EQ(points[1].at("exchange_until"), 1000);
}

TEST_F(PhaseMaps, OfOldArchivesAreOfWhatTheyHave) {
  const std::string old = std::string(NXMC_TEST_DATA) + "/archive_format_2.h5";
  const json points = rows({"diagram", old, "--map", "shell_stiffness,temperature", "--where", "lattice == hexagon"});
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].at("phase"), "S");
  const Outcome unfinished = ask({"diagram", old, "--map", "time,delta_mu", "--where", "scan == pulse"});
  EXPECT_EQ(unfinished.exit_code, 0);
  EXPECT_THAT(unfinished.out, HasSubstr("-20"));
}

TEST_F(PhaseMaps, OfRunningCampaignsSayWhatIsMissing) {
  testing_tools::CampaignFolder folder("running.yaml");
  const std::string done =
      "name: running\ndefaults: {method: equilibrium, lattice: hexagon, size: 4, temperature: 0.2, shell_layers: 1, "
      "equilibration_sweeps: 10}\nscans:\n  - {name: done, shell_stiffness: [1, 5], measured_sweeps: 100}\n";
  folder.write(done);
  ASSERT_EQ(folder.run("r.h5").exit_code, 0);
  folder.write(done + "  - {name: held, shell_stiffness: [7, 9], measured_sweeps: 1000}\n");
  const testing_tools::Gate gate;
  const testing_tools::RunningProgram run({NXMC_AT_GATE, "run", "running.yaml", "--archive", "r.h5"},
                                          gate.environment(), folder.directory());
  Outcome outcome;
  EXPECT_TRUE(testing_tools::becomes_so([&] {
    outcome = folder.ask({"diagram", "r.h5", "--map", "shell_stiffness,size", "--format", "json"});
    return outcome.err.find("2 points have no results yet: the map is of what is there") != std::string::npos;
  })) << outcome.err
      << run.err();
  EXPECT_EQ(json::parse(outcome.out).size(), 2U);
}

TEST_F(PhaseMaps, WithoutABoundarySaySo) {
  const Outcome outcome = ask({"diagram", "map.h5", "--map", "shell_stiffness,size", "--boundaries", "--where",
                               "lattice == hexagon and shell_stiffness == 5"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("no boundary: along shell_stiffness the dominant phase nowhere changes"));
}

TEST_F(PhaseMaps, RefuseWhatTheyCannotShow) {
  const auto refused = [](const std::vector<std::string>& more) {
    std::vector<std::string> words{"diagram", "map.h5"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = ask(words);
    EXPECT_NE(outcome.exit_code, 0);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  EXPECT_THAT(refused({"--map", "size,lattice"}), HasSubstr("'lattice' is no axis of maps"));
  EXPECT_THAT(refused({"--map", "size,temperature"}),
              HasSubstr("--map: size '3x4x5' is no number: choose crystals whose sizes are, with --where"));
  EXPECT_THAT(refused({"--map", "size,temperature", "--where", "size == 77"}),
              HasSubstr("no equilibrium chains with results that a map of size,temperature could show"));
  EXPECT_THAT(refused({"--map", "shell_stiffness,size", "--split", "0.2"}), HasSubstr("add --boundaries"));
  EXPECT_THAT(refused({"--map", "time,delta_mu", "--boundaries", "--split", "0.2"}),
              HasSubstr("along time boundaries are steps: leave it out"));
  EXPECT_THAT(refused({"--boundaries"}), HasSubstr("--map"));
  EXPECT_THAT(refused({"--map", "shell_stiffness,size", "--along", "temperature"}), HasSubstr("--along"));
  for (const char* what : {"--map=shell_stiffness,temperature", "--along=shell_stiffness", "--along=shell_layers"})
    EXPECT_THAT(refused({what, "--columns", "size,lyne", "--where", "size == 77"}),
                HasSubstr("there is no column 'lyne'"))
        << "said before anything is looked for";
}

}  // namespace
}  // namespace nxmc

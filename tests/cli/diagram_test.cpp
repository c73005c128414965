// `nxmc diagram`: places and heights against complete enumeration, and what it says where there is no transition.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "enumerated_core.hpp"
#include "finished_campaign.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/statistics/curve.hpp"

namespace nxmc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_tools::expect_within_errors;
using testing_tools::Outcome;

// Bonds hold like sites together: f_U falls with the temperature, and its variance has a peak.
constexpr const char* melting_campaign = R"(name: melting
seed: 11
defaults: {method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, shell_stiffness: 4, equilibration_sweeps: 500,
           measured_sweeps: 20000, samples: {every: 10, at_most: 2000}, measure_every: {phases: 10, areas: 0},
           interaction: {elastic: 1, ising: 0.6}, start: [random, segregated]}
scans:
  - {name: melting, temperature: [1, 1.5, 2, 2.6]}
  - {name: cold, temperature: [0.5, 0.6], composition: 0.3}
  - {name: shells, temperature: 1.6, shell_stiffness: [2, 4, 8]}
  - {name: columns, lattice: cube, composition: 0.1482, shell_stiffness: 8, temperature: [0.8, 1.3, 2, 3.5],
     interaction: {elastic: 1, ising: 0}}
  - {name: alone, temperature: 1, composition: 0.7}
  - {name: bonds, temperature: 1.4, ladder: {along: ising}, interaction: [{elastic: 1, ising: 0}, {elastic: 1, ising: 0.3},
     {elastic: 1, ising: 0.6}, {elastic: 1, ising: 1}]}
  - {name: bypass, start: random, ladder: {along: [shell_stiffness, temperature]}, zip: [shell_stiffness, temperature],
     shell_stiffness: [1, 3, 9], temperature: [1, 1.6, 1]}
)";

class Diagram : public testing_tools::OfFinishedCampaign<Diagram> {
 public:
  static constexpr const char* campaign_name = "melting";
  static constexpr const char* campaign = melting_campaign;

 protected:
  static nlohmann::json only_row(const std::vector<std::string>& arguments) {
    const nlohmann::json rows = OfFinishedCampaign::rows(arguments);
    EXPECT_EQ(rows.size(), 1U);
    return rows.at(0);
  }
};

/// Exact functions of the place, of 9 A on 19 sites.
class ExactCurve {
 public:
  double variance(double shell_stiffness, double temperature, double ising = usual_ising) {
    const std::vector<double> p = probabilities(shell_stiffness, temperature, ising);
    double mean = 0;
    double square = 0;
    for (std::size_t n = 0; n < p.size(); ++n) {
      const double f_u = core_.phases()[n].united();
      mean += p[n] * f_u;
      square += p[n] * f_u * f_u;
    }
    return square - mean * mean;
  }
  double weight_above(double shell_stiffness, double temperature, double split) {
    const std::vector<double> p = probabilities(shell_stiffness, temperature, usual_ising);
    double weight = 0;
    for (std::size_t n = 0; n < p.size(); ++n)
      if (core_.phases()[n].united() > split) weight += p[n];
    return weight;
  }

 private:
  static constexpr double usual_ising = 0.6;

  std::vector<double> probabilities(double shell_stiffness, double temperature, double ising) {
    if (shell_stiffness != shell_stiffness_) elastic_ = core_.elastic(shell_stiffness, Hamiltonian::exact);
    shell_stiffness_ = shell_stiffness;
    return core_.probabilities(elastic_, temperature, ising);
  }

  testing_tools::EnumeratedCore core_{testing_tools::hexagon(3, 1), 9};
  double shell_stiffness_ = 0;
  std::vector<double> elastic_;
};

TEST_F(Diagram, FindsThePeakAndTheEqualWeightOfCompleteEnumeration) {
  ExactCurve exact;
  const nlohmann::json row =
      only_row({"diagram", "melting.h5", "--along", "temperature", "--where", "scan == melting", "--split", "0.05"});
  const auto peak = maximum([&](double t) { return exact.variance(4, t); }, 1, 2.6);
  ASSERT_TRUE(peak && !peak->at_end) << "the test is of no use without a peak";
  expect_within_errors(row, "variance_peak", peak->place, 0.1);
  expect_within_errors(row, "peak_height", peak->height, 0.01);
  const auto place = root([&](double t) { return exact.weight_above(4, t, 0.05) - 0.5; }, 1, 2.6);
  ASSERT_TRUE(place) << "the test is of no use without equal weights";
  expect_within_errors(row, "equal_weight", *place, 0.1);
  EXPECT_EQ(row.at("verdict"), "converged");
  EXPECT_EQ(row.at("along"), "temperature");
  EXPECT_GT(row.at("crossings"), 100);
  EXPECT_GT(row.at("jump_f_U"), 0.1);
}

TEST_F(Diagram, AlongTheStrengthOfBondsFindsThePeakOfCompleteEnumeration) {
  ExactCurve exact;
  const auto peak = maximum([&](double ising) { return exact.variance(4, 1.4, ising); }, 0, 1);
  ASSERT_TRUE(peak && !peak->at_end) << "the test is of no use without a peak";
  const nlohmann::json row = only_row({"diagram", "melting.h5", "--along", "ising", "--where", "scan == bonds"});
  expect_within_errors(row, "variance_peak", peak->place, 0.1);
  expect_within_errors(row, "peak_height", peak->height, 0.01);
  EXPECT_EQ(row.at("interaction"), "elastic");
  EXPECT_EQ(row.at("verdict"), "converged");
  EXPECT_GT(row.at("round_trips"), 10);
}

TEST_F(Diagram, ComesFromLaddersOfWhichTablesSayAlongWhat) {
  const nlohmann::json bonds =
      rows({"query", "melting.h5", "--ladders", "--where", "scan == bonds and start == random"});
  ASSERT_EQ(bonds.size(), 3U);
  EXPECT_EQ(bonds.at(2).at("along"), "ising");
  EXPECT_EQ(bonds.at(2).at("from"), 0.6);
  EXPECT_EQ(bonds.at(2).at("to"), 1);
  EXPECT_GT(bonds.at(0).at("round_trips"), 10);
  const nlohmann::json bypass = rows({"query", "melting.h5", "--ladders", "--where", "scan == bypass"});
  ASSERT_EQ(bypass.size(), 2U);
  EXPECT_EQ(bypass.at(0).at("along"), "shell_stiffness");
  EXPECT_EQ(bypass.at(1).at("from"), 3);
  EXPECT_TRUE(bypass.at(0).at("temperature").is_null()) << "it differs from rung to rung";
  EXPECT_GT(bypass.at(0).at("round_trips"), 10);
}

/// Variance of f_C of 4 A on 27 sites, of which one counts.
double exact_variance_of_columns(const testing_tools::EnumeratedCore& core, const std::vector<double>& elastic,
                                 double temperature) {
  const std::vector<double> p = core.probabilities(elastic, temperature, 0);
  const auto f_c = std::ranges::find(fraction_columns(), "f_C", &FractionColumn::name) - fraction_columns().begin();
  double mean = 0;
  for (std::size_t n = 0; n < p.size(); ++n)
    mean += p[n] * values_of_columns(core.phases()[n], 3)[static_cast<std::size_t>(f_c)];
  return mean * (1 - mean);  // f_C is 0 or 1
}

TEST_F(Diagram, OfCubesFindsThePeakOfColumnsOfCompleteEnumeration) {
  const testing_tools::EnumeratedCore core(testing_tools::box(3, 3, 3, 1), 4);
  const std::vector<double> elastic = core.elastic(8, Hamiltonian::exact);
  const auto peak = maximum([&](double t) { return exact_variance_of_columns(core, elastic, t); }, 0.8, 3.5);
  ASSERT_TRUE(peak && !peak->at_end) << "the test is of no use without a peak";
  const nlohmann::json row =
      only_row({"diagram", "melting.h5", "--along", "temperature", "--where", "scan == columns"});
  EXPECT_EQ(row.at("order_parameter"), "f_C");
  expect_within_errors(row, "variance_peak", peak->place, 0.3);
  expect_within_errors(row, "peak_height", peak->height, 0.004);
  EXPECT_TRUE(row.contains("jump_f_C"));
  EXPECT_FALSE(row.contains("jump_f_U"));
}

TEST_F(Diagram, LooksAtTheOrderParameterThatItIsAskedFor) {
  const std::vector<std::string> cubes{"diagram", "melting.h5",      "--along", "temperature",
                                       "--where", "scan == columns", "--of",    "f_U"};
  const nlohmann::json of_cubes = only_row(cubes);
  EXPECT_EQ(of_cubes.at("order_parameter"), "f_U");
  EXPECT_TRUE(of_cubes.contains("jump_f_U"));
  const Outcome flat = ask({"diagram", "melting.h5", "--where", "scan == shells", "--of", "f_C"});
  EXPECT_EQ(flat.exit_code, 0);
  EXPECT_THAT(flat.err, HasSubstr("hexagon 3: in 2D there is no f_C: leave --of out"));
  const Outcome unknown = ask({"diagram", "melting.h5", "--of", "f_D"});
  EXPECT_NE(unknown.exit_code, 0);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("f_U"), HasSubstr("f_C")));
}

// Energies at stiffnesses that no chain had are interpolated between kernels.
TEST_F(Diagram, FindsTheEqualWeightOfCompleteEnumerationAlongTheStiffness) {
  ExactCurve exact;
  const nlohmann::json row = only_row({"diagram", "melting.h5", "--where", "scan == shells", "--split", "0.05"});
  EXPECT_EQ(row.at("along"), "shell_stiffness");
  EXPECT_EQ(row.at("temperature"), 1.6);
  const auto place = root([&](double k) { return exact.weight_above(k, 1.6, 0.05) - 0.5; }, 2, 8);
  ASSERT_TRUE(place) << "the test is of no use without equal weights";
  std::printf("equal weight at %.3f, exact %.3f\n", row.at("equal_weight").get<double>(), *place);
  expect_within_errors(row, "equal_weight", *place, 0.6);
}

// One broad peak has no sides: whatever split them would decide where they weigh the same.
TEST_F(Diagram, ComparesNoSidesThatItCannotTellApart) {
  const Outcome outcome = ask({"diagram", "melting.h5", "--where", "scan == shells", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0);
  const nlohmann::json row = nlohmann::json::parse(outcome.out).at(0);
  for (const char* name : {"equal_weight", "equal_height", "equal_height_err", "jump_f_U", "jump_energy", "split"})
    EXPECT_TRUE(row.at(name).is_null()) << name;
  EXPECT_THAT(outcome.err, HasSubstr("hexagon 3: "));
}

TEST_F(Diagram, SaysInWordsWhyThereIsNoTransition) {
  const Outcome cold = ask({"diagram", "melting.h5", "--along", "temperature", "--where", "scan == cold"});
  EXPECT_EQ(cold.exit_code, 0);
  EXPECT_THAT(cold.out, HasSubstr("none"));
  EXPECT_THAT(cold.err, HasSubstr("hexagon 3: var f_U is largest at temperature = "));
  const auto row = only_row({"diagram", "melting.h5", "--along", "temperature", "--where", "scan == cold"});
  for (const char* name : {"variance_peak", "equal_weight", "equal_height", "jump_f_U"}) {
    EXPECT_TRUE(row.at(name).is_null()) << name;
    EXPECT_TRUE(row.at(name + std::string("_err")).is_null()) << name;
  }
  const Outcome alone = ask({"diagram", "melting.h5", "--along", "temperature", "--where", "scan == alone"});
  EXPECT_EQ(alone.exit_code, 1);
  EXPECT_THAT(alone.err, HasSubstr("no chains that differ in temperature alone: a transition needs two values"));
  const Outcome fixed = ask({"diagram", "melting.h5", "--along", "delta_mu"});
  EXPECT_EQ(fixed.exit_code, 1);
  EXPECT_THAT(fixed.err, HasSubstr("all chains have a fixed composition, on which delta_mu does not act: transitions "
                                   "along it are those of scans with 'ensemble: semigrand'"));
  for (const char* split : {"0", "1", "5", "-1", "nan"}) {
    const Outcome refused = ask({"diagram", "melting.h5", std::string("--split=") + split});
    EXPECT_EQ(refused.exit_code, 2) << split;
    EXPECT_THAT(refused.err, HasSubstr("--split: must be a fraction of sites between 0 and 1")) << split;
  }
  const Outcome axis = ask({"diagram", "melting.h5", "--along", "lattice"});
  EXPECT_NE(axis.exit_code, 0);
  for (const char* name : {"shell_stiffness", "temperature", "size", "shell_layers", "composition"})
    EXPECT_THAT(axis.err, HasSubstr(name));
}

TEST_F(Diagram, TellsProgramsInAColumnWhatItTellsPeopleInSentences) {
  const std::vector<std::string> question{"diagram", "melting.h5", "--along", "temperature", "--where", "scan == cold"};
  const Outcome words = ask(question);
  EXPECT_THAT(words.out, Not(HasSubstr("remark")));
  const std::string remark = only_row(question).at("remark");
  EXPECT_FALSE(remark.empty());
  EXPECT_THAT(words.err, HasSubstr(": " + remark + "\n"));
  std::vector<std::string> asked_for = question;
  asked_for.insert(asked_for.end(), {"--columns", "order,remark"});
  EXPECT_THAT(ask(asked_for).out, HasSubstr(remark));
}

TEST_F(Diagram, NamesWhatTellsItsRowsApart) {
  const Outcome both = ask({"diagram", "melting.h5", "--along", "temperature", "--where", "scan in [melting, cold]"});
  EXPECT_EQ(both.exit_code, 0) << both.err;
  EXPECT_THAT(both.err, HasSubstr("hexagon 3 (composition 0.3"));
  EXPECT_THAT(both.err, HasSubstr("): var f_U is largest at temperature = "));
}

TEST_F(Diagram, FindsASlipInColumnsBeforeAllWork) {
  for (const char* command : {"diagram", "reweight"}) {
    std::vector<std::string> words{command, "melting.h5", "--where", "size == 77", "--columns", "equal_wait,ovrlap"};
    if (command == std::string("reweight")) words.insert(words.end(), {"--at", "temperature=1"});
    const Outcome outcome = ask(words);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("there is no column '")) << "not that no chain fulfils the condition";
  }
  const nlohmann::json row =
      only_row({"diagram", "melting.h5", "--where", "scan == shells", "--columns", "jump_f_C,size"});
  EXPECT_TRUE(row.at("jump_f_C").is_null()) << "a column that no crystal here has";
  EXPECT_THAT(ask({"diagram", "melting.h5", "--histogram", "--columns", "equal_weight"}).err,
              HasSubstr("there is no column 'equal_weight'"));
}

TEST_F(Diagram, WholeNumbersAreWhole) {
  const auto expect_whole = [](std::vector<std::string> words, const std::vector<std::string>& names) {
    words.insert(words.end(), {"--where", "scan == shells"});
    const nlohmann::json found = rows(words);
    ASSERT_FALSE(found.empty());
    for (const std::string& name : names) EXPECT_TRUE(found[0].at(name).is_number_integer()) << name;
  };
  expect_whole({"diagram", "melting.h5"}, {"size", "shell_layers", "crossings"});
  expect_whole({"reweight", "melting.h5", "--at", "shell_stiffness=3"}, {"size", "shell_layers"});
  expect_whole({"diagram", "melting.h5", "--map", "shell_stiffness,size"}, {"size", "shell_layers"});
  expect_whole({"diagram", "melting.h5", "--map", "shell_layers,shell_stiffness"}, {"size", "shell_layers"});
}

/// Of the histograms of all melting campaigns that begin with these seeds: (density - exact) / error of each bin.
std::vector<double> pulls_of_histograms(ExactCurve& exact, int seeds) {
  std::vector<double> pulls;
  for (int seed = 1; seed <= seeds; ++seed) {
    const testing_tools::FinishedCampaign melting("melting", fmt::format(R"(name: melting
seed: {}
scans:
  - {{name: melting, method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, shell_stiffness: 4,
     equilibration_sweeps: 500, measured_sweeps: 4000, samples: {{every: 10}}, measure_every: {{phases: 10, areas: 0}},
     interaction: {{elastic: 1, ising: 0.6}}, start: [random, segregated], temperature: [1, 1.5, 2, 2.6]}}
)",
                                                                         seed));
    for (const auto& bin : melting.rows({"diagram", "melting.h5", "--along", "temperature", "--histogram"})) {
      const double width = bin.at("width");
      const double centre = bin.at("centre");
      const double error = bin.at("density_err");
      if (error == 0) continue;  // a value that no sample has
      const double share = exact.weight_above(4, bin.at("place"), centre - width / 2) -
                           exact.weight_above(4, bin.at("place"), centre + width / 2);
      pulls.push_back((bin.at("density").get<double>() - share / width) / error);
    }
  }
  return pulls;
}

TEST_F(Diagram, HistogramsHaveTheErrorsThatTheirSeedsScatterBy) {
  ExactCurve exact;
  const std::vector<double> pulls = pulls_of_histograms(exact, 6);
  ASSERT_GE(pulls.size(), 12U);
  double squares = 0;
  for (const double pull : pulls) squares += pull * pull;
  const double scatter = std::sqrt(squares / static_cast<double>(pulls.size()));
  std::printf("%zu bins scatter by %.2f of their errors\n", pulls.size(), scatter);
  EXPECT_GT(scatter, 0.55);
  EXPECT_LT(scatter, 1.3);
}

TEST_F(Diagram, HistogramsAreAtTheTransitionAndAddUpToOne) {
  const std::vector<std::string> melting{"diagram",     "melting.h5", "--along",
                                         "temperature", "--where",    "scan == melting"};
  for (const bool split : {true, false}) {
    std::vector<std::string> question = melting;
    if (split) question.insert(question.end(), {"--split", "0.05"});
    const nlohmann::json transition = only_row(question);
    question.emplace_back("--histogram");
    const nlohmann::json bins = rows(question);
    ASSERT_GE(bins.size(), 3U);
    double sum = 0;
    for (std::size_t k = 0; k < bins.size(); ++k) {
      const nlohmann::json& bin = bins[k];
      sum += bin.at("density").get<double>() * bin.at("width").get<double>();
      EXPECT_NEAR(bin.at("centre"), static_cast<double>(k) / 7, 1e-12) << "a bin for each number of 7 inner sites";
      EXPECT_EQ(bin.at("kind"), split ? "equal weight" : "variance peak");
      EXPECT_EQ(bin.at("place"), transition.at(split ? "equal_weight" : "variance_peak"));
      for (const char* same : {"shell_stiffness", "size", "along", "split", "order", "verdict"})
        EXPECT_EQ(bin.at(same), transition.at(same)) << same;
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

TEST_F(Diagram, WithoutATransitionThereIsNoHistogramAndItIsSaidWhy) {
  const Outcome cold = ask({"diagram", "melting.h5", "--along", "temperature", "--where", "scan == cold", "--histogram",
                            "--format", "json"});
  EXPECT_EQ(cold.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(cold.out).size(), 0U);
  EXPECT_THAT(cold.err, HasSubstr("hexagon 3: var f_U is largest at temperature = "));
  const Outcome map = ask({"diagram", "melting.h5", "--map", "temperature,size", "--histogram"});
  EXPECT_NE(map.exit_code, 0);
  EXPECT_THAT(map.err, AllOf(HasSubstr("--map"), HasSubstr("--histogram")));
}

// Between a place that hangs together with no other and the rest everything is possible, also a large variance.
TEST(DiagramBesideAFarPoint, FindsTheTransitionWhereSamplesTellOfEachOther) {
  const testing_tools::FinishedCampaign campaign(
      "beside",
      "name: beside\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, "
      "temperature: "
      "0.2, shell_stiffness: [0.3, 2.2, 2.5, 2.8, 3.1, 3.3, 3.5], start: [random, segregated], equilibration_sweeps: "
      "500, measured_sweeps: 4000}\n");
  const auto found = [&](const std::string& where) {
    return campaign.rows({"diagram", "beside.h5", "--where", where}).at(0);
  };
  const nlohmann::json near = found("shell_stiffness > 1");
  const nlohmann::json all = found("shell_stiffness > 0");
  ASSERT_TRUE(all.at("variance_peak").is_number());
  EXPECT_NEAR(all.at("variance_peak"), near.at("variance_peak"), 0.02);
  EXPECT_LT(all.at("variance_peak_err"), 1.5 * near.at("variance_peak_err").get<double>());
  EXPECT_EQ(all.at("order"), near.at("order"));

  const auto words = [&](const std::string& where) {
    return campaign.ask({"diagram", "beside.h5", "--where", where}).err;
  };
  EXPECT_THAT(words("shell_stiffness > 0"), Not(HasSubstr("no overlap")));
  EXPECT_THAT(
      words("shell_stiffness < 1 or shell_stiffness > 3.2"),
      HasSubstr("var f_U is largest at shell_stiffness = 3.3, which has no overlap with 0.3: measure between them"));
  EXPECT_THAT(
      words("shell_stiffness < 3.2 and shell_stiffness != 2.2 and shell_stiffness != 2.5"),
      HasSubstr("f_U changes more between shell_stiffness = 0.3 and 2.8, which have no overlap: measure between them"));

  const nlohmann::json apart = found("shell_stiffness == 0.3 or shell_stiffness == 3.5");
  EXPECT_EQ(apart.at("remark"), "no overlap between the points: measure between them");
  for (const char* name : {"variance_peak", "equal_weight", "peak_height", "jump_f_U", "split", "r_hat"})
    EXPECT_TRUE(apart.at(name).is_null()) << name << ": what nobody has measured is no number";
}

TEST_F(Diagram, PrintsTheSameOnEveryLook) {
  const std::vector<std::string> look{"diagram", "melting.h5", "--where", "scan == shells"};
  EXPECT_EQ(ask(look).out, ask(look).out);
}

}  // namespace
}  // namespace nxmc

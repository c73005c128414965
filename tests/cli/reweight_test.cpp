// `nxmc reweight`, from a campaign to its numbers: against complete enumeration, against chains at the target itself,
// and what it says where there is nothing to say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "enumerated_core.hpp"
#include "finished_campaign.hpp"
#include "gate/gate.hpp"

namespace nxmc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_tools::expect_within_errors;
using testing_tools::Outcome;
namespace fs = std::filesystem;

constexpr const char* reach_campaign = R"(name: reach
seed: 3
defaults: {method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, equilibration_sweeps: 500, measured_sweeps: 20000,
           samples: {every: 10, at_most: 2000}, measure_every: {phases: 10, areas: 0}, replicas: 2}
scans:
  - {name: exact, shell_stiffness: [2, 6], temperature: [0.6, 0.8], start: [random, segregated]}
  - {name: published, shell_stiffness: [2, 6], temperature: 0.6, hamiltonian: published}
  - {name: bonds, shell_stiffness: 2, temperature: 0.7, interaction: {elastic: 1, ising: 0.05}}
  - {name: frozen, size: 6, shell_stiffness: [2, 3], temperature: 0.05, composition: 0.4, start: [random, segregated], replicas: 1,
     equilibration_sweeps: 0, measured_sweeps: 2000}
  - {name: without, shell_stiffness: 3, temperature: 0.6, composition: 0.3, samples: none}
)";

/// The archive of the campaign, run once for all tests.
class Reweight : public testing_tools::OfFinishedCampaign<Reweight> {
 public:
  static constexpr const char* campaign_name = "reach";
  static constexpr const char* campaign = reach_campaign;

 protected:
  /// The row with these words and numbers.
  static nlohmann::json row_of(const nlohmann::json& rows, const nlohmann::json& wanted) {
    for (const nlohmann::json& row : rows) {
      const bool fits =
          std::ranges::all_of(wanted.items(), [&](const auto& item) { return row.at(item.key()) == item.value(); });
      if (fits) return row;
    }
    ADD_FAILURE() << "no row with " << wanted << " in " << rows;
    return {};
  }
};

struct Exact {
  double f_u = 0;
  double f_u_var = 0;
  double f_s1 = 0;
  double energy = 0;
};

/// Averages over every configuration of the core with 9 A of 19 sites.
Exact enumerate(double shell_stiffness, double temperature, double ising, Hamiltonian hamiltonian) {
  static const testing_tools::EnumeratedCore core(testing_tools::hexagon(3, 1), 9);
  const std::vector<double> weights = core.probabilities(shell_stiffness, temperature, ising, hamiltonian);
  const std::vector<double> stated = core.elastic(shell_stiffness, Hamiltonian::exact);
  Exact sums;
  double squares = 0;
  for (std::size_t n = 0; n < weights.size(); ++n) {
    const double f_u = core.phases()[n].united();
    sums.f_u += weights[n] * f_u;
    squares += weights[n] * f_u * f_u;
    sums.f_s1 += weights[n] * core.phases()[n].of(Phase::S1);
    sums.energy += weights[n] * (stated[n] - ising * core.bonds()[n]);
  }
  sums.f_u_var = squares - sums.f_u * sums.f_u;
  return sums;
}

void expect_exact(const nlohmann::json& row, const Exact& exact) {
  EXPECT_EQ(row.at("verdict"), "reweighted");
  expect_within_errors(row, "f_U", exact.f_u, 0.01);
  expect_within_errors(row, "f_U_var", exact.f_u_var, 0.01);
  expect_within_errors(row, "f_S1", exact.f_s1, 0.01);
  expect_within_errors(row, "energy", exact.energy, 0.05);
}

TEST_F(Reweight, GivesWhatCompleteEnumerationGives) {
  const nlohmann::json found = rows(
      {"reweight", "reach.h5", "--where", "scan == exact", "--at", "shell_stiffness=[2, 4], temperature=0.6:0.8:0.1"});
  EXPECT_EQ(found.size(), 6U);
  for (const double stiffness : {2.0, 4.0})
    for (const double temperature : {0.6, 0.7, 0.8})
      expect_exact(row_of(found, {{"shell_stiffness", stiffness}, {"temperature", temperature}}),
                   enumerate(stiffness, temperature, 0, Hamiltonian::exact));
}

// Samples of one Hamiltonian tell about the other, and about bonds.
TEST_F(Reweight, ReachesOtherHamiltoniansAndBonds) {
  const nlohmann::json found =
      rows({"reweight", "reach.h5", "--where", "composition == 0.5", "--at",
            "shell_stiffness=3, temperature=0.65, ising=[0, 0.03], hamiltonian=[exact, published]"});
  EXPECT_EQ(found.size(), 4U);
  for (const double ising : {0.0, 0.03}) {
    const std::string interaction = ising == 0 ? "elastic" : "elastic:1+ising:0.03";
    for (const std::string hamiltonian : {"exact", "published"})
      expect_exact(row_of(found, {{"interaction", interaction}, {"hamiltonian", hamiltonian}}),
                   enumerate(3, 0.65, ising, hamiltonian == "exact" ? Hamiltonian::exact : Hamiltonian::published));
  }
}

TEST_F(Reweight, AgreesWithTheAveragesOfChainsWhereTheyWereMeasured) {
  const nlohmann::json measured =
      rows({"query", "reach.h5", "--where", "scan == exact", "--group-by", "shell_stiffness,temperature"});
  const nlohmann::json found = rows(
      {"reweight", "reach.h5", "--where", "scan == exact", "--at", "shell_stiffness=[2, 6], temperature=[0.6, 0.8]"});
  ASSERT_EQ(found.size(), 4U);
  for (const nlohmann::json& row : measured) {
    const nlohmann::json same =
        row_of(found, {{"shell_stiffness", row.at("shell_stiffness")}, {"temperature", row.at("temperature")}});
    for (const std::string name : {"f_U", "energy", "f_0"}) {
      const double error = std::hypot(row.at(name + "_err").get<double>(), same.at(name + "_err").get<double>());
      EXPECT_NEAR(same.at(name).get<double>(), row.at(name).get<double>(), 4 * error) << name;
      EXPECT_LT(same.at(name + "_err").get<double>(), 1.5 * row.at(name + "_err").get<double>())
          << "other states add to what is known";
    }
  }
}

TEST_F(Reweight, SaysNothingWithoutOverlapAndWhatWouldHelp) {
  const Outcome outcome =
      ask({"reweight", "reach.h5", "--where", "scan == exact", "--at", "temperature=0.6, ising=[0, 5]", "--columns",
           "shell_stiffness,interaction,f_U,f_U_err,verdict", "--format", "csv"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("2,elastic:1+ising:5,,,no overlap\n"),
                                 HasSubstr("6,elastic:1+ising:5,,,no overlap\n"), Not(HasSubstr("elastic,,"))));
  EXPECT_THAT(outcome.err,
              HasSubstr("no overlap at 2 points: the samples do not reach ising 5; the nearest are of ising "
                        "0. Chains at ising 2.5 would help"));
}

// Chains that stay where they began: each has a small error of its own, and none of them can be believed.
TEST_F(Reweight, SaysWhereChainsOfTheSameParametersDisagree) {
  const Outcome outcome = ask({"reweight", "reach.h5", "--where", "scan == frozen", "--at", "shell_stiffness=[2, 3]",
                               "--columns", "shell_stiffness,r_hat,verdict", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0);
  const nlohmann::json rows = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(rows.size(), 2U);
  for (const nlohmann::json& row : rows) {
    EXPECT_EQ(row.at("verdict"), "metastable");
    EXPECT_GT(row.at("r_hat"), 1.05);
  }
  EXPECT_THAT(outcome.err, HasSubstr("at 2 points chains of the same parameters disagree (r_hat above 1.05)"));
}

TEST_F(Reweight, OfACampaignThatIsStillRunningAnswersFromWhatIsThereAndSaysSo) {
  const testing_tools::Gate gate;
  std::string wider = campaign;
  wider.replace(wider.find("temperature: 0.7,"), 17, "temperature: 0.7, replicas: 5,");
  testing_tools::write_file(folder() / "wider.yaml", wider);
  fs::copy_file(folder() / "reach.h5", folder() / "wider.h5");
  const testing_tools::RunningProgram run({NXMC_AT_GATE, "run", "wider.yaml", "--archive", "wider.h5"},
                                          gate.environment(), folder());
  const std::vector<std::string> look{"reweight", "wider.h5", "--where", "scan == bonds", "--at", "temperature=0.7"};
  Outcome outcome;
  EXPECT_TRUE(testing_tools::becomes_so([&] {
    outcome = ask(look);
    return outcome.err.find("3 chains have no results yet: the answer is from what is there") != std::string::npos;
  })) << outcome.err
      << run.err();
  EXPECT_THAT(outcome.out, HasSubstr("reweighted"));
}

TEST_F(Reweight, PrintsTheSameOnEveryLook) {
  const std::vector<std::string> look{"reweight", "reach.h5", "--where", "scan == exact", "--at", "shell_stiffness=3"};
  EXPECT_EQ(ask(look).out, ask(look).out);
}

TEST_F(Reweight, RefusesWhatItCannotAnswerWithOneClearMessage) {
  const auto refusal = [](const std::string& at, const std::string& where = "") {
    std::vector<std::string> arguments{"reweight", "reach.h5", "--at", at};
    if (!where.empty()) arguments.insert(arguments.end(), {"--where", where});
    const Outcome outcome = ask(arguments);
    EXPECT_NE(outcome.exit_code, 0) << at;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err.find("nxmc: "), outcome.err.rfind("nxmc: ")) << outcome.err;
    return outcome.err;
  };
  EXPECT_THAT(refusal("shel_stiffness=3"), HasSubstr("did you mean 'shell_stiffness'?"));
  EXPECT_THAT(refusal("size=3"), HasSubstr("configurations cannot be reweighted in 'size'"));
  EXPECT_THAT(refusal("temperature"), HasSubstr("'temperature' is no 'parameter=value'"));
  EXPECT_THAT(refusal("temperature=warm"), HasSubstr("'warm' of temperature is no number"));
  EXPECT_THAT(refusal("temperature=-1"), HasSubstr("temperature must be positive"));
  EXPECT_THAT(refusal("temperature=1:2:-0.1"), HasSubstr("never reaches its end"));
  EXPECT_THAT(refusal("temperature=0.1:9:1e-9"), HasSubstr("more than 10000 values"));
  EXPECT_THAT(refusal("temperature=[0.2"), HasSubstr("has no ']'"));
  EXPECT_THAT(refusal("temperature=0.2, temperature=0.3"), HasSubstr("temperature is given twice"));
  EXPECT_THAT(refusal("hamiltonian=wrong"), HasSubstr("'wrong' is no Hamiltonian"));
  EXPECT_THAT(refusal(" "), HasSubstr("nothing is asked for"));
  EXPECT_THAT(refusal("temperature=0.3", "composition == 0.3"),
              HasSubstr("none of 2 equilibrium chains has kept samples"));
  EXPECT_THAT(refusal("temperature=0.3", "size == 9"), HasSubstr("no equilibrium chain that fulfils the condition"));
  EXPECT_THAT(refusal("temperature=0.3", "sise == 9"), HasSubstr("did you mean 'size'?"));
}

TEST_F(Reweight, OfOldArchivesSaysThatTheyKeptNoSamples) {
  const Outcome outcome =
      ask({"reweight", fs::path(NXMC_TEST_DATA) / "archive_format_1.h5", "--at", "temperature=0.3"});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("an older nxmc computed them"));
}

// Two groups of samples that hardly meet say nothing of each other, though the place between them is near to both.
TEST(ReweightedBetweenFarStates, SaysThatThereIsNoOverlap) {
  const testing_tools::FinishedCampaign campaign(
      "far",
      "name: far\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 5, shell_layers: 1, temperature: "
      "0.2, "
      "shell_stiffness: [2, 4], start: [random, segregated], equilibration_sweeps: 500, measured_sweeps: 2000}\n");
  const std::vector<std::string> between{"reweight", "far.h5", "--at", "shell_stiffness=[2, 2.75, 3]"};
  const nlohmann::json rows = campaign.rows(between);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].at("verdict"), "reweighted") << "it was measured";
  for (const nlohmann::json& row : {rows[1], rows[2]}) {
    EXPECT_EQ(row.at("verdict"), "no overlap");
    EXPECT_TRUE(row.at("f_U").is_null());
  }
  EXPECT_THAT(campaign.ask(between).err, HasSubstr("no overlap at 2 points"));
  const Outcome diagram = campaign.ask({"diagram", "far.h5"});
  EXPECT_THAT(diagram.err, HasSubstr("no overlap between the points: measure between them"));
}

}  // namespace
}  // namespace nxmc

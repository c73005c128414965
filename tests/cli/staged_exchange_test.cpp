// Exchange in stages, from a campaign to its answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "finished_campaign.hpp"
#include "mpirun.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class StagedExchange : public testing_tools::OfFinishedCampaign<StagedExchange> {
 public:
  static constexpr const char* campaign_name = "cycles";
  static constexpr const char* campaign = R"(name: cycles
seed: 5
defaults: {method: exchange, lattice: hexagon, size: 4, replicas: 3}
scans:
  - {name: cycles, temperature: [0.2, 0.3],
     stages: {repeat: 2, stages: [{until: 50, delta_mu: -20}, {until: 100, delta_mu: 20}]}, times: [50, 100, 150, 200]}
  - {name: plain, temperature: 0.2, delta_mu: -20, times: [50, 100]}
  - {name: rules, temperature: 0.2, delta_mu: -20, rates: {rule: metropolis}, stages: [{until: 5}, {delta_mu: 20}], times: [1, 10]}
  - {name: relaxation, temperature: 0.2, delta_mu: -20, stages: [{until: 0.1}, {exchange: off}], times: [0.1, 1]}
)";
};

TEST_F(StagedExchange, CompositionFollowsTheDrive) {
  const nlohmann::json found = rows_of("query", "cycles", {"--times", "--group-by", "time", "--columns", "time,c"});
  ASSERT_EQ(found.size(), 4U);
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k].at("c").get<double>(), k % 2 == 0 ? 0 : 1, 0.05) << found[k].at("time");
}

TEST_F(StagedExchange, QueriesTellStagesAndFindJobsByThem) {
  const std::string stages = "until 50 | until 100: delta_mu 20 | until 150 | then: delta_mu 20";
  const nlohmann::json all = rows({"query", "cycles.h5", "--columns", "scan,stages,exchange_until,temperature"});
  ASSERT_EQ(all.size(), 15U);
  for (const nlohmann::json& row : all) {
    if (row.at("scan") == "rules") continue;
    EXPECT_EQ(row.at("stages"), row.at("scan") == "cycles" ? nlohmann::json(stages) : nlohmann::json(nullptr));
    EXPECT_EQ(row.at("exchange_until").is_null(), row.at("scan") != "relaxation");
  }
  EXPECT_EQ(rows({"query", "cycles.h5", "--where", "stages == '" + stages + "' and temperature == 0.3"}).size(), 3U);
  EXPECT_EQ(rows({"query", "cycles.h5", "--times", "--group-by", "stages,time"}).size(), 4U + 4U + 2U);
}

TEST_F(StagedExchange, PlansAndDescriptionsTellOfThem) {
  EXPECT_THAT(ask({"plan", "cycles.yaml"}).out,
              HasSubstr("\nstages           cycles: until 50; until 100: delta_mu 20; until 150; then: delta_mu 20\n"));
  EXPECT_THAT(ask({"plan", "cycles.yaml", "--json"}).out,
              HasSubstr("\"text\": \"until 50; until 100: delta_mu 20; until 150; then: delta_mu 20\""));
  EXPECT_THAT(ask({"query", "--describe"}).out, HasSubstr("stages of the exchange"));
}

TEST_F(StagedExchange, AreKeptByCopiesAndCheckedForDamage) {
  ASSERT_EQ(ask({"prune", "cycles.h5", "pruned.h5", "--where", "scan != cycles"}).exit_code, 0);
  ASSERT_EQ(ask({"prune", "cycles.h5", "others.h5", "--where", "scan == cycles"}).exit_code, 0);
  ASSERT_EQ(ask({"merge", "pruned.h5", "others.h5", "merged.h5"}).exit_code, 0);
  for (const char* copy : {"pruned.h5", "others.h5", "merged.h5"}) EXPECT_EQ(ask({"verify", copy}).exit_code, 0);
  const nlohmann::json found = rows({"query", "pruned.h5", "--columns", "stages"});
  ASSERT_EQ(found.size(), 6U);
  EXPECT_THAT(found[0].at("stages").get<std::string>(), HasSubstr("until 100: delta_mu 20"));
  const std::vector<std::string> asked{"--columns", "job,scan,stages,rate_rule", "--times"};
  const auto rows_in = [&](const char* archive) {
    std::vector<std::string> question{"query", archive};
    question.insert(question.end(), asked.begin(), asked.end());
    const nlohmann::json all = rows(question);
    return std::multiset<nlohmann::json>(all.begin(), all.end());
  };
  EXPECT_EQ(rows_in("merged.h5"), rows_in("cycles.h5"));
  EXPECT_EQ(ask({"run", "cycles.yaml", "--archive", "cycles.h5"}).exit_code, 0) << "nothing is left to do";
}

TEST_F(StagedExchange, AnyNumberOfRanksGivesTheSameBits) {
  for (const int ranks : {2, 3}) {
    const std::string archive = "ranks" + std::to_string(ranks) + ".h5";
    const testing_tools::Outcome outcome = testing_tools::run_program(
        testing_tools::under_mpirun(ranks, {NXMC_PROGRAM, "run", "cycles.yaml", "--archive", archive}),
        testing_tools::oversubscribed(), folder());
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(testing_tools::results_of(folder() / archive), testing_tools::results_of(folder() / "cycles.h5"));
  }
}

TEST_F(StagedExchange, OfOtherObservationsIsTold) {
  std::ofstream(folder() / "other.yaml") << std::string(campaign).replace(std::string(campaign).find("replicas: 3}"),
                                                                          12, "replicas: 3, observe: [phases]}");
  const testing_tools::Outcome outcome = ask({"run", "other.yaml", "--archive", "cycles.h5"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("observe"), HasSubstr("[phases]"), HasSubstr("[phases, areas, profile, energy]")));
}

TEST_F(StagedExchange, OfAnArchiveThatHasOthersAreRefusedByName) {
  const std::string text(campaign);
  const auto at = text.find("delta_mu: 20}");
  std::ofstream(folder() / "other.yaml") << text.substr(0, at) << "delta_mu: 30}" << text.substr(at + 13);
  const testing_tools::Outcome outcome = ask({"run", "other.yaml", "--archive", "cycles.h5"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("stages"), HasSubstr("delta_mu 20"), HasSubstr("delta_mu 30")));
}

}  // namespace
}  // namespace nxmc

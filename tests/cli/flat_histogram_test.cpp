// Flat histograms from a campaign to its answers, against complete enumeration of small crystals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "enumerated_core.hpp"
#include "finished_campaign.hpp"

namespace nxmc {
namespace {

using ::testing::HasSubstr;
using testing_tools::expect_within_errors;
using testing_tools::Outcome;

class FlatHistograms : public testing_tools::OfFinishedCampaign<FlatHistograms> {
 public:
  static constexpr const char* campaign_name = "flat";
  static constexpr const char* campaign = R"(name: flat
seed: 3
defaults: {method: equilibrium, lattice: hexagon, equilibration_sweeps: 5000, measured_sweeps: 40000,
           samples: {every: 10, at_most: 4000}, measure_every: {phases: 10}}
scans:
  - {name: composition, ensemble: semigrand, size: 2, temperature: 0.8, delta_mu: 0.3, bias: {along: c, windows: 3}}
  - {name: united, boundary: periodic, size: [[3, 4]], composition: 0.25, temperature: 0.9,
     bias: {along: f_U, to: 0.4, windows: 2}}
  - {name: alone, boundary: periodic, size: [[3, 4]], composition: 0.25, temperature: [0.9, 1]}
)";
};

/// Of all configurations in contact with a reservoir.
std::vector<double> weights_at(const testing_tools::EnumeratedCore& core, double delta_mu, double temperature) {
  return core.probabilities(core.in_contact(core.elastic(1, Hamiltonian::exact), delta_mu), temperature, 0);
}

double mean(const std::vector<double>& weights, const std::vector<double>& values) {
  double sum = 0;
  for (std::size_t n = 0; n < weights.size(); ++n) sum += weights[n] * values[n];
  return sum;
}

TEST_F(FlatHistograms, TellOfAllReservoirs) {
  const testing_tools::EnumeratedCore core(testing_tools::hexagon(2));
  const nlohmann::json found =
      rows_of("reweight", "composition", {"--at", "delta_mu=[-4, -1, 0.3, 2, 6], temperature=[0.8, 1]"});
  ASSERT_EQ(found.size(), 10U);
  for (const nlohmann::json& row : found) {
    const std::vector<double> weights = weights_at(core, row.at("delta_mu"), row.at("temperature"));
    expect_within_errors(row, "c", mean(weights, core.compositions()), 0.02);
  }
}

// Each composition that there is has a bin, and a free energy relative to the most likely one.
TEST_F(FlatHistograms, HaveTheFreeEnergyOfCompleteEnumeration) {
  const testing_tools::EnumeratedCore core(testing_tools::hexagon(2));
  const nlohmann::json found = rows_of("diagram", "composition", {"--along", "delta_mu", "--histogram"});
  ASSERT_EQ(found.size(), 8U);
  const std::vector<double> weights = weights_at(core, found.at(0).at("place"), 0.8);
  std::map<long, double> shares;
  for (std::size_t n = 0; n < weights.size(); ++n) shares[std::lround(7 * core.compositions()[n])] += weights[n];
  double highest = 0;
  for (const auto& [count, share] : shares) highest = std::max(highest, share);
  double largest = 0;
  for (const nlohmann::json& row : found) {
    const long count = std::lround(7 * row.at("centre").get<double>());
    expect_within_errors(row, "free_energy", std::log(highest / shares.at(count)), 0.3);
    largest = std::max(largest, row.at("free_energy").get<double>());
  }
  EXPECT_GT(largest, 1.5) << "the test is of no use where all compositions are alike";
}

// The composition of each side where both weigh the same, from windows at one place.
TEST_F(FlatHistograms, HaveTheSidesOfCompleteEnumeration) {
  const testing_tools::EnumeratedCore core(testing_tools::hexagon(2));
  const nlohmann::json found = rows_of("diagram", "composition", {"--along", "delta_mu", "--split", "0.5"});
  ASSERT_EQ(found.size(), 1U);
  const nlohmann::json& row = found.at(0);
  expect_within_errors(row, "equal_weight", 0, 0.1);  // A and B are alike
  const std::vector<double> weights = weights_at(core, 0, 0.8);
  double upper = 0;
  double share = 0;
  for (std::size_t n = 0; n < weights.size(); ++n) {
    if (core.compositions()[n] < 0.5) continue;
    share += weights[n];
    upper += weights[n] * core.compositions()[n];
  }
  EXPECT_NEAR(share, 0.5, 1e-9);
  expect_within_errors(row, "upper_side", upper / share, 0.02);
  expect_within_errors(row, "lower_side", 1 - upper / share, 0.02);
}

TEST_F(FlatHistograms, AgreeWithCompleteEnumerationAndChainsThatAreAlone) {
  const testing_tools::EnumeratedCore core(testing_tools::rhombus(3, 4), 3);
  std::vector<double> united;
  for (const PhaseFractions& phases : core.phases()) united.push_back(phases.united());
  for (const char* scan : {"united", "alone"}) {
    const nlohmann::json found = rows_of("reweight", scan, {"--at", "temperature=[0.8, 0.9, 1.1]"});
    ASSERT_EQ(found.size(), 3U);
    for (const nlohmann::json& row : found) {
      const std::vector<double> weights = core.probabilities(1, row.at("temperature"), 0);
      expect_within_errors(row, "f_U", mean(weights, united), 0.02);
      expect_within_errors(row, "energy", mean(weights, core.elastic(1, Hamiltonian::exact)), 0.2);
    }
  }
}

TEST_F(FlatHistograms, ShowTheirWindows) {
  const nlohmann::json found =
      rows_of("query", "composition",
              {"--columns", "bias,window_from,window_to,coverage,round_trips,exchange_acceptance,verdict"});
  ASSERT_EQ(found.size(), 3U);
  const std::vector<double> from{0, 0.25, 0.5};
  for (std::size_t k = 0; k < found.size(); ++k) {
    EXPECT_EQ(found.at(k).at("bias"), "c");
    EXPECT_EQ(found.at(k).at("window_from"), from[k]);
    EXPECT_EQ(found.at(k).at("window_to"), from[k] + 0.5);
    EXPECT_GT(found.at(k).at("coverage"), 0.3);
    EXPECT_EQ(found.at(k).at("verdict"), "converged") << "their configurations have been everywhere";
  }
  const nlohmann::json alone = rows_of("query", "alone", {"--columns", "bias,window_from,coverage"});
  for (const nlohmann::json& row : alone) {
    EXPECT_TRUE(row.at("bias").is_null());
    EXPECT_TRUE(row.at("window_from").is_null());
    EXPECT_TRUE(row.at("coverage").is_null());
  }
  const nlohmann::json pairs = rows({"query", "flat.h5", "--ladders", "--where", "scan == composition"});
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs.at(0).at("along"), "c");
  EXPECT_EQ(pairs.at(0).at("from"), 0.25) << "middles of windows";
  EXPECT_EQ(pairs.at(0).at("to"), 0.5);
}

// Averages in a window are of no state that a crystal has by itself.
TEST_F(FlatHistograms, AreNotAveragedWithOtherChains) {
  EXPECT_EQ(ask({"verify", "flat.h5"}).exit_code, 0);
  const nlohmann::json map = rows({"diagram", "flat.h5", "--map", "composition,temperature"});
  ASSERT_EQ(map.size(), 2U) << "of the chains that are alone";
  const Outcome grouped = ask({"query", "flat.h5", "--where", "scan == composition", "--group-by", "temperature"});
  EXPECT_THAT(grouped.err, HasSubstr("the averages mix rows that differ in window_from, window_to"));
}

TEST(FlatHistogramCampaigns, AreShortWhereTheyWereNotCovered) {
  const testing_tools::FinishedCampaign flat("gap", R"(name: gap
scans:
  - {name: gap, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: 4, temperature: 0.02,
     bias: {along: f_U, windows: 8}, equilibration_sweeps: 1, measured_sweeps: 400, samples: {every: 1}}
)");
  const nlohmann::json found = flat.rows({"query", "gap.h5", "--columns", "coverage,verdict"});
  ASSERT_EQ(found.size(), 8U);
  EXPECT_EQ(found.at(7).at("verdict"), "short");
  EXPECT_TRUE(found.at(7).at("coverage").is_null() || found.at(7).at("coverage") == 0);
  const Outcome grouped = flat.ask({"query", "gap.h5", "--group-by", "window_from,window_to"});
  EXPECT_THAT(grouped.err, HasSubstr("were not seen as a whole, or their ladders made fewer than 10 round trips: raise "
                                     "equilibration_sweeps and measured_sweeps"));
}

// One sample of each window says nothing of how much the next one weighs.
TEST(FlatHistogramCampaigns, SayWhereWindowsDoNotTellOfEachOther) {
  const testing_tools::FinishedCampaign flat("gap", R"(name: gap
scans:
  - {name: gap, method: equilibrium, ensemble: semigrand, lattice: hexagon, size: 6, temperature: 0.5, delta_mu: 0,
     bias: {along: c, windows: 20}, equilibration_sweeps: 2000, measured_sweeps: 40, samples: {every: 40}}
)");
  const nlohmann::json found = flat.rows({"diagram", "gap.h5", "--along", "delta_mu"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found.at(0).at("equal_weight").is_null());
  EXPECT_THAT(found.at(0).at("remark").get<std::string>(),
              HasSubstr("the windows at delta_mu = 0 do not tell of each other: raise equilibration_sweeps, in which "
                        "they are covered, or measured_sweeps"));
}

}  // namespace
}  // namespace nxmc

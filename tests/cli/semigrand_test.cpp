// The semi-grand ensemble from a campaign to its answers: isotherms, samples and transitions along delta_mu against
// complete enumeration, hysteresis, and what is said where composition and delta_mu do not go together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "enumerated_core.hpp"
#include "finished_campaign.hpp"
#include "nxmc/statistics/curve.hpp"

namespace nxmc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_tools::expect_within_errors;
using testing_tools::Outcome;

constexpr const char* open_campaign = R"(name: open
seed: 5
defaults: {method: equilibrium, ensemble: semigrand, lattice: hexagon, size: 2, shell_layers: 1, shell_stiffness: 3,
           temperature: 0.6, interaction: {elastic: 1, ising: 0.1}, equilibration_sweeps: 500, measured_sweeps: 20000,
           samples: {every: 10, at_most: 2000}, measure_every: {phases: 10, areas: 0}}
scans:
  - {name: isotherm, delta_mu: [6.5, 7.1, 7.7, 8.3], start: [A, B]}
  - {name: ladder, delta_mu: [6.5, 7.1, 7.7, 8.3], temperature: 0.5, ladder: {along: delta_mu}}
  - {name: hysteresis, size: 6, shell_layers: 0, shell_stiffness: 1, interaction: elastic, temperature: 0.2,
     delta_mu: [-3, 0, 3], start: [A, B], measured_sweeps: 2000}
  - {name: fixed, ensemble: canonical, temperature: [0.6, 0.8], start: [random, segregated], measured_sweeps: 2000}
)";

class Semigrand : public testing_tools::OfFinishedCampaign<Semigrand> {
 public:
  static constexpr const char* campaign_name = "open";
  static constexpr const char* campaign = open_campaign;
};

/// Exact averages over all 2^7 configurations of the core.
class OpenCore {
 public:
  struct Averages {
    double c = 0;
    double energy = 0;
    double f_u = 0;
    double variance = 0;  ///< of c
  };

  std::vector<double> probabilities(double delta_mu, double temperature) const {
    return core_.probabilities(core_.in_contact(elastic_, delta_mu), temperature, 0.1);
  }
  Averages at(double delta_mu, double temperature) const {
    const std::vector<double> p = probabilities(delta_mu, temperature);
    Averages sums;
    for (std::size_t n = 0; n < p.size(); ++n) {
      sums.c += p[n] * core_.compositions()[n];
      sums.energy += p[n] * energy(n, delta_mu);
      sums.f_u += p[n] * core_.phases()[n].united();
    }
    for (std::size_t n = 0; n < p.size(); ++n) sums.variance += p[n] * std::pow(core_.compositions()[n] - sums.c, 2);
    return sums;
  }
  double weight_above(double split, double delta_mu, double temperature) const {
    const std::vector<double> p = probabilities(delta_mu, temperature);
    double weight = 0;
    for (std::size_t n = 0; n < p.size(); ++n)
      if (core_.compositions()[n] > split) weight += p[n];
    return weight;
  }

 private:
  double energy(std::size_t n, double delta_mu) const {
    return elastic_[n] - 0.1 * core_.bonds()[n] - delta_mu / 2 * core_.moment(n);
  }

  testing_tools::EnumeratedCore core_{testing_tools::hexagon(2, 1)};
  std::vector<double> elastic_ = core_.elastic(3, Hamiltonian::exact);
};

TEST_F(Semigrand, IsothermsAreThoseOfCompleteEnumeration) {
  const OpenCore exact;
  const nlohmann::json found = rows_of("query", "isotherm", {"--group-by", "delta_mu"});
  ASSERT_EQ(found.size(), 4U);
  for (const nlohmann::json& row : found) {
    const OpenCore::Averages averages = exact.at(row.at("delta_mu"), 0.6);
    expect_within_errors(row, "c", averages.c, 0.02);
    expect_within_errors(row, "c_var", averages.variance, 0.01);
    expect_within_errors(row, "energy", averages.energy, 0.1);
    expect_within_errors(row, "f_U", averages.f_u, 0.02);
  }
}

TEST_F(Semigrand, SamplesTellOfOtherPlacesAndTemperatures) {
  const OpenCore exact;
  const nlohmann::json found = rows_of("reweight", "isotherm", {"--at", "delta_mu=6.8:8:0.6, temperature=[0.6, 0.65]"});
  ASSERT_EQ(found.size(), 6U);
  for (const nlohmann::json& row : found) {
    const OpenCore::Averages averages = exact.at(row.at("delta_mu"), row.at("temperature"));
    EXPECT_EQ(row.at("verdict"), "reweighted");
    EXPECT_TRUE(row.at("composition").is_null());
    expect_within_errors(row, "c", averages.c, 0.02);
    expect_within_errors(row, "c_var", averages.variance, 0.01);
    expect_within_errors(row, "energy", averages.energy, 0.1);
    expect_within_errors(row, "f_U", averages.f_u, 0.02);
  }
}

void expect_transition(const nlohmann::json& row, double temperature) {
  const OpenCore exact;
  const auto peak = maximum([&](double place) { return exact.at(place, temperature).variance; }, 6.5, 8.3);
  ASSERT_TRUE(peak && !peak->at_end) << "the test is of no use without a peak";
  const auto place = root([&](double at) { return exact.weight_above(0.5, at, temperature) - 0.5; }, 6.5, 8.3);
  ASSERT_TRUE(place) << "the test is of no use without equal weights";
  EXPECT_EQ(row.at("order_parameter"), "c");
  expect_within_errors(row, "equal_weight", *place, 0.05);
  expect_within_errors(row, "variance_peak", peak->place, 0.1);
  expect_within_errors(row, "peak_height", peak->height, 0.01);
  EXPECT_GT(row.at("jump_c"), 0.3);
  EXPECT_EQ(row.at("verdict"), "converged");
}

TEST_F(Semigrand, DiagramsFindWhereTheReservoirFavoursNeither) {
  const nlohmann::json found = rows_of("diagram", "isotherm", {"--along", "delta_mu", "--split", "0.5"});
  ASSERT_EQ(found.size(), 1U);
  expect_transition(found.at(0), 0.6);
  EXPECT_GT(found.at(0).at("crossings"), 100);
}

TEST_F(Semigrand, LaddersAlongDeltaMuFindTheSame) {
  const nlohmann::json found = rows_of("diagram", "ladder", {"--along", "delta_mu", "--split", "0.5"});
  ASSERT_EQ(found.size(), 1U);
  expect_transition(found.at(0), 0.5);
  EXPECT_GE(found.at(0).at("round_trips"), 10);
  const nlohmann::json pairs = rows_of("query", "ladder", {"--ladders"});
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_EQ(pairs.at(0).at("along"), "delta_mu");
  EXPECT_EQ(pairs.at(0).at("from"), 6.5);
  EXPECT_EQ(pairs.at(2).at("to"), 8.3);
}

// Below the transition the core is of B, above of A: the boundary is where both coexist.
TEST_F(Semigrand, MapsTellAFromB) {
  const nlohmann::json points = rows_of("diagram", "hysteresis", {"--map", "delta_mu,temperature"});
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points.at(0).at("phase"), "U2");
  EXPECT_EQ(points.at(2).at("phase"), "U1");
  const nlohmann::json boundaries = rows_of("diagram", "isotherm", {"--map", "delta_mu,temperature", "--boundaries"});
  ASSERT_FALSE(boundaries.empty());
  for (const nlohmann::json& one : boundaries) EXPECT_NE(one.at("below"), one.at("above"));
}

// The variance over several chains is that within them and that between them.
TEST_F(Semigrand, VariancesOfChainsThatDisagreeArePooled) {
  const nlohmann::json found =
      rows_of("query", "hysteresis", {"--group-by", "delta_mu", "--columns", "delta_mu,c,c_var"});
  EXPECT_GT(found.at(1).at("c_var"), 0.2) << "half of the chains are of A, half of B";
}

// f_U is 1 on both branches: that chains disagree, c tells alone.
TEST_F(Semigrand, HysteresisIsMetastable) {
  const nlohmann::json found =
      rows_of("query", "hysteresis", {"--group-by", "delta_mu", "--columns", "delta_mu,c,r_hat,verdict"});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found.at(0).at("verdict"), "converged");
  EXPECT_EQ(found.at(1).at("verdict"), "metastable");
  EXPECT_GT(found.at(1).at("r_hat"), 1.05);
  EXPECT_EQ(found.at(2).at("verdict"), "converged");
  EXPECT_EQ(found.at(0).at("c"), 0);
  EXPECT_EQ(found.at(2).at("c"), 1);
}

TEST_F(Semigrand, ChainsHaveACompositionOrAReservoir) {
  for (const nlohmann::json& row : rows({"query", "open.h5"})) {
    const bool fixed = row.at("scan") == "fixed";
    EXPECT_EQ(row.at("composition").is_null(), !fixed);
    EXPECT_EQ(row.at("delta_mu").is_null(), fixed);
    EXPECT_EQ(row.at("c").is_null(), fixed);
  }
  // Both kinds in one answer, each under its own name.
  const Outcome all = ask({"query", "open.h5", "--group-by", "composition,delta_mu,scan", "--columns",
                           "composition,delta_mu,scan,verdict", "--format", "csv"});
  EXPECT_THAT(all.out, AllOf(HasSubstr("0.5,,fixed,"), HasSubstr(",7.1,isotherm,")));
  const Outcome asked = ask({"reweight", "open.h5", "--where", "scan == fixed", "--at", "delta_mu=1"});
  EXPECT_EQ(asked.exit_code, 2);
  EXPECT_THAT(asked.err, HasSubstr("configurations of a fixed composition do not feel delta_mu"));
  const Outcome published =
      ask({"reweight", "open.h5", "--where", "scan == isotherm", "--at", "hamiltonian=published"});
  EXPECT_EQ(published.exit_code, 2);
  EXPECT_THAT(published.err, HasSubstr("the flips of the published program follow no energy"));
  const Outcome neither = ask({"diagram", "open.h5", "--map", "delta_mu,composition"});
  EXPECT_EQ(neither.exit_code, 2);
  EXPECT_THAT(neither.err, HasSubstr("a point has a composition or a delta_mu"));
  const Outcome map = ask({"diagram", "open.h5", "--map", "delta_mu,temperature", "--where", "n_core == 7"});
  EXPECT_EQ(map.exit_code, 0) << map.err;
  EXPECT_THAT(map.out, HasSubstr("8.3"));
}

}  // namespace
}  // namespace nxmc

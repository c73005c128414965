// `nxmc diagram --compare-sizes`: crossings of cumulants against complete enumeration, and what it says of several
// sizes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "enumerated_core.hpp"
#include "finished_campaign.hpp"
#include "nxmc/statistics/binder_cumulant.hpp"
#include "nxmc/statistics/curve.hpp"

namespace nxmc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_tools::expect_within_errors;
using testing_tools::Outcome;

// With one A of 61 sites and two of 91, var f_U has its peaks at nearly the same stiffness. Cores of half A turn at
// stiffnesses that are further apart than each transition is wide.
constexpr const char* sizes_campaign = R"(name: sizes
seed: 5
defaults: {method: equilibrium, lattice: hexagon, shell_layers: 1, equilibration_sweeps: 500, start: [random, segregated],
           samples: {every: 10}, measure_every: {phases: 10, areas: 0}}
scans:
  - {name: crossing, size: [5, 6], composition: 0.03, temperature: 0.3, shell_stiffness: [0.6, 1.2, 2.5, 6, 40],
     measured_sweeps: 10000}
  - {name: apart, size: [4, 6, 8], temperature: 0.2, shell_stiffness: [1, 1.4, 1.8, 2.2, 2.6, 3, 3.5, 4, 4.5, 5, 6],
     measured_sweeps: 2000}
)";

class Sizes : public testing_tools::OfFinishedCampaign<Sizes> {
 public:
  static constexpr const char* campaign_name = "sizes";
  static constexpr const char* campaign = sizes_campaign;

 protected:
  static std::vector<std::string> compare(const std::string& scan) {
    return {"diagram", "sizes.h5", "--compare-sizes", "--where", "scan == " + scan};
  }
  static nlohmann::json crossing_of(const std::string& sizes, const nlohmann::json& rows) {
    for (const nlohmann::json& row : rows)
      if (row.at("quantity") == "cumulant" && row.at("sizes") == sizes) return row;
    ADD_FAILURE() << "no row of " << sizes;
    return {};
  }
};

/// Exact cumulants of f_U.
class ExactCumulant {
 public:
  ExactCumulant(int edge, std::size_t a_sites) : core_(testing_tools::hexagon(edge, 1), a_sites) {
    for (const PhaseFractions& phases : core_.phases()) f_u_.push_back(phases.united());
  }
  double at(double shell_stiffness, double temperature) const {
    return binder_cumulant(f_u_, core_.probabilities(shell_stiffness, temperature, 0));
  }

 private:
  testing_tools::EnumeratedCore core_;
  std::vector<double> f_u_;
};

TEST_F(Sizes, CumulantsCrossWhereThoseOfCompleteEnumerationDo) {
  constexpr double temperature = 0.3;
  const ExactCumulant smaller(5, 1);
  const ExactCumulant larger(6, 2);
  const auto place = root([&](double k) { return smaller.at(k, temperature) - larger.at(k, temperature); }, 1.4, 2.5);
  ASSERT_TRUE(place) << "the test is of no use without a crossing";
  const nlohmann::json row = crossing_of("5,6", rows(compare("crossing")));
  std::printf("crossing at %.3f ± %.3f, exact %.3f; U4 %.3f ± %.3f, exact %.3f\n", row.at("crossing").get<double>(),
              row.at("crossing_err").get<double>(), *place, row.at("cumulant").get<double>(),
              row.at("cumulant_err").get<double>(), smaller.at(*place, temperature));
  expect_within_errors(row, "crossing", *place, 0.1);
  expect_within_errors(row, "cumulant", smaller.at(*place, temperature), 0.1);
  EXPECT_EQ(row.at("crossings"), 1);
  EXPECT_EQ(row.at("sizes"), "5,6");
  EXPECT_EQ(row.at("along"), "shell_stiffness");
  EXPECT_EQ(row.at("temperature"), temperature);
  EXPECT_EQ(row.at("order_parameter"), "f_U");
  EXPECT_TRUE(row.at("a").is_null());
}

/// How many rows there are of each quantity and form.
std::map<std::string, int> count_rows(const nlohmann::json& rows) {
  std::map<std::string, int> counts;
  for (const nlohmann::json& row : rows) {
    const std::string quantity = row.at("quantity");
    ++counts[row.at("form").is_null() ? quantity : quantity + " " + row.at("form").get<std::string>()];
  }
  return counts;
}

// K_shell of the transition grows with the core, by more than its width.
TEST_F(Sizes, WhoseTransitionsAreApartHaveNoCrossingAndItIsSaidWhy) {
  std::vector<std::string> question = compare("apart");
  question.insert(question.end(), {"--format", "json"});
  const Outcome outcome = ask(question);
  ASSERT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("hexagon 6,8: no crossing of cumulants: var f_U is above half of its peak from "),
                    HasSubstr("so that no place belongs to both transitions"),
                    HasSubstr("hexagon 4,6,8: variance_peak goes as a+b*L (chi2/dof = "),
                    HasSubstr("none is extrapolated"), HasSubstr("hexagon 4,6,8: var f_U at its peak goes as N^(")));
  const nlohmann::json rows = nlohmann::json::parse(outcome.out);
  const nlohmann::json apart = crossing_of("6,8", rows);
  for (const char* name : {"crossing", "crossing_err", "cumulant", "cumulant_err", "a", "b", "chi2", "fit"})
    EXPECT_TRUE(apart.at(name).is_null()) << name;
  EXPECT_EQ(apart.at("crossings"), 0);
  EXPECT_THAT(apart.at("remark").get<std::string>(), HasSubstr("no crossing of cumulants"));
  std::map<std::string, int> counts = count_rows(rows);
  EXPECT_EQ(counts["cumulant"], 2);
  for (const char* fit : {"variance_peak a+b*L", "variance_peak a+b/L", "variance_peak a+b/N", "peak_height a*N^b"})
    EXPECT_EQ(counts[fit], 1) << fit;
  for (const nlohmann::json& row : rows) {
    if (row.at("form").is_null()) continue;
    EXPECT_TRUE(row.at("crossing").is_null());
    EXPECT_GT(row.at("a_err"), 0);
    EXPECT_GT(row.at("b_err"), 0);
    EXPECT_EQ(row.at("dof"), 1);
    EXPECT_NE(row.at("fit"), "untested");
  }
}

TEST_F(Sizes, OfTwoTestNothing) {
  std::vector<std::string> question = compare("apart");
  question.back() += " and size >= 6";
  const Outcome outcome = ask(question);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("crossing_err"), HasSubstr("a+b*L"), HasSubstr("untested"),
                                 Not(HasSubstr("a+b/L")), Not(HasSubstr("a+b/N"))));
  EXPECT_THAT(outcome.err, HasSubstr("two sizes determine a and b"));
}

TEST_F(Sizes, SelectsColumnsAndPrintsTheSameOnEveryLook) {
  const std::vector<std::string> question{"diagram",        "sizes.h5",
                                          "--where",        "scan == apart and size < 8",
                                          "--columns",      "sizes,quantity,verdict,crossing,crossing_err",
                                          "--format",       "csv",
                                          "--compare-sizes"};
  const Outcome outcome = ask(question);
  EXPECT_THAT(outcome.out, HasSubstr("sizes,quantity,verdict,crossing,crossing_err\n\"4,6\","));
  EXPECT_EQ(ask(question).out, outcome.out);
}

TEST_F(Sizes, OneAloneAndOptionsOfOtherAnswersAreRefused) {
  const Outcome alone = ask({"diagram", "sizes.h5", "--compare-sizes", "--where", "size == 5"});
  EXPECT_EQ(alone.exit_code, 1);
  EXPECT_EQ(alone.out, "");
  EXPECT_THAT(alone.err, HasSubstr("sizes.h5: no two sizes with the same other parameters"));
  for (const std::vector<std::string>& others :
       {std::vector<std::string>{"--map", "shell_stiffness,size"}, {"--histogram"}, {"--output", "diagram.png"}}) {
    std::vector<std::string> question{"diagram", "sizes.h5", "--compare-sizes"};
    question.insert(question.end(), others.begin(), others.end());
    const Outcome refused = ask(question);
    EXPECT_EQ(refused.exit_code, 2) << others.front();
    EXPECT_THAT(refused.err, AllOf(HasSubstr("--compare-sizes"), HasSubstr(others.front())));
  }
  const Outcome steps = ask({"diagram", "sizes.h5", "--along", "shell_layers", "--compare-sizes"});
  EXPECT_EQ(steps.exit_code, 2);
  EXPECT_THAT(steps.err, HasSubstr("--compare-sizes is of transitions"));
}

TEST_F(Sizes, WithoutAPartnerAreNamed) {
  const Outcome outcome = ask({"diagram", "sizes.h5", "--compare-sizes", "--where",
                               "scan == apart and size >= 6 or scan == crossing and size == 5"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("hexagon 5: no other size has the same other parameters; left out"));
}

}  // namespace
}  // namespace nxmc

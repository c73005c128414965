// `nxmc diagram`: places and heights against complete enumeration, and what it says where there is no transition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "enumerated_core.hpp"
#include "nxmc/statistics/curve.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_tools::Outcome;

const testing_tools::Environment without_leak_checks{{"ASAN_OPTIONS", "detect_leaks=0"}};

// Bonds hold like sites together: f_U falls with the temperature, and its variance has a peak.
constexpr const char* campaign = R"(name: melting
seed: 11
defaults: {method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, shell_stiffness: 4, equilibration_sweeps: 500,
           measured_sweeps: 20000, samples: {every: 10, at_most: 2000}, measure_every: {phases: 10, areas: 0},
           interaction: {elastic: 1, ising: 0.6}, start: [random, segregated]}
scans:
  - {name: melting, temperature: [1, 1.5, 2, 2.6]}
  - {name: cold, temperature: [0.5, 0.6], composition: 0.3}
  - {name: shells, temperature: 1.6, shell_stiffness: [2, 6]}
  - {name: alone, temperature: 1, composition: 0.7}
)";

class Diagram : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new testing_tools::TemporaryDirectory;
    testing_tools::write_file(*directory_ / "melting.yaml", campaign);
    const Outcome outcome = ask({"run", "melting.yaml", "--archive", "melting.h5"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  static void TearDownTestSuite() {
    delete directory_;
    directory_ = nullptr;
  }
  static Outcome ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), NXMC_PROGRAM);
    return testing_tools::run_program(arguments, without_leak_checks, directory_->path());
  }
  static nlohmann::json only_row(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const nlohmann::json rows = nlohmann::json::parse(outcome.out);
    EXPECT_EQ(rows.size(), 1U);
    return rows.at(0);
  }

 private:
  static testing_tools::TemporaryDirectory* directory_;
};
testing_tools::TemporaryDirectory* Diagram::directory_ = nullptr;

/// Exact functions of the temperature, of 9 A on 19 sites.
class ExactCurve {
 public:
  ExactCurve() : core_(testing::hexagon(3, 1), 9), elastic_(core_.elastic(4, Hamiltonian::exact)) {}
  double variance(double temperature) const {
    const std::vector<double> p = core_.probabilities(elastic_, temperature, ising);
    double mean = 0;
    double square = 0;
    for (std::size_t n = 0; n < p.size(); ++n) {
      const double f_u = core_.phases()[n].united();
      mean += p[n] * f_u;
      square += p[n] * f_u * f_u;
    }
    return square - mean * mean;
  }
  double weight_above(double temperature, double split) const {
    const std::vector<double> p = core_.probabilities(elastic_, temperature, ising);
    double weight = 0;
    for (std::size_t n = 0; n < p.size(); ++n)
      if (core_.phases()[n].united() > split) weight += p[n];
    return weight;
  }

 private:
  static constexpr double ising = 0.6;
  testing::EnumeratedCore core_;
  std::vector<double> elastic_;
};

void expect_within_errors(const nlohmann::json& row, const std::string& name, double exact, double largest_error) {
  const double error = row.at(name + "_err");
  EXPECT_GT(error, 0) << name;
  EXPECT_LT(error, largest_error) << name;
  EXPECT_NEAR(row.at(name).get<double>(), exact, 4 * error) << name;
}

TEST_F(Diagram, FindsThePeakAndTheEqualWeightOfCompleteEnumeration) {
  const ExactCurve exact;
  const nlohmann::json row =
      only_row({"diagram", "melting.h5", "--along", "temperature", "--where", "scan == melting", "--split", "0.05"});
  const auto peak = maximum([&](double t) { return exact.variance(t); }, 1, 2.6);
  ASSERT_TRUE(peak && !peak->at_end) << "the test is of no use without a peak";
  expect_within_errors(row, "variance_peak", peak->place, 0.1);
  expect_within_errors(row, "peak_height", peak->height, 0.01);
  const auto place = root([&](double t) { return exact.weight_above(t, 0.05) - 0.5; }, 1, 2.6);
  ASSERT_TRUE(place) << "the test is of no use without equal weights";
  expect_within_errors(row, "equal_weight", *place, 0.1);
  EXPECT_EQ(row.at("verdict"), "converged");
  EXPECT_EQ(row.at("along"), "temperature");
  EXPECT_GT(row.at("crossings"), 100);
  EXPECT_GT(row.at("jump_f_U"), 0.1);
}

TEST_F(Diagram, OfStiffnessesInterpolatesKernels) {
  const nlohmann::json row = only_row({"diagram", "melting.h5", "--where", "scan == shells", "--split", "0.05"});
  EXPECT_EQ(row.at("along"), "shell_stiffness");
  EXPECT_EQ(row.at("temperature"), 1.6);
}

TEST_F(Diagram, SaysInWordsWhyThereIsNoTransition) {
  const Outcome cold = ask({"diagram", "melting.h5", "--along", "temperature", "--where", "scan == cold"});
  EXPECT_EQ(cold.exit_code, 0);
  EXPECT_THAT(cold.out, HasSubstr("none"));
  EXPECT_THAT(cold.err, HasSubstr("hexagon 3: var f_U is largest at temperature = "));
  const Outcome alone = ask({"diagram", "melting.h5", "--along", "temperature", "--where", "scan == alone"});
  EXPECT_EQ(alone.exit_code, 1);
  EXPECT_THAT(alone.err, HasSubstr("no chains that differ in temperature alone: a transition needs two values"));
  const Outcome axis = ask({"diagram", "melting.h5", "--along", "size"});
  EXPECT_NE(axis.exit_code, 0);
  EXPECT_THAT(axis.err, AllOf(HasSubstr("shell_stiffness"), HasSubstr("temperature")));
}

TEST_F(Diagram, PrintsTheSameOnEveryLook) {
  const std::vector<std::string> look{"diagram", "melting.h5", "--where", "scan == shells"};
  EXPECT_EQ(ask(look).out, ask(look).out);
}

}  // namespace
}  // namespace nxmc

// What `nxmc query` says of averages that cannot be believed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "program.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_tools::Outcome;
using testing_tools::run_program;
using testing_tools::TemporaryDirectory;

// Under a soft shell A and B part, which takes more than some sweeps; a small hot core forgets its start at once.
constexpr const char* campaign = R"(
name: verdicts
scans:
  - {name: hasty, method: equilibrium, lattice: hexagon, size: 8, shell_layers: 1, shell_stiffness: 2, temperature: 0.2,
     start: [random, segregated], replicas: 4, equilibration_sweeps: 1, measured_sweeps: 40}
  - {name: patient, method: equilibrium, lattice: hexagon, size: 3, shell_layers: 1, shell_stiffness: 4, temperature: 1,
     start: [random, segregated], replicas: 4, equilibration_sweeps: 1000, measured_sweeps: 5000})";

class VerdictHints : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_.emplace();
    testing_tools::write_file(*directory_ / "c.yaml", campaign);
    const Outcome outcome = run_program({NXMC_PROGRAM, "run", "c.yaml", "--archive", "c.h5"}, {}, directory_->path());
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  static void TearDownTestSuite() { directory_.reset(); }

  static Outcome query(std::vector<std::string> options) {
    options.insert(options.begin(), {NXMC_PROGRAM, "query", "c.h5"});
    return run_program(options, {}, directory_->path());
  }
  static std::string table_of(std::vector<std::string> options) {
    options.insert(options.end(), {"--format", "csv"});
    const Outcome outcome = query(options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
  static std::string hints_of(const std::vector<std::string>& options) {
    const Outcome outcome = query(options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.err;
  }

  static std::optional<TemporaryDirectory> directory_;
};
std::optional<TemporaryDirectory> VerdictHints::directory_;

TEST_F(VerdictHints, NameThePointsWhereStartsDisagree) {
  EXPECT_THAT(
      hints_of({"--group-by", "size"}),
      AllOf(HasSubstr("chains from different starts disagree at 1 of 2 points (size == 8 and shell_stiffness == "
                      "2 and temperature == 0.2): not all have reached equilibrium"),
            HasSubstr("see with start in --group-by")));
  EXPECT_THAT(hints_of({"--group-by", "size,start"}), Not(HasSubstr("see with start")));
}

TEST_F(VerdictHints, SayThatAllPointsAreMeantWhereThereIsOne) {
  EXPECT_THAT(hints_of({"--group-by", "size", "--where", "scan == hasty"}), HasSubstr("disagree here: not all"));
}

TEST_F(VerdictHints, SayThatOneStartProvesNothing) {
  EXPECT_EQ(hints_of({"--group-by", "size", "--where", "scan == patient and start == random"}),
            "nxmc: hint: chains here began alike, and may be wrong alike: contrasting starts tell (start: [random, "
            "segregated])\n");
}

// Cold chains stay where they got stuck, each elsewhere.
TEST(VerdictHintsOfOneStart, LookAtSamples) {
  const TemporaryDirectory directory;
  testing_tools::write_file(directory / "c.yaml", R"(
name: stuck
scans:
  - {name: stuck, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: 2.9,
     temperature: 0.01, replicas: 4, equilibration_sweeps: 1000, measured_sweeps: 10000, samples: {every: 10, at_most: 1000}}
)");
  const auto ask = [&](std::vector<std::string> command) {
    command.insert(command.begin(), NXMC_PROGRAM);
    return run_program(command, {}, directory.path());
  };
  ASSERT_EQ(ask({"run", "c.yaml", "--archive", "c.h5"}).exit_code, 0);
  EXPECT_THAT(ask({"query", "c.h5", "--group-by", "size"}).err,
              HasSubstr("samples of different chains disagree here (column r_hat): not all have reached equilibrium"));
}

TEST_F(VerdictHints, StandInAColumnThatIsThereWhereItIsNamed) {
  EXPECT_EQ(table_of({"--columns", "scan,verdict", "--where", "replica == 0 and start == random"}),
            "scan,verdict\nhasty,metastable\npatient,converged\n")
      << "of the whole point, though one chain was chosen";
  EXPECT_EQ(table_of({"--columns", "verdict,size", "--group-by", "size"}), "verdict,size\nconverged,3\nmetastable,8\n");
  EXPECT_EQ(table_of({"--columns", "size,verdict", "--group-by", "size", "--where", "start == random and size == 3"}),
            "size,verdict\n3,one start\n")
      << "of the chains that were averaged";
  EXPECT_EQ(table_of({"--columns", "method,verdict", "--group-by", "method"}),
            "method,verdict\nequilibrium,metastable\n")
      << "the worst of several points";
  EXPECT_THAT(table_of({}), Not(HasSubstr("verdict")));
  const Outcome objects = query({"--columns", "verdict", "--group-by", "size", "--format", "json"});
  EXPECT_THAT(objects.out, HasSubstr(R"("verdict":"converged")"));
}

TEST_F(VerdictHints, AreNoKeysOfGroups) {
  const Outcome outcome = query({"--group-by", "verdict"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("'verdict' follows from what was chosen"));
  EXPECT_THAT(query({"--times", "--columns", "verdict"}).err, HasSubstr("'verdict' is a column of equilibrium jobs"));
}

TEST_F(VerdictHints, AreWhatASlipMayHaveMeant) {
  EXPECT_THAT(query({"--columns", "verdct"}).err, HasSubstr("there is no column 'verdct'; did you mean 'verdict'?"));
  EXPECT_THAT(query({"--group-by", "size", "--columns", "rhat"}).err, HasSubstr("did you mean 'r_hat'?"));
  EXPECT_THAT(query({"--columns", "nonsense"}).err, HasSubstr(" crossings unequilibrated verdict reason"));
}

TEST_F(VerdictHints, AreSilentOfWhatCanBeBelievedAndOfSingleRows) {
  EXPECT_EQ(hints_of({"--group-by", "size", "--where", "scan == patient"}), "");
  EXPECT_THAT(hints_of({}), Not(HasSubstr("disagree")));
}

}  // namespace
}  // namespace nxmc

// Login nodes often forbid MPI: everything but `run` has to work there all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program.hpp"

namespace nxmc {
namespace {

using testing::HasSubstr;
using testing_tools::Environment;
using testing_tools::Outcome;
using testing_tools::run_program;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

constexpr const char* campaign = R"(
name: login
scans:
  - {name: s, method: exchange, lattice: hexagon, size: 3, delta_mu: -5, temperature: 0.2, replicas: 2,
     times: [1, 2], snapshots: {times: [1]}}
)";

class LoginNode : public testing::Test {
 protected:
  LoginNode() { write_file(directory_.path() / "x.yaml", campaign); }

  Outcome nxmc(std::vector<std::string> words, const Environment& environment) const {
    words.insert(words.begin(), NXMC_PROGRAM);
    return run_program(words, environment, directory_.path());
  }
  Outcome without_mpi(const std::vector<std::string>& words) const {
    return nxmc(words, {{"LD_PRELOAD", NXMC_FORBID_MPI}});
  }
  std::string first_job() const {
    const std::string rows = nxmc({"query", "x.h5", "--columns", "job", "--format", "csv"}, {}).out;
    const auto begin = rows.find('\n') + 1;
    return rows.substr(begin, rows.find('\n', begin) - begin);
  }

  TemporaryDirectory directory_;
};

TEST_F(LoginNode, OnlyRunStartsMpi) {
  const Outcome forbidden = without_mpi({"run", "x.yaml"});
  EXPECT_EQ(forbidden.exit_code, 9) << "or the others prove nothing";
  EXPECT_THAT(forbidden.err, HasSubstr("MPI is forbidden here"));
  ASSERT_EQ(nxmc({"run", "x.yaml"}, {}).exit_code, 0);

  const std::vector<std::vector<std::string>> commands{
      {"--version"},
      {"plan", "x.yaml", "--ranks", "4"},
      {"status", "x.h5"},
      {"status", "x.h5", "--json"},
      {"query", "x.h5"},
      {"query", "x.h5", "--times"},
      {"verify", "x.h5"},
      {"export", "x.h5", "--job", first_job(), "--format", "xyz", "--output", "x.xyz"},
      {"repack", "x.h5", "kept.h5"},
      {"kernel", "--lattice", "hexagon", "--size", "3", "--shell-layers", "1", "--shell-stiffness", "10", "--output",
       "V.h5"},
      {"submit", "x.yaml", "--dry-run"},
  };
  for (const std::vector<std::string>& words : commands) {
    const Outcome outcome = without_mpi(words);
    EXPECT_EQ(outcome.exit_code, 0) << words.front() << ": " << outcome.err;
    EXPECT_EQ(outcome.err.find("MPI"), std::string::npos) << words.front() << ": " << outcome.err;
  }
}

}  // namespace
}  // namespace nxmc

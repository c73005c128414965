// Stopping while kernels are factorised, which nothing can interrupt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "gate/gate.hpp"
#include "mpirun.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using testing::HasSubstr;
using testing_tools::becomes_so;
using testing_tools::Environment;
using testing_tools::KernelGate;
using testing_tools::oversubscribed;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::under_mpirun;
using testing_tools::write_file;

constexpr int resumable = 75;

class Factorising : public testing::TestWithParam<int> {
 protected:
  Factorising() {
    write_file(directory_ / "two.yaml", R"(
name: two
scans:
  - {name: s, method: equilibrium, lattice: hexagon, size: 5, shell_layers: 1, shell_stiffness: [2, 5], temperature: 0.2,
     equilibration_sweeps: 10, measured_sweeps: 100}
)");
  }

  std::vector<std::string> run() const {
    return {NXMC_AT_GATE, "run", "two.yaml", "--archive", (directory_ / "two.h5").string()};
  }
  Environment behind_gate() const { return gate_.environment(oversubscribed()); }
  bool reached_by(std::size_t ranks, const RunningProgram& program) const {
    return becomes_so([&] { return gate_.reached_by().size() >= ranks || !program.is_running(); }) &&
           program.is_running();
  }
  /// In good order, and the next run does what is left. The gate is still closed: whoever waits for a factorisation
  /// never ends.
  void expect_stopped(RunningProgram& program) const {
    const testing_tools::Outcome outcome = program.wait();
    EXPECT_EQ(outcome.exit_code, resumable) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("0 of 2 jobs are done and safe. The same command goes on: nxmc run"));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "two.h5.claim"));
    EXPECT_EQ(testing_tools::kill_all_with_argument((directory_ / "two.h5").string()), 0U) << "ranks outlived the run";
    gate_.open();
    const testing_tools::Outcome next = run_program(under_mpirun(2, run()), behind_gate(), directory_.path());
    EXPECT_EQ(next.exit_code, 0) << next.err;
    EXPECT_TRUE(Archive::open(directory_ / "two.h5").verify().empty());
  }

  TemporaryDirectory directory_;
  KernelGate gate_;
};
INSTANTIATE_TEST_SUITE_P(With, Factorising, testing::Values(SIGTERM, SIGINT, SIGUSR1), [](const auto& signal) {
  return signal.param == SIGTERM ? "TERM" : signal.param == SIGINT ? "INT" : "USR1";
});

TEST_P(Factorising, OneProcessStopsAtASignal) {
  RunningProgram program(run(), behind_gate(), directory_.path());
  ASSERT_TRUE(reached_by(1, program)) << program.err();
  program.send(GetParam());
  expect_stopped(program);
}

TEST_P(Factorising, AllRanksStopAtASignalToOne) {
  RunningProgram program(under_mpirun(2, run()), behind_gate(), directory_.path());
  ASSERT_TRUE(reached_by(2, program)) << program.err();
  kill(gate_.reached_by().back(), GetParam());
  expect_stopped(program);
}

}  // namespace
}  // namespace nxmc

// Limits of the memory of processes (ulimit), from too little for anything to ample: every command ends by itself, with
// its result or with a message, and damages nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "mpirun.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;
using testing_tools::Outcome;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

constexpr const char* campaign = R"(
name: small
scans:
  - {name: s, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: [2, 5], temperature: 0.2,
     equilibration_sweeps: 100, measured_sweeps: 400}
)";

constexpr int by_loader = 127;  // shells and the dynamic loader: not even the program's libraries have room
constexpr int by_system = 139;  // SIGSEGV: not even the program itself has

class LimitedProcess : public testing::TestWithParam<const char*> {
 protected:
  LimitedProcess() { write_file(directory_ / "small.yaml", campaign); }

  /// With `ulimit -v` or `-d`, in KiB.
  Outcome limited(long kibibytes, const std::vector<std::string>& program) const {
    std::vector<std::string> words{"bash", "-c", "ulimit $0 $1 && shift && exec \"$@\"", GetParam(),
                                   std::to_string(kibibytes)};
    words.insert(words.end(), program.begin(), program.end());
    testing_tools::Environment environment = testing_tools::oversubscribed();
    return run_program(words, environment, directory_.path());
  }
  std::vector<std::string> run_to(const std::string& archive) const {
    return {NXMC_PROGRAM, "run", "small.yaml", "--archive", archive_path(archive)};
  }
  std::string archive_path(const std::string& name) const { return (directory_ / name).string(); }

  /// With a MiB for its stack, its data and the loader.
  static bool holds_the_program(long kibibytes) {
    return static_cast<std::uintmax_t>(kibibytes - 1024) * 1024 > std::filesystem::file_size(NXMC_PROGRAM);
  }
  void expect_end_of_its_own(const Outcome& outcome, long kibibytes) const {
    if (std::string(GetParam()) == "-v" && !holds_the_program(kibibytes)) {
      EXPECT_THAT(outcome.exit_code, AnyOf(Eq(by_loader), Eq(by_system))) << "no line of the program was run";
      return;
    }
    EXPECT_THAT(outcome.exit_code, AnyOf(Eq(0), Eq(1), Eq(by_loader))) << outcome.err;
    if (outcome.exit_code != 1) return;
    EXPECT_THAT(outcome.err, HasSubstr("nxmc: "));
    EXPECT_THAT(outcome.err,
                AnyOf(HasSubstr("aise the limit"), HasSubstr("raise it with"), HasSubstr("raise that limit")))
        << "the remedy";
  }
  /// Nothing is left that could hinder the next run, or that differs from what an unlimited one finds.
  void expect_goes_on(const std::string& archive) const {
    EXPECT_EQ(testing_tools::kill_all_with_argument(archive_path(archive)), 0U)
        << "processes that outlived the command";
    const Outcome outcome = run_program(run_to(archive), {}, directory_.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_TRUE(Archive::open(archive_path(archive)).verify().empty());
  }
  static std::vector<long> limits(double ratio) {
    std::vector<long> kibibytes;
    double limit = 4096;
    while (limit < 1.5e6) {
      kibibytes.push_back(static_cast<long>(limit));
      limit *= ratio;
    }
    return kibibytes;
  }
  void sweep(double ratio) const {
    for (const long kibibytes : limits(ratio)) {
      SCOPED_TRACE(std::to_string(kibibytes) + " KiB");
      const std::string number = std::to_string(kibibytes);
      const Outcome kernel = limited(
          kibibytes, {NXMC_PROGRAM, "kernel", "--lattice", "hexagon", "--size", "10", "--output", number + "V.h5"});
      expect_end_of_its_own(kernel, kibibytes);
      EXPECT_EQ(std::filesystem::exists(directory_ / (number + "V.h5")), kernel.exit_code == 0);
      expect_end_of_its_own(limited(kibibytes, run_to(number + ".h5")), kibibytes);
      expect_goes_on(number + ".h5");
      // mpirun itself may be what has no room.
      const Outcome ranks = limited(kibibytes, testing_tools::under_mpirun(2, run_to(number + "m.h5")));
      EXPECT_NE(ranks.exit_code, 128 + SIGKILL) << "it had to be killed: " << ranks.err;
      expect_goes_on(number + "m.h5");
    }
  }

  TemporaryDirectory directory_;
};
INSTANTIATE_TEST_SUITE_P(Of, LimitedProcess, testing::Values("-v", "-d"),
                         [](const auto& limit) { return std::string(limit.param) == "-v" ? "AddressSpace" : "Data"; });

TEST_P(LimitedProcess, EndsByItselfWithAMessageAndHangsNowhere) { sweep(1.8); }

TEST_P(LimitedProcess, RunsWhereThereIsRoom) {
  constexpr long ample = 1500000;
  const Outcome outcome = limited(ample, testing_tools::under_mpirun(2, run_to("ample.h5")));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_P(LimitedProcess, OfTooLittleForItsCampaignRefusesBeforeAnythingIsWritten) {
  write_file(
      directory_ / "small.yaml",
      "name: big\nscans: [{name: s, method: exchange, lattice: cube, size: 24, temperature: 1.5, delta_mu: -200}]\n");
  const Outcome outcome = limited(700000, run_to("big.h5"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("the kernel of the box of size 24x24x24 with 0 shell layers (13824 sites) needs "));
  EXPECT_THAT(outcome.err, HasSubstr(std::string("(ulimit ") + GetParam() + ") leaves "));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "big.h5"));
  const Outcome plan = limited(700000, {NXMC_PROGRAM, "plan", "small.yaml"});
  EXPECT_THAT(plan.out, HasSubstr("cannot run here"));
}

class LongLimitedProcess : public LimitedProcess {};
INSTANTIATE_TEST_SUITE_P(Long, LongLimitedProcess, testing::Values("-v", "-d"),
                         [](const auto& limit) { return std::string(limit.param) == "-v" ? "AddressSpace" : "Data"; });
TEST_P(LongLimitedProcess, EndsByItselfWithAMessageAndHangsNowhere) { sweep(1.06); }

TEST(Run, TakesTermWhileItBuildsAKernel) {
  const TemporaryDirectory here;
  write_file(here / "big.yaml",
             "name: big\nscans: [{name: s, method: exchange, lattice: cube, size: 22, temperature: 1.5, delta_mu: "
             "-200, times: "
             "[1e-30]}]\n");
  RunningProgram run({NXMC_PROGRAM, "run", "big.yaml"}, {}, here.path());
  while (run.is_running() && run.err().find("1 kernel in 1 group") == std::string::npos)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  kill(run.pid(), SIGTERM);
  const Outcome stopped = run.wait();
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("stopped by SIGTERM: 0 of 1 jobs are done"));
  EXPECT_THAT(stopped.err, testing::Not(HasSubstr("kernels are ready"))) << "it did not build it to its end";
}

TEST(Kernel, TakesTermWhileItIsComputed) {
  const TemporaryDirectory here;
  RunningProgram kernel({NXMC_PROGRAM, "kernel", "--lattice", "cube", "--size", "26", "--output", "V.h5"}, {},
                        here.path());
  // As soon as it computes: until then, the loader is at work.
  while (kernel.is_running() &&
         testing_tools::read_file("/proc/" + std::to_string(kernel.pid()) + "/maps").size() < 20000)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  kill(kernel.pid(), SIGTERM);
  EXPECT_EQ(kernel.wait().exit_code, 128 + SIGTERM);
  EXPECT_TRUE(std::filesystem::is_empty(here.path()));
}

}  // namespace
}  // namespace nxmc

// The batch scripts in slurm/ with a launcher that hangs. No cluster: Slurm's commands are stand-ins that take notes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <tuple>

#include "program.hpp"

namespace nxmc {
namespace {

using testing::HasSubstr;
using testing_tools::becomes_so;
using testing_tools::Environment;
using testing_tools::Outcome;
using testing_tools::read_file;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

class BatchScript : public testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  BatchScript() {
    std::filesystem::create_directory(here_ / "bin");
    stand_in("module", "");
    stand_in("sleep", "exec /bin/sleep 0.05");
    stand_in("scontrol", "echo \"$*\" >>scontrol");
    stand_in("scancel", "echo \"$*\" >>scancel");
    // As mpirun on a node beside one that hangs: its ranks have ended, it has not.
    stand_in(launcher(),
             "trap 'echo yes >>warned' USR1; echo $$ >new; mv new started; while :; do /bin/sleep 0.05; done");
  }

  static std::string script() { return std::get<0>(GetParam()); }
  static std::string launcher() { return std::get<1>(GetParam()); }
  void stand_in(const std::string& name, const std::string& commands) const {
    const std::filesystem::path file = here_ / ("bin/" + name);
    write_file(file, "#!/bin/bash\n" + commands + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  Environment environment() const {
    return {{"PATH", (here_ / "bin").string() + ":" + std::getenv("PATH")},
            {"LAUNCHER", launcher()},
            {"SLURM_JOB_ID", "4711"},
            {"SLURM_JOB_NAME", "mine"},
            {"SLURM_ARRAY_TASK_ID", "0"}};
  }
  bool exists(const char* name) const { return std::filesystem::exists(here_ / name); }

  TemporaryDirectory here_;
};
INSTANTIATE_TEST_SUITE_P(
    Of, BatchScript, testing::Combine(testing::Values("requeue", "array", "chain"), testing::Values("mpirun", "srun")),
    [](const auto& of) { return std::string(std::get<0>(of.param)) + "_" + std::get<1>(of.param); });

TEST_P(BatchScript, KillsALauncherThatHangsAfterTheWarning) {
  RunningProgram job({"bash", NXMC_SOURCE "/slurm/" + script() + ".sbatch", "mine.yaml"}, environment(), here_.path());
  ASSERT_TRUE(becomes_so([&] { return exists("started") || !job.is_running(); }));
  ASSERT_TRUE(job.is_running()) << job.err();
  job.send(SIGUSR1);
  const Outcome outcome = job.wait();
  EXPECT_TRUE(exists("warned")) << "before it was killed";
  EXPECT_THAT(outcome.err, HasSubstr(launcher() + " has not ended for 90 s after the warning: it is killed."));
  EXPECT_NE(kill(std::stoi(read_file(here_ / "started")), 0), 0) << "it lives";
  if (script() == "chain") {
    EXPECT_EQ(outcome.exit_code, 75) << outcome.err;
    EXPECT_FALSE(exists("scancel")) << "the rest of the chain goes on";
  } else {
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(read_file(here_ / "scontrol"), "requeue 4711\n");
  }
}

}  // namespace
}  // namespace nxmc

// Campaigns on a real Slurm cluster: time limits, warnings, requeues, lost nodes, and the templates in slurm/.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "cluster.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_tools::CampaignBits;
using testing_tools::Environment;
using testing_tools::Outcome;
using testing_tools::read_file;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::SlurmCluster;
using testing_tools::SlurmFields;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

// Four chains, one for each rank on two nodes: some seconds of work, for stopping in the middle.
constexpr const char* campaign = R"(
name: chains
seed: 3
scans:
  - name: chains
    method: equilibrium
    lattice: hexagon
    size: 8
    shell_layers: 1
    shell_stiffness: [6, 12]
    replicas: 2
    temperature: 0.2
    equilibration_sweeps: 20000
    measured_sweeps: 200000
)";

std::string field(const SlurmFields& fields, const char* name) { return SlurmCluster::value_of(fields, name); }

/// A submit directory that all nodes see, with a campaign and the templates as a user edits them.
class OnSlurm : public testing::Test {
 protected:
  void SetUp() override {
    if (!cluster_.available()) GTEST_SKIP() << cluster_.why_unavailable();
    write_file(directory_ / "campaign.yaml", campaign);
    std::filesystem::create_directory(directory_ / "slurm");
    for (const auto& entry : std::filesystem::directory_iterator(NXMC_SOURCE "/slurm"))
      write_file(directory_ / ("slurm/" + entry.path().filename().string()), edited(read_file(entry.path())));
  }

  /// The three marked lines, and nothing else.
  static std::string edited(const std::string& text) {
    const std::filesystem::path program = NXMC_PROGRAM;
    const std::string path = program.parent_path().string() + ":" NXMC_SOURCE "/tools";
    std::string result = std::regex_replace(text, std::regex("--account=my-account"), "--account=physics");
    result = std::regex_replace(result, std::regex("--partition=my-partition"), "--partition=main");
    return std::regex_replace(result, std::regex("module load [^\n]*<--"), "export PATH=" + path + ":$PATH   # <--");
  }

  std::string submit(const std::vector<std::string>& arguments, const std::string& launcher = "srun") const {
    return cluster_.submit(arguments, directory_.path(), environment(launcher));
  }
  static Environment environment(const std::string& launcher) {
    return {{"LAUNCHER", launcher},
            {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
            {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
            {"OMPI_MCA_mpi_yield_when_idle", "1"},
            {"OMPI_MCA_hwloc_base_binding_policy", "none"},
            {"ASAN_OPTIONS", "detect_leaks=0"}};
  }
  /// On two nodes with two ranks each.
  std::vector<std::string> job(const std::string& name, const std::string& script,
                               const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"--job-name=" + name, "--nodes=2", "--ntasks-per-node=2", "--time=10"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    for (const std::string& word : {"slurm/" + script, std::string("campaign.yaml")}) arguments.push_back(word);
    for (const char* word : {"--checkpoint-every", "0.2s"}) arguments.emplace_back(word);
    return arguments;
  }

  void await_checkpoints(const std::string& log) const {
    for (int tries = 0; tries < 6000; ++tries) {
      std::error_code error;
      if (std::filesystem::file_size(directory_ / "campaign.h5.checkpoints", error) > 1000 && !error) return;
      std::this_thread::sleep_for(5ms);
    }
    FAIL() << "no checkpoint after 30 s: " << read_file(directory_ / log);
  }

  CampaignBits expected() const {
    const Outcome outcome =
        run_program({NXMC_PROGRAM, "run", "campaign.yaml", "--archive", "undisturbed.h5"}, {}, directory_.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return results_of(directory_ / "undisturbed.h5");
  }
  void expect_right_results() const {
    EXPECT_EQ(results_of(directory_ / "campaign.h5"), expected());
    EXPECT_TRUE(Archive::open(directory_ / "campaign.h5").verify().empty());
    EXPECT_FALSE(std::filesystem::exists(directory_ / "campaign.h5.checkpoints"));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "campaign.h5.claim"));
  }
  std::string log(const std::string& name) const { return read_file(directory_ / (name + ".log")); }

  SlurmCluster cluster_{4};
  TemporaryDirectory directory_;
};

class Launched : public OnSlurm, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(By, Launched, testing::Values("srun", "mpirun"),
                         [](const auto& launcher) { return launcher.param; });

TEST_P(Launched, AWarnedJobRequeuesItselfAndGoesOnToTheSameBits) {
  const std::string job_number = submit(job("mine", "requeue.sbatch"), GetParam());
  const SlurmFields first = cluster_.await_running(job_number);
  await_checkpoints("mine.log");
  cluster_.warn(job_number);
  cluster_.await(job_number, [](const SlurmFields& fields) { return field(fields, "Restarts") == "1"; });
  const SlurmFields end = cluster_.await_end(job_number);
  EXPECT_EQ(field(end, "JobState"), "COMPLETED") << log("mine");
  EXPECT_EQ(field(end, "Restarts"), "1");
  EXPECT_THAT(log("mine"), AllOf(HasSubstr("on 4 ranks"), HasSubstr("go on from the last checkpoint"),
                                 HasSubstr("all 4 jobs are done"), HasSubstr("Slurm job " + job_number + " ends in")));
  expect_right_results();
}

}  // namespace
}  // namespace nxmc

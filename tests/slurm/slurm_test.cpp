// Campaigns on a real Slurm cluster: time limits, warnings, requeues, lost nodes, and the templates in slurm/.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cluster.hpp"
#include "gate/gate.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "rank_memory.hpp"
#include "results.hpp"
#include "work.hpp"

namespace nxmc {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing_tools::becomes_so;
using testing_tools::CampaignBits;
using testing_tools::Environment;
using testing_tools::Gate;
using testing_tools::MemoryOfRank;
using testing_tools::Outcome;
using testing_tools::read_file;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::SharedMapping;
using testing_tools::SlurmCluster;
using testing_tools::SlurmFields;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

// Four chains, one for each rank on two nodes.
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
    equilibration_sweeps: 2000
    measured_sweeps: 6000
)";

/// A fraction of a second of work.
std::string small_campaign(const std::string& name) {
  return "name: " + name + R"(
scans:
  - name: shells
    method: equilibrium
    lattice: hexagon
    size: 4
    shell_layers: 1
    shell_stiffness: [2, 10]
    temperature: 0.2
    equilibration_sweeps: 100
    measured_sweeps: 400
)";
}

std::string field(const SlurmFields& fields, const char* name) { return SlurmCluster::value_of(fields, name); }

/// A submit directory that all nodes see, with a campaign and the templates as a user edits them.
class OnSlurm : public testing::Test {
 protected:
  void SetUp() override {
    if (!cluster_.available()) GTEST_SKIP() << cluster_.why_unavailable();
    testing_tools::write_campaign(directory_ / "campaign.yaml", campaign);
    std::filesystem::create_directory(directory_ / "slurm");
    for (const auto& entry : std::filesystem::directory_iterator(NXMC_SOURCE "/slurm"))
      write_file(directory_ / ("slurm/" + entry.path().filename().string()), edited(read_file(entry.path())));
  }

  /// The three marked lines, and nothing else. The program waits at the gate when its chains are long.
  static std::string edited(const std::string& text) {
    const std::filesystem::path program = NXMC_AT_GATE;
    const std::string path = program.parent_path().string() + ":" NXMC_SOURCE "/tools";
    std::istringstream lines(text);
    std::string result;
    for (std::string line; std::getline(lines, line); result += line + '\n') {
      if (line.starts_with("#SBATCH --account=my-account")) line = "#SBATCH --account=physics";
      if (line.starts_with("#SBATCH --partition=my-partition")) line = "#SBATCH --partition=main";
      if (line.starts_with("module load ")) line = "export PATH=" + path + ":$PATH";
    }
    return result;
  }

  std::string submit(const std::vector<std::string>& arguments, const std::string& launcher = "srun",
                     const Environment& more = {}) const {
    Environment all = gate_.environment(environment(launcher));
    all.insert(all.end(), more.begin(), more.end());
    return cluster_.submit(arguments, directory_.path(), all);
  }
  /// Other interfaces of the machine may come and go meanwhile. Ranks write to each other through sockets also on one
  /// node: on emulated nodes Open MPI now and then starts without having found a neighbour's shared memory, and dies of
  /// it.
  static Environment environment(const std::string& launcher) {
    return {{"LAUNCHER", launcher},
            {"OMPI_MCA_btl", "self,tcp"},
            {"OMPI_MCA_btl_tcp_if_include", "lo"},
            {"OMPI_MCA_oob_tcp_if_include", "lo"},
            {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
            {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
            {"OMPI_MCA_mpi_yield_when_idle", "1"},
            {"OMPI_MCA_hwloc_base_binding_policy", "none"},
            {"ASAN_OPTIONS", "detect_leaks=0"}};
  }
  /// The number that `nxmc submit` tells.
  static std::string submitted_job(const Outcome& outcome) {
    const std::string before = "submitted as Slurm job ";
    const std::size_t begin = outcome.out.find(before) + before.size();
    return outcome.out.substr(begin, outcome.out.find('.', begin) - begin);
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

  void edit(const std::string& script, const std::string& from, const std::string& to) const {
    const std::filesystem::path file = directory_ / ("slurm/" + script);
    std::string text = read_file(file);
    ASSERT_NE(text.find(from), std::string::npos);
    write_file(file, text.replace(text.find(from), from.size(), to));
  }

  void await_file(const std::string& name) const {
    ASSERT_TRUE(becomes_so([&] { return std::filesystem::exists(directory_ / name); }));
  }
  void await_log(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(becomes_so([&] { return log(name).find(text) != std::string::npos; })) << text << " in " << log(name);
  }
  void await_checkpoints(const std::string& log) const {
    ASSERT_TRUE(becomes_so([&] {
      std::error_code error;
      return std::filesystem::file_size(directory_ / "campaign.h5.checkpoints", error) > 1000 && !error;
    })) << read_file(directory_ / log);
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
  void expect_finished_after_requeue(const std::string& number) const {
    cluster_.await(number, [](const SlurmFields& fields) { return field(fields, "Restarts") != "0"; });
    gate_.open();
    expect_finished(number);
    EXPECT_EQ(field(cluster_.job(number), "Restarts"), "1") << log("mine");
  }
  void expect_finished(const std::string& number) const {
    EXPECT_EQ(field(cluster_.await_end(number), "JobState"), "COMPLETED") << log("mine");
    EXPECT_THAT(log("mine"), AllOf(HasSubstr("all 4 jobs are done"), HasSubstr("Slurm job " + number + " ends in")));
    expect_right_results();
  }
  bool has_ranks_on(const std::string& node) const {
    return testing_tools::ranks_by_node(NXMC_AT_GATE, directory_.path()).contains(node);
  }
  std::string log(const std::string& name) const { return read_file(directory_ / (name + ".log")); }

  SlurmCluster cluster_{4};
  const TemporaryDirectory directory_;
  const Gate gate_;
};

/// mpirun on the node of the batch script alone, without srun, as it does on a real node: what it started outlives
/// Slurm's interest in the node.
Environment independent_of_slurm() { return {{"OMPI_MCA_ras", "^slurm"}, {"OMPI_MCA_plm", "^slurm"}}; }

class Launched : public OnSlurm, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(By, Launched, testing::Values("srun"), [](const auto& launcher) { return launcher.param; });
INSTANTIATE_TEST_SUITE_P(LongBy, Launched, testing::Values("mpirun"),
                         [](const auto& launcher) { return launcher.param; });

TEST_P(Launched, AWarnedJobRequeuesItselfAndGoesOnToTheSameBits) {
  const std::string number = submit(job("mine", "requeue.sbatch"), GetParam());
  cluster_.await_running(number);
  await_checkpoints("mine.log");
  cluster_.warn(number);
  expect_finished_after_requeue(number);
  EXPECT_THAT(log("mine"),
              AllOf(HasSubstr("on 4 ranks"), HasSubstr("stopped by "), HasSubstr("go on from the last checkpoint")));
}

/// What `nxmc status` says of campaign.h5 while Slurm has the job in this state.
class StatusOnSlurm : public OnSlurm {
 protected:
  nlohmann::json status() const {
    const Outcome outcome = cluster_.run({NXMC_PROGRAM, "status", "campaign.h5", "--json"}, directory_.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return nlohmann::json::parse(outcome.out);
  }
  std::string status_text() const {
    return cluster_.run({NXMC_PROGRAM, "status", "campaign.h5"}, directory_.path()).out;
  }
};

TEST_F(StatusOnSlurm, FollowsAJobFromTheQueueThroughARequeueToItsEnd) {
  const std::string number = submit(job("mine", "requeue.sbatch", {"--hold"}));
  nlohmann::json now = status();
  ASSERT_EQ(now["slurm"].size(), 1U) << now;
  EXPECT_EQ(now["slurm"][0]["job"], number);
  EXPECT_EQ(now["slurm"][0]["state"], "PENDING");
  EXPECT_EQ(now["slurm"][0]["reason"], "JobHeldUser");
  EXPECT_TRUE(now["jobs"].is_null());

  cluster_.release(number);
  await_checkpoints("mine.log");
  now = status();
  EXPECT_EQ(now["slurm"][0]["state"], "RUNNING");
  EXPECT_EQ(now["run"]["ranks"], 4);
  EXPECT_EQ(now["jobs"]["total"], 4);
  EXPECT_EQ(now["requeues"], 0);
  EXPECT_THAT(status_text(), HasSubstr("\nSlurm job " + number + ": RUNNING on 2 nodes, "));

  cluster_.warn(number);
  cluster_.await(number, [](const SlurmFields& fields) {
    return field(fields, "Restarts") == "1" && field(fields, "JobState") == "PENDING";
  });
  now = status();
  EXPECT_EQ(now["slurm"][0]["state"], "PENDING");
  EXPECT_EQ(now["slurm"][0]["requeues"], 1);
  EXPECT_TRUE(now["run"].is_null());
  EXPECT_THAT(status_text(), AllOf(HasSubstr("\nno run is active\n"), HasSubstr(", requeued once\n")));

  gate_.open();
  expect_finished(number);
  now = status();
  EXPECT_EQ(now["jobs"]["done"], 4);
  EXPECT_EQ(now["slurm"][0]["state"], "COMPLETED");
  EXPECT_EQ(now["runs"], 2);
  EXPECT_EQ(now["requeues"], 1);

  cluster_.freeze();
  now = status();
  EXPECT_EQ(now["jobs"]["done"], 4);
  EXPECT_TRUE(now["slurm"].empty());
  EXPECT_EQ(now["requeues"], 1) << "the archive remembers";
  cluster_.thaw();
}

TEST_F(OnSlurm, ACampaignLeavesItsArchiveAndItsLogAndNothingElse) {
  write_file(directory_ / "soft.yaml", small_campaign("soft"));
  const auto files_of = [](const std::filesystem::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
    return names;
  };
  std::vector<std::string> expected_files = files_of(directory_.path());
  const std::string number =
      submit({"--job-name=soft", "--nodes=2", "--ntasks-per-node=2", "slurm/requeue.sbatch", "soft.yaml"});
  EXPECT_EQ(field(cluster_.await_end(number), "JobState"), "COMPLETED") << log("soft");
  for (const char* made : {"soft.h5", "soft.log"}) expected_files.emplace_back(made);
  EXPECT_THAT(files_of(directory_.path()), testing::UnorderedElementsAreArray(expected_files));
  for (const char* node : {"n1", "n2"}) EXPECT_THAT(files_of(cluster_.temporary_files_of(node)), testing::IsEmpty());
}

// Three kernels of 5.3 MB, so that a copy of a rank's own would stand out from what it needs otherwise.
constexpr const char* campaign_with_large_kernels = R"(
name: large-kernels
scans:
  - name: chains
    method: equilibrium
    lattice: hexagon
    size: 16
    shell_layers: 1
    shell_stiffness: [6, 12, 20]
    replicas: 4
    temperature: 0.2
    equilibration_sweeps: 20000
    measured_sweeps: 100000
)";

std::size_t bytes_of_large_kernels() {
  const Lattice lattice = make_lattice({"hexagon", {16, 0, 0}, 1});
  return 3 * sizeof(double) * Kernel::storage_size(lattice, find_orbits(lattice));
}

class KernelsOnSlurm : public OnSlurm {
 protected:
  void SetUp() override {
    OnSlurm::SetUp();
    if (!IsSkipped()) testing_tools::write_campaign(directory_ / "campaign.yaml", campaign_with_large_kernels);
  }
  std::string submit_on(int nodes) const {
    return submit(job("mine", "requeue.sbatch", {"--nodes=" + std::to_string(nodes)}));
  }
  std::vector<std::string> sealed_kernels() const {
    const Archive archive = Archive::open(directory_ / "campaign.h5");
    std::vector<std::string> digests;
    for (std::size_t k = 0; k < archive.kernels(); ++k) {
      const auto digest = archive.kernel_digest(k);
      EXPECT_TRUE(digest && archive.kernel(k)) << "kernel " << k;
      if (digest) digests.push_back(to_string(*digest));
    }
    return digests;
  }
  /// What the ranks really map: on each node one stretch of memory of the kernels' size, the same for its two ranks.
  void expect_one_copy_on_each_of(std::size_t nodes) const {
    const auto ranks = testing_tools::ranks_by_node(NXMC_AT_GATE, directory_.path());
    EXPECT_EQ(ranks.size(), nodes);
    std::set<std::string> copies;
    for (const auto& [node, processes] : ranks) {
      SCOPED_TRACE(node);
      EXPECT_EQ(processes.size(), 2U);
      std::set<std::string> copies_here;
      for (const pid_t process : processes) {
        const MemoryOfRank memory = testing_tools::memory_of_rank(process);
        ASSERT_EQ(memory.of_kernels.size(), 1U);
        const SharedMapping& mapping = memory.of_kernels.front();
        EXPECT_GE(mapping.bytes, bytes_of_large_kernels());
        EXPECT_LT(mapping.bytes, bytes_of_large_kernels() + 65536);
        EXPECT_LT(memory.private_bytes, bytes_of_large_kernels()) << "no room for a copy of its own";
        copies_here.insert(mapping.inode);
      }
      EXPECT_EQ(copies_here.size(), 1U);
      copies.merge(copies_here);
    }
    EXPECT_EQ(copies.size(), nodes);
  }
};

TEST_F(KernelsOnSlurm, AreBuiltOnceInACampaignAndHeldOnceOnEachNode) {
  const std::string first = submit_on(4);
  await_checkpoints("mine.log");
  EXPECT_THAT(log("mine"), HasSubstr("kernels are ready: 3 built by 3 ranks; 4 copies of "));
  expect_one_copy_on_each_of(4);
  const std::vector<std::string> built = sealed_kernels();
  EXPECT_EQ(built.size(), 3U);
  cluster_.cancel(first);
  cluster_.await_end(first);

  const std::string second = submit_on(2);
  await_log("mine", "kernels are ready: 3 read from the archive; 2 copies of ");
  expect_one_copy_on_each_of(2);
  EXPECT_EQ(sealed_kernels(), built);
  cluster_.cancel(second);
  cluster_.await_end(second);
}

TEST_F(OnSlurm, TwoCopiesOfAJobLeaveOneRightArchive) {
  const std::string number = submit(job("mine", "requeue.sbatch", {"--nodes=1"}), "mpirun", independent_of_slurm());
  cluster_.await_running(number);
  await_checkpoints("mine.log");
  cluster_.pause_node("n1");
  cluster_.lose_daemon("n1");
  await_log("mine", "campaign.h5: taken over from a run that gives no sign of life");
  cluster_.resume_node("n1");
  await_log("mine", "campaign.h5: another run took over when this one gave no sign of life");
  expect_finished_after_requeue(number);
}

TEST_F(OnSlurm, ACopyOfAJobThatComesBackAfterTheOtherHasEndedChangesNothing) {
  const std::string number = submit(job("mine", "requeue.sbatch", {"--nodes=1"}), "mpirun", independent_of_slurm());
  cluster_.await_running(number);
  await_checkpoints("mine.log");
  cluster_.pause_node("n1");
  cluster_.lose_daemon("n1");
  expect_finished_after_requeue(number);
  cluster_.resume_node("n1");
  await_log("mine", "campaign.h5: another run took over when this one gave no sign of life (and has ended since)");
  expect_right_results();
}

// srun takes MPI_Abort, or a rank that ends without leaving MPI, for a wish to end the step of its number: the
// successor has one of the same number in the same job.
TEST_F(OnSlurm, AReplacedRunLeavesTheStepOfItsSuccessorAlone) {
  const std::string number = submit(job("mine", "requeue.sbatch", {"--nodes=1"}), "srun");
  cluster_.await_running(number);
  await_checkpoints("mine.log");
  cluster_.lose_daemon("n1");
  // This is only said of a run that has not ended.
  await_log("mine", "campaign.h5: taken over from a run that gives no sign of life");
  ASSERT_TRUE(becomes_so([&] { return !has_ranks_on("n1"); })) << log("mine");
  expect_finished_after_requeue(number);
}

class Disturbed : public OnSlurm, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Long, Disturbed, testing::Values("srun", "mpirun"),
                         [](const auto& launcher) { return launcher.param; });

TEST_P(Disturbed, ALostNodeCostsNothingButTime) {
  const std::string number = submit(job("mine", "requeue.sbatch"), GetParam());
  cluster_.await_running(number);
  await_checkpoints("mine.log");
  cluster_.lose_node("n2");
  gate_.open();
  expect_finished(number);
  EXPECT_THAT(field(cluster_.job(number), "NodeList"), Not(HasSubstr("2"))) << "n[1,3]";
}

TEST_P(Disturbed, ALostBatchHostCostsNothingButTime) {
  const std::string number = submit(job("mine", "requeue.sbatch"), GetParam());
  cluster_.await_running(number);
  await_checkpoints("mine.log");
  cluster_.lose_node("n1");
  gate_.open();
  expect_finished(number);
}

// The ranks that live on belong to a step that has the same name in the second copy of the job: they end in good order
// when they find themselves replaced, and leave that one alone.
TEST_P(Disturbed, ANodeWhoseDaemonDiesLeavesRanksThatDamageNothing) {
  for (const char* node : {"n1", "n2"}) {
    const std::string number = submit(job("mine", "requeue.sbatch"), GetParam());
    cluster_.await_running(number);
    await_checkpoints("mine.log");
    cluster_.lose_daemon(node);
    cluster_.await(number, [](const SlurmFields& fields) { return field(fields, "Restarts") != "0"; });
    gate_.open();
    expect_finished(number);
    std::filesystem::remove(directory_ / "campaign.h5");
    gate_.close();
  }
}

TEST_P(Disturbed, ACancelledCampaignGoesOnWhenSubmittedAgain) {
  const std::string first = submit(job("mine", "requeue.sbatch"), GetParam());
  cluster_.await_running(first);
  await_checkpoints("mine.log");
  cluster_.cancel(first);
  EXPECT_EQ(field(cluster_.await_end(first), "JobState"), "CANCELLED") << log("mine");
  gate_.open();
  const std::string second = submit(job("mine", "requeue.sbatch"), GetParam());
  EXPECT_EQ(field(cluster_.await_end(second), "JobState"), "COMPLETED") << log("mine");
  EXPECT_EQ(field(cluster_.job(first), "Restarts"), "0");
  EXPECT_THAT(log("mine"), HasSubstr("from the last checkpoint"));
  expect_right_results();
}

TEST_P(Disturbed, AWarningBeforeTheProgramStartsIsNotLost) {
  // The script looks again and again whether it has heard the warning, which may take Slurm a while, and then goes on.
  edit("requeue.sbatch", "export PATH=",
       "touch loading; until [ -e loaded ]; do [ -z \"$warned\" ] || touch loaded; sleep 0.05; done; export PATH=");
  const std::string number = submit(job("mine", "requeue.sbatch"), GetParam());
  await_file("loading");
  cluster_.warn(number);
  expect_finished_after_requeue(number);
  EXPECT_THAT(log("mine"), Not(HasSubstr("stopped by")));
}

TEST_P(Disturbed, AWarningBeforeMpiIsUpIsNotLost) {
  std::filesystem::create_directory(directory_ / "slow");
  write_file(directory_ / "slow/nxmc",
             "#!/bin/sh\ntouch starting; until [ -e started ]; do sleep 0.05; done\nexec " NXMC_AT_GATE " \"$@\"\n");
  std::filesystem::permissions(directory_ / "slow/nxmc", std::filesystem::perms::all);
  edit("requeue.sbatch", "export PATH=", "export PATH=" + (directory_ / "slow").string() + ":");
  const std::string number = submit(job("mine", "requeue.sbatch"), GetParam());
  await_file("starting");
  cluster_.warn(number);
  cluster_.await(number, [](const SlurmFields& fields) { return field(fields, "Restarts") == "1"; });
  write_file(directory_ / "started", "");
  expect_finished_after_requeue(number);
}

TEST_P(Disturbed, AChainOfJobsEndsWithTheCampaign) {
  std::vector<std::string> chain;
  chain.reserve(3);
  for (int k = 0; k < 3; ++k) chain.push_back(submit(job("mine", "chain.sbatch"), GetParam()));
  cluster_.await_running(chain[0]);
  await_checkpoints("mine.log");
  EXPECT_EQ(field(cluster_.job(chain[1]), "Reason"), "Dependency");
  cluster_.warn(chain[0]);
  EXPECT_EQ(field(cluster_.await_end(chain[0]), "ExitCode"), "75:0") << log("mine");
  gate_.open();
  EXPECT_EQ(field(cluster_.await_end(chain[1]), "JobState"), "COMPLETED") << log("mine");
  EXPECT_EQ(field(cluster_.await_end(chain[2]), "JobState"), "CANCELLED") << log("mine");
  expect_right_results();
}

TEST_P(Disturbed, AChainIsNotContinuedAfterAMistake) {
  write_file(directory_ / "campaign.yaml", "name: wrong\nscan: []\n");
  const std::string first = submit(job("mine", "chain.sbatch"), GetParam());
  const std::string second = submit(job("mine", "chain.sbatch"), GetParam());
  EXPECT_EQ(field(cluster_.await_end(first), "ExitCode"), "1:0") << log("mine");
  EXPECT_EQ(field(cluster_.await_end(second), "JobState"), "CANCELLED");
  EXPECT_THAT(log("mine"), HasSubstr("campaign.yaml:2:1: scan: unknown key; did you mean 'scans'?"));
}

TEST_F(OnSlurm, AnArrayRunsCampaignsBesideEachOther) {
  for (const char* name : {"soft", "stiff"})
    write_file(directory_ / (name + std::string(".yaml")), small_campaign(name));
  const std::string array = submit({"--job-name=both", "--array=0-2", "--nodes=1", "--ntasks-per-node=2",
                                    "slurm/array.sbatch", "soft.yaml", "stiff.yaml"});
  for (const char* task : {"_0", "_1"})
    EXPECT_EQ(field(cluster_.await_end(array + task), "JobState"), "COMPLETED") << log("both-0") << log("both-1");
  EXPECT_EQ(field(cluster_.await_end(array + "_2"), "ExitCode"), "2:0");
  EXPECT_THAT(log("both-2"), HasSubstr("There is no campaign 2 among the 2 given: use --array=0-1."));
  for (const char* name : {"soft", "stiff"}) {
    const std::string reference = std::string(name) + "-alone.h5";
    const Outcome alone =
        run_program({NXMC_PROGRAM, "run", std::string(name) + ".yaml", "--archive", reference}, {}, directory_.path());
    ASSERT_EQ(alone.exit_code, 0) << alone.err;
    EXPECT_EQ(results_of(directory_ / (std::string(name) + ".h5")), results_of(directory_ / reference));
  }
}

TEST_F(OnSlurm, ASecondJobOnTheSameArchiveIsRefused) {
  const std::string first = submit(job("mine", "requeue.sbatch"));
  await_checkpoints("mine.log");
  const std::string second = submit(job("again", "requeue.sbatch"));
  EXPECT_EQ(field(cluster_.await_end(second), "ExitCode"), "1:0") << log("again");
  EXPECT_THAT(log("again"), HasSubstr("campaign.h5: another run writes to it"));
  EXPECT_EQ(field(cluster_.job(first), "JobState"), "RUNNING") << log("mine");
  cluster_.cancel(first);
  cluster_.await_end(first);
  EXPECT_TRUE(Archive::open(directory_ / "campaign.h5").verify().empty());
}

TEST_F(OnSlurm, PicturesAreDrawnWhenTheCampaignIsDone) {
  write_file(directory_ / "soft.yaml", small_campaign("soft"));
  const std::string first = submit({"--job-name=soft", "--ntasks-per-node=2", "slurm/requeue.sbatch", "soft.yaml"});
  const std::string plot =
      submit({"--dependency=afterok:" + first, "slurm/plot.sbatch", "soft.h5", "--phases", "soft.png"});
  EXPECT_EQ(field(cluster_.await_end(plot), "JobState"), "COMPLETED") << log("plot") << log("soft");
  EXPECT_THAT(read_file(directory_ / "soft.png"), HasSubstr("PNG"));
}

TEST_F(OnSlurm, AMissingAnswerOfSlurmDelaysNobodyForLong) {
  edit("requeue.sbatch", "export PATH=", "touch loading; until [ -e loaded ]; do sleep 0.05; done; export PATH=");
  const std::string number = submit(job("mine", "requeue.sbatch", {"--nodes=1"}), "mpirun", independent_of_slurm());
  await_file("loading");
  cluster_.freeze();
  write_file(directory_ / "loaded", "");
  await_checkpoints("mine.log");
  cluster_.thaw();
  gate_.open();
  EXPECT_EQ(field(cluster_.await_end(number), "JobState"), "COMPLETED") << log("mine");
  EXPECT_THAT(log("mine"), HasSubstr("when Slurm job " + number + " ends is not known (squeue: no answer)"));
}

TEST_F(OnSlurm, SubmitWritesOneScriptThatRunsTheCampaign) {
  const Outcome outcome =
      cluster_.run({NXMC_PROGRAM, "submit", "campaign.yaml", "--nodes", "2", "--account", "physics"}, directory_.path(),
                   environment("srun"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(StartsWith("4 jobs on 2 nodes of 2 ranks, "), HasSubstr("submitted as Slurm job "),
                                 HasSubstr("nxmc status campaign.h5")));
  const SlurmFields end = cluster_.await_end(submitted_job(outcome));
  EXPECT_EQ(field(end, "JobState"), "COMPLETED") << log("campaign");
  EXPECT_EQ(field(end, "JobName"), "campaign");
  EXPECT_THAT(read_file(directory_ / "campaign.sbatch"), HasSubstr("#SBATCH --ntasks-per-node=2\n"));
  expect_right_results();
}

// What a job gets of the submitter's environment is the site's or the user's choice.
TEST_F(OnSlurm, BatchScriptsAndSubmitNeedNothingOfTheEnvironment) {
  write_file(directory_ / "soft.yaml", small_campaign("soft"));
  std::string of_mpi;
  for (const auto& [name, value] : environment("srun"))
    of_mpi.append("export ").append(name).append("=").append(value).append("; ");
  edit("requeue.sbatch", "export PATH=", of_mpi + "export PATH=");
  const std::string by_script = submit(
      {"--export=NONE", "--job-name=soft", "--nodes=2", "--ntasks-per-node=2", "slurm/requeue.sbatch", "soft.yaml"});
  EXPECT_EQ(field(cluster_.await_end(by_script), "JobState"), "COMPLETED") << log("soft");
  EXPECT_THAT(log("soft"), HasSubstr("on 4 ranks"));

  std::filesystem::remove(directory_ / "soft.h5");
  Environment none = environment("srun");
  none.emplace_back("SBATCH_EXPORT", "NONE");
  const Outcome outcome = cluster_.run({NXMC_PROGRAM, "submit", "soft.yaml", "--nodes", "2", "--", "--comment=none"},
                                       directory_.path(), none);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const SlurmFields end = cluster_.await_end(submitted_job(outcome));
  EXPECT_EQ(field(end, "JobState"), "COMPLETED") << log("soft");
  EXPECT_EQ(field(end, "Comment"), "none");
}

TEST_F(OnSlurm, StatusFindsJobsWhateverTheirDirectoryIsCalled) {
  const std::filesystem::path odd = directory_ / "a|b c\n12|d'\"\\e";
  std::filesystem::create_directory(odd);
  write_file(odd / "odd.yaml", small_campaign("odd"));
  std::filesystem::copy(directory_ / "slurm", odd / "slurm");
  const std::string number =
      cluster_.submit({"--hold", "--job-name=odd", "slurm/requeue.sbatch", "odd.yaml"}, odd, environment("srun"));
  const Outcome outcome = cluster_.run({NXMC_PROGRAM, "status", "odd.h5", "--json"}, odd);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const nlohmann::json status = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(status["slurm"].size(), 1U) << status;
  EXPECT_EQ(status["slurm"][0]["job"], number);
  EXPECT_EQ(status["slurm"][0]["state"], "PENDING");
}

class LongOnSlurm : public OnSlurm {};

TEST_F(LongOnSlurm, AnExtendedLimitIsFollowed) {
  const std::string number = submit(job("mine", "requeue.sbatch", {"--time=1", "--signal=B:URG@1"}));
  await_log("mine", "Slurm job " + number + " ends in ");
  EXPECT_EQ(cluster_.run({"scontrol", "update", "JobId=" + number, "TimeLimit=10"}).exit_code, 0);
  await_log("mine", " now; this run stops in time before");
  cluster_.cancel(number);
  cluster_.await_end(number);
}

TEST_F(LongOnSlurm, ARunThatNobodyWarnsStopsBeforeTheLimitOfItsJob) {
  const std::string number = submit(job("mine", "requeue.sbatch", {"--time=1", "--signal=B:URG@1"}));
  cluster_.await_running(number);
  cluster_.await_running(number, 1);
  await_log("mine", "jobs go on from the last checkpoint");
  EXPECT_THAT(log("mine"), HasSubstr("stopped by the time limit of Slurm job " + number + ": 0 of 4 jobs are done"));
  cluster_.cancel(number);
  cluster_.await_end(number);
}

Outcome run_under_srun(const SlurmCluster& cluster, const std::string& mpi_type, const TemporaryDirectory& directory,
                       const Environment& environment) {
  return cluster.run({"srun", "--nodes=2", "--ntasks=4", "--mpi=" + mpi_type, NXMC_PROGRAM, "run", "campaign.yaml"},
                     directory.path(), environment);
}

TEST_F(OnSlurm, SrunWithoutMpiIsOneClearMessageAndNoSeparateCopies) {
  const Outcome outcome = run_under_srun(cluster_, "none", directory_, environment("srun"));
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("nxmc: Slurm gave this step 4 tasks, but MPI sees a single process"));
  EXPECT_EQ(outcome.err.find("nxmc: "), outcome.err.rfind("nxmc: ")) << "one copy speaks for all";
  EXPECT_FALSE(std::filesystem::exists(directory_ / "campaign.h5"));
}

TEST_F(OnSlurm, SrunWithAnotherMpiIsExplainedAndStartsNoSeparateCopies) {
  const Outcome outcome = run_under_srun(cluster_, "pmi2", directory_, environment("srun"));
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("nxmc: started by srun without PMIx"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "campaign.h5"));
}

}  // namespace
}  // namespace nxmc

// Campaigns run end to end, as a user starts them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "gate/gate.hpp"
#include "mpirun.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "results.hpp"
#include "warning.hpp"
#include "work.hpp"

namespace nxmc {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing_tools::becomes_so;
using testing_tools::Environment;
using testing_tools::Gate;
using testing_tools::kill_all_with_argument;
using testing_tools::Outcome;
using testing_tools::oversubscribed;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::under_mpirun;
using testing_tools::write_file;

// Both methods, all interactions, 2D and 3D, snapshots and profiles: 30 jobs that take a fraction of a second together.
constexpr const char* mixed_campaign = R"(
name: mixed
seed: 7
scans:
  - name: shells
    method: equilibrium
    lattice: hexagon
    size: 4
    shell_layers: 1
    shell_stiffness: [2, 10]
    temperature: 0.2
    start: [random, segregated]
    replicas: 2
    equilibration_sweeps: 100
    measured_sweeps: 400
    measure_every: {phases: 1, areas: 20}
    snapshots: {sweeps: [0, 250, 500]}
  - name: exchange
    method: exchange
    lattice: hexagon
    size: 5
    interaction: [elastic, ising, none]
    temperature: [0.2, 2, 1]
    delta_mu: [-20, -20, -10]
    zip: [interaction, temperature, delta_mu]
    replicas: 4
    times: {from: 1e-3, to: 10, points: 9, scale: log}
    snapshots: {times: [0.1, 1]}
  - name: published
    method: exchange
    lattice: hexagon
    size: 5
    hamiltonian: published
    temperature: 0.2
    delta_mu: -20
    replicas: 4
    times: [0.1, 1]
  - name: rod
    method: exchange
    lattice: box
    size: [[3, 3, 5]]
    temperature: 1.5
    delta_mu: -200
    replicas: 3
    times: {from: 1e-20, to: 1, points: 5, scale: log}
  - name: cube
    method: equilibrium
    lattice: cube
    size: 3
    shell_layers: 1
    shell_stiffness: 4
    temperature: 1.5
    replicas: 3
    equilibration_sweeps: 50
    measured_sweeps: 200
)";

// One long chain for each of two ranks, for stopping in the middle.
constexpr const char* long_campaign = R"(
name: long
seed: 3
scans:
  - name: chains
    method: equilibrium
    lattice: hexagon
    size: 8
    shell_layers: 1
    shell_stiffness: [6, 12]
    temperature: 0.2
    equilibration_sweeps: 20000
    measured_sweeps: 60000
)";

bool all_done(const std::filesystem::path& file) {
  for (const JobState state : Archive::open(file).states()) {
    if (state != JobState::done) return false;
  }
  return true;
}

class CampaignRun : public testing::Test {
 protected:
  void use(const char* text) { write_file(directory_ / "campaign.yaml", text); }
  std::vector<std::string> command(const std::string& archive, const std::vector<std::string>& options = {}) const {
    std::vector<std::string> arguments{NXMC_PROGRAM, "run", "campaign.yaml", "--archive", archive};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments;
  }
  Outcome run(int ranks, const std::string& archive, const std::vector<std::string>& options = {}) const {
    return run_program(under_mpirun(ranks, command(archive, options)), oversubscribed(), directory_.path());
  }
  TemporaryDirectory directory_;
};

TEST_F(CampaignRun, OneTwoAndFiveRanksGiveTheSameBits) {
  use(mixed_campaign);
  const Outcome alone = run_program(command("alone.h5"), {}, directory_.path());
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_EQ(alone.out, "") << "results go to stdout, and a run has none";
  EXPECT_THAT(alone.err, HasSubstr("campaign 'mixed': 30 jobs, 0 of them done, on 1 rank"));
  EXPECT_THAT(alone.err, ContainsRegex("kernels are ready: 6 built by 1 rank; one copy of [0-9.]+ KiB\n"));
  EXPECT_THAT(alone.err, HasSubstr("all 30 jobs are done; archive alone.h5"));
  EXPECT_THAT(alone.err, ContainsRegex("writing results and checkpoints took [0-9.]+ % of the time of all ranks"));
  EXPECT_THAT(alone.err, ContainsRegex("of this time [0-9.]+ % was work, [0-9.]+ % start-up, [0-9.]+ % without work"));
  const auto expected = results_of(directory_ / "alone.h5");
  ASSERT_EQ(expected.size(), 30U);
  EXPECT_TRUE(all_done(directory_ / "alone.h5"));
  for (const int ranks : {2, 5}) {
    const std::string archive = "ranks" + std::to_string(ranks) + ".h5";
    const Outcome outcome = run(ranks, archive);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(results_of(directory_ / archive), expected) << ranks << " ranks";
    EXPECT_TRUE(Archive::open(directory_ / archive).verify().empty());
  }
}

TEST_F(CampaignRun, ASecondRunFindsNothingToDo) {
  use(mixed_campaign);
  ASSERT_EQ(run(2, "a.h5").exit_code, 0);
  const auto before = testing_tools::read_file(directory_ / "a.h5");
  const Outcome again = run(2, "a.h5");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("30 jobs, 30 of them done"));
  EXPECT_EQ(testing_tools::read_file(directory_ / "a.h5"), before);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "a.h5.checkpoints"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "a.h5.claim"));
}

TEST_F(CampaignRun, MoreRanksThanJobsIsNoProblem) {
  use("name: few\nscans: [{name: s, method: exchange, lattice: hexagon, size: 3, interaction: none, delta_mu: -1, "
      "times: [1]}]\n");
  const Outcome outcome = run(4, "few.h5");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(all_done(directory_ / "few.h5"));
}

/// Chains that cannot end before the test says so, on two ranks.
class StoppedRun : public CampaignRun {
 protected:
  void SetUp() override {
    testing_tools::write_campaign(directory_ / "campaign.yaml", long_campaign);
    const Outcome outcome = run_program(command("undisturbed.h5"), {}, directory_.path());
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    expected_ = results_of(directory_ / "undisturbed.h5");
  }
  static std::vector<std::string> command_at_gate(const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments{NXMC_AT_GATE, "run", "campaign.yaml", "--archive", "a.h5"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments;
  }
  Environment environment() const { return gate_.environment(oversubscribed()); }
  Outcome run_at_gate(const std::vector<std::string>& words) const {
    return run_program(words, environment(), directory_.path());
  }
  void wait_for_checkpoints(const RunningProgram& program) const {
    ASSERT_TRUE(becomes_so([&] {
      std::error_code error;
      return std::filesystem::file_size(directory_ / "a.h5.checkpoints", error) > 1000 && !error;
    })) << program.err();
  }
  /// Leaves an archive with a chain that has a checkpoint.
  void stop_in_the_middle() {
    RunningProgram program(under_mpirun(2, command_at_gate({"--checkpoint-every", "0.05s"})), environment(),
                           directory_.path());
    wait_for_checkpoints(program);
    testing_tools::warn(program);
    const Outcome stopped = program.wait();
    ASSERT_EQ(stopped.exit_code, 75) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("stopped by "));
    EXPECT_THAT(stopped.err, HasSubstr("The same command goes on: nxmc run campaign.yaml --archive a.h5"));
  }
  void expect_resumed(int ranks) {
    const Outcome resumed = run(ranks, "a.h5");
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_THAT(resumed.err, HasSubstr("from the last checkpoint"));
    EXPECT_EQ(results_of(directory_ / "a.h5"), expected_);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "a.h5.checkpoints"));
  }
  void expect_the_same_after_another_run() {
    const Outcome resumed = run(2, "a.h5");
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(results_of(directory_ / "a.h5"), expected_);
  }
  const Gate gate_;
  std::map<std::string, std::vector<std::uint64_t>> expected_;
};

TEST_F(StoppedRun, AWarningSignalEndsWith75AndTheSameCommandGoesOnToTheSameBits) {
  stop_in_the_middle();
  for (const JobState state : Archive::open(directory_ / "a.h5").states()) EXPECT_NE(state, JobState::running);
  expect_resumed(3);
}

TEST_F(StoppedRun, KilledRanksLoseNothingButTheTimeSinceTheLastCheckpoint) {
  const std::string archive = directory_ / "a.h5";
  std::vector<std::string> program{NXMC_AT_GATE,         "run",  "campaign.yaml", "--archive", archive,
                                   "--checkpoint-every", "0.05s"};
  RunningProgram running(under_mpirun(2, program), environment(), directory_.path());
  wait_for_checkpoints(running);
  EXPECT_GE(kill_all_with_argument(archive), 3U) << "mpirun and two ranks";
  running.wait();
  expect_resumed(1);
}

#ifndef __SANITIZE_ADDRESS__  // which has handlers of its own
/// Handlers that need the heap would hang where the crash was in it.
TEST_F(StoppedRun, CrashesEndAProcessWithoutAnyHandler) {
  RunningProgram running(command_at_gate({"--checkpoint-every", "0.05s"}), environment(), directory_.path());
  wait_for_checkpoints(running);
  std::ifstream lines("/proc/" + std::to_string(running.pid()) + "/status");
  std::uint64_t caught = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("SigCgt:"))
      caught = std::stoull(line.substr(line.find_first_of("0123456789abcdef", 7)), nullptr, 16);
  EXPECT_NE(caught, 0U) << "requests to stop are";
  for (const int signal : {SIGABRT, SIGBUS, SIGFPE, SIGSEGV})
    EXPECT_EQ(caught >> static_cast<unsigned>(signal - 1) & 1U, 0U) << "signal " << signal;
}
#endif

/// Where the start alone takes longer than the limit, the watchdog ends the run.
auto names_time_limit(const std::string& which = {}) {
  return testing::AnyOf(HasSubstr("stopped by the time limit" + which), HasSubstr("the time limit is over while"));
}

TEST_F(StoppedRun, ATimeLimitThatAnotherRankReachesFirstIsNamed) {
  const auto program = command_at_gate({"--time-limit", "2s"});
  std::vector<std::string> late{"sh", "-c", R"(sleep 3; exec "$0" "$@")"};
  late.insert(late.end(), program.begin(), program.end());
  auto ranks = under_mpirun(1, late);
  ranks.insert(ranks.end(), {":", "-n", "1"});
  ranks.insert(ranks.end(), program.begin(), program.end());
  const Outcome stopped = run_at_gate(ranks);
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, names_time_limit());
}

TEST_F(StoppedRun, TheTimeLimitEndsWith75) {
  const Outcome stopped = run_at_gate(under_mpirun(2, command_at_gate({"--time-limit", "0.6s"})));
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, names_time_limit());
  expect_the_same_after_another_run();
}

/// As newer versions of Slurm tell their jobs.
Environment in_slurm_job_that_ends(std::chrono::system_clock::time_point end, Environment environment) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(end.time_since_epoch()).count();
  environment.insert(environment.end(), {{"SLURM_JOB_ID", "7"}, {"SLURM_JOB_END_TIME", std::to_string(seconds)}});
  return environment;
}

TEST_F(StoppedRun, TheTimeLimitOfASlurmJobIsFound) {
  const auto end = std::chrono::system_clock::now() + 1s;
  const Outcome stopped =
      run_program(under_mpirun(2, command_at_gate()), in_slurm_job_that_ends(end, environment()), directory_.path());
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, names_time_limit(" of Slurm job 7"));
  expect_the_same_after_another_run();
}

TEST_F(StoppedRun, AGivenTimeLimitStandsInsteadOfThatOfTheSlurmJob) {
  const auto end = std::chrono::system_clock::now() + 1s;
  RunningProgram program(under_mpirun(2, command_at_gate({"--time-limit", "1h"})),
                         in_slurm_job_that_ends(end, environment()), directory_.path());
  std::this_thread::sleep_until(end + 1s);
  gate_.open();
  const Outcome done = program.wait();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.err, Not(HasSubstr("Slurm job")));
}

TEST_F(CampaignRun, ASlurmThatDoesNotAnswerMeansNoTimeLimit) {
  use(mixed_campaign);
  // A rank whose PATH holds no squeue.
  std::filesystem::create_directory(directory_ / "bin");
  std::filesystem::create_symlink("/usr/bin/timeout", directory_ / "bin/timeout");
  std::vector<std::string> rank = command("a.h5");
  rank.insert(rank.begin(), {"env", "SLURM_JOB_ID=7", "PATH=" + (directory_ / "bin").string()});
  const Outcome outcome = run_program(under_mpirun(1, rank), {}, directory_.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              ContainsRegex("info when Slurm job 7 ends is not known \\(.*squeue.*\\): without --time-limit"));
}

/// Runs that find a squeue of the test, in a shell that names Slurm job 7.
class BesideSqueue : public StoppedRun {
 protected:
  /// \param script  for a shell: prints an answer
  void squeue(const std::string& script) const {
    const std::filesystem::path bin = directory_ / "bin";
    std::filesystem::create_directories(bin);
    write_file(bin / "squeue", "#!/bin/sh\ncd '" + bin.string() + "'\n" + script);
    std::filesystem::permissions(bin / "squeue", std::filesystem::perms::owner_all);
  }
  /// The first answer is one end, all later ones are another, in seconds from when they are first given.
  void job_7_ends_after(int first, int later) const {
    const std::string choose = "if [ -e first ]; then file=later left=" + std::to_string(later) +
                               "; else file=first left=" + std::to_string(first) + "; fi\n";
    squeue(choose + "[ -e $file ] || echo $(($(date +%s) + left)) >$file\n" +
           "echo \"RUNNING|$(id -u)|$(cat $file)\"\n");
  }
  Environment in_job_7(const Environment& more = {}) const {
    Environment all = environment();
    all.insert(all.end(), more.begin(), more.end());
    all.emplace_back("PATH", path());
    all.emplace_back("SLURM_JOB_ID", "7");
    return all;
  }
  /// On two ranks. An mpirun that is called by its path puts its own directory, where a real squeue may be, first.
  std::vector<std::string> ranks_at_gate() const {
    std::vector<std::string> words{"env", "PATH=" + path()};
    for (const std::string& word : command_at_gate()) words.push_back(word);
    return under_mpirun(2, words);
  }

 private:
  std::string path() const { return (directory_ / "bin").string() + ":" + std::getenv("PATH"); }
};

TEST_F(BesideSqueue, AJobThatIsOverOrSomebodyElsesIsIgnoredAndSaidToBe) {
  use("name: few\nscans: [{name: s, method: exchange, lattice: hexagon, size: 3, interaction: none, delta_mu: -1, "
      "times: [1]}]\n");
  const std::vector<std::pair<std::string, std::string>> answers{
      {"echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1\n", "Slurm does not know it any more"},
      {"true\n", "Slurm does not know it any more"},
      {"echo \"TIMEOUT|$(id -u)|1000\"\n", "Slurm says that it is TIMEOUT"},
      {"echo \"RUNNING|123454321|$(($(date +%s) + 3600))\"\n", "it is another user's"},
      {"echo 'squeue: error: no controller' >&2; exit 1\n", "it was to end long ago"}};
  for (const auto& [answer, reason] : answers) {
    squeue(answer);
    std::filesystem::remove(directory_ / "a.h5");
    const Outcome outcome = run_program(
        command("a.h5"), in_job_7({{"SLURM_JOB_END_TIME", "1000"}, {"SLURM_NTASKS", "4"}, {"SLURM_MEM_PER_NODE", "1"}}),
        directory_.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("warning the environment names Slurm job 7, but " + reason));
    EXPECT_EQ(Archive::open(directory_ / "a.h5").runs().back().slurm_job, "");
  }
}

TEST_F(BesideSqueue, TheMemoryOfAJobCountsWhereItRuns) {
  squeue("echo \"RUNNING|$(id -u)|$(($(date +%s) + 3600))\"\n");
  const Outcome outcome = run_program(command("b.h5"), in_job_7({{"SLURM_MEM_PER_NODE", "1"}}), directory_.path());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("819.2 KiB may be used on a node of 1 rank"));
}

TEST_F(BesideSqueue, AnExtendedLimitIsFollowed) {
  job_7_ends_after(60, 3600);
  RunningProgram program(ranks_at_gate(), in_job_7(), directory_.path());
  ASSERT_TRUE(becomes_so([&] {
    return program.err().find(" now; this run stops in time before") != std::string::npos;
  })) << program.err();
  gate_.open();
  const Outcome done = program.wait();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(results_of(directory_ / "a.h5"), expected_);
}

TEST_F(BesideSqueue, AShortenedLimitIsFollowed) {
  job_7_ends_after(60, 10);
  const Outcome stopped = run_program(ranks_at_gate(), in_job_7(), directory_.path());
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, AllOf(HasSubstr(" now; this run stops in time before"),
                                 HasSubstr("stopped by the time limit of Slurm job 7")));
}

TEST_F(StoppedRun, AWiderCampaignKeepsTheCheckpoints) {
  stop_in_the_middle();
  std::string wider = long_campaign;
  wider.replace(wider.find("[6, 12]"), 7, "[6, 12, 13]");
  testing_tools::write_campaign(directory_ / "campaign.yaml", wider);
  const Outcome resumed = run(2, "a.h5");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("from the last checkpoint"));
  const auto results = results_of(directory_ / "a.h5");
  EXPECT_EQ(results.size(), 3U);
  for (const auto& [job, values] : expected_) EXPECT_EQ(results.at(job), values);
}

TEST_F(StoppedRun, RedoneJobsBeginAnewAndNotFromTheirOldCheckpoint) {
  stop_in_the_middle();
  const auto checkpoints = testing_tools::read_file(directory_ / "a.h5.checkpoints");
  ASSERT_EQ(run(2, "a.h5").exit_code, 0);
  // As after a campaign that was stopped by other jobs than those that are redone.
  write_file(directory_ / "a.h5.checkpoints", checkpoints);
  const Outcome redone = run(2, "a.h5", {"--redo", "shell_stiffness > 0"});
  ASSERT_EQ(redone.exit_code, 0) << redone.err;
  EXPECT_THAT(redone.err, HasSubstr("2 jobs, 0 of them done"));
  EXPECT_THAT(redone.err, Not(HasSubstr("from the last checkpoint")));
  EXPECT_EQ(results_of(directory_ / "a.h5"), expected_);
}

/// Flips a bit in a kernel value that an archive keeps.
void damage_kernel(const std::filesystem::path& file) {
  std::string bytes = testing_tools::read_file(file);
  const auto kernel = Archive::open(file).kernel(0);
  ASSERT_TRUE(kernel);
  const std::string value(reinterpret_cast<const char*>(&kernel->rows[1]), sizeof(double));
  const auto at = bytes.find(value);
  ASSERT_NE(at, std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 4);
  write_file(file, bytes);
}

TEST_F(CampaignRun, ADamagedKernelIsBuiltAgainEvenWhenNoJobNeedsIt) {
  use(mixed_campaign);
  ASSERT_EQ(run(2, "a.h5").exit_code, 0);
  const auto before = results_of(directory_ / "a.h5");
  damage_kernel(directory_ / "a.h5");
  ASSERT_EQ(Archive::open(directory_ / "a.h5").verify().size(), 1U);
  const Outcome repaired = run(2, "a.h5");
  EXPECT_EQ(repaired.exit_code, 0) << repaired.err;
  EXPECT_THAT(repaired.err, HasSubstr("kernel 0: its checksum is wrong; it is computed again"));
  EXPECT_TRUE(Archive::open(directory_ / "a.h5").verify().empty());
  EXPECT_EQ(results_of(directory_ / "a.h5"), before);
}

TEST_F(CampaignRun, JobsEndedByMaxEventsAreReported) {
  use("name: short\nscans: [{name: s, method: exchange, lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -20, "
      "max_events: 10, replicas: 3, snapshots: {times: [1e-30, 100]}}]\n");
  const Outcome outcome = run(2, "a.h5");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("3 of 3 jobs were ended by max_events"));
  const auto snapshots = Archive::open(directory_ / "a.h5").snapshots(0);
  ASSERT_EQ(snapshots.size(), 1U) << "at time 100 the trajectory had ended";
  EXPECT_EQ(snapshots.front().at, 1e-30);
}

TEST_F(CampaignRun, AKernelThatCannotFitIsRefusedBeforeAnythingIsWritten) {
  use("name: big\nscans: [{name: s, method: exchange, lattice: cube, size: 60, temperature: 1.5, delta_mu: -200}]\n");
  const Outcome outcome = run(2, "big.h5", {"--memory", "1G"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("the kernel of the box of size 60x60x60 with 0 shell layers (216000 sites) needs"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "big.h5"));
}

TEST_F(CampaignRun, SlurmTasksThatMpiDoesNotSeeAreAnError) {
  use(mixed_campaign);
  const Outcome outcome =
      run_program(command("a.h5"), {{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}, directory_.path());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("Slurm gave this step 4 tasks, but MPI sees a single process"));
  EXPECT_THAT(outcome.err, HasSubstr("srun --mpi=pmix"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "a.h5"));
  const Outcome other_copy =
      run_program(command("a.h5"), {{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "3"}}, directory_.path());
  EXPECT_EQ(other_copy.exit_code, 1);
  EXPECT_EQ(other_copy.err, outcome.err) << "only what Slurm's own daemon has started is one of several copies";
}

TEST_F(CampaignRun, FewerProcessesThanSlurmsTasksAreAWarning) {
  use("name: few\nscans: [{name: s, method: exchange, lattice: hexagon, size: 3, interaction: none, delta_mu: -1, "
      "times: [1]}]\n");
  Environment environment = oversubscribed();
  environment.emplace_back("SLURM_NTASKS", "4");
  const Outcome outcome = run_program(under_mpirun(2, command("a.h5")), environment, directory_.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("Slurm gave this step 4 tasks, but MPI runs 2 processes; going on with 2"));
}

TEST_F(CampaignRun, ASmallDevShmIsReplacedByAMappedFileAndSaidSo) {
  if (run_program({"unshare", "--mount", "true"}).exit_code != 0)
    GTEST_SKIP() << "mount namespaces need more rights than this user has";
  use(R"(
name: container
scans:
  - {name: s, method: exchange, lattice: hexagon, size: 24, temperature: 0.2, delta_mu: -20, times: [1e-3], shell_layers: 1,
     shell_stiffness: [2, 3, 4, 5]}
)");
  ASSERT_EQ(run(2, "roomy.h5").exit_code, 0);
  std::string line;
  for (const auto& word : under_mpirun(2, command("a.h5"))) line += "'" + word + "' ";
  const Outcome outcome =
      run_program({"unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=64m tmpfs /dev/shm && exec " + line},
                  oversubscribed(), directory_.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("/dev/shm is too small for the kernels"));
  EXPECT_EQ(results_of(directory_ / "a.h5"), results_of(directory_ / "roomy.h5"));
}

}  // namespace
}  // namespace nxmc

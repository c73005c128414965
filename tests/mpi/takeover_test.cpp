// Two runs on one archive: the second is refused, or replaces the first, which may come back at any time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "gate/gate.hpp"
#include "mpirun.hpp"
#include "program.hpp"
#include "results.hpp"
#include "warning.hpp"
#include "work.hpp"

namespace nxmc {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using testing_tools::becomes_so;
using testing_tools::Gate;
using testing_tools::Outcome;
using testing_tools::oversubscribed;
using testing_tools::read_file;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::under_mpirun;
using Seconds = std::chrono::duration<double>;
namespace fs = std::filesystem;

// Chains that keep checkpoints and end when the test says so, and many small jobs whose results are committed all the
// time.
constexpr const char* campaign = R"(
name: contested
seed: 5
scans:
  - name: chains
    method: equilibrium
    lattice: hexagon
    size: 6
    shell_layers: 1
    shell_stiffness: [6, 12]
    temperature: 0.2
    equilibration_sweeps: 5000
    measured_sweeps: 100000
  - name: trajectories
    method: exchange
    lattice: hexagon
    size: 8
    temperature: 0.2
    delta_mu: -20
    replicas: 100
    times: {from: 1e-3, to: 10, points: 9, scale: log}
)";

class TwoRuns : public testing::Test {
 protected:
  TwoRuns() { testing_tools::write_campaign(directory / "campaign.yaml", campaign); }

  /// The command as Slurm starts it for the nth time; with an empty job not under Slurm.
  static std::vector<std::string> command(const std::string& archive, const std::string& job, int restarts,
                                          const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{"env"};
    if (!job.empty())
      words.insert(words.end(), {"SLURM_JOB_ID=" + job, "SLURM_RESTART_COUNT=" + std::to_string(restarts)});
    words.insert(words.end(),
                 {NXMC_AT_GATE, "run", "campaign.yaml", "--archive", archive, "--checkpoint-every", "0.05s"});
    words.insert(words.end(), options.begin(), options.end());
    return under_mpirun(2, words);
  }
  Outcome run(const std::vector<std::string>& words) const {
    return run_program(words, environment(), directory.path());
  }
  testing_tools::Environment environment() const { return gate.environment(oversubscribed()); }
  Outcome nxmc(std::vector<std::string> words) const {
    words.insert(words.begin(), NXMC_PROGRAM);
    return run_program(words, {{"ASAN_OPTIONS", "detect_leaks=0"}}, directory.path());
  }

  /// The ranks of the run that has the claim.
  std::vector<pid_t> wait_for_claim() const {
    std::vector<pid_t> ranks;
    EXPECT_TRUE(becomes_so([&] {
      std::istringstream lines(read_file(directory / "a.h5.claim"));
      for (std::string line; std::getline(lines, line);)
        if (line.starts_with("processes ")) ranks = parse_processes(line);
      return !ranks.empty();
    })) << "no claim";
    return ranks;
  }
  void wait_for_checkpoints() const {
    ASSERT_TRUE(becomes_so([&] {
      std::error_code error;
      return fs::file_size(directory / "a.h5.checkpoints", error) > 1000 && !error;
    })) << "no checkpoint";
  }

  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory.path())) found.push_back(entry.path().filename());
    return found;
  }

  const TemporaryDirectory directory;
  const Gate gate;

 private:
  static std::vector<pid_t> parse_processes(const std::string& line) {
    std::istringstream words(line);
    std::string word;
    std::vector<pid_t> ranks;
    for (words >> word; words >> word;) ranks.push_back(static_cast<pid_t>(std::stol(word)));
    return ranks;
  }
};

void send(const std::vector<pid_t>& ranks, int signal) {
  for (const pid_t rank : ranks) kill(rank, signal);
}

bool has_said(const RunningProgram& program, const std::string& words) {
  return program.err().find(words) != std::string::npos;
}

void wait_for_words(const RunningProgram& program, const std::string& words) {
  ASSERT_TRUE(becomes_so([&] { return has_said(program, words); })) << program.err();
}

TEST_F(TwoRuns, TheSecondIsRefusedWithHostProcessAndTime) {
  RunningProgram first(command("a.h5", "", 0), environment(), directory.path());
  const std::vector<pid_t> ranks = wait_for_claim();
  ASSERT_EQ(ranks.size(), 2U);
  wait_for_checkpoints();
  const std::string writer = "process " + std::to_string(ranks[0]) + " on ";
  EXPECT_THAT(nxmc({"status", "a.h5"}).out, HasSubstr("written by " + writer));
  const Outcome second = run(command("a.h5", "", 0));
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, AllOf(HasSubstr("nxmc: a.h5: another run writes to it (" + writer), HasSubstr(", since 20")));
  send(ranks, SIGKILL);
  first.wait();
  EXPECT_THAT(nxmc({"status", "a.h5"}).out, HasSubstr("ended without saying so; the same command goes on"));
}

TEST_F(TwoRuns, TheFirstEndsByItselfWhenItWasReplaced) {
  RunningProgram first(command("a.h5", "77", 0), environment(), directory.path());
  wait_for_claim();
  wait_for_checkpoints();
  RunningProgram second(command("a.h5", "77", 1), environment(), directory.path());
  const Outcome replaced = first.wait();
  EXPECT_EQ(replaced.exit_code, 1);
  EXPECT_THAT(replaced.err,
              HasSubstr("nxmc: a.h5: another run took over when this one gave no sign of life (process "));
  wait_for_words(second, "from the last checkpoint");
  testing_tools::warn(second);
  const Outcome stopped = second.wait();
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("taken over from a run"));
  EXPECT_THAT(names(), UnorderedElementsAre("campaign.yaml", "a.h5", "a.h5.checkpoints"));
}

TEST_F(TwoRuns, ASecondThatWaitsForASignOfTheFirstCanBeStopped) {
  RunningProgram first(command("a.h5", "", 0), environment(), directory.path());
  const std::vector<pid_t> ranks = wait_for_claim();
  send(ranks, SIGSTOP);
  RunningProgram second(command("a.h5", "", 0), environment(), directory.path());
  wait_for_words(second, "waiting up to 60 s");
  testing_tools::warn(second);
  const Outcome stopped = second.wait();
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  const Outcome limited = run(command("a.h5", "", 0, {"--time-limit", "1s"}));
  EXPECT_EQ(limited.exit_code, 75) << limited.err;
  EXPECT_THAT(limited.err,
              AnyOf(HasSubstr("stopped by the time limit before it began"), HasSubstr("the time limit is over while")));
  send(ranks, SIGCONT);
  gate.open();
  EXPECT_EQ(first.wait().exit_code, 0) << "nobody has touched its claim";
}

/// Another start of the same job replaces the first at a random instant, again and again.
class ReplacedRun : public TwoRuns {
 protected:
  void SetUp() override {
    gate.open();
    const auto start = std::chrono::steady_clock::now();
    const Outcome outcome = run(command("undisturbed.h5", "", 0));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    duration = std::chrono::steady_clock::now() - start;
    expected = results_of(directory / "undisturbed.h5");
    ASSERT_EQ(expected.size(), 102U);
    gate.close();
  }

  void sleep_at_most(Seconds most) {
    std::this_thread::sleep_for(std::uniform_real_distribution<double>(0, 1)(random) * most);
  }

  void expect_results_of_the_second(const Outcome& second) {
    EXPECT_EQ(second.exit_code, 0) << second.err;
    EXPECT_EQ(results_of(directory / "a.h5"), expected);
    EXPECT_EQ(nxmc({"verify", "a.h5"}).exit_code, 0);
    EXPECT_THAT(names(), UnorderedElementsAre("campaign.yaml", "undisturbed.h5", "a.h5"));
  }

  static void expect_replaced(const Outcome& first) {
    EXPECT_EQ(first.exit_code, 1) << first.err;
    EXPECT_THAT(first.err, AllOf(AnyOf(HasSubstr("another run took over when this one gave no sign of life ("),
                                       HasSubstr("was removed. This run has"), HasSubstr("another run writes to it")),
                                 testing::Not(HasSubstr("jobs are done; archive"))));
  }

  /// The first can still be at its start, and then finds the claim of the second.
  void end_both(RunningProgram& first, RunningProgram& second) {
    EXPECT_TRUE(becomes_so([&] { return has_said(second, "taken over from") || !first.is_running(); })) << second.err();
    gate.open();
    const Outcome outcome = second.wait();
    expect_replaced(first.wait());
    expect_results_of_the_second(outcome);
    fs::remove(directory / "a.h5");
    gate.close();
  }

  void replace_while_it_runs(int times) {
    for (int i = 0; i < times && !HasFailure(); ++i) {
      SCOPED_TRACE(testing::Message() << "round " << i);
      RunningProgram first(command("a.h5", "77", 0), environment(), directory.path());
      if (i % 4 != 0) wait_for_claim();
      sleep_at_most(duration / 3);
      RunningProgram second(command("a.h5", "77", 1), environment(), directory.path());
      end_both(first, second);
    }
  }

  void replace_while_it_is_stopped(int times) {
    for (int i = 0; i < times && !HasFailure(); ++i) {
      SCOPED_TRACE(testing::Message() << "round " << i);
      RunningProgram first(command("a.h5", "77", 0), environment(), directory.path());
      const std::vector<pid_t> ranks = wait_for_claim();
      sleep_at_most(duration / 2);
      send(ranks, SIGSTOP);
      RunningProgram second(command("a.h5", "77", 1), environment(), directory.path());
      sleep_at_most(duration);
      send(ranks, SIGCONT);
      end_both(first, second);
    }
  }

  std::mt19937 random{11};
  Seconds duration{};
  testing_tools::CampaignBits expected;
};

TEST_F(ReplacedRun, EndsWithAMessageAndChangesNothingThoughItRunsOn) { replace_while_it_runs(6); }

TEST_F(ReplacedRun, EndsWithAMessageAndChangesNothingWhenItComesBack) { replace_while_it_is_stopped(6); }

using LongReplacedRun = ReplacedRun;

TEST_F(LongReplacedRun, ChangesNothingThoughItRunsOn) { replace_while_it_runs(60); }

TEST_F(LongReplacedRun, ChangesNothingWhenItComesBack) { replace_while_it_is_stopped(60); }

TEST_F(LongReplacedRun, IsPresumedDeadAfterAMinuteWithoutABeat) {
  RunningProgram first(command("a.h5", "", 0), environment(), directory.path());
  const std::vector<pid_t> ranks = wait_for_claim();
  wait_for_checkpoints();
  send(ranks, SIGSTOP);
  const auto start = std::chrono::steady_clock::now();
  RunningProgram second(command("a.h5", "", 0), environment(), directory.path());
  wait_for_words(second, "taken over from");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 60s);
  send(ranks, SIGCONT);
  end_both(first, second);
}

}  // namespace
}  // namespace nxmc

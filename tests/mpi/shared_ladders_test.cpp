// Ladders that several ranks share, while these are signalled, killed and stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "campaign_folder.hpp"
#include "gate/gate.hpp"
#include "processes.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_tools::becomes_so;
using testing_tools::CampaignBits;
using testing_tools::Environment;
using testing_tools::Gate;
using testing_tools::Outcome;
using testing_tools::results_of;
using testing_tools::RunningProgram;

/// Of a process that an mpirun has started; -1 when it is none.
int rank_of(pid_t process) {
  const std::string environment = testing_tools::read_file("/proc/" + std::to_string(process) + "/environ");
  for (const std::string name : {"OMPI_COMM_WORLD_RANK=", "PMI_RANK="}) {
    const std::size_t at = environment.find(name);
    if (at != std::string::npos) return std::stoi(environment.substr(at + name.size()));
  }
  return -1;
}

/// [rank] the processes of the ranks that a process has started, itself or through others.
std::map<int, pid_t> ranks_below(pid_t ancestor) {
  std::map<int, pid_t> ranks;
  for (const pid_t process : testing_tools::descendants_of(ancestor))
    if (const int rank = rank_of(process); rank >= 0) ranks[rank] = process;
  return ranks;
}

class SharedLadders : public testing::Test, protected testing_tools::CampaignFolder {
 protected:
  SharedLadders() : CampaignFolder("l.yaml") {}
  static constexpr int rungs = 9;
  static std::string ladders(const std::string& starts) {
    return "  - {name: rungs, method: equilibrium, lattice: hexagon, size: 6, shell_layers: 1, shell_stiffness: {from: "
           "2, to: 4, step: 0.25}, temperature: 0.3, start: " +
           starts +
           ", equilibration_sweeps: 200, measured_sweeps: 3000, measure_every: {areas: 100}, ladder: {along: "
           "shell_stiffness, exchange_every: 20}}\n";
  }
  void write_ladders(const std::string& starts = "random") const { write("name: l\nscans:\n" + ladders(starts)); }
  CampaignBits undisturbed() const {
    const Outcome outcome = run("undisturbed.h5");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return results_of(path("undisturbed.h5"));
  }
  RunningProgram begin(const Gate& gate, int ranks) const {
    return RunningProgram(testing_tools::under_mpirun(ranks, {NXMC_AT_GATE, "run", "l.yaml", "--archive", "l.h5"}),
                          gate.environment(testing_tools::oversubscribed()), directory());
  }
  /// Several ranks move rungs of one ladder, and wait with them in the midst of a stretch. \returns [rank] its process
  std::map<int, pid_t> await_sharing(const Gate& gate, int ranks, const RunningProgram& program) const {
    EXPECT_TRUE(becomes_so([&] { return gate.reached_by().size() >= 2 && busy_ranks() == ranks; })) << program.err();
    std::map<int, pid_t> processes = ranks_below(program.pid());
    EXPECT_EQ(processes.size(), static_cast<std::size_t>(ranks));
    return processes;
  }
  int busy_ranks() const {
    const Outcome status = ask({"status", "l.h5", "--json"});
    if (status.exit_code != 0) return 0;
    const nlohmann::json run = nlohmann::json::parse(status.out).at("run");
    return run.is_null() || run.at("busy").is_null() ? 0 : run.at("busy").get<int>();
  }
  void expect_that_it_goes_on_to(const CampaignBits& expected, int ranks) const {
    const Outcome outcome = run("l.h5", ranks);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(results_of(path("l.h5")), expected) << ranks << " ranks";
    EXPECT_EQ(ask({"verify", "l.h5"}).exit_code, 0);
  }
  /// While three ranks share a ladder, one after the other in a run of its own. \param check  how the run has ended
  void strike_each_rank(int signal, const std::function<void(const Outcome&)>& check) const {
    write_ladders();
    const CampaignBits expected = undisturbed();
    for (int rank = 0; rank < 3; ++rank) {
      SCOPED_TRACE("rank " + std::to_string(rank));
      const Gate gate(900);
      RunningProgram program = begin(gate, 3);
      const auto processes = await_sharing(gate, 3, program);
      ASSERT_TRUE(processes.contains(rank));
      kill(processes.at(rank), signal);
      check(program.wait());
      expect_that_it_goes_on_to(expected, 1 + (rank + 1) % 3);
      if (signal == SIGTERM) {
        for (const JobStatus& status : Archive::open(path("l.h5")).status()) EXPECT_EQ(status.pieces, 2U);
      }
      std::filesystem::remove(path("l.h5"));
    }
  }
};

TEST_F(SharedLadders, AreMovedByAllRanksToTheSameBits) {
  write_ladders();
  const CampaignBits expected = undisturbed();
  ASSERT_EQ(expected.size(), std::size_t{rungs});
  for (const int ranks : {2, 3, 4}) {
    const Gate gate(700);
    RunningProgram program = begin(gate, ranks);
    await_sharing(gate, ranks, program);
    gate.open();
    const Outcome outcome = program.wait();
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(results_of(path("l.h5")), expected) << ranks << " ranks";
    std::filesystem::remove(path("l.h5"));
  }
}

TEST_F(SharedLadders, FewerThanRanksKeepAllOfThemBusy) {
  write_ladders("[random, segregated]");
  const CampaignBits expected = undisturbed();
  const Gate gate(700);
  RunningProgram program = begin(gate, 5);
  await_sharing(gate, 5, program);
  gate.open();
  EXPECT_EQ(program.wait().exit_code, 0) << program.err();
  EXPECT_EQ(results_of(path("l.h5")), expected);
}

TEST_F(SharedLadders, StoppedByASignalToAnyRankGoOnToTheSameBits) {
  strike_each_rank(
      SIGTERM, [&](const Outcome& stopped) { EXPECT_THAT(stopped.err, HasSubstr("0 of 9 jobs are done and safe")); });
}

TEST_F(SharedLadders, OutliveAnyRankThatIsKilled) {
  strike_each_rank(SIGKILL, [&](const Outcome& killed) { EXPECT_NE(killed.exit_code, 0); });
}

// Chains that go on until they are precise are new work for ranks that help, again and again.
TEST_F(SharedLadders, AreLeftForNewWorkAndFoundAgain) {
  const std::string alone =
      "  - {name: alone, method: equilibrium, lattice: hexagon, size: 5, shell_layers: 1, shell_stiffness: [2, 3], "
      "temperature: 0.3, equilibration_sweeps: 200, measured_sweeps: 500, until: {f_U: 0.002, at_most: 16000}}\n";
  write("name: l\nscans:\n" + ladders("random") + alone);
  const CampaignBits expected = undisturbed();
  EXPECT_GT(expected.size(), std::size_t{rungs} + 2) << "there were rounds";
  for (const int ranks : {2, 3, 5}) {
    const Gate gate(700);
    RunningProgram program = begin(gate, ranks);
    EXPECT_TRUE(becomes_so([&] { return !gate.reached_by().empty(); })) << program.err();
    gate.open();
    const Outcome outcome = program.wait();
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(results_of(path("l.h5")), expected) << ranks << " ranks";
    std::filesystem::remove(path("l.h5"));
  }
}

/// A rank stands still for a minute before the others go on without it.
class LongSharedLadders : public SharedLadders, public testing::WithParamInterface<int> {};

TEST_P(LongSharedLadders, GoOnWithoutARankThatStandsStill) {
  write_ladders("[random, segregated]");
  const CampaignBits expected = undisturbed();
  const Gate gate(900);
  RunningProgram program = begin(gate, 4);
  const auto processes = await_sharing(gate, 4, program);
  ASSERT_TRUE(processes.contains(GetParam()));
  kill(processes.at(GetParam()), SIGSTOP);
  gate.open();
  const Outcome ended = program.wait(std::chrono::minutes(5));
  EXPECT_EQ(ended.exit_code, 75) << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("has not been heard of for 60 s; the others go on without it"),
                               HasSubstr("stopped by a rank that gives no sign of life: ")));
  EXPECT_THAT(ended.err, testing::Not(HasSubstr(": 0 of 18 jobs"))) << "a ladder at least is done";
  expect_that_it_goes_on_to(expected, 2);
}
INSTANTIATE_TEST_SUITE_P(OwnersAndHelpers, LongSharedLadders, testing::Values(1, 2, 3));

TEST_F(SharedLadders, GoOnWithARankThatStoodStillForAWhile) {
  write_ladders();
  const CampaignBits expected = undisturbed();
  const Gate gate(900);
  RunningProgram program = begin(gate, 3);
  const auto processes = await_sharing(gate, 3, program);
  for (const auto& [rank, process] : processes) {
    kill(process, SIGSTOP);
    kill(process, SIGCONT);
  }
  kill(processes.at(2), SIGSTOP);
  gate.open();
  kill(processes.at(2), SIGCONT);
  EXPECT_EQ(program.wait().exit_code, 0) << program.err();
  EXPECT_EQ(results_of(path("l.h5")), expected);
}

}  // namespace
}  // namespace nxmc

// Campaigns on three hosts: kernels once on each, one writer among them, and hosts that crash, hang or lose their
// network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "hosts.hpp"
#include "hosts/campaign.hpp"
#include "program.hpp"
#include "results.hpp"
#include "silent_rank.hpp"

namespace nxmc {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing_tools::await_standstill;
using testing_tools::campaign;
using testing_tools::CampaignBits;
using testing_tools::descendants_called;
using testing_tools::Hosts;
using testing_tools::Outcome;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::SilentRank;
using testing_tools::TemporaryDirectory;
using testing_tools::with_silent_rank;
using testing_tools::write_file;
using Clock = std::chrono::steady_clock;

// What does not end by itself.
constexpr const char* endless_campaign = R"(
name: endless
scans:
  - {name: chains, method: equilibrium, lattice: hexagon, size: 5, shell_layers: 1, shell_stiffness: [6, 12], temperature: 0.2,
     equilibration_sweeps: 1000, measured_sweeps: 1000000000}
)";

class OnThreeHosts : public testing::Test {
 protected:
  void SetUp() override {
    if (!hosts.available()) GTEST_SKIP() << hosts.why_unavailable();
    write_file(directory / "campaign.yaml", campaign);
  }

  static std::vector<std::string> command(const std::string& archive = "a.h5") {
    return {NXMC_PROGRAM, "run", "campaign.yaml", "--archive", archive, "--checkpoint-every", "0.02s"};
  }
  Outcome run_on(const std::string& host, const std::string& slots, const std::string& archive = "a.h5") const {
    RunningProgram run(hosts.under_mpirun(host, slots, command(archive)), {}, directory.path());
    return run.wait(10min);
  }
  Outcome nxmc_on(const std::string& host, std::vector<std::string> words) const {
    words.insert(words.begin(), NXMC_PROGRAM);
    return run_program(hosts.on(host, words), {}, directory.path());
  }
  static void warn(const RunningProgram& run) {
    for (const pid_t mpirun : descendants_called(run, "mpirun")) kill(mpirun, SIGUSR1);
  }

  static void kill_launcher(const RunningProgram& run) {
    for (const pid_t mpirun : descendants_called(run, "mpirun")) kill(mpirun, SIGKILL);
  }
  template <class Condition>
  static bool comes_true(const Condition& condition, std::chrono::seconds limit) {
    for (const auto deadline = Clock::now() + limit; Clock::now() < deadline; std::this_thread::sleep_for(20ms))
      if (condition()) return true;
    return condition();
  }

  CampaignBits undisturbed() const {
    const Outcome outcome = run_on("n1", "n1:2", "undisturbed.h5");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return results_of(directory / "undisturbed.h5");
  }

  void await_words(const RunningProgram& run, const std::string& words) const {
    const auto deadline = Clock::now() + 4min;
    while (run.err().find(words) == std::string::npos) {
      ASSERT_TRUE(run.is_running() && Clock::now() < deadline) << run.err();
      std::this_thread::sleep_for(10ms);
    }
  }
  const TemporaryDirectory directory;
  const Hosts hosts{3};
};

using LongHosts = OnThreeHosts;

TEST_F(LongHosts, HoldOneCopyOfTheKernelsEachAndGiveTheSameBits) {
  const Outcome outcome = run_on("n1", "n1:2,n2:2,n3:1");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("3 built by 3 ranks"), HasSubstr("3 copies of "), HasSubstr("one on each node")));
  EXPECT_EQ(results_of(directory / "a.h5"), undisturbed());
}

TEST_F(LongHosts, RefuseASecondSubmissionAndKnowFromAnywhereWhoWrites) {
  write_file(directory / "campaign.yaml", endless_campaign);
  RunningProgram first(hosts.under_mpirun("n1", "n1:1,n2:1", command()), {}, directory.path());
  await_words(first, "kernels are ready");
  const Outcome second = run_on("n3", "n3:1");
  EXPECT_EQ(second.exit_code, 1) << second.err;
  EXPECT_THAT(second.err, ContainsRegex("another run writes to it \\(process [0-9]+ on n1, since 20"));
  EXPECT_THAT(nxmc_on("n3", {"status", "a.h5"}).out,
              ContainsRegex("written by process [0-9]+ on n1 since .* busy, last sign of life [0-9]+ s ago"));
  warn(first);
  const Outcome stopped = first.wait(4min);
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_FALSE(std::filesystem::exists(directory / "a.h5.claim"));
}

TEST_F(LongHosts, OfWhichAllThatARunHadAreLostAreFollowedByAnotherAfterAMinute) {
  RunningProgram first(
      hosts.under_mpirun("n1", "n1:1,n2:1",
                         with_silent_rank({"a checkpoint", 1, "MPI_Mrecv fdatasync"}, directory / "still", command())),
      {}, directory.path());
  await_standstill(directory / "still", first);
  hosts.hang("n1");
  hosts.hang("n2");
  // Nothing changes the claim any more: it gets old, whoever looks.
  std::string status;
  for (const auto deadline = Clock::now() + 5min; Clock::now() < deadline; std::this_thread::sleep_for(1s)) {
    status = nxmc_on("n3", {"status", "a.h5"}).out;
    if (status.find("no sign of life") != std::string::npos) break;
  }
  EXPECT_THAT(status, ContainsRegex("written by process [0-9]+ on n1 since .*, 2 ranks, no sign of life for [0-9]+ s"));
  hosts.crash("n1");
  hosts.crash("n2");
  const Outcome second = run_on("n3", "n3:2");
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("taken over from a run that gives no sign of life (process "));
  hosts.boot("n1");
  EXPECT_EQ(results_of(directory / "a.h5"), undisturbed());
}

/// What happens to a host.
struct Fault {
  const char* name;
  void (*strike)(const Hosts&, const std::string& host, pid_t silent);
  void (*repair)(const Hosts&, const std::string& host);
  bool ends_by_itself;  ///< mpirun sees at once that the host is gone
};
const Fault crash{"crash", [](const Hosts& hosts, const std::string& host, pid_t) { hosts.crash(host); },
                  [](const Hosts& hosts, const std::string& host) { hosts.boot(host); }, true};
const Fault hang{"hang", [](const Hosts& hosts, const std::string& host, pid_t) { hosts.hang(host); },
                 [](const Hosts& hosts, const std::string& host) { hosts.wake(host); }, false};
const Fault cut{"cut",
                [](const Hosts& hosts, const std::string& host, pid_t) {
                  hosts.cut(host);
                  hosts.wake(host);
                },
                [](const Hosts& hosts, const std::string& host) { hosts.mend(host); }, false};

struct Disaster {
  Fault fault;
  SilentRank at;
};
void PrintTo(const Disaster& disaster, std::ostream* out) {
  *out << disaster.fault.name << " of the host of rank " << disaster.at.rank << " at " << disaster.at.stage;
}

std::vector<Disaster> all_disasters() {
  std::vector<Disaster> all;
  for (const Fault& fault : {crash, hang, cut})
    for (const SilentRank& at :
         {SilentRank{"the start", 1, "MPI_Comm_split_type"}, SilentRank{"kernels", 1, "MPI_Win_allocate_shared"},
          SilentRank{"work", 1, "MPI_Mrecv"}, SilentRank{"a checkpoint", 1, "MPI_Mrecv fdatasync"},
          SilentRank{"a commit", 0, "MPI_Mrecv fdatasync"}, SilentRank{"the end", 1, "MPI_File_close"}})
      all.push_back({fault, at});
  return all;
}

/// The host of one of two ranks meets with a disaster; the other host and mpirun are well.
class HostDisaster : public OnThreeHosts, public testing::WithParamInterface<Disaster> {
 protected:
  struct Resumption {
    double refused_for = 0;  ///< seconds
    Outcome outcome;
  };

  /// A rank 0 that has lost the network and nothing else still writes to the archive, and nobody may follow it before
  /// it has ended by itself: until then the same command is refused, with host and process.
  Resumption resume_as_soon_as_the_owner_has_ended() const {
    const bool may_live = GetParam().at.rank == 0 && GetParam().fault.name == std::string("cut");
    const auto start = Clock::now();
    while (true) {
      const double waited = std::chrono::duration<double>(Clock::now() - start).count();
      Outcome outcome = run_on("n3", "n3:2");
      const bool refused = outcome.err.find("another run writes to it (process ") != std::string::npos;
      if (!may_live || !refused || Clock::now() - start > testing_tools::patience) return {waited, outcome};
      EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
      EXPECT_THAT(outcome.err, ContainsRegex("process [0-9]+ on n2, since 20"));
    }
  }
};

TEST_P(HostDisaster, CostsOnlyTime) {
  const auto [fault, at] = GetParam();
  const CampaignBits expected = undisturbed();
  const std::vector<std::string> ranks =
      at.rank == 0 ? std::vector<std::string>{"n2", "n1"} : std::vector<std::string>{"n1", "n2"};
  RunningProgram run(hosts.one_rank_each("n1", ranks, with_silent_rank(at, directory / "still", command())), {},
                     directory.path());
  const pid_t silent = await_standstill(directory / "still", run);
  fault.strike(hosts, "n2", silent);
  warn(run);
  const auto struck = Clock::now();
  const bool ranks_ended = comes_true([&] { return descendants_called(run, "nxmc").empty(); }, 3min);
  const double seconds = std::chrono::duration<double>(Clock::now() - struck).count();
  EXPECT_TRUE(ranks_ended) << run.err();
  // mpirun waits for ever for its daemon on a host that hangs. Batch scripts kill it 90 s after the warning.
  const bool launcher_ended = comes_true([&] { return !run.is_running(); }, 20s);
  if (!launcher_ended) kill_launcher(run);
  const Outcome ended = run.wait(5min);
  EXPECT_NE(ended.exit_code, 0) << ended.err;
  EXPECT_TRUE(fault.ends_by_itself || ended.err.find("The same command goes on") != std::string::npos) << ended.err;
  fault.repair(hosts, "n2");
  const Resumption resumption = resume_as_soon_as_the_owner_has_ended();
  EXPECT_EQ(resumption.outcome.exit_code, 0) << resumption.outcome.err;
  EXPECT_EQ(results_of(directory / "a.h5"), expected);
  EXPECT_EQ(nxmc_on("n3", {"verify", "a.h5"}).exit_code, 0);
  std::printf(
      "| %-5s | rank %d at %-12s | ranks elsewhere ended after %4.1f s, %s | refused for %4.1f s | resumed: %s |\n",
      fault.name, at.rank, at.stage, seconds,
      launcher_ended ? ("mpirun with " + std::to_string(ended.exit_code)).c_str() : "mpirun not at all",
      resumption.refused_for, HasFailure() ? "NO" : "the same bits");
}
INSTANTIATE_TEST_SUITE_P(LongHosts, HostDisaster, testing::ValuesIn(all_disasters()));

}  // namespace
}  // namespace nxmc

// Campaigns on a distributed file system, with ranks and runs on hosts of their own and the caches that clients have by
// default. Whatever happens, the archive ends with the bits that it has on a local disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "disturb/campaign.hpp"
#include "gate/gate.hpp"
#include "nxmc/archive/archive.hpp"
#include "program.hpp"
#include "results.hpp"
#include "volume.hpp"

namespace nxmc::testing_tools {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr CampaignSize size{.replicas = 8, .chains = 3, .measured_sweeps = 100'000};

class LongGluster : public testing::Test {
 protected:
  void SetUp() override {
    const std::string reason = hosts.available() ? why_no_volume() : hosts.why_unavailable();
    if (!reason.empty()) GTEST_SKIP() << reason;
    volume = std::make_unique<Volume>(hosts, directory.path());
    write_file(volume->seen_from("n1") / "campaign.yaml", disturbed_campaign(size));
    ASSERT_TRUE(becomes_so([&] { return fs::exists(volume->seen_from("n2") / "campaign.yaml"); }));
  }
  void TearDown() override {
    if (volume)
      std::printf("%s: %.0f s\n", testing::UnitTest::GetInstance()->current_test_info()->name(),
                  std::chrono::duration<double>(Clock::now() - began).count());
  }

  static const std::string& other(const std::string& host) {
    static const std::string names[] = {"n1", "n2"};
    return host == names[0] ? names[1] : names[0];
  }
  /// The run as Slurm starts it for the nth time, whose runs follow each other at once; below 0: not under Slurm.
  std::vector<std::string> at_gate(int restarts = -1, int ranks = 1) const {
    std::vector<std::string> words{"env"};
    for (const auto& [name, value] : gate.environment()) words.emplace_back(name).append("=").append(value);
    if (restarts >= 0)
      words.insert(words.end(), {"SLURM_JOB_ID=77", "SLURM_RESTART_COUNT=" + std::to_string(restarts)});
    const std::vector<std::string> program = run_command(ranks, NXMC_AT_GATE);
    words.insert(words.end(), program.begin(), program.end());
    return words;
  }
  std::vector<std::string> across_both_hosts() const { return hosts.one_rank_each("n1", {"n1", "n2"}, at_gate(-1, 2)); }

  Outcome nxmc_on(const std::string& host, std::vector<std::string> words) const {
    words.insert(words.begin(), NXMC_PROGRAM);
    return run_program(hosts.on(host, words), {}, volume->place());
  }
  /// What a colleague sees on that host: none of the commands minds that the archive is being written.
  void expect_that_it_can_be_watched_from(const std::string& host) const {
    for (const char* command : {"status", "query", "verify"}) {
      const Outcome asked = nxmc_on(host, {command, "x.h5"});
      EXPECT_EQ(asked.exit_code, 0) << command << " on " << host << ": " << asked.err;
    }
  }

  fs::path archive_on(const std::string& host) const { return volume->seen_from(host) / "x.h5"; }
  /// As a host sees it; none while there is no archive.
  CampaignBits results_on(const std::string& host) const {
    return fs::exists(archive_on(host)) ? results_of(archive_on(host)) : CampaignBits{};
  }
  std::set<std::string> jobs_done_on(const std::string& host) const { return sealed_jobs(results_on(host)); }
  bool has_checkpoints_on(const std::string& host) const {
    std::error_code error;
    return fs::file_size(archive_on(host).string() + ".checkpoints", error) > 1000 && !error;
  }
  /// Until a run has all that can be lost: results and checkpoints.
  void await_work(const RunningProgram& run, const std::string& seen_from) const {
    ASSERT_TRUE(becomes_so(
        [&] { return !run.is_running() || (has_checkpoints_on(seen_from) && !jobs_done_on(seen_from).empty()); }));
    ASSERT_TRUE(run.is_running()) << run.err();
  }
  static void await_words(const RunningProgram& run, const std::string& words) {
    ASSERT_TRUE(becomes_so([&] { return !run.is_running() || run.err().find(words) != std::string::npos; }));
    EXPECT_THAT(run.err(), HasSubstr(words));
  }

  void expect_nothing_lost(const std::set<std::string>& done_before, const std::string& host) const {
    const CampaignBits results = results_on(host);
    const std::set<std::string> done = sealed_jobs(results);
    EXPECT_TRUE(std::ranges::includes(done, done_before)) << done.size() << " of " << done_before.size();
    EXPECT_EQ(count_different(results, expected.results), 0U);
  }
  /// Complete, and nothing else left, with the eyes of both hosts: caches may be a moment behind.
  void expect_finished() const {
    const std::vector<std::string> names{"campaign.yaml", "x.h5"};
    for (const char* host : {"n1", "n2"}) {
      EXPECT_TRUE(becomes_so([&] { return names_in(volume->seen_from(host)) == names; }, 60s))
          << testing::PrintToString(names_in(volume->seen_from(host)));
      EXPECT_EQ(results_on(host), expected.results) << host;
      EXPECT_EQ(nxmc_on(host, {"verify", "x.h5"}).exit_code, 0) << host;
    }
  }
  void finish_on(const std::string& host, int restarts = -1) const {
    gate.open();
    const Outcome outcome = run_program(hosts.on(host, at_gate(restarts)), {}, volume->place());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    expect_finished();
  }

  const Clock::time_point began = Clock::now();
  const TemporaryDirectory directory;
  const Hosts hosts{3};
  std::unique_ptr<Volume> volume;
  const Gate gate;
  const Reference expected = undisturbed(disturbed_campaign(size));
};

TEST_F(LongGluster, ARunWithARankOnEachHostIsWatchedFromBothAndGivesTheBitsOfALocalDisk) {
  RunningProgram run(across_both_hosts(), {}, volume->place());
  for (const char* host : {"n1", "n2"}) {
    await_work(run, host);
    expect_that_it_can_be_watched_from(host);
  }
  gate.open();
  const Outcome outcome = run.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_finished();
}

TEST_F(LongGluster, ASecondWriterOnTheOtherHostIsRefusedWithHostProcessAndTime) {
  RunningProgram first(hosts.on("n1", at_gate()), {}, volume->place());
  await_work(first, "n2");
  const Outcome second = run_program(hosts.on("n2", at_gate()), {}, volume->place());
  EXPECT_EQ(second.exit_code, 1) << second.err;
  EXPECT_THAT(second.err, ContainsRegex("x.h5: another run writes to it \\(process [0-9]+ on n1, since 20"));
  EXPECT_THAT(nxmc_on("n2", {"status", "x.h5"}).out, ContainsRegex("written by process [0-9]+ on n1 since 20"));
  gate.open();
  const Outcome outcome = first.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_finished();
}

TEST_F(LongGluster, OfTwoRunsThatStartTogetherOnTheTwoHostsOneWrites) {
  RunningProgram one(hosts.on("n1", at_gate()), {}, volume->place());
  RunningProgram two(hosts.on("n2", at_gate()), {}, volume->place());
  ASSERT_TRUE(becomes_so([&] { return !one.is_running() || !two.is_running(); })) << one.err() << two.err();
  RunningProgram& writer = one.is_running() ? one : two;
  const Outcome refused = (one.is_running() ? two : one).wait();
  EXPECT_EQ(refused.exit_code, 1) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("another run writes to it (process "));
  gate.open();
  const Outcome outcome = writer.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_finished();
}

TEST_F(LongGluster, ARunThatLivesIsReplacedFromHostToHostAndLearnsIt) {
  std::string host = "n1";
  auto owner = std::make_unique<RunningProgram>(hosts.on(host, at_gate(0)), Environment{}, volume->place());
  for (int restarts = 1; restarts <= 6 && !HasFailure(); ++restarts) {
    await_work(*owner, other(host));
    const std::set<std::string> before = jobs_done_on(other(host));
    host = other(host);
    auto next = std::make_unique<RunningProgram>(hosts.on(host, at_gate(restarts)), Environment{}, volume->place());
    const Outcome replaced = owner->wait();
    EXPECT_EQ(replaced.exit_code, 1) << replaced.err;
    EXPECT_THAT(replaced.err, HasSubstr("another run took over when this one gave no sign of life (process "));
    await_words(*next, "taken over from a run");
    await_work(*next, host);
    expect_nothing_lost(before, other(host));
    owner = std::move(next);
  }
  gate.open();
  const Outcome outcome = owner->wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_finished();
}

/// A host stands still, and wakes up before or after the run that follows on the other host has ended.
class LongGlusterHangs : public LongGluster, public testing::WithParamInterface<bool> {};

TEST_P(LongGlusterHangs, AndItsRunIsTakenOverAfterAMinuteAndLearnsIt) {
  const bool wakes_after_the_end = GetParam();
  RunningProgram first(hosts.on("n1", at_gate()), {}, volume->place());
  await_work(first, "n2");
  hosts.hang("n1");
  const std::set<std::string> before = jobs_done_on("n2");
  RunningProgram second(hosts.on("n2", at_gate()), {}, volume->place());
  await_words(second, "taken over from a run that gives no sign of life (process ");
  if (wakes_after_the_end) {
    gate.open();
    EXPECT_EQ(second.wait().exit_code, 0) << second.err();
  }
  hosts.wake("n1");
  // The program that entered the host stands still with what it started there.
  first.send(SIGCONT);
  const Outcome replaced = first.wait();
  EXPECT_EQ(replaced.exit_code, 1) << replaced.err;
  EXPECT_THAT(replaced.err, HasSubstr("another run took over when this one gave no sign of life"));
  expect_nothing_lost(before, "n2");
  gate.open();
  if (!wakes_after_the_end) {
    EXPECT_EQ(second.wait().exit_code, 0) << second.err();
  }
  expect_finished();
}
INSTANTIATE_TEST_SUITE_P(LongGluster, LongGlusterHangs, testing::Bool(), [](const auto& wakes_after_the_end) {
  return wakes_after_the_end.param ? "AfterTheEnd" : "BeforeTheEnd";
});

TEST_F(LongGluster, RunsThatAreKilledAtAnyInstantGoOnOnTheOtherHost) {
  std::mt19937 random(20211228);
  std::uniform_real_distribution<double> share(0, 1);
  std::string host = "n1";
  int struck = 0;
  constexpr int kills = 12;
  for (int i = 0; i < kills && !HasFailure(); ++i, host = other(host)) {
    // Two with chains that stay where they are, two that get as far as they can.
    i % 4 < 2 ? gate.close() : gate.open();
    RunningProgram run(hosts.on(host, at_gate(i)), {}, volume->place());
    // No state is waited for: whichever the run has reached, nothing may be lost.
    std::this_thread::sleep_for(share(random) * expected.took);
    const std::set<std::string> before = jobs_done_on(other(host));
    struck += run.is_running() ? 1 : 0;
    run.kill_group(SIGKILL);
    run.wait();
    expect_nothing_lost(before, other(host));
    if (fs::exists(archive_on(other(host)))) expect_that_it_can_be_watched_from(other(host));
  }
  std::printf("%d of %d runs were killed before their end\n", struck, kills);
  EXPECT_GE(struck, kills / 2) << "half of them cannot end by themselves";
  finish_on(host, kills);
}

/// Storage that is away for a while costs time only: a run waits for it or ends so that it can be resumed.
struct Outage {
  const char* name;
  bool across;            ///< a rank on each host, instead of one on n1
  bool while_committing;  ///< or while nothing but checkpoints is written
};

class LongGlusterOutage : public LongGluster, public testing::WithParamInterface<Outage> {
 protected:
  static int times_said(const std::string& text, const std::string& words) {
    int times = 0;
    for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++times;
    return times;
  }
};

TEST_P(LongGlusterOutage, LosesNothing) {
  RunningProgram run(GetParam().across ? across_both_hosts() : hosts.on("n1", at_gate()), {}, volume->place());
  await_work(run, "n2");
  const std::set<std::string> before = jobs_done_on("n2");
  if (GetParam().while_committing) gate.open();
  volume->stop();
  for (const char* host : {"n1", "n2"}) ASSERT_TRUE(becomes_so([&] { return !volume->answers_on(host); }));
  std::this_thread::sleep_for(20s);  // how long the outage is, not a wait for something: either ending is right
  const bool waited = run.is_running();
  volume->start();
  for (const char* host : {"n1", "n2"}) ASSERT_TRUE(becomes_so([&] { return volume->answers_on(host); }));
  expect_nothing_lost(before, "n2");
  gate.open();
  const Outcome outcome = run.wait();
  std::printf("%s: %s the outage of 20 s, ended with %d\n%s\n", GetParam().name,
              waited ? "ran on through" : "ended within", outcome.exit_code, outcome.err.c_str());
  EXPECT_THAT(outcome.exit_code, AnyOf(0, 1, 75)) << outcome.err;
  EXPECT_LE(times_said(outcome.err, "cannot make a checkpoint durable"), GetParam().across ? 2 : 1) << outcome.err;
  if (outcome.exit_code == 0) return expect_finished();
  EXPECT_THAT(outcome.err, HasSubstr("nxmc: ")) << "a reason";
  finish_on("n2");
}
INSTANTIATE_TEST_SUITE_P(LongGluster, LongGlusterOutage,
                         testing::Values(Outage{"Commits", false, true}, Outage{"Checkpoints", false, false},
                                         Outage{"CommitsOfTwoHosts", true, true},
                                         Outage{"CheckpointsOfTwoHosts", true, false}),
                         [](const auto& outage) { return std::string(outage.param.name); });

}  // namespace
}  // namespace nxmc::testing_tools

// The power goes at any instant of a campaign that is created, killed, resumed, stopped, widened and finished. Every
// change of its files is recorded once; what a disk may hold is then built for many cuts of the recording.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <iostream>
#include <random>

#include "campaign.hpp"
#include "replay.hpp"

namespace nxmc::testing_tools {
namespace {

using namespace std::chrono_literals;
using Random = std::mt19937;
using testing::ElementsAre;
using testing::SizeIs;
namespace fs = std::filesystem;

constexpr CampaignSize narrow{.replicas = 6, .chains = 2, .measured_sweeps = 60'000};
constexpr CampaignSize wide{.replicas = 8, .chains = 3, .measured_sweeps = 60'000};

std::uint64_t inode_of(const fs::path& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) throw std::runtime_error("no " + path.string());
  return about.st_ino;
}

/// The life of a campaign, recorded.
class RecordedLife {
 public:
  RecordedLife() {
    write_file(directory_ / "campaign.yaml", disturbed_campaign(narrow));
    run_until_some_are_done(SIGKILL);
    run_until_some_are_done(SIGUSR1);
    write_file(directory_ / "campaign.yaml", disturbed_campaign(wide));
    RunningProgram last(command(), environment(), directory_.path());
    if (const Outcome outcome = last.wait(); outcome.exit_code != 0)
      throw std::runtime_error("the last run failed: " + outcome.err);
  }

  std::string recorded() const { return read_file(scratch_ / "recording"); }
  std::uint64_t directory_inode() const { return inode_of(directory_.path()); }
  CampaignBits results() const { return results_of(directory_ / "x.h5"); }

 private:
  std::vector<std::string> command() const { return on_ranks(2, with_preloaded(NXMC_RECORD_WRITES, run_command())); }

  Environment environment() const {
    Environment environment = scratch_in(scratch_.path());
    environment.emplace_back("NXMC_RECORD_DIRECTORY", directory_.path());
    environment.emplace_back("NXMC_RECORD_FILE", scratch_ / "recording");
    return environment;
  }

  std::size_t done() const {
    return fs::exists(directory_ / "x.h5") ? sealed_jobs(results_of(directory_ / "x.h5")).size() : 0;
  }

  void run_until_some_are_done(int signal) const {
    const std::size_t before = done();
    RunningProgram run(command(), environment(), directory_.path());
    while (run.is_running() && done() < before + 20) std::this_thread::sleep_for(1ms);
    if (signal == SIGKILL) {
      for (const pid_t process : descendants_of(getpid())) kill(process, SIGKILL);
    }
    run.send(signal);
    run.wait();
    if (!wait_for_all_descendants(60s)) throw std::runtime_error("ranks of a killed run go on");
  }

  TemporaryDirectory directory_;
  TemporaryDirectory scratch_;
};

struct Damages {
  int cuts = 0;
  int without_archive = 0;
  int not_opened = 0;
  int damaged = 0;
  std::uint64_t lost = 0;
  std::size_t different = 0;
  int resumed = 0;
  int resumed_differently = 0;
  int left_behind = 0;
};

std::ostream& operator<<(std::ostream& out, const Damages& found) {
  return out << found.cuts << " cuts: " << found.without_archive << " before there was an archive, " << found.not_opened
             << " archives do not open, " << found.damaged << " are damaged, " << found.lost << " results lost, "
             << found.different << " different; " << found.resumed << " resumed, " << found.resumed_differently
             << " of them to other results, " << found.left_behind << " left files behind";
}

class PowerCuts : public testing::Test {
 protected:
  static void SetUpTestSuite() { adopt_orphans(); }

  const Recording& recording() const { return recording_; }

  /// Half of them anywhere, half of them right after something that matters.
  std::vector<std::size_t> cuts(std::size_t count, Random& random) const {
    std::vector<std::size_t> turns;
    for (std::size_t at = 0; at < recording_.records().size(); ++at) {
      const Action action = recording_.records()[at].head.action;
      if (action != Action::write && action != Action::sync_begin) turns.push_back(at + 1);
    }
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t anywhere = std::uniform_int_distribution<std::size_t>(0, recording_.records().size())(random);
      const std::size_t turn = turns[std::uniform_int_distribution<std::size_t>(0, turns.size() - 1)(random)];
      chosen.push_back(i % 2 == 0 ? anywhere : turn);
    }
    return chosen;
  }

  /// Loses power at a cut and looks at what is left.
  void lose_power(std::size_t cut, Disk disk, Random& random, bool resume, Damages& found) const {
    const PowerLoss loss(recording_, life_.directory_inode(), cut, disk);
    const auto writeback = static_cast<Writeback>(std::uniform_int_distribution<int>(0, 3)(random));
    const TemporaryDirectory survivor;
    loss.leave(survivor.path(), writeback, random);
    ++found.cuts;
    examine(survivor / "x.h5", reported_done(loss.said()), found);
    if (resume) finish(survivor, found);
  }

 private:
  void examine(const fs::path& archive, std::uint64_t reported, Damages& found) const {
    if (!fs::exists(archive)) {
      ++found.without_archive;
      found.lost += reported;
      return;
    }
    try {
      const Archive opened = Archive::open(archive);
      if (!opened.verify().empty()) ++found.damaged;
      const CampaignBits results = results_of(opened);
      const std::size_t sealed = sealed_jobs(results).size();
      found.lost += reported > sealed ? reported - sealed : 0;
      found.different += count_different(results, expected_);
    } catch (const ArchiveError&) {
      ++found.not_opened;
    }
  }

  void finish(const TemporaryDirectory& directory, Damages& found) const {
    ++found.resumed;
    const TemporaryDirectory scratch;
    write_file(directory / "campaign.yaml", disturbed_campaign(wide));
    const Outcome outcome =
        run_program(on_ranks(1 + found.resumed % 2, run_command()), scratch_in(scratch.path()), directory.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    if (outcome.exit_code != 0 || results_of(directory / "x.h5") != expected_) ++found.resumed_differently;
    if (names_in(directory.path()) == std::vector<std::string>{"campaign.yaml", "x.h5"}) return;
    ++found.left_behind;
    EXPECT_THAT(names_in(directory.path()), ElementsAre("campaign.yaml", "x.h5"));
  }

  const RecordedLife life_;
  const Recording recording_{life_.recorded()};

 protected:
  const CampaignBits expected_ = undisturbed(disturbed_campaign(wide)).results;

  void expect_that_nothing_is_lost(std::size_t examined, std::size_t resumed) {
    EXPECT_EQ(life_.results(), expected_) << "the recorded life itself";
    Random random(4);
    Damages found;
    const std::vector<std::size_t> chosen = cuts(examined, random);
    for (std::size_t i = 0; i < chosen.size(); ++i) lose_power(chosen[i], Disk::honest, random, i < resumed, found);
    std::cout << recording_.records().size() << " records; " << found << '\n';
    EXPECT_EQ(found.not_opened, 0);
    EXPECT_EQ(found.damaged, 0);
    EXPECT_EQ(found.lost, 0U);
    EXPECT_EQ(found.different, 0U);
    EXPECT_EQ(found.resumed_differently, 0);
    EXPECT_EQ(found.left_behind, 0);
    EXPECT_LT(found.without_archive, found.cuts / 2);
  }
};

TEST_F(PowerCuts, LoseNothingThatWasReported) { expect_that_nothing_is_lost(200, 10); }

TEST_F(PowerCuts, LoseResultsOnADiskThatIgnoresSyncs) {
  Random random(5);
  Damages found;
  for (const std::size_t cut : cuts(100, random)) lose_power(cut, Disk::forgetting, random, false, found);
  std::cout << found << '\n';
  EXPECT_GT(found.lost, 0U) << "so this test would not notice a missing fdatasync";
}

using LongPowerCuts = PowerCuts;
TEST_F(LongPowerCuts, LoseNothingThatWasReported) { expect_that_nothing_is_lost(3000, 400); }

}  // namespace
}  // namespace nxmc::testing_tools

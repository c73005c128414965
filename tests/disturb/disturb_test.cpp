// Campaigns that are disturbed at random instants, again and again until they are complete. Whatever happens: the
// archive opens, what was reported done is there and right, and the same command goes on to the bits of an undisturbed
// run. Suites named Long… do the same many more times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <csignal>
#include <functional>
#include <iostream>
#include <random>
#include <utility>

#include "campaign.hpp"
#include "disk_room.hpp"
#include "warning.hpp"

namespace nxmc::testing_tools {
namespace {

using namespace std::chrono_literals;
using Random = std::mt19937;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using testing::ElementsAre;
namespace fs = std::filesystem;

// A run that has not ended after so long hangs.
constexpr auto hang = patience;

double uniform(Random& random, double below) { return std::uniform_real_distribution<double>(0, below)(random); }
int one_of(Random& random, int choices) { return std::uniform_int_distribution<int>(0, choices - 1)(random); }

/// What is known of one run when it has ended.
struct Attempt {
  bool had_begun = false;      ///< all ranks were at work when the signal came
  bool was_disturbed = false;  ///< before it ended by itself
  Seconds since_signal{};      ///< from the signal, or the end of the time limit, to the end
  Outcome outcome;
};

/// What an undisturbed run takes of a disk.
struct DiskUse {
  std::int64_t bytes = 0;
  std::int64_t reservations = 0;
  std::int64_t syncs = 0;
};

/// A way to disturb a run.
struct Kind {
  std::string name;
  std::function<void(const RunningProgram&, Random&)> strike = {};  ///< at a random instant, with the run still going
  bool limits_time = false;                                         ///< --time-limit of a random length
  std::function<void(RoomCounters&, Random&)> take_room = {};       ///< limits what can be written
  std::function<void(const Attempt&)> check = {};                   ///< how the run must have ended
};

pid_t random_rank(Random& random) {
  const std::vector<pid_t> ranks = running_copies_of(NXMC_PROGRAM);
  return ranks.empty() ? 0 : ranks[static_cast<std::size_t>(one_of(random, static_cast<int>(ranks.size())))];
}

Kind signal_to_one_rank(const std::string& name, int signal) {
  return {.name = name + " to one rank", .strike = [signal](const RunningProgram&, Random& random) {
            if (const pid_t rank = random_rank(random); rank != 0) kill(rank, signal);
          }};
}

Kind signal_to_mpirun(const std::string& name, int signal) {
  return {.name = name + " to mpirun", .strike = [signal](const RunningProgram& run, Random&) { run.send(signal); }};
}

Kind kill_everything() {
  return {.name = "SIGKILL to all ranks and mpirun", .strike = [](const RunningProgram& run, Random&) {
            for (const pid_t process : descendants_of(getpid())) kill(process, SIGKILL);
            run.kill_group(SIGKILL);
          }};
}

void expect_stopped_resumably(const Attempt& attempt) {
  if (attempt.had_begun) {
    EXPECT_THAT(attempt.outcome.exit_code, testing::AnyOf(0, 75)) << attempt.outcome.err;
  }
}

Kind warning_to(Kind kind) {
  kind.check = expect_stopped_resumably;
  return kind;
}

Kind pause_of_one_rank() {
  return {.name = "SIGSTOP and SIGCONT to one rank",
          .strike =
              [](const RunningProgram&, Random& random) {
                const pid_t rank = random_rank(random);
                if (rank == 0) return;
                kill(rank, SIGSTOP);
                std::this_thread::sleep_for(Seconds(uniform(random, 1)));
                kill(rank, SIGCONT);
              },
          .check = [](const Attempt& attempt) { EXPECT_EQ(attempt.outcome.exit_code, 0) << attempt.outcome.err; }};
}

Kind time_limit() {
  return {.name = "--time-limit", .limits_time = true, .check = [](const Attempt& attempt) {
            EXPECT_THAT(attempt.outcome.exit_code, testing::AnyOf(0, 75)) << attempt.outcome.err;
          }};
}

void expect_told_about_the_disk(const Attempt& attempt) {
  if (attempt.outcome.exit_code == 0) return;
  EXPECT_EQ(attempt.outcome.exit_code, 1) << attempt.outcome.err;
  EXPECT_THAT(attempt.outcome.err,
              testing::ContainsRegex(
                  "nxmc: .*(No space left on device|disk is too small|Check free space|Input/output error)"));
}

Kind disk(const std::string& name, std::function<void(RoomCounters&, Random&)> take_room) {
  return {.name = name, .take_room = std::move(take_room), .check = expect_told_about_the_disk};
}

Environment disk_settings(const fs::path& directory, const fs::path& room) {
  return {{"NXMC_DISK", directory.string()}, {"NXMC_DISK_ROOM", room.string()}};
}

struct Tally {
  int campaigns = 0;
  int disturbances = 0;  ///< that met a run which had not ended
  std::size_t lost = 0;
  std::size_t different = 0;
  Seconds slowest_end{};  ///< of runs that were at work, from the disturbance on; with a time limit from its end
};

std::ostream& operator<<(std::ostream& out, const Tally& tally) {
  return out << tally.disturbances << " disturbances in " << tally.campaigns << " campaigns, " << tally.lost
             << " lost and " << tally.different << " different results; at most " << tally.slowest_end.count()
             << " s from the disturbance to the end";
}

/// One campaign, disturbed in one way until it is complete.
class DisturbedCampaign {
 public:
  DisturbedCampaign(const Kind& kind, const Reference& reference, const std::string& campaign, Tally& tally,
                    Random& random, int most_disturbances)
      : kind_(kind), reference_(reference), tally_(tally), random_(random), most_disturbances_(most_disturbances) {
    write_file(directory_ / "campaign.yaml", campaign);
    ++tally_.campaigns;
  }

  void complete() {
    for (int attempt = 0; attempt <= most_disturbances_; ++attempt) {
      const Outcome outcome = run_once(attempt < most_disturbances_);
      check_what_is_there(outcome);
      if (testing::Test::HasFailure()) return;
      if (has_ended(outcome)) break;
    }
    EXPECT_EQ(results_of(directory_ / "x.h5"), reference_.results) << kind_.name;
    EXPECT_THAT(names_in(directory_.path()), ElementsAre("campaign.yaml", "x.h5")) << kind_.name;
  }

 private:
  fs::path archive() const { return directory_ / "x.h5"; }

  /// An mpirun that forgets exit codes says 0 of runs that it has stopped, too.
  static bool has_ended(const Outcome& outcome) {
    if (outcome.exit_code != 0) return false;
    return NXMC_MPIRUN_PASSES_SIGNALS != 0 || outcome.err.find("jobs are done; archive") != std::string::npos;
  }

  Outcome run_once(bool disturb) {
    DiskRoom room(scratch_.path() / "room");
    if (disturb && kind_.take_room) kind_.take_room(room.counters(), random_);
    const Seconds instant = random_instant();
    const bool limited = disturb && kind_.limits_time;
    const Clock::time_point start = Clock::now();
    RunningProgram run(command(limited ? instant : Seconds(0)), environment(), directory_.path());
    Attempt attempt;
    if (disturb && kind_.strike) {
      while (run.is_running() && Clock::now() - start < instant) std::this_thread::sleep_for(1ms);
      strike(run, attempt);
    }
    const Seconds before = limited ? instant : Clock::now() - start;
    attempt.outcome = run.wait(hang);
    EXPECT_TRUE(wait_for_all_descendants(patience)) << kind_.name << ": ranks go on for ever without mpirun";
    attempt.since_signal = Clock::now() - start - before;
    EXPECT_LT(attempt.since_signal, hang) << kind_.name << ": the run hangs; it said " << attempt.outcome.err;
    attempt.was_disturbed =
        attempt.was_disturbed || room.counters().refusals > 0 || (limited && attempt.outcome.exit_code != 0);
    if (attempt.was_disturbed) count(attempt);
    return attempt.outcome;
  }

  /// Rather early than late: what was done by then is done for good, and the end comes closer each time.
  Seconds random_instant() {
    const double share = uniform(random_, 1);
    return share * share * reference_.took;
  }

  void count(const Attempt& attempt) {
    ++tally_.disturbances;
    if (attempt.had_begun || kind_.limits_time) tally_.slowest_end = std::max(tally_.slowest_end, attempt.since_signal);
    if (kind_.check) kind_.check(attempt);
  }

  std::vector<std::string> command(Seconds time_limit) {
    const int ranks = 1 + one_of(random_, 3);
    std::vector<std::string> program = run_command(ranks);
    if (time_limit > Seconds(0))
      program.insert(program.end(), {"--time-limit", std::to_string(time_limit.count()) + "s"});
    if (kind_.take_room) program = with_preloaded(NXMC_FULL_DISK, program);
    return on_ranks(ranks, program);
  }

  Environment environment() const {
    Environment environment = scratch_in(scratch_.path());
    for (const auto& setting : disk_settings(directory_.path(), scratch_ / "room")) environment.push_back(setting);
    return environment;
  }

  void strike(const RunningProgram& run, Attempt& attempt) {
    if (!run.is_running()) return;
    attempt.was_disturbed = true;
    if (fs::exists(archive())) seen_ = sealed_jobs(results_of(archive()));
    attempt.had_begun = run.err().find("campaign 'disturbed'") != std::string::npos;
    kind_.strike(run, random_);
  }

  void check_what_is_there(const Outcome& outcome) {
    const std::uint64_t reported = reported_done(outcome.err);
    if (!fs::exists(archive())) {
      EXPECT_EQ(reported, 0U) << kind_.name;
      return;
    }
    const Archive opened = Archive::open(archive());
    EXPECT_EQ(opened.verify().size(), 0U) << kind_.name;
    const CampaignBits results = results_of(opened);
    const std::set<std::string> sealed = sealed_jobs(results);
    EXPECT_LE(reported, sealed.size()) << kind_.name << ": " << outcome.err;
    const auto lost = static_cast<std::size_t>(
        std::ranges::count_if(seen_, [&](const std::string& job) { return !sealed.contains(job); }));
    const std::size_t different = count_different(results, reference_.results);
    EXPECT_EQ(lost, 0U) << kind_.name;
    EXPECT_EQ(different, 0U) << kind_.name;
    tally_.lost += lost + (reported > sealed.size() ? reported - sealed.size() : 0);
    tally_.different += different;
    for (const char* command : {"status", "query"}) {
      const Outcome asked = run_program({NXMC_PROGRAM, command, "x.h5"}, {}, directory_.path());
      EXPECT_EQ(asked.exit_code, 0) << command << " after " << kind_.name << ": " << asked.err;
    }
  }

  const Kind& kind_;
  const Reference& reference_;
  Tally& tally_;
  Random& random_;
  const int most_disturbances_;  // a campaign that was disturbed so often may then end in peace
  TemporaryDirectory directory_;
  TemporaryDirectory scratch_;
  std::set<std::string> seen_;  // jobs that a reader saw as done
};

constexpr CampaignSize small{.replicas = 4, .chains = 2, .measured_sweeps = 40'000};

/// Runs campaigns under disturbances of some kinds; prints what happened to them.
class Disturbed : public testing::Test {
 protected:
  explicit Disturbed(const CampaignSize& size = small) : campaign_(disturbed_campaign(size)) {}
  static void SetUpTestSuite() { adopt_orphans(); }

  void disturb(const std::vector<Kind>& kinds, int disturbances) {
    Random random(20211228);
    for (const Kind& kind : kinds) {
      Tally tally;
      while (tally.disturbances < disturbances && tally.campaigns < 4 * disturbances && !HasFailure())
        DisturbedCampaign(kind, reference_, campaign_, tally, random, std::min(8, 3 * disturbances)).complete();
      std::cout << kind.name << ": " << tally << std::endl;
    }
  }

  const std::string campaign_;
  const Reference reference_ = undisturbed(campaign_);
};

DiskUse use_of_an_undisturbed_run(const std::string& campaign) {
  const TemporaryDirectory directory;
  const TemporaryDirectory scratch;
  write_file(directory / "campaign.yaml", campaign);
  DiskRoom room(scratch / "room");
  Environment environment = scratch_in(scratch.path());
  for (const auto& setting : disk_settings(directory.path(), scratch / "room")) environment.push_back(setting);
  const Outcome outcome =
      run_program(on_ranks(2, with_preloaded(NXMC_FULL_DISK, run_command(2))), environment, directory.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const RoomCounters& left = room.counters();
  return {DiskRoom::plenty - left.bytes, DiskRoom::plenty - left.reservations, DiskRoom::plenty - left.syncs};
}

std::vector<Kind> deaths() {
  return {signal_to_one_rank("SIGKILL", SIGKILL), kill_everything(), signal_to_mpirun("SIGKILL", SIGKILL),
          signal_to_one_rank("SIGABRT", SIGABRT), signal_to_one_rank("SIGSEGV", SIGSEGV)};
}

std::vector<Kind> requests_to_stop() {
  return {warning_to({.name = "SIGUSR1 to mpirun", .strike = [](const RunningProgram& run, Random&) { warn(run); }}),
          warning_to(signal_to_one_rank("SIGUSR1", SIGUSR1)), time_limit()};
}

std::vector<Kind> interruptions() {
  return {signal_to_mpirun("SIGTERM", SIGTERM), signal_to_mpirun("SIGINT", SIGINT),
          warning_to(signal_to_one_rank("SIGTERM", SIGTERM)), warning_to(signal_to_one_rank("SIGINT", SIGINT))};
}

std::vector<Kind> full_disks(const DiskUse& use) {
  const auto some = [](Random& random, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random);
  };
  return {disk("a disk that is full after some bytes",
               [=](RoomCounters& room, Random& random) { room.bytes = some(random, use.bytes); }),
          disk("a disk without room to reserve",
               [=](RoomCounters& room, Random& random) { room.reservations = some(random, use.reservations); }),
          disk("a disk that breaks at some sync",
               [=](RoomCounters& room, Random& random) { room.syncs = some(random, use.syncs); })};
}

/// A disk of its own in a directory, as small as one likes.
class SmallDisk {
 public:
  explicit SmallDisk(fs::path directory) : directory_(std::move(directory)) {
    mounted_ = mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=1M") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(directory_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool exists() const { return mounted_; }
  void resize(std::uintmax_t bytes) const {
    const std::string size = "size=" + std::to_string(bytes);
    ASSERT_EQ(mount("tmpfs", directory_.c_str(), "tmpfs", MS_REMOUNT, size.c_str()), 0);
  }

 private:
  fs::path directory_;
  bool mounted_ = false;
};

class SmallDisks : public Disturbed {
 protected:
  SmallDisks() : Disturbed(CampaignSize{.chains = 1, .until = false}) {}

  /// A run on a disk with some room, then one with enough.
  void run_out_of_room(std::uintmax_t bytes) {
    const TemporaryDirectory directory;
    const TemporaryDirectory scratch;
    const SmallDisk disk(directory.path());
    if (!disk.exists()) GTEST_SKIP() << "only root may mount a small disk";
    disk.resize(bytes);
    write_file(directory / "campaign.yaml", campaign_);
    Attempt attempt;
    attempt.outcome = run_program(on_ranks(2, run_command(2)), scratch_in(scratch.path()), directory.path());
    expect_told_about_the_disk(attempt);
    if (fs::exists(directory / "x.h5")) {
      EXPECT_TRUE(Archive::open(directory / "x.h5").verify().empty());
    } else {
      EXPECT_THAT(names_in(directory.path()), ElementsAre("campaign.yaml"));
    }
    std::cout << "with " << bytes << " bytes: exit code " << attempt.outcome.exit_code << '\n';
    disk.resize(std::uintmax_t{1} << 30);
    const Outcome resumed = run_program(on_ranks(2, run_command(2)), scratch_in(scratch.path()), directory.path());
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(results_of(directory / "x.h5"), reference_.results);
  }
};

constexpr int few = 1;
constexpr int many = 40;

TEST_F(Disturbed, DeathsLoseNothing) { disturb(deaths(), few); }
TEST_F(Disturbed, RequestsToStopAreObeyedAndLoseNothing) { disturb(requests_to_stop(), few); }
TEST_F(Disturbed, InterruptionsLoseNothing) { disturb(interruptions(), few); }
TEST_F(Disturbed, APauseOfOneRankChangesNothing) { disturb({pause_of_one_rank()}, few); }
TEST_F(Disturbed, FullAndBrokenDisksAreToldAndLoseNothing) {
  disturb(full_disks(use_of_an_undisturbed_run(campaign_)), 1);
}

TEST_F(SmallDisks, AreToldAndLoseNothing) {
  constexpr std::uintmax_t megabyte = 1 << 20;
  for (const std::uintmax_t bytes : {megabyte / 2, 5 * megabyte, 8 * megabyte}) run_out_of_room(bytes);
}

class LongDisturbed : public Disturbed {
 protected:
  LongDisturbed() : Disturbed(CampaignSize{.refine = true}) {}
};

TEST_F(LongDisturbed, DeathsLoseNothing) { disturb(deaths(), many); }
TEST_F(LongDisturbed, RequestsToStopAreObeyedAndLoseNothing) { disturb(requests_to_stop(), many); }
TEST_F(LongDisturbed, InterruptionsLoseNothing) { disturb(interruptions(), many); }
TEST_F(LongDisturbed, APauseOfOneRankChangesNothing) { disturb({pause_of_one_rank()}, many); }
TEST_F(LongDisturbed, FullAndBrokenDisksAreToldAndLoseNothing) {
  disturb(full_disks(use_of_an_undisturbed_run(campaign_)), many);
}

}  // namespace
}  // namespace nxmc::testing_tools

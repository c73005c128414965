// The power goes at any instant of a campaign that is created, killed, resumed, stopped, widened and finished. Every
// change of its files is recorded once; what a disk may hold is then built for many cuts of the recording.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <iostream>
#include <random>
#include <regex>
#include <sstream>

#include "campaign.hpp"
#include "gate/gate.hpp"
#include "replay.hpp"
#include "work.hpp"

namespace nxmc::testing_tools {
namespace {

using namespace std::chrono_literals;
using Random = std::mt19937;
using testing::ElementsAre;
namespace fs = std::filesystem;

// Without ladders, which are long: both ranks would wait with them at the gate, and no other job would end.
constexpr CampaignSize narrow{.replicas = 6, .chains = 2, .measured_sweeps = 60'000, .ladder = false};
constexpr CampaignSize wide{.replicas = 8, .chains = 3, .measured_sweeps = 60'000, .ladder = false};

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
    gate_.open();
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
  std::vector<std::string> command() const {
    return on_ranks(2, with_preloaded(NXMC_RECORD_WRITES, run_command(2, NXMC_AT_GATE)));
  }

  Environment environment() const {
    Environment environment = gate_.environment(scratch_in(scratch_.path()));
    environment.emplace_back("NXMC_RECORD_DIRECTORY", directory_.path());
    environment.emplace_back("NXMC_RECORD_FILE", scratch_ / "recording");
    return environment;
  }

  std::size_t done() const {
    return fs::exists(directory_ / "x.h5") ? sealed_jobs(results_of(directory_ / "x.h5")).size() : 0;
  }

  void run_until_some_are_done(int signal) const {
    const std::size_t enough = done() + work(20);
    RunningProgram run(command(), environment(), directory_.path());
    while (run.is_running() && done() < enough) std::this_thread::sleep_for(1ms);
    if (signal == SIGKILL) {
      for (const pid_t process : descendants_of(getpid())) kill(process, SIGKILL);
    }
    run.send(signal);
    run.wait();
    if (!wait_for_all_descendants(patience)) throw std::runtime_error("ranks of a killed run go on");
  }

  TemporaryDirectory directory_;
  TemporaryDirectory scratch_;
  Gate gate_;
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
    const int ranks = 1 + found.resumed % 2;
    const Outcome outcome =
        run_program(on_ranks(ranks, run_command(ranks)), scratch_in(scratch.path()), directory.path());
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

TEST_F(PowerCuts, LoseNothingThatWasReported) { expect_that_nothing_is_lost(80, 2); }

TEST_F(PowerCuts, LoseResultsOnADiskThatIgnoresSyncs) {
  Random random(5);
  Damages found;
  for (const std::size_t cut : cuts(40, random)) lose_power(cut, Disk::forgetting, random, false, found);
  std::cout << found << '\n';
  EXPECT_GT(found.lost, 0U) << "so this test would not notice a missing fdatasync";
}

/// System calls of a run as strace saw them, summed up over its threads.
class SystemCalls {
 public:
  SystemCalls(const fs::path& directory, const fs::path& traces) {
    for (const std::string& name : names_in(traces)) {
      std::istringstream lines(read_file(traces / name));
      for (std::string line; std::getline(lines, line);) count(line, directory.string());
    }
  }

  std::uint64_t written = 0;  ///< bytes
  std::uint64_t writes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t resizes = 0;
  std::uint64_t created = 0;
  std::uint64_t names = 0;  ///< renamed, linked, unlinked
  std::vector<std::string> strange;

 private:
  /// Whether a call is about a file of the directory, or about the directory: by descriptor, else by name.
  static bool concerns(const std::string& line, const std::string& directory) {
    static const std::regex name_given(R"re(\w+\((?:AT_FDCWD<[^>]*>, )?"([^"]*)".*)re");
    std::smatch name;
    if (std::regex_match(line, name, name_given)) {
      const std::string path = name[1];
      return !path.starts_with("/") || path.starts_with(directory + "/");
    }
    return line.find("<" + directory + "/") != std::string::npos ||
           line.find("<" + directory + ">") != std::string::npos;
  }

  void count(const std::string& line, const std::string& directory) {
    static const std::regex form(R"((\w+)\(.*\) += (\d+).*)");
    std::smatch call;
    if (!std::regex_match(line, call, form)) return;
    const std::string name = call[1];
    if (name.starts_with("io_")) strange.push_back(line);
    if (!concerns(line, directory)) return;
    static const std::set<std::string> writing{"write", "pwrite64", "writev", "pwritev", "pwritev2"};
    static const std::set<std::string> naming{"rename", "renameat", "renameat2", "link",
                                              "linkat", "unlink",   "unlinkat"};
    if (writing.contains(name)) {
      ++writes;
      written += std::stoull(call[2]);
    } else if (name == "fsync" || name == "fdatasync") {
      ++syncs;
    } else if (name == "ftruncate") {
      ++resizes;
    } else if (naming.contains(name)) {
      ++names;
    } else if (name == "openat" || name == "open" || name == "creat") {
      if (line.find("O_CREAT") != std::string::npos) ++created;
    } else if (name == "mmap") {
      if (line.find("PROT_WRITE") != std::string::npos && line.find("MAP_SHARED") != std::string::npos)
        strange.push_back(line);
    } else if (name != "fallocate") {
      strange.push_back(line);
    }
  }
};

TEST(RecordWrites, MissesNoSystemCall) {
  const TemporaryDirectory directory;
  const TemporaryDirectory traces;
  const TemporaryDirectory scratch;
  if (run_program({"strace", "-o", scratch / "probe", "true"}).exit_code != 0)
    GTEST_SKIP() << "strace cannot trace here";
  write_file(directory / "campaign.yaml", disturbed_campaign(narrow));
  const std::string traced =
      "trace=write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,fdatasync,"
      "sync_file_range,copy_file_range,sendfile,splice,io_uring_setup,io_submit,mmap,open,openat,creat,"
      "rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat";
  std::vector<std::string> program = with_preloaded(NXMC_RECORD_WRITES, run_command(2));
  program.insert(program.begin(), {"strace", "-ff", "-y", "-s", "0", "-o", traces / "trace", "-e", traced});
  Environment environment = scratch_in(scratch.path());
  environment.emplace_back("NXMC_RECORD_DIRECTORY", directory.path());
  environment.emplace_back("NXMC_RECORD_FILE", scratch / "recording");
  const Outcome outcome = run_program(on_ranks(2, program), environment, directory.path());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;

  const SystemCalls calls(directory.path(), traces.path());
  const Recording recording(read_file(scratch / "recording"));
  const auto count = [&](Action action) {
    return static_cast<std::uint64_t>(
        std::ranges::count(recording.records(), action, [](const Record& record) { return record.head.action; }));
  };
  std::uint64_t written = 0;
  for (const Record& record : recording.records())
    written += record.head.action == Action::write ? record.head.length : 0;
  EXPECT_THAT(calls.strange, testing::IsEmpty());
  EXPECT_GT(calls.written, 100'000U);
  EXPECT_EQ(written, calls.written);
  EXPECT_EQ(count(Action::write), calls.writes);
  EXPECT_EQ(count(Action::sync_end), calls.syncs);
  EXPECT_EQ(count(Action::create), calls.created);
  EXPECT_EQ(count(Action::rename) + count(Action::link) + count(Action::unlink), calls.names);
  EXPECT_GE(count(Action::resize), calls.resizes);
  std::cout << calls.writes << " writes of " << calls.written << " bytes, " << calls.syncs << " syncs, " << calls.names
            << " changes of names\n";
}

TEST(Leftovers, OfOpenMpiGoWithTheNextRun) {
  const TemporaryDirectory directory;
  const TemporaryDirectory scratch;
  write_file(directory / "campaign.yaml", disturbed_campaign({.replicas = 1, .chains = 1, .measured_sweeps = 50'000}));
  for (const char* name : {"x.h5.locktest.0", "x.h5.locktest.12", "x.h5-930217985-23444.lock", "x.h5.locktest.mine"})
    write_file(directory / name, "");
  const Outcome outcome = run_program(on_ranks(2, run_command(2)), scratch_in(scratch.path()), directory.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(names_in(directory.path()), ElementsAre("campaign.yaml", "x.h5", "x.h5.locktest.mine"));
}

using LongPowerCuts = PowerCuts;
TEST_F(LongPowerCuts, LoseNothingThatWasReported) { expect_that_nothing_is_lost(1500, 150); }

}  // namespace
}  // namespace nxmc::testing_tools

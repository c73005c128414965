// One writer for each archive: who is refused, who is followed, and what a writer that comes back can still do.
#include "nxmc/archive/claim.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <future>
#include <thread>

#include "archive_errors.hpp"
#include "claim_text.hpp"
#include "durable_file.hpp"
#include "liveness.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/archive/checkpoints.hpp"
#include "nxmc/archive/clock.hpp"
#include "program.hpp"

namespace {

// What file systems cannot do, and what can happen between two steps of a process.
bool has_links = true;
bool names_are_taken = false;  // link(2) says so, though nobody sees what has them
bool has_exchange = true;
std::function<void()> before_rename;  // once

void happen_before_rename() {
  if (const auto deed = std::exchange(before_rename, {})) deed();
}

}  // namespace

// In place of the C library's.
extern "C" int link(const char* from, const char* to) noexcept {
  if (names_are_taken) {
    errno = EEXIST;
    return -1;
  }
  if (has_links) return static_cast<int>(::syscall(SYS_link, from, to));
  errno = EPERM;
  return -1;
}
extern "C" int rename(const char* from, const char* to) noexcept {
  happen_before_rename();
  return static_cast<int>(::syscall(SYS_rename, from, to));
}
extern "C" int renameat2(int from_directory, const char* from, int to_directory, const char* to,
                         unsigned int flags) noexcept {
  happen_before_rename();
  if (has_exchange) return static_cast<int>(::syscall(SYS_renameat2, from_directory, from, to_directory, to, flags));
  errno = EINVAL;
  return -1;
}

namespace nxmc {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;
using testing_tools::message_of;
using testing_tools::read_file;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;
namespace fs = std::filesystem;

ClaimOptions quick() {
  ClaimOptions options;
  options.beat_every = 20ms;
  options.stale_after = 300ms;
  return options;
}

/// For those that must see a sign of life: the machine may be busy.
ClaimOptions patient() {
  ClaimOptions options = quick();
  options.stale_after = 60s;
  return options;
}

/// Its owner looks dead from the beginning, though its process lives.
ClaimOptions silent() {
  ClaimOptions options = quick();
  options.beat_every = 1h;
  return options;
}

Owner stranger() {
  Owner owner = myself();
  owner.host = "elsewhere";
  owner.here = {{.pid = 42, .started = 7}};
  owner.nonce = "0123456789abcdef";
  owner.owns_files = true;
  return owner;
}

/// The number of a process that has ended and was asked for its exit code.
long dead_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

Owner dead_neighbour() {
  Owner owner = stranger();
  owner.host = myself().host;
  owner.here = {{.pid = dead_process(), .started = 1}};
  return owner;
}

/// Lets the beat of a claim advance, as its owner on another host does.
class Heart {
 public:
  explicit Heart(const fs::path& claim)
      : claim_(claim, O_RDWR), offset_(find_changing_fields(claim_.read_text(longest_claim)).beat) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      for (std::uint64_t beat = 1; !stop.stop_requested(); ++beat) {
        const std::string text = text_of_beat(beat, {});
        claim_.write(offset_, text.data(), text.size());
        std::this_thread::sleep_for(5ms);
      }
    });
  }

 private:
  Descriptor claim_;
  std::uint64_t offset_;
  std::jthread thread_;
};

class Claims : public testing::Test {
 protected:
  Claims() { write_file(file, "the archive"); }
  void claim_as(const Owner& owner) const { write_file(claim, to_text(owner)); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory.path())) found.push_back(entry.path().filename());
    return found;
  }
  /// Whether a claim taken now replaces the archive by a copy.
  bool copies_the_archive(const ClaimOptions& options = quick()) const {
    const Descriptor before(file, O_RDONLY);
    const Claim taken(file, options);
    EXPECT_EQ(read_file(file), "the archive");
    return inode_of(file) != before.inode();
  }
  const TemporaryDirectory directory;
  const fs::path file = directory / "x.h5";
  const fs::path claim = directory / "x.h5.claim";
};

TEST_F(Claims, AreRefusedWhileTheirOwnerLivesAndNameIt) {
  const Claim first(file, quick());
  EXPECT_THAT(
      message_of([&] { Claim second(file, patient()); }),
      AllOf(StartsWith(file.string()), HasSubstr("process " + std::to_string(::getpid()) + " on " + myself().host),
            HasSubstr("since 20"), HasSubstr("Wait for it or stop it")));
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5", "x.h5.claim"));
}

TEST_F(Claims, CanBeReadByPeople) {
  const Claim first(file, quick());
  EXPECT_THAT(read_file(claim), AllOf(HasSubstr("host       " + myself().host + "\n"),
                                      HasSubstr("process    " + std::to_string(::getpid()) + "\n")));
  const auto owner = claim_owner(file);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->process, ::getpid());
  EXPECT_FALSE(owner->dead);
  EXPECT_LT(std::abs(owner->since - myself().since), 60);
}

TEST_F(Claims, AreFreeAgainAfterTheirOwner) {
  { const Claim first(file, quick()); }
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5"));
  EXPECT_FALSE(copies_the_archive());
  EXPECT_FALSE(claim_owner(file));
}

TEST_F(Claims, OfDeadProcessesAreTakenOverAtOnceAndTheFilesStay) {
  const pid_t child = ::fork();
  if (child == 0) {
    new Claim(file, quick());
    ::_exit(0);
  }
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(claim_owner(file)->dead) << "also before its parent has asked for its exit code";
  EXPECT_FALSE(copies_the_archive(patient()));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(Claims, OfAProcessWhoseNumberWasGivenAwayAgainAreOfADeadOne) {
  Owner owner = dead_neighbour();
  owner.here = {{.pid = ::getpid(), .started = this_process().started + 1}};
  claim_as(owner);
  EXPECT_FALSE(copies_the_archive(patient()));
}

TEST_F(Claims, OfRunsOnOtherHostsAreRefusedWhileTheirBeatAdvances) {
  claim_as(stranger());
  const Heart heart(claim);
  EXPECT_THAT(message_of([&] { Claim second(file, patient()); }), HasSubstr("process 42 on elsewhere"));
}

TEST_F(Claims, OfRunsOnOtherHostsAreTakenOverByCopyWhenTheirBeatStands) {
  claim_as(stranger());
  const Descriptor old(file, O_RDWR);
  std::vector<std::string> said;
  ClaimOptions options = quick();
  options.say = [&](const std::string& sentence) { said.push_back(sentence); };
  const auto start = std::chrono::steady_clock::now();
  const Claim taken(file, options);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
  ASSERT_EQ(said.size(), 2U);
  EXPECT_THAT(said[0], AllOf(HasSubstr("process 42 on elsewhere"), HasSubstr("waiting up to")));
  EXPECT_THAT(said[1], AllOf(HasSubstr("process 42 on elsewhere"), HasSubstr("taken over")));
  old.write(0, "garbage", 7);
  EXPECT_EQ(read_file(file), "the archive") << "the former owner writes to a file without a name";
}

TEST_F(Claims, OfRunsThatLeftSilentRanksBehindAreFollowedAtOnceWithCopies) {
  Claim(file, quick()).leave_to_next_run();
  EXPECT_TRUE(claim_owner(file)->dead);
  std::vector<std::string> said;
  ClaimOptions options = patient();
  options.say = [&](const std::string& sentence) { said.push_back(sentence); };
  const Descriptor old(file, O_RDWR);
  const Claim taken(file, options);
  EXPECT_THAT(said, testing::ElementsAre(HasSubstr("left ranks behind")));
  old.write(0, "garbage", 7);
  EXPECT_EQ(read_file(file), "the archive");
}

/// Something that leaves room for doubt about a death.
struct Alibi {
  const char* name;
  void (*give)(Owner&);
};
void PrintTo(const Alibi& alibi, std::ostream* out) { *out << alibi.name; }

class UncertainDeaths : public Claims, public testing::WithParamInterface<Alibi> {};
TEST_P(UncertainDeaths, AreFollowedWithCopies) {
  Owner owner = dead_neighbour();
  GetParam().give(owner);
  claim_as(owner);
  EXPECT_TRUE(copies_the_archive());
}
INSTANTIATE_TEST_SUITE_P(
    All, UncertainDeaths,
    testing::Values(Alibi{"another host", [](Owner& o) { o.host = "elsewhere"; }},
                    Alibi{"another boot", [](Owner& o) { o.boot = "another"; }},
                    Alibi{"another pid namespace", [](Owner& o) { o.pid_namespace += 1; }},
                    Alibi{"an unknown pid namespace", [](Owner& o) { o.pid_namespace = 0; }},
                    Alibi{"ranks elsewhere", [](Owner& o) { o.ranks = 2; }},
                    Alibi{"a rank that lives", [](Owner& o) { o.here.push_back(this_process()), o.ranks = 2; }},
                    Alibi{"a silent process", [](Owner& o) { o.here = {this_process()}; }},
                    Alibi{"a takeover that was not finished", [](Owner& o) { o.owns_files = false; }}));

TEST_F(Claims, ThatAreHalfWrittenAreWatched) {
  write_file(claim, "host       elsewh");
  std::optional<Heart> heart;
  ClaimOptions options = patient();
  options.say = [&](const std::string&) {
    if (heart) return;
    claim_as(stranger());
    heart.emplace(claim);
  };
  EXPECT_THAT(message_of([&] { Claim second(file, options); }), HasSubstr("another run writes to it"));
  heart.reset();
  write_file(claim, "");
  EXPECT_TRUE(copies_the_archive());
}

TEST_F(Claims, ThatNoRunWroteAreReadWithinBounds) {
  write_file(claim, "host x\nsince 1e300\n");
  EXPECT_EQ(readable_time(claim_owner(file)->since), "an unknown time");
  fs::resize_file(claim, std::uintmax_t{1} << 42U);
  EXPECT_EQ(read_owner(claim)->text.size(), longest_claim);
  EXPECT_EQ(claim_owner(file)->host, "x");
}

TEST_F(Claims, ThatNobodyCanMakeAreGivenUpWhenItIsAskedFor) {
  int rounds = 0;
  ClaimOptions options = quick();
  options.interrupt = [&] {
    if (++rounds == 3) throw std::runtime_error("asked to stop");
  };
  names_are_taken = true;
  EXPECT_THROW(Claim(file, options), std::runtime_error);
  names_are_taken = false;
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5"));
}

TEST_F(Claims, WhoseNameSomethingElseHasAreRefusedAtOnce) {
  fs::create_symlink("nowhere", claim);
  EXPECT_THAT(message_of([&] { Claim taken(file, quick()); }),
              AllOf(StartsWith(claim.string() + ": is a symbolic link"), HasSubstr("Rename or remove it")));
  fs::remove(claim);
  fs::create_directory(claim);
  EXPECT_THAT(message_of([&] { Claim taken(file, quick()); }), StartsWith(claim.string() + ": is a directory"));
  EXPECT_THAT(message_of([&] { claim_owner(file); }), StartsWith(claim.string() + ": is a directory"));
}

TEST_F(Claims, CanBeGivenUpWhileTheyAreWatched) {
  const Owner owner = stranger();
  claim_as(owner);
  ClaimOptions options = patient();
  options.interrupt = [] { throw std::runtime_error("stop"); };
  EXPECT_THROW(Claim(file, options), std::runtime_error);
  EXPECT_EQ(read_file(claim), to_text(owner));
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5", "x.h5.claim"));
}

class ClaimsUnderSlurm : public Claims {
 protected:
  ClaimsUnderSlurm() { start("5", "1"); }
  ~ClaimsUnderSlurm() override {
    for (const char* name : {"SLURM_CLUSTER_NAME", "SLURM_JOB_ID", "SLURM_RESTART_COUNT"}) ::unsetenv(name);
  }
  static void start(const char* job, const char* restarts) {
    ::setenv("SLURM_CLUSTER_NAME", "lab", 1);
    ::setenv("SLURM_JOB_ID", job, 1);
    ::setenv("SLURM_RESTART_COUNT", restarts, 1);
  }
};

TEST_F(ClaimsUnderSlurm, OfAnEarlierStartOfTheSameJobAreTakenOverAtOnceThoughItMayLive) {
  const Claim first(file, quick());
  start("5", "2");
  EXPECT_TRUE(copies_the_archive(patient()));
}

TEST_F(ClaimsUnderSlurm, OfOtherStartsAreRefused) {
  const Claim first(file, quick());
  for (const auto& [job, restarts] : {std::pair{"5", "1"}, {"5", "0"}, {"6", "2"}}) {
    start(job, restarts);
    EXPECT_THAT(message_of([&] { Claim second(file, patient()); }), HasSubstr("another run writes to it"));
  }
  start("5", "2");
  ::setenv("SLURM_CLUSTER_NAME", "other", 1);
  EXPECT_THAT(message_of([&] { Claim second(file, patient()); }), HasSubstr("another run writes to it"));
}

/// A pipe between the test and processes that it starts.
struct Pipe {
  Pipe() {
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe failed");
  }
  ~Pipe() {
    for (const int end : ends) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_input() { ::close(std::exchange(ends[1], -1)); }
  std::array<int, 2> ends{};
};

/// Takes the claim, says whether it was got, and keeps it until the test closes its pipe. 0 when it was got, 1 when it
/// was refused.
int take(const fs::path& file, Pipe& ready, Pipe& end) {
  end.close_input();
  char byte = 0;
  try {
    const Claim taken(file, patient());
    return ::write(ready.ends[1], "+", 1) == 1 && ::read(end.ends[0], &byte, 1) == 0 ? 0 : 2;
  } catch (const ArchiveError& error) {
    const bool refused = std::string(error.what()).find("another run writes to it") != std::string::npos;
    return ::write(ready.ends[1], "-", 1) == 1 && refused ? 1 : 3;
  }
}

/// Exit codes of processes that all take the claim at once.
std::vector<int> compete(const fs::path& file, int takers) {
  Pipe ready;
  Pipe end;
  std::vector<pid_t> children;
  for (int i = 0; i < takers; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) ::_exit(take(file, ready, end));
  }
  char byte = 0;
  for (int i = 0; i < takers; ++i)
    if (::read(ready.ends[0], &byte, 1) != 1) throw std::runtime_error("read failed");
  end.close_input();
  std::vector<int> codes;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    codes.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
  return codes;
}

void expect_one_winner(const std::vector<int>& codes) {
  EXPECT_EQ(std::ranges::count(codes, 0), 1);
  EXPECT_EQ(std::ranges::count(codes, 1), static_cast<std::ptrdiff_t>(codes.size()) - 1)
      << testing::PrintToString(codes);
}

TEST_F(Claims, OfADeadOwnerGoToExactlyOneOfManyTakers) {
  for (int i = 0; i < 40; ++i) {
    claim_as(dead_neighbour());
    expect_one_winner(compete(file, 4));
    ASSERT_THAT(names(), UnorderedElementsAre("x.h5")) << "round " << i;
  }
}

TEST_F(Claims, OfAFreeArchiveGoToExactlyOneOfManyTakers) {
  for (int i = 0; i < 40; ++i) {
    expect_one_winner(compete(file, 4));
    ASSERT_THAT(names(), UnorderedElementsAre("x.h5")) << "round " << i;
  }
}

TEST_F(Claims, OfATakerThatDiedBeforeItsClaimAppearedAreFollowedWithACopy) {
  const Owner head = dead_neighbour();
  Owner announced = dead_neighbour();
  announced.nonce = "fedcba9876543210";
  claim_as(head);
  write_file(claim.string() + "." + head.nonce, to_text(announced));
  EXPECT_TRUE(copies_the_archive());
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5"));
}

TEST_F(Claims, AreRefusedWhileTheOneThatIsToFollowLives) {
  const Owner head = dead_neighbour();
  Owner announced = stranger();
  announced.nonce = "fedcba9876543210";
  claim_as(head);
  const fs::path announcement = claim.string() + "." + head.nonce;
  write_file(announcement, to_text(announced));
  const Heart heart(announcement);
  EXPECT_THAT(message_of([&] { Claim third(file, patient()); }), HasSubstr("process 42 on elsewhere"));
  EXPECT_EQ(read_file(claim), to_text(head));
}

TEST_F(Claims, WithoutRoomForTheCopySayHowMuchItNeedsAndLeaveEverything) {
  write_file(file, std::string(1 << 20, 'x'));
  claim_as(stranger());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignore = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 1 << 16, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = message_of([&] { Claim taken(file, quick()); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, ignore);
  EXPECT_THAT(message, HasSubstr("needs 1.0 MiB"));
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5", "x.h5.claim", testing::StartsWith("x.h5.claim.")));
  EXPECT_THAT(read_file(claim), HasSubstr("to copy")) << "whoever comes next still has to";
  EXPECT_EQ(read_file(file).size(), std::size_t{1} << 20U);
}

TEST_F(Claims, RemoveWhatKilledRunsLeft) {
  for (const char* name : {"x.h5.tmp", "x.h5.0123456789abcdef.tmp", "x.h5.checkpoints.0123456789abcdef.tmp",
                           "x.h5.claim.0123456789abcdef.tmp", "x.h5.claim.0123456789abcdef"})
    write_file(directory / name, "");
  for (const char* name : {"x.h5.claim.bak", "x.h5.mine.tmp", "y.h5.tmp"}) write_file(directory / name, "");
  { const Claim taken(file, quick()); }
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5", "x.h5.claim.bak", "x.h5.mine.tmp", "y.h5.tmp"));
}

TEST_F(Claims, OfALinkedArchiveAreThoseOfTheFile) {
  const fs::path link = directory / "link.h5";
  fs::create_symlink("x.h5", link);
  const Claim first(link, quick());
  EXPECT_THAT(message_of([&] { Claim second(file, patient()); }), HasSubstr("another run writes to it"));
}

// Owners that were replaced.

class ReplacedOwner : public Claims {
 protected:
  /// As a process that was stopped for longer than others wait.
  void be_replaced() {
    first.guard(*inode_of(file));
    second.emplace(file, quick());
  }
  Claim first{file, silent()};
  std::optional<Claim> second;
};

TEST_F(ReplacedOwner, LearnsItBeforeItDoesAnythingAndSaysByWhom) {
  be_replaced();
  EXPECT_THAT(message_of([&] { first.require_ours(); }),
              AllOf(HasSubstr("another run took over"), HasSubstr("process " + std::to_string(::getpid())),
                    HasSubstr("changed nothing since")));
}

TEST_F(ReplacedOwner, CannotReleaseTheClaimOfTheNewOne) {
  be_replaced();
  const std::string text = read_file(claim);
  first.release();
  EXPECT_THAT(names(), testing::Contains("x.h5.claim"));
  EXPECT_NO_THROW(second->require_ours());
}

TEST_F(ReplacedOwner, LeavesOnlyTheArchiveBehindWhenTheNewOneEnds) {
  be_replaced();
  second.reset();
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5"));
}

TEST_F(ReplacedOwner, LearnsItAlsoWhenTheNewOneHasEnded) {
  be_replaced();
  second.reset();
  EXPECT_THAT(message_of([&] { first.require_ours(); }),
              AllOf(HasSubstr("another run took over when this one gave no sign of life (and has ended since)"),
                    HasSubstr("changed nothing since")));
}

TEST_F(ReplacedOwner, CannotPublishAnArchiveInsteadOfTheNewOne) {
  const Descriptor old(file, O_RDONLY);
  be_replaced();
  UnfinishedFile extended(file);
  write_file(extended.path(), "extended by the first");
  EXPECT_FALSE(extended.publish_instead_of(old.inode()));
  EXPECT_EQ(read_file(file), "the archive");
}

/// What the owner is told when somebody does this to its files.
std::string loss_after(const fs::path& file, const std::function<void()>& deed) {
  std::promise<std::string> told;
  auto message = told.get_future();
  ClaimOptions options = quick();
  options.on_loss = [&](const std::string& loss) { told.set_value(loss); };
  Claim claim(file, options);
  claim.guard(*inode_of(file));
  deed();
  if (message.wait_for(60s) != std::future_status::ready) return "nothing";
  return message.get();
}

TEST_F(Claims, ThatWereReplacedAreNoticedByTheBeat) {
  EXPECT_THAT(loss_after(file,
                         [&] {
                           write_file(directory / "other", to_text(stranger()));
                           fs::rename(directory / "other", claim);
                         }),
              HasSubstr("process 42 on elsewhere"));
}

TEST_F(Claims, ThatWereRemovedAreNoticedByTheBeat) {
  EXPECT_THAT(loss_after(file, [&] { fs::remove(claim); }), HasSubstr("was removed"));
}

TEST_F(Claims, WhoseArchiveWasReplacedAreNoticedByTheBeat) {
  EXPECT_THAT(loss_after(file,
                         [&] {
                           write_file(directory / "other", "another archive");
                           fs::rename(directory / "other", file);
                         }),
              HasSubstr("was removed or replaced"));
}

TEST_F(Claims, GuardOnlyTheFileThatHasTheName) {
  Claim taken(file, quick());
  EXPECT_THAT(message_of([&] { taken.guard(*inode_of(file) + 1); }), HasSubstr("was removed or replaced"));
}

// Runs that fail.

TEST_F(Claims, OfAProcessThatFailsAreReleasedWhereNoOtherRankCanWrite) {
  const auto fail_with = [this](std::uint64_t ranks) {
    ClaimOptions options;
    options.ranks = ranks;
    Claim taken(file, options);
    taken.guard(*inode_of(file));
  };
  fail_with(1);
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5"));
  fail_with(2);
  EXPECT_THAT(names(), testing::Contains("x.h5.claim"));
}

// Files that may be another's by now.

TEST_F(Claims, RemoveOnlyTheFileThatWasMeant) {
  const std::uint64_t mine = *inode_of(file);
  write_file(directory / "other", "another archive");
  fs::rename(directory / "other", file);
  EXPECT_FALSE(remove_if_same(file, mine));
  EXPECT_EQ(read_file(file), "another archive");
  EXPECT_TRUE(remove_if_same(file, *inode_of(file)));
  EXPECT_FALSE(remove_if_same(file, mine));
  EXPECT_THAT(names(), IsEmpty());
}

/// Replaces a file in the last instant before somebody else does.
void replace_before_next_rename(const fs::path& file) {
  before_rename = [file] {
    write_file(file.string() + ".new", "of the successor");
    fs::rename(file.string() + ".new", file);
  };
}

TEST_F(Claims, GiveAFileThatIsNoLongerTheirsItsNameBack) {
  replace_before_next_rename(file);
  EXPECT_FALSE(remove_if_same(file, *inode_of(file)));
  EXPECT_EQ(read_file(file), "of the successor");
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5"));
}

TEST_F(Claims, PublishNothingInsteadOfAFileThatIsNoLongerTheirs) {
  {
    UnfinishedFile mine(file);
    write_file(mine.path(), "of a process that was stopped");
    replace_before_next_rename(file);
    EXPECT_THAT(message_of([&] { mine.publish_instead(); }), HasSubstr("was replaced while"));
  }
  EXPECT_EQ(read_file(file), "of the successor");
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5"));
}

TEST_F(Claims, StayWithTheLastThatFollowedThoughAnEarlierOneComesBackAndPutsItselfInFront) {
  claim_as(dead_neighbour());
  ClaimOptions options = quick();
  std::optional<Claim> second;
  before_rename = [&] { second.emplace(file, quick()); };  // the first is silent before its claim appears
  EXPECT_THAT(message_of([&] { Claim first(file, patient()); }), HasSubstr("another run writes to it"));
  EXPECT_NO_THROW(second->require_ours());
}

class PoorFileSystem : public Claims, public testing::WithParamInterface<std::pair<bool, bool>> {
 protected:
  PoorFileSystem() { std::tie(has_links, has_exchange) = GetParam(); }
  ~PoorFileSystem() override { has_links = has_exchange = true; }
};

TEST_P(PoorFileSystem, ServesClaimsAsWell) {
  {
    const Claim first(file, quick());
    EXPECT_THAT(message_of([&] { Claim second(file, patient()); }), HasSubstr("another run writes to it"));
  }
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5"));
  claim_as(dead_neighbour());
  EXPECT_FALSE(copies_the_archive());
  claim_as(stranger());
  EXPECT_TRUE(copies_the_archive());
  EXPECT_THAT(names(), UnorderedElementsAre("x.h5"));
}

TEST_P(PoorFileSystem, HasOneWinnerAsWell) {
  for (int i = 0; i < 10; ++i) {
    claim_as(dead_neighbour());
    expect_one_winner(compete(file, 4));
    ASSERT_THAT(names(), UnorderedElementsAre("x.h5")) << "round " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PoorFileSystem,
                         testing::Values(std::pair(false, true), std::pair(true, false), std::pair(false, false)));

class CopiedCheckpoints : public Claims {
 protected:
  static constexpr Identity token{1, 2};
  static CheckpointLabel label_of(Identity identity) {
    CheckpointLabel label;
    label.identity = identity;
    return label;
  }
  const std::vector<std::byte> state = std::vector<std::byte>(1000, std::byte{5});
};

TEST_F(CopiedCheckpoints, HoldWhatTheOldOnesHeldAndNotWhatTheFormerOwnerWritesLater) {
  CheckpointFile old(file, token);
  old.write(0, 0, label_of({3, 4}), state);
  old.write(0, 1, label_of({3, 4}), state);
  old.write(2, 6, label_of({5, 6}), state);
  claim_as(stranger());
  const Claim taken(file, quick());
  old.write(1, 0, label_of({7, 8}), state);
  old.clear(0);
  const CheckpointFile copy(file, token);
  EXPECT_NE(copy.inode(), old.inode());
  const auto lanes = copy.lanes();
  ASSERT_EQ(lanes.size(), 2U);
  EXPECT_EQ(lanes[0].generation, 2U);
  EXPECT_EQ(lanes[1].lane, 2U);
  EXPECT_EQ(lanes[1].generation, 7U);
  EXPECT_EQ(copy.read(2, 7).state, state);
  EXPECT_EQ(copy.read(0, 1).state, state);
}

TEST_F(CopiedCheckpoints, AreNotRemovedByTheFormerOwner) {
  const CheckpointFile old(file, token);
  claim_as(stranger());
  const Claim taken(file, quick());
  old.remove();
  EXPECT_TRUE(fs::exists(file.string() + ".checkpoints"));
  CheckpointFile(file, token).remove();
  EXPECT_FALSE(fs::exists(file.string() + ".checkpoints"));
}

TEST_F(CopiedCheckpoints, AreOpenedByOtherRanksOnlyIfRank0HasOpenedThem) {
  const CheckpointFile rank_0(file, token);
  EXPECT_NO_THROW(CheckpointFile(file, token, rank_0.inode()));
  EXPECT_THAT(message_of([&] { CheckpointFile(file, token, rank_0.inode() + 1); }), HasSubstr("was replaced"));
}

}  // namespace
}  // namespace nxmc

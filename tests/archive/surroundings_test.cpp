// What is around an archive: links, permissions, groups, access control lists, names that are taken or too long. Runs
// follow it, keep it, or say what is in the way and what to do.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "program.hpp"
#include "results.hpp"

namespace nxmc {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_tools::becomes_so;
using testing_tools::Outcome;
using testing_tools::results_of;
using testing_tools::run_program;
using testing_tools::RunningProgram;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;
namespace fs = std::filesystem;

std::string campaign(int replicas, const std::string& sweeps = "20") {
  return "name: around\nscans:\n  - {name: s, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, "
         "interaction: ising, equilibration_sweeps: 10, measured_sweeps: " +
         sweeps + ", replicas: " + std::to_string(replicas) + "}\n";
}

/// Sweeps of a run that ends when it is told to.
const std::string endless = "1000000000000";

class Surroundings : public testing::Test {
 protected:
  Surroundings() {
    write_file(directory / "c.yaml", campaign(2));
    write_file(directory / "grown.yaml", campaign(3));
  }
  Outcome ask(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{NXMC_PROGRAM};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program(all, {}, directory.path());
  }
  Outcome run(const std::string& yaml, const std::string& archive) const {
    return ask({"run", yaml, "--archive", archive});
  }
  void expect_refusal(const std::string& archive, const std::vector<std::string>& words) const {
    const Outcome outcome = run("c.yaml", archive);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    for (const std::string& word : words) EXPECT_THAT(outcome.err, HasSubstr(word));
    EXPECT_THAT(outcome.err, Not(HasSubstr("filesystem error")));
  }
  struct stat look_at(const std::string& name) const {
    struct stat about {};
    EXPECT_EQ(::stat((directory / name).c_str(), &about), 0) << name;
    return about;
  }
  unsigned mode_of(const std::string& name) const { return look_at(name).st_mode & 07777U; }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(directory.path()))
      found.push_back(entry.path().lexically_relative(directory.path()));
    return found;
  }
  const TemporaryDirectory directory;
};

// ---------------------------------------------------------------------- links

TEST_F(Surroundings, AnArchiveIsMadeWhereALinkLeadsThoughNothingIsThereYet) {
  fs::create_directories(directory / "disk/far");
  fs::create_symlink("disk/hop.h5", directory / "link.h5");
  fs::create_symlink("far/real.h5", directory / "disk/hop.h5");
  const Outcome first = run("c.yaml", "link.h5");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_TRUE(fs::is_symlink(directory / "link.h5"));
  EXPECT_TRUE(fs::is_symlink(directory / "disk/hop.h5"));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(directory / "disk/far/real.h5")));
  const Outcome grown = run("grown.yaml", "disk/hop.h5");
  ASSERT_EQ(grown.exit_code, 0) << grown.err;
  EXPECT_TRUE(fs::is_symlink(directory / "disk/hop.h5"));
  EXPECT_EQ(results_of(directory / "link.h5").size(), 3U);
  EXPECT_THAT(names(), testing::UnorderedElementsAre("c.yaml", "grown.yaml", "link.h5", "disk", "disk/far",
                                                     "disk/hop.h5", "disk/far/real.h5"));
}

TEST_F(Surroundings, ClaimAndCheckpointsStandBesideTheFileThatALinkLeadsTo) {
  write_file(directory / "long.yaml", campaign(1, endless));
  fs::create_directories(directory / "disk");
  fs::create_symlink("disk/real.h5", directory / "link.h5");
  RunningProgram writer({NXMC_PROGRAM, "run", "long.yaml", "--archive", "link.h5", "--checkpoint-every", "0.1s"}, {},
                        directory.path());
  const auto has_both = [&] {
    return fs::exists(directory / "disk/real.h5.claim") && fs::exists(directory / "disk/real.h5.checkpoints");
  };
  ASSERT_TRUE(becomes_so(has_both)) << writer.err();
  EXPECT_FALSE(fs::exists(directory / "link.h5.claim"));
  EXPECT_FALSE(fs::exists(directory / "link.h5.checkpoints"));
  const Outcome second = run("long.yaml", "disk/real.h5");
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("another run writes to it"));
  writer.send(SIGTERM);
  EXPECT_EQ(writer.wait().exit_code, 75);
}

TEST_F(Surroundings, TheDirectoryThatHasToBeWritableIsThatOfTheRealFile) {
  fs::create_symlink("nowhere/real.h5", directory / "link.h5");
  expect_refusal("link.h5", {"link.h5", "nowhere", "Create it"});
}

TEST_F(Surroundings, LinksInACircleAreNamed) {
  fs::create_symlink("b.h5", directory / "a.h5");
  fs::create_symlink("a.h5", directory / "b.h5");
  expect_refusal("a.h5", {"a.h5: its symbolic links lead in a circle", "Remove the link"});
  for (const char* command : {"status", "query", "verify"}) {
    const Outcome outcome = ask({command, "a.h5"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("its symbolic links lead in a circle")) << command;
  }
}

TEST_F(Surroundings, CheckpointsMayBeElsewhere) {
  fs::create_directories(directory / "scratch");
  fs::create_symlink("scratch/states", directory / "x.h5.checkpoints");
  write_file(directory / "long.yaml", campaign(1, endless));
  RunningProgram writer({NXMC_PROGRAM, "run", "long.yaml", "--archive", "x.h5", "--checkpoint-every", "0.1s"}, {},
                        directory.path());
  ASSERT_TRUE(becomes_so([&] {
    return fs::exists(directory / "scratch/states") && fs::file_size(directory / "scratch/states") > 0;
  })) << writer.err();
  writer.send(SIGTERM);
  EXPECT_EQ(writer.wait().exit_code, 75);
  EXPECT_TRUE(fs::is_symlink(directory / "x.h5.checkpoints"));
  EXPECT_THAT(ask({"verify", "x.h5"}).out, HasSubstr("scratch/states: 1 chain can go on"));
}

// ---------------------------------------------------------------------- names that are taken or impossible

TEST_F(Surroundings, WhatIsInTheWayOfAClaimIsNamed) {
  fs::create_symlink("nowhere", directory / "x.h5.claim");
  expect_refusal("x.h5", {"x.h5.claim: is a symbolic link", "Rename or remove it"});
  fs::create_directory(directory / "y.h5.claim");
  expect_refusal("y.h5", {"y.h5.claim: is a directory", "Rename or remove it"});
  ASSERT_EQ(::mkfifo((directory / "z.h5.claim").c_str(), 0600), 0);
  expect_refusal("z.h5", {"z.h5.claim: is not a regular file", "Rename or remove it"});
}

TEST_F(Surroundings, WhatIsInTheWayOfCheckpointsIsNamedBeforeAnythingIsMade) {
  fs::create_directory(directory / "x.h5.checkpoints");
  expect_refusal("x.h5", {"x.h5.checkpoints: is a directory", "Rename or remove it"});
  EXPECT_FALSE(fs::exists(directory / "x.h5"));
  fs::create_symlink("nowhere/states", directory / "y.h5.checkpoints");
  expect_refusal("y.h5", {"y.h5.checkpoints: is a symbolic link to", "nowhere/states", "Remove the link"});
  fs::create_symlink("z.h5.checkpoints", directory / "z.h5.checkpoints");
  expect_refusal("z.h5", {"z.h5.checkpoints: its symbolic links lead in a circle", "Remove the link"});
  ASSERT_EQ(::mkfifo((directory / "p.h5.checkpoints").c_str(), 0600), 0);
  expect_refusal("p.h5", {"p.h5.checkpoints: is not a regular file", "Rename or remove it"});
}

TEST_F(Surroundings, NamesThatAreTooLongAreRefusedBeforeAnythingIsMade) {
  expect_refusal(std::string(300, 'x') + ".h5", {"its name is too long", "Choose a shorter one"});
  expect_refusal(std::string(240, 'x') + ".h5", {"its name is too long", ".checkpoints", "Choose a shorter one"});
  const Outcome fits = run("c.yaml", std::string(219, 'x') + ".h5");
  EXPECT_EQ(fits.exit_code, 0) << fits.err;
}

// ---------------------------------------------------------------------- permissions

TEST_F(Surroundings, EveryFileFollowsTheUmask) {
  for (const unsigned mask : {0002U, 0077U, 0022U}) {
    const TemporaryDirectory place;
    write_file(place / "long.yaml", campaign(1, endless));
    const std::string command = "umask " + std::to_string(mask / 64) + std::to_string(mask / 8 % 8) +
                                std::to_string(mask % 8) + "; exec \"$0\" run long.yaml --archive x.h5";
    RunningProgram writer({"/bin/sh", "-c", command, NXMC_PROGRAM}, {}, place.path());
    const std::array<std::string, 3> made{"x.h5", "x.h5.claim", "x.h5.checkpoints"};
    const auto are_there = [&] {
      return std::ranges::all_of(made, [&](const std::string& name) { return fs::exists(place / name); });
    };
    ASSERT_TRUE(becomes_so(are_there)) << writer.err();
    for (const std::string& name : made) {
      struct stat about {};
      ASSERT_EQ(::stat((place / name).c_str(), &about), 0) << name;
      EXPECT_EQ(about.st_mode & 0777U, 0666U & ~mask) << name;
    }
    writer.send(SIGTERM);
    EXPECT_EQ(writer.wait().exit_code, 75);
  }
}

TEST_F(Surroundings, AnExtendedArchiveKeepsItsPermissions) {
  ASSERT_EQ(run("c.yaml", "x.h5").exit_code, 0);
  int replicas = 2;
  for (const unsigned mode : {0600U, 0660U, 0664U}) {
    ASSERT_EQ(::chmod((directory / "x.h5").c_str(), mode), 0);
    const ino_t before = look_at("x.h5").st_ino;
    write_file(directory / "grown.yaml", campaign(++replicas));
    ASSERT_EQ(run("grown.yaml", "x.h5").exit_code, 0);
    ASSERT_NE(look_at("x.h5").st_ino, before) << "it is a copy";
    EXPECT_EQ(mode_of("x.h5"), mode);
  }
}

TEST_F(Surroundings, AnExtendedArchiveKeepsItsGroupAndOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "giving files away needs root";
  ASSERT_EQ(run("c.yaml", "x.h5").exit_code, 0);
  ASSERT_EQ(::chown((directory / "x.h5").c_str(), 12345, 23456), 0);
  ASSERT_EQ(run("grown.yaml", "x.h5").exit_code, 0);
  EXPECT_EQ(look_at("x.h5").st_uid, 12345U);
  EXPECT_EQ(look_at("x.h5").st_gid, 23456U);
}

constexpr const char* list_name = "system.posix_acl_access";

/// As the kernel takes it: version 2, then {tag, permissions, id} of owner, a user, group, mask and others.
std::string list_with_user(unsigned id) {
  std::string bytes{2, 0, 0, 0};
  const auto entry = [&](unsigned tag, unsigned permissions, unsigned who) {
    for (const unsigned part :
         {tag & 255U, tag >> 8U, permissions, 0U, who & 255U, (who >> 8U) & 255U, (who >> 16U) & 255U, who >> 24U})
      bytes.push_back(static_cast<char>(part));
  };
  constexpr unsigned nobody_in_particular = 0xffffffff;
  entry(0x01, 6, nobody_in_particular);
  entry(0x02, 6, id);
  entry(0x04, 0, nobody_in_particular);
  entry(0x10, 6, nobody_in_particular);
  entry(0x20, 0, nobody_in_particular);
  return bytes;
}

std::optional<std::string> attribute(const fs::path& file, const char* name) {
  std::string value(1024, '\0');
  const ssize_t length = ::getxattr(file.c_str(), name, value.data(), value.size());
  if (length < 0) return {};
  value.resize(static_cast<std::size_t>(length));
  return value;
}

bool set_attribute(const fs::path& file, const char* name, const std::string& value) {
  return ::setxattr(file.c_str(), name, value.data(), value.size(), 0) == 0;
}

TEST_F(Surroundings, AnExtendedArchiveKeepsItsAccessControlListAndAttributes) {
  ASSERT_EQ(run("c.yaml", "x.h5").exit_code, 0);
  const fs::path file = directory / "x.h5";
  const std::string list = list_with_user(4711);
  if (!set_attribute(file, list_name, list) || !set_attribute(file, "user.note", "mine"))
    GTEST_SKIP() << "this file system keeps neither lists nor attributes";
  ASSERT_EQ(run("grown.yaml", "x.h5").exit_code, 0);
  EXPECT_EQ(attribute(file, list_name), list);
  EXPECT_EQ(attribute(file, "user.note"), "mine");
}

TEST_F(Surroundings, AnArchiveWithoutAListDoesNotGetThatOfItsDirectoryWhenItIsExtended) {
  ASSERT_EQ(run("c.yaml", "x.h5").exit_code, 0);
  if (!set_attribute(directory.path(), "system.posix_acl_default", list_with_user(4711)))
    GTEST_SKIP() << "this file system keeps no lists";
  ASSERT_EQ(::chmod((directory / "x.h5").c_str(), 0600), 0);
  ASSERT_EQ(run("grown.yaml", "x.h5").exit_code, 0);
  EXPECT_EQ(attribute(directory / "x.h5", list_name), std::nullopt);
  EXPECT_EQ(mode_of("x.h5"), 0600U);
}

// ---------------------------------------------------------------------- what others put into the archive

class AnnotatedArchive : public Surroundings {
 protected:
  void h5py(const std::string& python) const {
    const Outcome outcome =
        run_program({"/usr/bin/python3", "-c", "import h5py\nwith h5py.File('x.h5', 'r+') as f:\n    " + python}, {},
                    directory.path());
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  static std::size_t count(const std::string& text, const std::string& word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
  }
};

TEST_F(AnnotatedArchive, IsReadByEveryCommandWhichSaysOnceWhatWasAdded) {
  ASSERT_EQ(run("c.yaml", "x.h5").exit_code, 0);
  const std::string before = ask({"query", "x.h5", "--format", "csv"}).out;
  h5py("f.attrs['note'] = 'good run'; f['mine/list'] = [1, 2]");
  const std::string words =
      "nxmc: warning: x.h5: another program added attribute 'note' of /, group /mine; all that "
      "nxmc wrote is as it was\n";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"query", "x.h5", "--format", "csv"}, {"status", "x.h5"}}) {
    const Outcome outcome = ask(command);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, words);
    if (command.front() == "query") {
      EXPECT_EQ(outcome.out, before);
    }
  }
  const Outcome verified = ask({"verify", "x.h5"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.out,
              AllOf(HasSubstr("x.h5: another program added attribute 'note' of /\n"),
                    HasSubstr("x.h5: another program added group /mine\n"), HasSubstr("every checksum is right")));
  const Outcome run_again = run("c.yaml", "x.h5");
  EXPECT_EQ(run_again.exit_code, 0) << run_again.err;
  EXPECT_EQ(count(run_again.err, "another program added"), 1U) << run_again.err;
}

TEST_F(AnnotatedArchive, IsFinishedToTheSameBits) {
  const std::string endless_scan =
      campaign(2) +
      "  - {name: t, method: equilibrium, lattice: hexagon, size: 2, temperature: 0.2, interaction: ising, "
      "equilibration_sweeps: 10, measured_sweeps: ";
  write_file(directory / "both.yaml", endless_scan + "200000}\n");
  ASSERT_EQ(run("both.yaml", "whole.h5").exit_code, 0);
  RunningProgram writer({NXMC_PROGRAM, "run", "both.yaml", "--archive", "x.h5"}, {}, directory.path());
  ASSERT_TRUE(becomes_so([&] { return fs::exists(directory / "x.h5") || !writer.is_running(); }));
  writer.kill_group(SIGKILL);
  writer.wait();
  h5py("f.attrs['note'] = 'half done'; f['mine'] = list(range(10000))");
  const Outcome outcome = run("both.yaml", "x.h5");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(results_of(directory / "x.h5"), results_of(directory / "whole.h5"));
  h5py("assert f.attrs['note'] == 'half done' and f['mine'][9999] == 9999");
}

TEST_F(AnnotatedArchive, IsExtendedOrSaysHow) {
  ASSERT_EQ(run("c.yaml", "x.h5").exit_code, 0);
  h5py("f.attrs['note'] = 'good run'; f['mine'] = [1, 2]");
  const Outcome refused = run("grown.yaml", "x.h5");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("another program added dataset /mine"), HasSubstr("cp x.h5 COPY")));
  h5py("del f['mine']");
  const Outcome extended = run("grown.yaml", "x.h5");
  EXPECT_EQ(extended.exit_code, 0) << extended.err;
  EXPECT_EQ(results_of(directory / "x.h5").size(), 3U);
  h5py("assert f.attrs['note'] == 'good run'");
}

// ---------------------------------------------------------------------- text that commands terminals

void expect_no_commands(const Outcome& outcome) {
  for (const std::string& text : {outcome.out, outcome.err})
    for (const char c : text) ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20U) << text;
}

TEST_F(Surroundings, NamesOfFilesCannotCommandTheTerminal) {
  const std::string name = "a\x1b[2J\x07.h5";
  const Outcome made = run("c.yaml", name);
  ASSERT_EQ(made.exit_code, 0);
  EXPECT_THAT(made.err, HasSubstr("a\\x1b[2J\\x07.h5"));
  expect_no_commands(made);
  for (const std::vector<std::string>& command : {std::vector<std::string>{"status", name},
                                                  {"verify", name},
                                                  {"query", name},
                                                  {"query", "b" + name},
                                                  {"run", "c\x1b.yaml"}})
    expect_no_commands(ask(command));
}

TEST_F(Surroundings, ClaimsCannotCommandTheTerminal) {
  ASSERT_EQ(run("c.yaml", "x.h5").exit_code, 0);
  write_file(directory / "x.h5.claim",
             "host       \x1b[31mevil\nprocess    42\nprocesses  42:7\nranks      1\nsince      1700000000.000\n"
             "beat       00000000000000000001\nbusy       1\nfiles      own     \nboot       b\nnamespace  1\n"
             "nonce      0123456789abcdef\nend\n");
  const Outcome outcome = ask({"status", "x.h5"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("written by process 42 on \\x1b[31mevil since"));
  expect_no_commands(outcome);
}

TEST_F(Surroundings, AnEmptyClaimTellsOfNobody) {
  ASSERT_EQ(run("c.yaml", "x.h5").exit_code, 0);
  write_file(directory / "x.h5.claim", "");
  const Outcome outcome = ask({"status", "x.h5"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("written by process ? on an unknown host since an unknown time"));
}

// ---------------------------------------------------------------------- campaigns from pipes

class CampaignFromAPipe : public Surroundings {
 protected:
  CampaignFromAPipe() { EXPECT_EQ(::mkfifo(pipe.c_str(), 0600), 0); }
  const fs::path pipe = directory / "pipe.yaml";
};

TEST_F(CampaignFromAPipe, IsWaitedForUntilASignalComes) {
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) {
    RunningProgram waiting({NXMC_PROGRAM, "run", "pipe.yaml", "--archive", "x.h5"}, {}, directory.path());
    // Somebody reads the pipe as soon as it can be opened for writing; that alone gives it nothing to read.
    int writer = -1;
    ASSERT_TRUE(becomes_so([&] { return (writer = ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) >= 0; }))
        << waiting.err();
    waiting.send(signal);
    const Outcome outcome = waiting.wait();
    ::close(writer);
    EXPECT_EQ(outcome.exit_code, 75) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("before it began"));
    EXPECT_FALSE(fs::exists(directory / "x.h5"));
  }
}

TEST_F(CampaignFromAPipe, IsReadHoweverSlowlyItComes) {
  RunningProgram reading({NXMC_PROGRAM, "run", "pipe.yaml", "--archive", "x.h5"}, {}, directory.path());
  const int writer = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  const std::string text = campaign(2);
  for (std::size_t at = 0; at < text.size(); at += 40) {
    const std::string piece = text.substr(at, 40);
    ASSERT_EQ(::write(writer, piece.data(), piece.size()), static_cast<ssize_t>(piece.size()));
    ::usleep(1000);
  }
  ::close(writer);
  const Outcome outcome = reading.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(results_of(directory / "x.h5").size(), 2U);
}

}  // namespace
}  // namespace nxmc

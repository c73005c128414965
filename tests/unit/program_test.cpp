// Programs that tests start, and how they end.
#include "program.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace nxmc::testing_tools {
namespace {

/// Programs that have no end of their own: they read a pipe that nobody opens for writing.
class WithoutEnd {
 public:
  WithoutEnd() {
    if (mkfifo(pipe_.c_str(), 0600) != 0) throw std::runtime_error("mkfifo failed");
  }
  /// The shell becomes such a program, which does not know of the children that the shell has started.
  std::vector<std::string> after(const std::string& children) const {
    return {"/bin/sh", "-c", children + " exec cat '" + pipe_ + "'"};
  }
  /// Such a child.
  std::string child() const { return "cat '" + pipe_ + "' &"; }

 private:
  TemporaryDirectory directory_;
  std::string pipe_ = directory_ / "pipe";
};

/// Waits until so many children are there, and so many of them have ended.
bool has_children(const RunningProgram& program, std::size_t all, std::ptrdiff_t ended) {
  return becomes_so([&] {
    const std::vector<ProcessEntry> children = children_of(program.pid());
    return children.size() == all && std::ranges::count_if(children, &ProcessEntry::has_ended) == ended;
  });
}

TEST(RunningProgram, ThatTakesNoNoteOfItsEndedChildrenIsEnded) {
  const WithoutEnd without_end;
  RunningProgram program(without_end.after("true &"), {}, {});
  ASSERT_TRUE(has_children(program, 1, 1));
  EXPECT_TRUE(has_only_ended_children(program.pid()));
  EXPECT_EQ(program.wait(patience, std::chrono::seconds(1)).exit_code, 128 + SIGKILL);
}

TEST(RunningProgram, WithALivingChildHasCompany) {
  const WithoutEnd without_end;
  const RunningProgram program(without_end.after(without_end.child() + " true &"), {}, {});
  ASSERT_TRUE(has_children(program, 2, 1));
  EXPECT_FALSE(has_only_ended_children(program.pid()));
}

TEST(RunningProgram, WithoutChildrenWaitsForNone) {
  const WithoutEnd without_end;
  const RunningProgram program(without_end.after(""), {}, {});
  ASSERT_TRUE(has_children(program, 0, 0));
  EXPECT_FALSE(has_only_ended_children(program.pid()));
}

TEST(RunningProgram, EndsWithATestThatIsKilled) {
  const WithoutEnd without_end;
  int pid_pipe[2];
  ASSERT_EQ(::pipe(pid_pipe), 0);
  const pid_t test = ::fork();
  ASSERT_GE(test, 0);
  if (test == 0) {
    const RunningProgram program(without_end.after(""), {}, {});
    const pid_t pid = program.pid();
    if (::write(pid_pipe[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    while (true) ::pause();
  }
  pid_t program = 0;
  ASSERT_EQ(::read(pid_pipe[0], &program, sizeof program), static_cast<ssize_t>(sizeof program));
  ::kill(test, SIGKILL);
  ASSERT_EQ(::waitpid(test, nullptr, 0), test);
  EXPECT_TRUE(becomes_so([&] {
    return std::ranges::none_of(
        process_table(), [&](const ProcessEntry& entry) { return entry.process == program && !entry.has_ended; });
  })) << program;
  ::close(pid_pipe[0]);
  ::close(pid_pipe[1]);
}

TEST(ProcessTable, KnowsNothingOfAProcessThatHasGoneWhileItWasRead) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(entry_in(stat, child), std::nullopt);
}

}  // namespace
}  // namespace nxmc::testing_tools

// Programs that tests start, and how they end.
#include "program.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace nxmc::testing_tools {
namespace {

// The shell becomes a program that does not know of the child that it has.
const std::vector<std::string> with_an_ended_child{"/bin/sh", "-c", "true & exec sleep 1000"};

TEST(RunningProgram, ThatTakesNoNoteOfItsEndedChildrenIsEnded) {
  RunningProgram program(with_an_ended_child, {}, {});
  EXPECT_TRUE(becomes_so([&] { return has_only_ended_children(program.pid()); }));
  EXPECT_EQ(program.wait(patience, std::chrono::seconds(1)).exit_code, 128 + SIGKILL);
}

TEST(RunningProgram, WithALivingChildGoesOn) {
  RunningProgram program({"/bin/sh", "-c", "sleep 1000 & true & exec sleep 1000"}, {}, {});
  EXPECT_FALSE(becomes_so([&] { return has_only_ended_children(program.pid()); }, std::chrono::seconds(2)));
  EXPECT_TRUE(program.is_running());
}

TEST(RunningProgram, WithoutChildrenGoesOn) {
  RunningProgram program({"sleep", "1000"}, {}, {});
  EXPECT_FALSE(becomes_so([&] { return has_only_ended_children(program.pid()); }, std::chrono::seconds(2)));
}

}  // namespace
}  // namespace nxmc::testing_tools

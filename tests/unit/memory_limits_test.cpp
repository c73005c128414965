#include "nxmc/node/memory_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "nxmc/schedule/node_memory.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using testing::HasSubstr;
using testing_tools::TemporaryDirectory;
using testing_tools::write_file;

constexpr double mebibyte = 1024.0 * 1024;
constexpr double unlimited = std::numeric_limits<double>::infinity();

/// Control groups as the system shows them, in a directory of the test.
class ControlGroups : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = directory_ / ("mount/" + file);
    std::filesystem::create_directories(path.parent_path());
    write_file(path, text);
  }
  double left(const std::string& groups) const {
    write_file(directory_ / "groups", groups);
    return left_by_control_groups(directory_ / "groups", directory_ / "mount");
  }

  TemporaryDirectory directory_;
};

TEST_F(ControlGroups, WithoutLimitLeaveAll) {
  EXPECT_EQ(left(""), unlimited);
  EXPECT_EQ(left("0::/\n"), unlimited);
  write("job/memory.max", "max\n");
  write("job/memory.high", "max\n");
  write("job/memory.current", "1000000\n");
  EXPECT_EQ(left("0::/job\n"), unlimited);
}

TEST_F(ControlGroups, OfVersion2LeaveWhatTheTightestParentDoes) {
  write("memory.max", "900000000\n");
  write("memory.current", "100000000\n");
  write("slurm/memory.max", "500000000\n");
  write("slurm/memory.current", "300000000\n");
  write("slurm/memory.stat", "anon 1000\ninactive_file 50000000\n");
  write("slurm/step/memory.max", "max\n");
  EXPECT_EQ(left("0::/slurm/step\n"), 250e6) << "pages of files are given up";
  EXPECT_EQ(left("0::/elsewhere\n"), 800e6);
}

TEST_F(ControlGroups, ThatSlowDownAboveAMarkAreFullThere) {
  write("job/memory.max", "500000000\n");
  write("job/memory.high", "400000000\n");
  write("job/memory.current", "100000000\n");
  EXPECT_EQ(left("0::/job\n"), 300e6);
}

TEST_F(ControlGroups, OfVersion1AreFoundBesideOtherControllers) {
  write("memory/slurm/job/memory.limit_in_bytes", "500000000\n");
  write("memory/slurm/job/memory.usage_in_bytes", "300000000\n");
  EXPECT_EQ(left("5:cpu,cpuacct:/\n4:memory:/slurm/job\n0::/\n"), 200e6);
  EXPECT_EQ(left("4:hugetlb,memory,pids:/slurm/job/step_0\n"), 200e6);
  EXPECT_EQ(left("4:memoryless:/slurm/job\n"), unlimited);
}

TEST(MemoryBySlurm, IsThatOfTheNodeOrOfItsProcessors) {
  for (const char* name : {"SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU", "SLURM_JOB_CPUS_PER_NODE"}) ::unsetenv(name);
  EXPECT_EQ(memory_by_slurm(), unlimited);
  ::setenv("SLURM_MEM_PER_NODE", "0", 1);
  EXPECT_EQ(memory_by_slurm(), unlimited) << "all that a node has";
  ::setenv("SLURM_MEM_PER_NODE", "4000", 1);
  EXPECT_EQ(memory_by_slurm(), 4000 * mebibyte);
  ::unsetenv("SLURM_MEM_PER_NODE");
  ::setenv("SLURM_MEM_PER_CPU", "1000", 1);
  EXPECT_EQ(memory_by_slurm(), unlimited) << "of unknown processors";
  ::setenv("SLURM_JOB_CPUS_PER_NODE", "72(x2),36", 1);
  EXPECT_EQ(memory_by_slurm(), 36000 * mebibyte);
}

TEST(ProcessRoom, IsAsTightAsTheTighterLimitAndNamesIt) {
  EXPECT_EQ((ProcessRoom{5, 3}.bytes()), 3);
  EXPECT_THAT((ProcessRoom{5, 3}.name()), HasSubstr("ulimit -d"));
  EXPECT_EQ((ProcessRoom{2, 3}.bytes()), 2);
  EXPECT_THAT((ProcessRoom{2, 3}.name()), HasSubstr("ulimit -v"));
  EXPECT_EQ((ProcessRoom{-2, 3}.bytes()), 0);
  EXPECT_EQ(ProcessRoom{}.bytes(), unlimited);
}

}  // namespace
}  // namespace nxmc

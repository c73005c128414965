#include "nxmc/schedule/kernel_groups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <tuple>

namespace nxmc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

PlannedKernel kernel_of(double node_bytes, double build_bytes) {
  PlannedKernel kernel;
  kernel.spec.lattice = {"hexagon", {10, 0, 0}, 1};
  kernel.sites = 331;
  kernel.node_bytes = node_bytes;
  kernel.build_bytes = build_bytes;
  return kernel;
}

Job job_of(int kernel, double seconds) {
  Job job;
  job.kernel = kernel;
  Physics physics;
  physics.lattice = {"hexagon", {10, 0, 0}, 1};
  job.physics = std::make_shared<const Physics>(physics);
  job.cost_seconds = seconds;
  return job;
}

std::vector<std::uint64_t> all_jobs(const Plan& plan) {
  std::vector<std::uint64_t> jobs(plan.jobs.size());
  std::iota(jobs.begin(), jobs.end(), 0);
  return jobs;
}

TEST(KernelGroups, KernelsThatFitTogetherShareOneGroup) {
  Plan plan;
  plan.kernels = {kernel_of(10, 5), kernel_of(10, 5)};
  plan.jobs = {job_of(0, 1), job_of(1, 2), job_of(-1, 1), job_of(0, 1)};
  const auto groups = group_kernels(plan, all_jobs(plan), {1e6, 2});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_THAT(groups[0].kernels, UnorderedElementsAre(0U, 1U));
  EXPECT_THAT(groups[0].jobs, UnorderedElementsAre(0U, 1U, 2U, 3U));
}

TEST(KernelGroups, TheBudgetSeparatesKernelsThatDoNotFitTogether) {
  Plan plan;
  plan.kernels = {kernel_of(10, 5), kernel_of(10, 5)};
  plan.jobs = {job_of(0, 1), job_of(1, 2)};
  const auto groups = group_kernels(plan, all_jobs(plan), {24, 1});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0].kernels, ElementsAre(1U)) << "most work first";
  EXPECT_THAT(groups[1].kernels, ElementsAre(0U));
}

TEST(KernelGroups, TheLimitOfAProcessSeparatesKernelsToo) {
  Plan plan;
  plan.kernels = {kernel_of(10, 5), kernel_of(10, 5)};
  plan.jobs = {job_of(0, 1), job_of(1, 2)};
  NodeMemory memory{1e6, 2};
  memory.process_limit = "the limit of address space (ulimit -v)";
  memory.process_bytes = 25;
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), memory).size(), 1U) << "both, and one that is built";
  memory.process_bytes = 24;
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), memory).size(), 2U);
  memory.process_bytes = 14;
  try {
    group_kernels(plan, all_jobs(plan), memory);
    FAIL() << "one kernel takes 15 bytes";
  } catch (const KernelTooLarge& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("needs 15 bytes of memory in one process; the limit of address space (ulimit -v) "
                          "leaves 14 bytes for it"));
  }
}

TEST(KernelGroups, EveryRankNeedsRoomToBuild) {
  Plan plan;
  plan.kernels = {kernel_of(10, 20), kernel_of(10, 20)};
  plan.jobs = {job_of(0, 1), job_of(1, 2)};
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {40, 1}).size(), 1U);
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {40, 2}).size(), 2U);
}

TEST(KernelGroups, OnlyKernelsWithPendingJobsAreBuilt) {
  Plan plan;
  plan.kernels = {kernel_of(10, 5), kernel_of(10, 5)};
  plan.jobs = {job_of(0, 1), job_of(1, 2)};
  const std::vector<std::uint64_t> pending{1};
  const auto groups = group_kernels(plan, pending, {100, 1});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_THAT(groups[0].kernels, ElementsAre(1U));
  EXPECT_TRUE(group_kernels(plan, {}, {100, 1}).empty());
}

TEST(KernelGroups, JobsWithoutKernelNeedNoKernel) {
  Plan plan;
  plan.jobs = {job_of(-1, 1)};
  const auto groups = group_kernels(plan, all_jobs(plan), {1e6, 1});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_TRUE(groups[0].kernels.empty());
}

TEST(KernelGroups, ACrystalWithoutKernelThatFillsTheNodeIsRefused) {
  Plan plan;
  Job job = job_of(-1, 1);
  Physics physics = *job.physics;
  physics.lattice = {"box", {1200, 1200, 1200}, 0};
  job.physics = std::make_shared<const Physics>(physics);
  job.chain_bytes = 140.0 * 1200 * 1200 * 1200;
  plan.jobs = {job, job, job, job, job};
  try {
    group_kernels(plan, all_jobs(plan), {64.0 * (1 << 30), 4});
    FAIL() << "expected KernelTooLarge";
  } catch (const KernelTooLarge& error) {
    EXPECT_THAT(
        error.what(),
        HasSubstr("the box of size 1200x1200x1200 (1728000000 sites) needs 901.2 GiB of memory on a node of 4 ranks"));
  }
}

TEST(KernelGroups, EveryRankThatUsesAKernelNeedsItsDisplacements) {
  Plan plan;
  plan.kernels = {kernel_of(10, 5)};
  plan.kernels[0].rank_bytes = 20;
  plan.jobs = {job_of(0, 1), job_of(0, 1), job_of(0, 1)};
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {55, 2}).size(), 1U);
  EXPECT_THROW(group_kernels(plan, all_jobs(plan), {55, 3}), KernelTooLarge);
  plan.jobs.resize(1);
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {55, 3}).size(), 1U) << "one job is done by one rank";
}

TEST(KernelGroups, ChainsAndBuildingTakeTheSameMemoryAtDifferentTimes) {
  Plan plan;
  plan.kernels = {kernel_of(10, 20)};
  plan.jobs = {job_of(0, 1), job_of(0, 1), job_of(0, 1)};
  plan.jobs[0].chain_bytes = 8;
  plan.jobs[1].chain_bytes = 3;
  plan.jobs[2].chain_bytes = 6;
  EXPECT_EQ(least_memory(plan, all_jobs(plan), {0, 1}), 10 + 20);
  EXPECT_EQ(least_memory(plan, all_jobs(plan), {0, 4}), 10 + 20);
  plan.kernels[0].build_bytes = 1;
  EXPECT_EQ(least_memory(plan, all_jobs(plan), {0, 2}), 10 + 8 + 6) << "the largest chain on each rank";
}

TEST(KernelGroups, WhatProgramsTakeIsNotThereForKernels) {
  Plan plan;
  plan.kernels = {kernel_of(10, 5), kernel_of(10, 5)};
  plan.jobs = {job_of(0, 1), job_of(1, 2)};
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {125, 1, 100}).size(), 1U);
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {124, 1, 100}).size(), 2U);
  EXPECT_THROW(group_kernels(plan, all_jobs(plan), {114, 1, 100}), KernelTooLarge);
}

TEST(KernelGroups, KernelsOfOneCrystalShareItsLattice) {
  Plan plan;
  plan.kernels = {kernel_of(10, 5), kernel_of(10, 5)};
  for (PlannedKernel& kernel : plan.kernels) kernel.crystal_bytes = 7;
  plan.jobs = {job_of(0, 1), job_of(1, 2)};
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {39, 1}).at(0).memory.peak(), 20 + 7 + 5);
  plan.kernels[1].spec.lattice.size[0] = 11;
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {39, 1}).at(0).memory.peak(), 20 + 7 + 7 + 5);
}

TEST(KernelGroups, JobsWithoutKernelThatDoNotFitBesideKernelsComeFirst) {
  Plan plan;
  plan.kernels = {kernel_of(10, 5)};
  plan.jobs = {job_of(0, 1), job_of(-1, 1)};
  plan.jobs[1].chain_bytes = 12;
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {22, 1}).size(), 1U);
  const auto groups = group_kernels(plan, all_jobs(plan), {21, 1});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0].jobs, ElementsAre(1U));
  EXPECT_THAT(groups[1].jobs, ElementsAre(0U));
}

TEST(KernelGroups, AKernelLargerThanANodeIsRefusedWithItsNeeds) {
  Plan plan;
  plan.kernels = {kernel_of(3.0 * (1 << 30), 1.0 * (1 << 30))};
  plan.jobs = {job_of(0, 1)};
  try {
    group_kernels(plan, all_jobs(plan), {1 << 30, 1});
    FAIL() << "expected KernelTooLarge";
  } catch (const KernelTooLarge& error) {
    EXPECT_THAT(error.what(), HasSubstr("hexagon of size 10 with 1 shell layer (331 sites) needs 4.0 GiB of memory"));
    EXPECT_THAT(error.what(), HasSubstr("1.0 GiB may be used"));
  }
}

// Kernels 0, 2 and 1, 3 belong to ladders, whose rungs are all on one rank.
TEST(KernelGroups, KernelsOfALadderStayTogether) {
  Plan plan;
  for (int k = 0; k < 4; ++k) plan.kernels.push_back(kernel_of(10, 5));
  plan.ladders.resize(2);
  for (const auto& [kernel, ladder, rung] : {std::tuple{0, 0, std::uint16_t{0}}, {1, 1, 0}, {2, 0, 1}, {3, 1, 1}}) {
    Job job = job_of(kernel, 1 + ladder);
    job.ladder = ladder;
    job.rung = rung;
    job.chain_bytes = 4;
    plan.jobs.push_back(job);
  }
  const auto groups = group_kernels(plan, all_jobs(plan), {38, 1});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0].kernels, UnorderedElementsAre(1U, 3U)) << "most work first";
  EXPECT_THAT(groups[0].jobs, UnorderedElementsAre(1U, 3U));
  EXPECT_THAT(groups[1].kernels, UnorderedElementsAre(0U, 2U));
  EXPECT_EQ(groups[0].memory.all_chains(), 8);
  EXPECT_EQ(least_memory(plan, all_jobs(plan), {0, 1}), 28) << "two kernels and two chains";
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {28, 1}).size(), 2U);
  try {
    group_kernels(plan, all_jobs(plan), {27, 1});
    FAIL() << "nothing was thrown";
  } catch (const KernelTooLarge& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("the 2 kernels of a ladder of the hexagon of size 10 with 1 shell layer "
                                              "(331 sites), or of several that share some, need 28 bytes of memory"),
                                    HasSubstr("fewer rungs")));
  }
  plan.jobs.push_back(job_of(0, 1));
  plan.ladders.emplace_back();
  for (const int kernel : {2, 3}) {
    plan.jobs.push_back(job_of(kernel, 1));
    plan.jobs.back().ladder = 2;
    plan.jobs.back().rung = std::uint16_t(kernel == 2 ? 0 : 1);
  }
  EXPECT_EQ(group_kernels(plan, all_jobs(plan), {60, 1}).size(), 1U) << "a third ladder joins the two";
}

// Rungs with which other ranks help are in memory there, too.
TEST(KernelGroups, LaddersThatMayBeSharedTakeMemoryTwice) {
  Plan plan;
  plan.kernels = {kernel_of(10, 5)};
  plan.ladders.resize(1);
  for (int rung = 0; rung < 4; ++rung) {
    Job job = job_of(0, 1);
    job.ladder = 0;
    job.rung = static_cast<std::uint16_t>(rung);
    job.chain_bytes = 4;
    plan.jobs.push_back(job);
  }
  const auto chains = [&](int ranks) { return group_kernels(plan, all_jobs(plan), {1e6, ranks}).front().memory; };
  EXPECT_EQ(chains(1).all_chains(), 16);
  EXPECT_EQ(chains(2).all_chains(), 32);
  EXPECT_EQ(chains(8).all_chains(), 32);
  plan.jobs.pop_back();
  EXPECT_EQ(chains(2).all_chains(), 12) << "three rungs are not shared";
}

}  // namespace
}  // namespace nxmc

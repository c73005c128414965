// Simulated runs against what can be computed by hand, against the bounds that every schedule keeps, and in number.
#include "nxmc/schedule/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

namespace nxmc {
namespace {

SimulatedGroup group_of(const std::vector<double>& seconds, std::vector<double> kernels = {}) {
  SimulatedGroup group;
  group.kernel_seconds = std::move(kernels);
  for (const double s : seconds) group.jobs.push_back({s, s, 0});
  return group;
}

/// Without anything but computing.
SimulatedRun ideal(const std::vector<SimulatedGroup>& groups, std::size_t ranks) {
  return simulate(groups, ranks, Overheads::none());
}

// Rank 0 looks for messages when a slice of its own work ends.
constexpr double look = 0.011;

TEST(Simulation, OneRankTakesTheSumOfAllJobs) {
  const SimulatedRun run = ideal({group_of({3, 1, 2, 0.001, 0.0005})}, 1);
  EXPECT_NEAR(run.wall_seconds, 6.0015, 1e-9);
  EXPECT_NEAR(run.busy_seconds, 6.0015, 1e-9);
  EXPECT_DOUBLE_EQ(run.first_start, 0);
  EXPECT_NEAR(run.last_finish, 6.0015, 1e-9);
}

TEST(Simulation, LongestJobsFirstOnTwoRanks) {
  EXPECT_NEAR(ideal({group_of({3, 3, 2, 2, 2})}, 2).wall_seconds, 7, 2 * look) << "the greedy order, not the optimum 6";
  EXPECT_NEAR(ideal({group_of({2, 5, 3})}, 2).wall_seconds, 5, look);
  EXPECT_NEAR(ideal({group_of({2, 5, 3})}, 100).wall_seconds, 5, look);
}

TEST(Simulation, AnEmptyCampaignTakesNothing) {
  EXPECT_EQ(ideal({}, 3).wall_seconds, 0);
  EXPECT_EQ(ideal({group_of({})}, 3).wall_seconds, 0);
}

TEST(Simulation, JobsWaitForTheKernelsOfTheirGroupAndGroupsForEachOther) {
  // 4 and 3 + 2 for the kernels, then two jobs on each rank; then a kernel and a job.
  const SimulatedRun run = ideal({group_of({3, 3, 3, 3}, {4, 3, 2}), group_of({1}, {0.5})}, 2);
  EXPECT_NEAR(run.wall_seconds, 5 + 6 + 0.5 + 1, 4 * look);
  EXPECT_DOUBLE_EQ(run.first_start, 5);
  EXPECT_DOUBLE_EQ(run.busy_seconds, 9 + 12 + 1.5);
}

TEST(Simulation, CountsWhatEveryRunSpendsBesideComputing) {
  Overheads overheads = Overheads::none();
  overheads.start_up = 2;
  overheads.start_up_per_job = 0.1;
  EXPECT_NEAR(simulate(std::vector{group_of({1, 1})}, 1, overheads).wall_seconds, 4.2, 1e-9);
  overheads = Overheads::none();
  overheads.commit = 0.5;
  // Each job is committed before the next one begins.
  EXPECT_NEAR(simulate(std::vector{group_of({1, 1})}, 1, overheads).wall_seconds, 3, 0.03);
  overheads = Overheads::none();
  overheads.latency = 0.25;
  EXPECT_NEAR(simulate(std::vector{group_of({1, 1})}, 2, overheads).wall_seconds, 1.5, look);
}

TEST(Simulation, AJobThatTakesMuchLongerThanPredictedKeepsNoOtherWaiting) {
  // Rank 1 gets a job of a second ahead of the end of its first, which then takes ten times as long.
  SimulatedGroup group = group_of({4, 3, 1});
  group.jobs[1].seconds = 30;
  EXPECT_NEAR(ideal({group}, 2).wall_seconds, 30, look);
  group = group_of({4, 3, 2, 2, 2});
  group.jobs[1].seconds = 8;
  EXPECT_NEAR(ideal({group}, 2).wall_seconds, 10, 3 * look);
}

TEST(Simulation, ABatchOfJobsThatAreLongInTruthIsSharedOut) {
  SimulatedGroup group = group_of(std::vector<double>(200, 0.001));
  for (SimulatedJob& job : group.jobs) job.seconds = 1;
  for (const std::size_t ranks : {2U, 5U, 10U})
    EXPECT_NEAR(ideal({group}, ranks).wall_seconds, 200.0 / static_cast<double>(ranks), 2) << ranks;
}

/// Jobs as campaigns have them: lengths over orders of magnitude, several kinds, predictions off by up to `error`.
SimulatedGroup random_group(std::mt19937_64& random, double error) {
  std::uniform_real_distribution<double> uniform(0, 1);
  SimulatedGroup group;
  const auto jobs = static_cast<std::size_t>(std::pow(10, 3 * uniform(random)));
  for (std::size_t j = 0; j < jobs; ++j) {
    const auto kind = static_cast<std::uint32_t>(random() % 4);
    const double seconds = std::pow(10, static_cast<double>(kind) - 3 + uniform(random));
    group.jobs.push_back({seconds * std::pow(error, 2 * uniform(random) - 1), seconds, kind});
  }
  return group;
}

double longest(const SimulatedGroup& group) {
  double seconds = 0;
  for (const SimulatedJob& job : group.jobs) seconds = std::max(seconds, job.seconds);
  return seconds;
}

TEST(Simulation, KeepsTheBoundsOfEverySchedule) {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 200; ++trial) {
    const double error = trial % 2 == 0 ? 1 : 5;
    const SimulatedGroup group = random_group(random, error);
    const std::size_t ranks = 1 + random() % 20;
    const SimulatedRun run = ideal({group}, ranks);
    const auto number = static_cast<double>(ranks);
    const double lower = std::max(run.busy_seconds / number, longest(group));
    EXPECT_GE(run.wall_seconds, lower * (1 - 1e-9));
    // Graham: whoever begins the last job has been busy, and all others as well. Short waits come for each job.
    const double graham = run.busy_seconds / number + longest(group) * (1 - 1 / number);
    const double waits = 0.1 + look * static_cast<double>(group.jobs.size()) / number;
    EXPECT_LE(run.wall_seconds, graham + waits) << ranks << " ranks, " << group.jobs.size() << " jobs";
    EXPECT_LE(run.last_finish, run.wall_seconds + 1e-9);
  }
}

TEST(Simulation, MoreRanksThanJobsTakeAsLongAsTheLongestJob) {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 20; ++trial) {
    const SimulatedGroup group = random_group(random, 1);
    const SimulatedRun run = ideal({group}, 2 * group.jobs.size() + 1);
    EXPECT_LE(run.wall_seconds, longest(group) + 0.1);
  }
}

TEST(Simulation, ManyShortJobsKeepAllRanksBusy) {
  const SimulatedGroup group = group_of(std::vector<double>(100'000, 0.002));
  for (const std::size_t ranks : {2U, 16U, 100U}) {
    const SimulatedRun run = ideal({group}, ranks);
    EXPECT_GE(run.busy_seconds, 0.95 * static_cast<double>(ranks) * run.wall_seconds) << ranks;
  }
}

TEST(Simulation, EndsForJobsOfMillionsOfYears) {
  const SimulatedGroup group = group_of(std::vector<double>(2000, 1e15));
  for (const std::size_t ranks : {2U, 50U}) {
    const double expected = 2e18 / static_cast<double>(ranks);
    EXPECT_NEAR(ideal({group}, ranks).wall_seconds, expected, 1e-3 * expected) << ranks;
  }
}

TEST(Simulation, IsTheSameEveryTime) {
  std::mt19937_64 random(11);
  const SimulatedGroup group = random_group(random, 3);
  const Overheads overheads;
  EXPECT_EQ(simulate(std::vector{group}, 7, overheads).wall_seconds,
            simulate(std::vector{group}, 7, overheads).wall_seconds);
}

/// Ladders of so many rungs, each of which takes 100 s.
Plan plan_of_ladders(std::size_t ladders, std::size_t rungs) {
  Plan plan;
  plan.ladders.resize(ladders);
  for (std::size_t ladder = 0; ladder < ladders; ++ladder)
    for (std::size_t rung = 0; rung < rungs; ++rung) {
      Job job;
      job.physics = std::make_shared<const Physics>();
      job.cost_seconds = 100;
      job.ladder = static_cast<int>(ladder);
      job.rung = static_cast<std::uint16_t>(rung);
      plan.jobs.push_back(job);
    }
  return plan;
}

TEST(Simulation, LaddersAreSharedByAsManyRanksAsFindTwoRungs) {
  const auto seconds = [](std::size_t ladders, std::size_t rungs, std::size_t ranks) {
    const Plan plan = plan_of_ladders(ladders, rungs);
    return simulate_campaign(plan, std::vector<double>(plan.jobs.size(), 100.0), ranks, {1e12, 64}).wall_seconds;
  };
  EXPECT_NEAR(seconds(1, 12, 1), 1200, 2);
  EXPECT_NEAR(seconds(1, 12, 2), 600, 2);
  EXPECT_NEAR(seconds(1, 12, 5), 300, 2) << "two ranks have three rungs";
  EXPECT_NEAR(seconds(1, 12, 6), 200, 2);
  EXPECT_NEAR(seconds(1, 12, 50), 200, 2);
  EXPECT_NEAR(seconds(1, 3, 2), 300, 2);
  EXPECT_NEAR(seconds(2, 12, 3), 800, 2);
  EXPECT_NEAR(seconds(4, 12, 2), 2400, 2);
}

}  // namespace
}  // namespace nxmc

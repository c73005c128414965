// Which chains go on, decided by results alone.
#include "nxmc/schedule/rounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "nxmc/campaign/campaign.hpp"

namespace nxmc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

Plan plan_of(const std::string& scans) { return make_plan(parse_campaign("name: x\nscans:\n" + scans, "x.yaml")); }

/// Two points of two starts and two replicas each, at 100, 200 and 400 sweeps.
Plan two_points() {
  return plan_of(
      "  - {name: a, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, shell_stiffness: [2, 6], "
      "temperature: 0.2, start: [random, segregated], replicas: 2, equilibration_sweeps: 10, measured_sweeps: 100, "
      "until: {f_U: 0.01, at_most: 500}}\n");
}

/// Precise when every chain says so with its only value.
bool all_say_so(const Until& /*until*/, std::span<const ChainResult> chains) {
  return std::ranges::all_of(chains, [](const ChainResult& chain) { return chain.values[0] > 0; });
}

using Jobs = std::vector<std::uint64_t>;

Jobs finish(Rounds& rounds, const Jobs& jobs, double value) {
  Jobs asked;
  for (const std::uint64_t job : jobs)
    for (const std::uint64_t next : rounds.finish(job, std::array{value})) asked.push_back(next);
  return asked;
}

TEST(PlannedPoints, HaveTheChainsOfAllStartsAndReplicasAtLengthsThatDouble) {
  const Plan plan = two_points();
  EXPECT_THAT(plan.jobs, SizeIs(24));
  ASSERT_THAT(plan.points, SizeIs(2));
  for (const PlannedPoint& point : plan.points) {
    ASSERT_THAT(point.rounds, SizeIs(3));
    for (std::size_t round = 0; round < 3; ++round) {
      ASSERT_THAT(point.rounds[round], SizeIs(4));
      for (std::size_t chain = 0; chain < 4; ++chain) {
        const Job& job = plan.jobs[point.rounds[round][chain]];
        const Job& first = plan.jobs[point.rounds[0][chain]];
        EXPECT_EQ(job.schedule->measured_sweeps, 100U << round);
        EXPECT_EQ(job.identity, first.identity) << "one chain";
        EXPECT_EQ(job.continuation, first.continuation);
        EXPECT_EQ(job.physics->shell_stiffness, plan.jobs[point.rounds[0][0]].physics->shell_stiffness);
        EXPECT_EQ(job.conditional, round > 0);
      }
    }
  }
}

TEST(PlannedPoints, AreDoneOnceAtLeastAndToTheLastLengthAtMost) {
  const Plan plan = two_points();
  EXPECT_THAT(least_of(plan).jobs, SizeIs(8));
  const Plan most = most_of(plan);
  ASSERT_THAT(most.jobs, SizeIs(8));
  for (const Job& job : most.jobs) EXPECT_EQ(job.schedule->measured_sweeps, 400U);
}

TEST(PlannedPoints, AJobThatAnotherScanWantsInAnyCaseIsNotConditional) {
  const std::string keys =
      "method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, temperature: 0.2, equilibration_sweeps: 10, ";
  const Plan plan = plan_of("  - {name: a, " + keys + "measured_sweeps: 100, until: {f_U: 0.01, at_most: 400}}\n" +
                            "  - {name: b, " + keys + "measured_sweeps: 200}\n");
  ASSERT_THAT(plan.jobs, SizeIs(3));
  EXPECT_FALSE(plan.jobs[plan.points[0].rounds[1][0]].conditional);
  EXPECT_TRUE(plan.jobs[plan.points[0].rounds[2][0]].conditional);
  EXPECT_THAT(chains_before(plan), ElementsAre(Pair(plan.points[0].rounds[2][0], plan.points[0].rounds[1][0])));
}

TEST(PlannedPoints, ACampaignWithoutUntilHasNone) {
  const Plan plan = plan_of(
      "  - {name: a, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, temperature: 0.2, "
      "equilibration_sweeps: 10, measured_sweeps: 100}\n");
  EXPECT_THAT(plan.points, IsEmpty());
  EXPECT_FALSE(plan.jobs[0].conditional);
}

TEST(Rounds, GoOnWhenAllChainsOfTheirPointHaveResultsAndAreNotPrecise) {
  const Plan plan = two_points();
  Rounds rounds(plan, all_say_so);
  const PlannedPoint& point = plan.points[1];
  const Jobs& first = point.rounds[0];
  EXPECT_THAT(finish(rounds, {first[0], first[1], first[2]}, -1), IsEmpty());
  EXPECT_EQ(finish(rounds, {first[3]}, 1), point.rounds[1]);
  EXPECT_TRUE(rounds.asks_for(point.rounds[1][0]));
  EXPECT_FALSE(rounds.asks_for(point.rounds[2][0]));
  EXPECT_FALSE(rounds.asks_for(plan.points[0].rounds[1][0])) << "points do not wait for each other";
  EXPECT_EQ(rounds.standing(1), PointStanding::going_on);
}

TEST(Rounds, EndWhenTheirPointIsPrecise) {
  const Plan plan = two_points();
  Rounds rounds(plan, all_say_so);
  EXPECT_THAT(finish(rounds, plan.points[0].rounds[0], 1), IsEmpty());
  EXPECT_EQ(rounds.standing(0), PointStanding::precise);
  EXPECT_EQ(rounds.round(0), 0U);
  EXPECT_EQ(rounds.count(PointStanding::precise), 1U);
}

TEST(Rounds, OfAPrecisePointGoOnWhenItsSamplesAreDoubted) {
  const Plan plan = two_points();
  Rounds rounds(plan, all_say_so);
  const PlannedPoint& point = plan.points[0];
  finish(rounds, point.rounds[0], 1);
  EXPECT_EQ(rounds.go_on(0), point.rounds[1]);
  EXPECT_EQ(rounds.standing(0), PointStanding::going_on);
  EXPECT_THAT(finish(rounds, point.rounds[1], 1), IsEmpty());
  EXPECT_EQ(rounds.standing(0), PointStanding::precise);
  EXPECT_EQ(rounds.round(0), 1U);
  EXPECT_EQ(rounds.go_on(0), point.rounds[2]);
  finish(rounds, point.rounds[2], 1);
  EXPECT_THAT(rounds.go_on(0), IsEmpty());
  EXPECT_EQ(rounds.standing(0), PointStanding::at_limit);
  EXPECT_EQ(rounds.standing(1), PointStanding::going_on) << "points do not go on together";
}

// So a campaign that is resumed knows the rounds that were asked for because of samples.
TEST(Rounds, AreThoseOfTheLongestChainsThatAllHaveResults) {
  const Plan plan = two_points();
  Rounds rounds(plan, all_say_so);
  const PlannedPoint& point = plan.points[0];
  for (std::size_t round = 0; round < 2; ++round) finish(rounds, point.rounds[round], 1);
  finish(rounds, {point.rounds[2][0]}, 1);
  EXPECT_EQ(rounds.round(0), 0U);
  rounds.look_at_longest_chains();
  EXPECT_EQ(rounds.round(0), 1U) << "one chain of the last round is not enough";
  EXPECT_EQ(rounds.standing(0), PointStanding::precise);
  EXPECT_FALSE(rounds.asks_for(point.rounds[2][1]));
}

// Nobody doubts the first round, but other scans have measured its chains for longer, which a run that resumes would
// look at.
TEST(Rounds, AreDoubtedAtTheLongestChainsThatThereAre) {
  const Plan plan = two_points();
  Rounds rounds(plan, all_say_so);
  const PlannedPoint& point = plan.points[0];
  for (std::size_t round = 0; round < 2; ++round) finish(rounds, point.rounds[round], 1);
  std::vector<std::size_t> looked_at;
  const auto doubt_second_round = [&](const Rounds& known) {
    looked_at.push_back(known.round(0));
    const bool doubtful = known.standing(0) == PointStanding::precise && known.round(0) == 1;
    return doubtful ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
  };
  EXPECT_EQ(go_on_where_doubted(rounds, doubt_second_round), point.rounds[2]);
  EXPECT_THAT(looked_at, ElementsAre(1, 2)) << "never at the first";
  EXPECT_THAT(go_on_where_doubted(rounds, doubt_second_round), IsEmpty()) << "it has been asked for";
}

// What goes on may end in a round that is doubted, too.
TEST(Rounds, AreDoubtedUntilNoneIs) {
  const Plan plan = two_points();
  Rounds rounds(plan, all_say_so);
  for (const Jobs& jobs : plan.points[0].rounds) finish(rounds, jobs, 1);
  const auto doubt_all = [](const Rounds& known) {
    return known.standing(0) == PointStanding::precise ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
  };
  EXPECT_THAT(go_on_where_doubted(rounds, doubt_all), IsEmpty());
  EXPECT_EQ(rounds.standing(0), PointStanding::at_limit);
}

TEST(Rounds, EndAtTheirLimit) {
  const Plan plan = two_points();
  Rounds rounds(plan, all_say_so);
  for (const Jobs& jobs : plan.points[0].rounds) finish(rounds, jobs, -1);
  EXPECT_EQ(rounds.standing(0), PointStanding::at_limit);
  EXPECT_EQ(rounds.round(0), 2U);
}

TEST(Rounds, TakeResultsOfLaterRoundsThatAreThereAlready) {
  const Plan plan = two_points();
  Rounds rounds(plan, all_say_so);
  const PlannedPoint& point = plan.points[0];
  EXPECT_THAT(finish(rounds, {point.rounds[1][0], point.rounds[1][1]}, -1), IsEmpty());
  EXPECT_EQ(finish(rounds, point.rounds[0], -1), (Jobs{point.rounds[1][2], point.rounds[1][3]}));
  EXPECT_EQ(finish(rounds, {point.rounds[1][2], point.rounds[1][3]}, -1), point.rounds[2]);
}

/// A campaign that is interrupted sees the results of its jobs in another order, and some of them at once.
TEST(Rounds, DecideTheSameInWhateverOrderResultsCome) {
  const Plan plan = two_points();
  std::mt19937 random(7);
  for (int attempt = 0; attempt < 200; ++attempt) {
    Rounds rounds(plan, all_say_so);
    Jobs waiting = plan.points[0].rounds[0];
    waiting.insert(waiting.end(), plan.points[1].rounds[0].begin(), plan.points[1].rounds[0].end());
    Jobs done;
    while (!waiting.empty()) {
      std::ranges::shuffle(waiting, random);
      const std::uint64_t job = waiting.back();
      waiting.pop_back();
      done.push_back(job);
      const bool first_point = plan.jobs[job].physics->shell_stiffness == 2;
      const double value = first_point && plan.jobs[job].schedule->measured_sweeps >= 200 ? 1 : -1;
      for (const std::uint64_t next : rounds.finish(job, std::array{value})) waiting.push_back(next);
    }
    EXPECT_THAT(done, SizeIs(8 + 12));
    EXPECT_EQ(rounds.standing(0), PointStanding::precise);
    EXPECT_EQ(rounds.standing(1), PointStanding::at_limit);
  }
}

}  // namespace
}  // namespace nxmc

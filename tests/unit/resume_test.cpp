// Which chains go on from which checkpoints.
#include "resume.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "nxmc/campaign/campaign.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr Identity token{.high = 1, .low = 2};

Plan plan_measuring(int sweeps) {
  return make_plan(parse_campaign(
      "name: r\nscans: [{name: s, method: equilibrium, lattice: hexagon, size: 4, shell_layers: 1, temperature: 0.2, "
      "replicas: 3, equilibration_sweeps: 10, measured_sweeps: " +
          std::to_string(sweeps) + "}]\n",
      "r.yaml"));
}

CheckpointLabel label_of(const Job& job) {
  return {.identity = job.identity,
          .observation = job.observation,
          .continuation = job.continuation,
          .numerics = numerics_version};
}

class Resume : public testing::Test {
 protected:
  CheckpointPlan plan_for(const Plan& plan, Agenda agenda = {}, int ranks = 2) {
    for (std::uint64_t job = 0; job < plan.jobs.size(); ++job) agenda.pending.push_back(job);
    return plan_checkpoints(file_, plan, agenda, ranks);
  }
  /// No rank may write its new jobs where a chain's checkpoint is.
  static void expect_lanes_of_their_own(const CheckpointPlan& plan, std::size_t ranks) {
    std::set<std::uint64_t> lanes;
    for (const auto& [job, lane] : plan.unfinished) EXPECT_TRUE(lanes.insert(lane.lane).second);
    for (const Lane& lane : plan.ranks) EXPECT_TRUE(lanes.insert(lane.lane).second);
    EXPECT_THAT(plan.ranks, SizeIs(ranks));
  }

  testing_tools::TemporaryDirectory directory_;
  CheckpointFile file_{directory_ / "x.h5", token};
  const Plan plan_ = plan_measuring(100);
};

TEST_F(Resume, ChainsGoOnFromTheirOwnCheckpoints) {
  file_.write(3, 0, label_of(plan_.jobs[2]), {});
  file_.write(3, 1, label_of(plan_.jobs[1]), {});
  file_.write(5, 0, label_of(plan_.jobs[0]), {});
  const CheckpointPlan plan = plan_for(plan_, {}, 4);
  ASSERT_THAT(plan.unfinished, SizeIs(2));
  EXPECT_EQ(plan.unfinished.at(1).lane, 3U);
  EXPECT_EQ(plan.unfinished.at(1).generation, 2U);
  EXPECT_EQ(plan.unfinished.at(0).lane, 5U);
  expect_lanes_of_their_own(plan, 4);
}

TEST_F(Resume, CheckpointsOfNumericsThatGoOnTheSameWayAreUsed) {
  CheckpointLabel label = label_of(plan_.jobs[0]);
  label.numerics = numerics_of_state(*plan_.jobs[0].physics);
  ASSERT_LT(label.numerics, numerics_version);
  file_.write(0, 0, label, {});
  EXPECT_THAT(plan_for(plan_).unfinished, SizeIs(1));
}

TEST_F(Resume, CheckpointsOfAnotherNumericsVersionAreNotUsed) {
  CheckpointLabel label = label_of(plan_.jobs[0]);
  label.numerics = numerics_of_state(*plan_.jobs[0].physics) - 1;
  file_.write(0, 0, label, {});
  const CheckpointPlan plan = plan_for(plan_);
  EXPECT_THAT(plan.unfinished, IsEmpty());
  EXPECT_EQ(plan.ranks.front().lane, 0U) << "its place is free";
  EXPECT_EQ(plan.ranks.front().generation, 1U);
}

TEST_F(Resume, ACheckpointOfTheChainWhenItWasToBeShorterIsUsed) {
  const Plan longer = plan_measuring(200);
  file_.write(0, 0, label_of(plan_.jobs[1]), {});
  ASSERT_EQ(plan_.jobs[1].identity, longer.jobs[1].identity);
  const CheckpointPlan plan = plan_for(longer);
  ASSERT_THAT(plan.unfinished, SizeIs(1));
  EXPECT_EQ(plan.unfinished.at(1).lane, 0U);
}

TEST_F(Resume, ButNotWhereTheShorterChainHasEnded) {
  const Plan longer = plan_measuring(200);
  file_.write(0, 0, label_of(plan_.jobs[1]), {});
  Agenda agenda;
  agenda.continued[1] = 17;
  EXPECT_THAT(plan_for(longer, agenda).unfinished, IsEmpty());
}

TEST_F(Resume, WhatIsComputedAgainForgetsItsCheckpoint) {
  file_.write(0, 0, label_of(plan_.jobs[1]), {});
  Agenda agenda;
  agenda.begin_anew.insert(1);
  EXPECT_THAT(plan_for(plan_, agenda).unfinished, IsEmpty());
  EXPECT_THAT(file_.lanes(), IsEmpty()) << "for good: also the run after the next must not find it";
}

TEST_F(Resume, OneOfTwoCheckpointsOfAChainIsUsed) {
  file_.write(0, 0, label_of(plan_.jobs[1]), {});
  file_.write(1, 0, label_of(plan_.jobs[1]), {});
  const CheckpointPlan plan = plan_for(plan_);
  EXPECT_THAT(plan.unfinished, SizeIs(1));
  expect_lanes_of_their_own(plan, 2);
}

TEST_F(Resume, PlansTravelBetweenRanks) {
  file_.write(3, 0, label_of(plan_.jobs[2]), {});
  const CheckpointPlan plan = plan_for(plan_, {}, 3);
  const CheckpointPlan received = checkpoint_plan_from(to_numbers(plan));
  ASSERT_THAT(received.unfinished, SizeIs(1));
  EXPECT_EQ(received.unfinished.at(2).lane, 3U);
  EXPECT_THAT(received.ranks, SizeIs(3));
}

}  // namespace
}  // namespace nxmc

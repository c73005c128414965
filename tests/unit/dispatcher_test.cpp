#include "nxmc/schedule/dispatcher.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace nxmc {
namespace {

std::vector<PendingJob> jobs_of(const std::vector<double>& seconds) {
  std::vector<PendingJob> jobs;
  jobs.reserve(seconds.size());
  for (const double s : seconds) jobs.push_back({jobs.size(), s, 0});
  return jobs;
}

std::vector<std::uint64_t> numbers_of(const Batch& batch) {
  std::vector<std::uint64_t> numbers;
  for (const PendingJob& job : batch.jobs) numbers.push_back(job.job);
  return numbers;
}

/// Everything that is to be sent now, by worker.
std::map<std::size_t, std::vector<std::uint64_t>> assigned(Dispatcher& dispatcher, double now) {
  std::map<std::size_t, std::vector<std::uint64_t>> all;
  const auto take_note = [&](const Assignment& assignment) {
    const auto numbers = numbers_of(assignment.batch);
    all[assignment.worker].insert(all[assignment.worker].end(), numbers.begin(), numbers.end());
  };
  while (const auto assignment = dispatcher.assign_to_idle(now)) take_note(*assignment);
  while (const auto assignment = dispatcher.assign_ahead(now)) take_note(*assignment);
  return all;
}

using Jobs = std::vector<std::uint64_t>;

TEST(Dispatcher, GivesEveryWorkerTheLongestJobThatIsLeft) {
  Dispatcher dispatcher(2);
  dispatcher.begin(jobs_of({10, 40, 20, 30}));
  const auto first = assigned(dispatcher, 0);
  EXPECT_EQ(first.at(0), Jobs{1});
  EXPECT_EQ(first.at(1), Jobs{3});
  EXPECT_EQ(dispatcher.take_one()->job, 2U);
}

TEST(Dispatcher, JobsThatAreSaidToTakeNoTimeAreServedAll) {
  Dispatcher dispatcher(1);
  dispatcher.begin(jobs_of({0, 0, 0}));
  EXPECT_TRUE(dispatcher.take_one());
  dispatcher.ended_own();
  EXPECT_EQ(assigned(dispatcher, 0).at(0).size(), 2U);
  EXPECT_FALSE(dispatcher.take_one());
  dispatcher.ended(0, 2, 1);
  EXPECT_TRUE(dispatcher.done());
}

TEST(Dispatcher, BindsTheNextLongJobOnlyShortlyBeforeItIsNeeded) {
  Dispatcher dispatcher(1);
  dispatcher.begin(jobs_of({10, 9, 8, 7, 6, 5}));
  EXPECT_EQ(assigned(dispatcher, 0).at(0), Jobs{0});
  EXPECT_TRUE(assigned(dispatcher, 9.4).empty());
  EXPECT_NEAR(dispatcher.next_assignment(), 9.5, 1e-9);
  EXPECT_EQ(assigned(dispatcher, 9.6).at(0), Jobs{1});
}

TEST(Dispatcher, AJobThatTakesLongerThanPredictedBindsNoMoreThanWhatIsHeldAhead) {
  Dispatcher dispatcher(1);
  dispatcher.begin(jobs_of({10, 9, 8, 7, 6, 5}));
  assigned(dispatcher, 0);
  EXPECT_EQ(assigned(dispatcher, 100).at(0), Jobs{1});
  EXPECT_TRUE(assigned(dispatcher, 1000).empty());
  dispatcher.ended(0, 1, 1001);
  EXPECT_TRUE(assigned(dispatcher, 1001).empty()) << "the one ahead has begun";
  EXPECT_EQ(assigned(dispatcher, 1009.9).at(0), Jobs{2});
}

TEST(Dispatcher, ShortJobsTravelInBatchesThatShrinkTowardsTheEnd) {
  Dispatcher dispatcher(1);
  dispatcher.begin(jobs_of(std::vector<double>(1000, 0.001)));
  std::size_t before = 1000;
  std::size_t taken = 0;
  for (double now = 0; taken < 1000; ++now) {
    const auto assignment = dispatcher.assign_to_idle(now);
    ASSERT_TRUE(assignment);
    const std::size_t size = assignment->batch.jobs.size();
    EXPECT_LE(size, before);
    EXPECT_LE(size, 50U);
    if (taken == 0) {
      EXPECT_GE(size, 49U);
    }
    before = size;
    taken += size;
    dispatcher.ended(0, size, now);
  }
  EXPECT_LE(before, 2U);
  EXPECT_TRUE(dispatcher.done());
}

TEST(Dispatcher, WorkersHoldHalfASecondOfShortJobsButLeaveEnoughForAll) {
  Dispatcher dispatcher(1);
  dispatcher.begin(jobs_of(std::vector<double>(10'000, 0.001)));
  EXPECT_NEAR(static_cast<double>(assigned(dispatcher, 0).at(0).size()), 500, 60);
  Dispatcher few(1);
  few.begin(jobs_of(std::vector<double>(100, 0.001)));
  EXPECT_LE(assigned(few, 0).at(0).size(), 50U);
}

TEST(Dispatcher, AsksForJobsBackWhenSomebodyIsIdleAndNothingIsLeft) {
  Dispatcher dispatcher(2);
  dispatcher.begin(jobs_of({3, 2.6, 2}));
  auto first = assigned(dispatcher, 0);
  ASSERT_EQ(first.at(0), Jobs{0});
  ASSERT_EQ(first.at(1), Jobs{1});
  EXPECT_FALSE(dispatcher.recall(true, 0)) << "there is still a job in the queue";
  EXPECT_EQ(assigned(dispatcher, 2.4).at(1), Jobs{2});
  EXPECT_FALSE(dispatcher.recall(false, 2.5)) << "nobody is idle";
  EXPECT_EQ(dispatcher.recall(true, 2.5), 1U) << "rank 0 is";
  EXPECT_FALSE(dispatcher.recall(true, 2.5)) << "it was asked already";
  dispatcher.gave_back(1, 1);
  EXPECT_EQ(dispatcher.take_one()->job, 2U);
  dispatcher.ended_own();
  dispatcher.ended(0, 1, 3);
  dispatcher.ended(1, 1, 3);
  EXPECT_TRUE(dispatcher.done());
}

TEST(Dispatcher, GivesNothingToAWorkerThatHasNotAnsweredYet) {
  Dispatcher dispatcher(2);
  dispatcher.begin(jobs_of({3, 2.6, 2}));
  assigned(dispatcher, 0);
  assigned(dispatcher, 2.4);
  dispatcher.ended(0, 1, 2.5);
  ASSERT_EQ(dispatcher.recall(false, 2.5), 1U);
  dispatcher.ended(1, 1, 2.6);
  dispatcher.ended(1, 1, 2.7);  // it had begun the job when the question came
  EXPECT_TRUE(assigned(dispatcher, 2.7).empty());
  EXPECT_TRUE(dispatcher.done());
  EXPECT_TRUE(dispatcher.awaits_answer());
  dispatcher.gave_back(1, 0);
  EXPECT_FALSE(dispatcher.awaits_answer());
  dispatcher.begin(jobs_of({1, 1, 1}));
  EXPECT_EQ(assigned(dispatcher, 3).size(), 2U);
}

TEST(Dispatcher, JobsThatWereGivenBackGoToTheIdle) {
  Dispatcher dispatcher(2);
  dispatcher.begin(jobs_of({3, 2.6, 2, 2}));
  assigned(dispatcher, 0);
  ASSERT_EQ(assigned(dispatcher, 2.4).at(1), Jobs{2});
  ASSERT_EQ(assigned(dispatcher, 2.8).at(0), Jobs{3});
  dispatcher.ended(0, 2, 5);
  ASSERT_EQ(dispatcher.recall(false, 5), 1U) << "it still works on what should have been done at 2.6";
  dispatcher.gave_back(1, 1);
  EXPECT_EQ(assigned(dispatcher, 5).at(0), Jobs{2});
}

TEST(Dispatcher, AnIdleRank0ComesBeforeTheWorkerThatGaveAJobBack) {
  Dispatcher dispatcher(1);
  dispatcher.begin(jobs_of({3, 2}));
  assigned(dispatcher, 0);
  ASSERT_EQ(assigned(dispatcher, 2.8).at(0), Jobs{1});
  ASSERT_EQ(dispatcher.recall(true, 2.8), 0U);
  dispatcher.gave_back(0, 1);
  EXPECT_FALSE(dispatcher.assign_to_idle(2.8)) << "the worker still has its first job";
  EXPECT_EQ(dispatcher.take_one()->job, 1U);
  EXPECT_FALSE(dispatcher.assign_ahead(2.8));
}

TEST(Dispatcher, SecondsLeftCountWhatWaitsAndWhatIsInProgressOnAllRanks) {
  Dispatcher dispatcher(1);
  dispatcher.begin(jobs_of({4, 3, 2, 1}));
  EXPECT_DOUBLE_EQ(dispatcher.seconds_left(), 5);
  assigned(dispatcher, 0);
  dispatcher.take_one();
  EXPECT_DOUBLE_EQ(dispatcher.seconds_left(), 5);
  dispatcher.ended_own();
  EXPECT_DOUBLE_EQ(dispatcher.seconds_left(), 3.5);
  dispatcher.learn({1, 3, 0}, 6);
  EXPECT_DOUBLE_EQ(dispatcher.seconds_left(), 5) << "what waits is predicted to take twice as long";
}

TEST(Dispatcher, ASilentWorkerKeepsItsJobsAndGetsNoOthers) {
  Dispatcher dispatcher(2);
  dispatcher.begin(jobs_of({10, 10, 10, 10}));
  ASSERT_EQ(assigned(dispatcher, 0).size(), 2U);
  dispatcher.take_one();
  dispatcher.set_aside(1);
  EXPECT_TRUE(dispatcher.is_set_aside(1));
  EXPECT_EQ(dispatcher.busy_ranks(true), 2U);
  EXPECT_FALSE(dispatcher.waits_only_for_silent());
  dispatcher.ended(0, 1, 10);
  EXPECT_EQ(assigned(dispatcher, 10).at(0), Jobs{3}) << "the others go on";
  dispatcher.ended_own();
  EXPECT_FALSE(dispatcher.waits_only_for_silent());
  EXPECT_FALSE(dispatcher.recall(true, 10)) << "nobody would answer";
  dispatcher.ended(0, 1, 20);
  EXPECT_TRUE(dispatcher.waits_only_for_silent());
  EXPECT_FALSE(dispatcher.done()) << "its job was given to nobody else: it may be at work after all";
}

TEST(Dispatcher, ASilentWorkerThatComesBackIsServedAgain) {
  Dispatcher dispatcher(1);
  dispatcher.begin(jobs_of({10, 10, 10}));
  ASSERT_EQ(assigned(dispatcher, 0).size(), 1U);
  dispatcher.set_aside(0);
  dispatcher.ended(0, 1, 10);
  EXPECT_TRUE(assigned(dispatcher, 10).empty());
  dispatcher.take_back(0);
  EXPECT_EQ(assigned(dispatcher, 10).at(0).size(), 1U);
  EXPECT_TRUE(dispatcher.take_one());
  dispatcher.ended_own();
  dispatcher.ended(0, 1, 20);
  EXPECT_TRUE(dispatcher.done());
}

TEST(Dispatcher, NobodyWaitsForTheAnswerOfASilentWorkerButItsJobsCountWhenItComes) {
  Dispatcher dispatcher(1);
  dispatcher.begin(jobs_of(std::vector<double>(40, 0.01)));
  ASSERT_FALSE(assigned(dispatcher, 0).empty());
  while (dispatcher.take_one()) dispatcher.ended_own();
  ASSERT_EQ(dispatcher.recall(true, 100), 0U);
  EXPECT_TRUE(dispatcher.awaits_answer());
  dispatcher.set_aside(0);
  EXPECT_FALSE(dispatcher.awaits_answer());
  dispatcher.gave_back(0, 1);
  EXPECT_TRUE(dispatcher.take_one()) << "what it gave back waits for others";
  EXPECT_FALSE(dispatcher.awaits_answer());
  dispatcher.take_back(0);
  EXPECT_FALSE(dispatcher.awaits_answer());
}

}  // namespace
}  // namespace nxmc

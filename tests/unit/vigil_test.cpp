#include "vigil.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace nxmc {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;

/// Three ranks on a clock that goes as the test says.
class Watched : public testing::Test {
 protected:
  explicit Watched(std::size_t self = 0) : vigil(0) {
    vigil.know_ranks({"rank 0 on n1", "rank 1 on n1", "rank 2 on n2"}, self, 0);
  }

  /// Time goes on; who is named gives signs of life, rank 2 one of a main thread that stands still if it is `still`.
  void go_on(double seconds, std::initializer_list<std::size_t> alive) {
    for (const double end = now + seconds; now < end; now += 1) {
      vigil.look(now);
      for (const std::size_t rank : alive) vigil.heard_of(rank, 0, now);
    }
    vigil.look(now);
  }

  Vigil vigil;
  double now = 0;
};

/// As rank 1 sees it.
class WatchedByAWorker : public Watched {
 protected:
  WatchedByAWorker() : Watched(1) {}
};

TEST_F(Watched, ARunWhoseRanksGiveSignsOfLifeGoesOnForEver) {
  go_on(1000, {1, 2});
  EXPECT_EQ(vigil.why_end(now), std::nullopt);
  vigil.asked_to_stop(now);
  go_on(1000, {1, 2});
  EXPECT_EQ(vigil.why_end(now), std::nullopt) << "whoever lives may take its time to come to an end";
}

TEST_F(Watched, WhoWaitsForASilentRankEndsAfterAMinuteAndNamesIt) {
  go_on(59, {1});
  EXPECT_EQ(vigil.why_end(now), std::nullopt);
  go_on(2, {1});
  EXPECT_THAT(vigil.why_end(now), Optional(HasSubstr("rank 2 on n2 has not been heard of for 6")));
  EXPECT_THAT(vigil.why_end(now), Optional(Not(HasSubstr("rank 1"))));
}

TEST_F(Watched, WhereRank0CanGoOnWithTheOthersASilentRankEndsNothing) {
  vigil.enter(Stage::apart, "jobs were computed", now);
  go_on(1000, {1});
  EXPECT_EQ(vigil.why_end(now), std::nullopt);
  EXPECT_GE(vigil.silence_of(2, now).work, 999);
  EXPECT_LT(vigil.silence_of(1, now).work, 2);
  vigil.heard_of(2, 0, now);
  EXPECT_LT(vigil.silence_of(2, now).work, 2) << "it came back";
  EXPECT_EQ(vigil.name_of(2), "rank 2 on n2");
}

TEST_F(Watched, AStopWaitsSecondsForTheSilent) {
  go_on(30, {1});
  vigil.asked_to_stop(now);
  go_on(vigil.patience().at_stop - 1, {1});
  EXPECT_EQ(vigil.why_end(now), std::nullopt);
  go_on(2, {1});
  EXPECT_THAT(vigil.why_end(now), Optional(HasSubstr("has to stop while it started, and rank 2 on n2 has not")));
}

TEST_F(Watched, NothingOutlivesTheDeadline) {
  vigil.keep_deadline(100);
  go_on(99, {1, 2});
  EXPECT_EQ(vigil.why_end(now), std::nullopt);
  go_on(2, {1, 2});
  for (const Stage stage : {Stage::together, Stage::apart, Stage::leaving}) {
    vigil.enter(stage, "something happened", now);
    EXPECT_THAT(vigil.why_end(now), Optional(HasSubstr("the time limit is over while something happened")));
  }
}

TEST_F(Watched, ALivingProcessWhoseMainThreadStandsStillIsToldFromADeadOne) {
  for (; now < 70; now += 1) {
    vigil.look(now);
    vigil.heard_of(1, 0, now);
    vigil.heard_of(2, now, now);
  }
  EXPECT_GE(vigil.silence_of(2, now).work, 69);
  EXPECT_LT(vigil.silence_of(2, now).process, 2);
  EXPECT_THAT(vigil.words_for(2, now), HasSubstr("rank 2 on n2 has stood still for 7"));
  EXPECT_EQ(vigil.why_end(now), std::nullopt) << "it can wait for a file system, and that may come back";
}

TEST_F(Watched, AnObserverThatStoodStillItselfLearnedNothingOfOthers) {
  vigil.keep_deadline(500);
  go_on(10, {1, 2});
  now += 100'000;  // a run that was stopped as a whole, and goes on
  vigil.look(now);
  EXPECT_EQ(vigil.why_end(now), std::nullopt) << "neither are the others silent, nor is there no time to stop";
  go_on(vigil.patience().after_limit - 1, {1, 2});
  EXPECT_EQ(vigil.why_end(now), std::nullopt);
  go_on(2, {1, 2});
  EXPECT_NE(vigil.why_end(now), std::nullopt) << "but the time limit is over";
}

TEST_F(Watched, LeavingMpiTakesNoLongerThanAMinute) {
  go_on(10, {1, 2});
  vigil.enter(Stage::leaving, "MPI is left", now);
  go_on(59, {});
  EXPECT_EQ(vigil.why_end(now), std::nullopt);
  go_on(2, {});
  EXPECT_THAT(vigil.why_end(now), Optional(HasSubstr("some rank does not end")));
}

TEST_F(WatchedByAWorker, OnlyTheSilenceOfRank0Counts) {
  vigil.enter(Stage::apart, "jobs were computed", now);
  go_on(100, {0});
  EXPECT_EQ(vigil.why_end(now), std::nullopt);
  go_on(61, {2});
  EXPECT_THAT(vigil.why_end(now), Optional(HasSubstr("rank 0 on n1 has not been heard of for 6")));
}

TEST_F(WatchedByAWorker, LeavesTheFirstWordAtTheDeadlineToRank0) {
  vigil.keep_deadline(10);
  go_on(10 + vigil.patience().last_words, {0});
  EXPECT_NE(vigil.why_end(now), std::nullopt);
  EXPECT_EQ(vigil.why_end(10), std::nullopt);
}

TEST(Vigil, OfAProcessAloneKnowsOnlyTheDeadline) {
  Vigil vigil(0);
  vigil.look(1000);
  EXPECT_EQ(vigil.why_end(1e6), std::nullopt);
  EXPECT_EQ(vigil.silence_of(3, 1e6).process, 0);
  EXPECT_EQ(vigil.words_for(3, 1e6), "rank 3 does not answer");
  vigil.keep_deadline(2000);
  EXPECT_NE(vigil.why_end(1e6), std::nullopt);
}

}  // namespace
}  // namespace nxmc

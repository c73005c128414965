// Who helps with which ladder.
#include "nxmc/schedule/helpers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <vector>

namespace nxmc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Idle = std::vector<std::size_t>;
using Ladders = std::vector<LadderAtWork>;

LadderAtWork ladder_of(std::size_t owner, std::size_t rungs = 12, double seconds = 100) {
  return {.owner = owner, .job = 10 * owner, .rungs = rungs, .seconds = seconds};
}

/// [owner] how many are told to help it.
std::map<std::size_t, int> count(const std::vector<Help>& told) {
  std::map<std::size_t, int> helpers;
  for (const Help& help : told) ++helpers[help.owner];
  return helpers;
}

TEST(Helpers, AreSpreadEvenlyOverLadders) {
  Helpers helpers;
  const std::vector<Help> told = helpers.pair(Idle{2, 3, 4, 5}, Ladders{ladder_of(0), ladder_of(1)});
  ASSERT_EQ(told.size(), 4U);
  EXPECT_THAT(count(told), UnorderedElementsAre(std::pair(0U, 2), std::pair(1U, 2)));
  for (const Help& help : told) EXPECT_EQ(help.job, 10 * help.owner);
  EXPECT_EQ(helpers.count(), 4U);
}

TEST(Helpers, AreMoreWhereThereIsMoreToDo) {
  const Ladders ladders{ladder_of(0, 40, 300), ladder_of(1, 40, 100)};
  EXPECT_THAT(count(Helpers().pair(Idle{2, 3, 4, 5, 6, 7}, ladders)),
              UnorderedElementsAre(std::pair(0U, 5), std::pair(1U, 1)));
}

TEST(Helpers, AreNoMoreThanFindTwoRungs) {
  EXPECT_EQ(most_ranks_of_ladder(3), 1U);
  EXPECT_EQ(most_ranks_of_ladder(4), 2U);
  EXPECT_EQ(most_ranks_of_ladder(13), 6U);
  Idle idle(20);
  std::iota(idle.begin(), idle.end(), std::size_t{2});
  EXPECT_THAT(count(Helpers().pair(idle, Ladders{ladder_of(0, 7), ladder_of(1, 3)})), ElementsAre(std::pair(0U, 2)));
}

TEST(Helpers, StayUntilTheLadderHasEnded) {
  Helpers helpers;
  const Ladders both{ladder_of(0), ladder_of(1)};
  helpers.pair(Idle{2, 3}, both);
  EXPECT_THAT(helpers.pair(Idle{2, 3}, both), IsEmpty());
  const std::vector<Help> told = helpers.pair(Idle{0, 2, 3}, Ladders{ladder_of(1)});
  EXPECT_EQ(told.size(), 2U) << "rank 0, and who helped it";
  EXPECT_THAT(count(told), ElementsAre(std::pair(1U, 2)));
  EXPECT_EQ(helpers.count(), 3U);
  EXPECT_THAT(helpers.pair(Idle{0, 1, 2, 3}, Ladders{}), IsEmpty());
  EXPECT_EQ(helpers.count(), 0U);
}

TEST(Helpers, OfALadderAreToldAgainWhenTheirRankBeginsAnother) {
  Helpers helpers;
  helpers.pair(Idle{1}, Ladders{ladder_of(0)});
  LadderAtWork next = ladder_of(0);
  next.job = 77;
  const std::vector<Help> told = helpers.pair(Idle{1}, Ladders{next});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().job, 77U);
}

TEST(Helpers, ThatGetWorkAreReplaced) {
  Helpers helpers;
  helpers.pair(Idle{1}, Ladders{ladder_of(0, 4)});
  EXPECT_THAT(helpers.pair(Idle{2}, Ladders{ladder_of(0, 4)}), IsEmpty());
  helpers.release(1);
  EXPECT_EQ(helpers.pair(Idle{2}, Ladders{ladder_of(0, 4)}).size(), 1U);
}

TEST(Helpers, AreToldOfWhoIsSilent) {
  Helpers helpers;
  helpers.pair(Idle{2, 3}, Ladders{ladder_of(0)});
  EXPECT_THAT(helpers.part_with(3), ElementsAre(0U));
  EXPECT_EQ(helpers.count(), 1U);
  EXPECT_THAT(helpers.part_with(0), ElementsAre(2U));
  EXPECT_EQ(helpers.count(), 0U);
  EXPECT_THAT(helpers.part_with(5), IsEmpty());
}

}  // namespace
}  // namespace nxmc

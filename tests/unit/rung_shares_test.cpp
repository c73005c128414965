// Who moves which rungs of a ladder.
#include "nxmc/schedule/rung_shares.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace nxmc {
namespace {

using testing::ElementsAre;
using Seconds = std::vector<double>;

std::vector<double> loads(const Seconds& seconds, const std::vector<std::size_t>& shares, std::size_t parties) {
  std::vector<double> loads(parties);
  for (std::size_t rung = 0; rung < seconds.size(); ++rung) loads.at(shares[rung]) += seconds[rung];
  return loads;
}

TEST(RungShares, OfRungsThatTakeAsLongAreRows) {
  EXPECT_THAT(share_rungs(Seconds{1, 1, 1, 1}, 2, {}), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(share_rungs(Seconds{1, 1, 1, 1, 1, 1}, 3, {}), ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(share_rungs(Seconds{1, 1, 1}, 3, {}), ElementsAre(0, 1, 2));
  EXPECT_THAT(share_rungs(Seconds{1, 1, 1}, 1, {}), ElementsAre(0, 0, 0));
}

TEST(RungShares, AreEvenThoughRungsTakeUnequallyLong) {
  const std::vector<std::size_t> shares = share_rungs(Seconds{5, 1, 1, 1, 1, 1}, 2, {});
  EXPECT_THAT(loads({5, 1, 1, 1, 1, 1}, shares, 2), ElementsAre(5, 5));
  EXPECT_THAT(loads({3, 1, 1, 3}, share_rungs(Seconds{3, 1, 1, 3}, 2, {}), 2), ElementsAre(4, 4));
}

TEST(RungShares, AreRowsWhereLettersWouldTakeLongerThanTheyGain) {
  const Seconds microseconds{3e-6, 1e-6, 2e-6, 1e-6, 3e-6, 2e-6};
  const std::vector<std::size_t> shares = share_rungs(microseconds, 2, {});
  EXPECT_TRUE(std::ranges::is_sorted(shares));
}

TEST(RungShares, StayWhatTheyAreWhileThatIsNearlyAsGood) {
  const std::vector<std::size_t> before{1, 1, 0, 0};
  EXPECT_EQ(share_rungs(Seconds{1, 1.01, 1, 1}, 2, before), before);
  EXPECT_NE(share_rungs(Seconds{2, 2, 1, 1}, 2, before), before);
  EXPECT_THAT(share_rungs(Seconds{1, 1, 1, 1}, 2, {0, 1, 2, 2}), ElementsAre(0, 0, 1, 1)) << "of three";
  EXPECT_THAT(share_rungs(Seconds{1, 1, 1, 1}, 2, {0, 0, 0, 0}), ElementsAre(0, 0, 1, 1)) << "of one";
}

TEST(RungShares, GiveEverybodySomethingAndNobodyMuchMore) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int trial = 0; trial < 300; ++trial) {
    Seconds seconds(1 + random() % 30);
    for (double& one : seconds) one = std::pow(10, uniform(random));
    const std::size_t parties = 1 + random() % seconds.size();
    const std::vector<double> of_parties = loads(seconds, share_rungs(seconds, parties, {}), parties);
    EXPECT_GT(*std::ranges::min_element(of_parties), 0);
    const double mean = std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(parties);
    EXPECT_LE(*std::ranges::max_element(of_parties), mean + *std::ranges::max_element(seconds) + 1e-3);
  }
}

}  // namespace
}  // namespace nxmc

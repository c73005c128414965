// Where rungs are placed by what exchanges are rejected.
#include "nxmc/phase/ladder_rounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace nxmc {
namespace {

using testing::ElementsAre;
using Places = std::vector<double>;

/// Rejections of rungs in a state that changes as tanh does, most near 5: the further apart, the more is rejected.
std::vector<double> rejections_of(const Places& places) {
  std::vector<double> rejections;
  for (std::size_t k = 0; k + 1 < places.size(); ++k) {
    const auto changed = [](double place) { return place + 3 * std::tanh(1.5 * (place - 5)); };
    rejections.push_back(std::erf(0.5 * (changed(places[k + 1]) - changed(places[k]))));
  }
  return rejections;
}

TEST(Rungs, ArePlacedEvenlyInTheSumOfRejections) {
  EXPECT_THAT(place_rungs(Places{0, 1, 2, 3, 4}, Places{0.5, 0.5, 0.5, 0.5}), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(place_rungs(Places{0, 1, 2}, Places{0.25, 0.75}), ElementsAre(0, 1.333, 2)) << "rounded to short numbers";
  EXPECT_THAT(place_rungs(Places{0, 4, 8}, Places{1, 1}), ElementsAre(0, 2, 4, 6, 8));
}

TEST(Rungs, KeepTheEndsAndAreThreeAtLeast) {
  EXPECT_THAT(place_rungs(Places{1, 3, 4, 6, 7}, Places{0, 0, 0, 0}), ElementsAre(1, 4, 7)) << "nothing is rejected";
  EXPECT_THAT(place_rungs(Places{1, 3, 9}, Places{0.01, 0.01}), ElementsAre(1, 3, 9));
  EXPECT_THAT(place_rungs(Places{1, 3, 5, 7}, Places{0, 1, 0}), ElementsAre(1, 4, 7));
}

TEST(Rungs, AreFoundInAFewRounds) {
  Places places{0, 10};
  for (int k = 1; k < 7; ++k) places.insert(places.end() - 1, 10.0 * k / 7);
  for (int round = 0; round < 3; ++round) places = place_rungs(places, rejections_of(places));
  const std::vector<double> rejections = rejections_of(places);
  EXPECT_EQ(places.front(), 0);
  EXPECT_EQ(places.back(), 10);
  EXPECT_TRUE(std::ranges::is_sorted(places));
  for (std::size_t pair = 0; pair < rejections.size(); ++pair) {
    EXPECT_GT(rejections[pair], 0.3) << places[pair];
    EXPECT_LT(rejections[pair], 0.75) << places[pair];
  }
  const auto near = std::ranges::count_if(places, [](double place) { return std::abs(place - 5) < 1; });
  EXPECT_GE(near, 5) << "where the state changes most";
}

}  // namespace
}  // namespace nxmc

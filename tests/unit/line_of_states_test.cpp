// Which sampled states tell of each other: with samples of harmonic wells, whose overlaps are as small as one likes.
#include "line_of_states.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace nxmc {
namespace {

using Values = std::vector<double>;
using Ends = std::vector<std::pair<double, double>>;

struct Wells {
  std::vector<std::uint32_t> state;
  Values matrix;
};

/// Independent samples of wells of width 1 at these places.
Wells wells(const Values& centres, int samples_each) {
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal;
  Wells wells;
  for (std::size_t k = 0; k < centres.size(); ++k) {
    for (int n = 0; n < samples_each; ++n) {
      const double x = centres[k] + normal(engine);
      wells.state.push_back(static_cast<std::uint32_t>(k));
      for (const double centre : centres) wells.matrix.push_back((x - centre) * (x - centre) / 2);
    }
  }
  return wells;
}

Ends stretches_of(const std::vector<SampledState>& states, const Values& centres, int samples_each, double weight = 1) {
  const Wells sampled = wells(centres, samples_each);
  const Mbar mbar(
      {states.size(), sampled.state, Values(sampled.state.size(), weight), rows_of(sampled.matrix, states.size())});
  const std::vector<LineOfStates> lines = lines_of(states, LineAxis::shell_stiffness);
  Ends ends;
  for (const Stretch stretch : connected_stretches(lines.front(), mbar))
    ends.emplace_back(lines.front().places[stretch.first], lines.front().places[stretch.last]);
  return ends;
}

std::vector<SampledState> states_at(const Values& stiffnesses) {
  std::vector<SampledState> states;
  for (const double stiffness : stiffnesses) states.emplace_back().shell_stiffness = stiffness;
  return states;
}

TEST(LineOfStates, IsOrderedAndKnowsItsStates) {
  std::vector<SampledState> states = states_at({3, 1, 2, 5});
  states[3].temperature = 2;  // alone on its line
  const std::vector<LineOfStates> lines = lines_of(states, LineAxis::shell_stiffness);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].places, (Values{1, 2, 3}));
  EXPECT_EQ(lines[0].states, (std::vector<std::size_t>{1, 2, 0}));
}

TEST(ConnectedStretches, EndWhereSamplesDoNotReach) {
  EXPECT_EQ(stretches_of(states_at({1, 2, 3, 4, 5}), {0, 1, 50, 51, 100}, 300), (Ends{{1, 2}, {3, 4}}));
  EXPECT_EQ(stretches_of(states_at({1, 2}), {0, 50}, 300), Ends{});
}

// Each sample is shared by very many states, and by no two of them much.
TEST(ConnectedStretches, DoNotEndWhereStatesAreDense) {
  Values centres;
  Values stiffnesses;
  for (int k = 0; k < 60; ++k) {
    centres.push_back(0.02 * k);
    stiffnesses.push_back(1 + k);
  }
  EXPECT_EQ(stretches_of(states_at(stiffnesses), centres, 200), (Ends{{1, 60}}));
}

TEST(ConnectedStretches, DoNotEndWhereSamplesAreFew) {
  EXPECT_EQ(stretches_of(states_at({1, 2}), {0, 1}, 100, 0.02), (Ends{{1, 2}})) << "two independent ones of each";
}

TEST(ConnectedStretches, GoOnThroughOtherLines) {
  std::vector<SampledState> states = states_at({1, 2, 1, 1, 1, 1, 1});
  for (std::size_t k = 2; k < states.size(); ++k) states[k].temperature = static_cast<double>(k);
  EXPECT_EQ(stretches_of(states, {0, 9, 1.5, 3, 4.5, 6, 7.5}, 300), (Ends{{1, 2}}));
  EXPECT_EQ(stretches_of(states_at({1, 2}), {0, 9}, 300), Ends{}) << "without them";
}

}  // namespace
}  // namespace nxmc

// The ways of configurations through ladders, found in the samples of rungs.
#include "configuration_paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nxmc {
namespace {

using testing::ElementsAre;
using Configurations = std::vector<ConfigurationNumber>;

/// Samples of chains, one after the other.
class Samples {
 public:
  void add(std::size_t state, std::size_t count) { add_rung(state, 10, Configurations(count), std::nullopt); }
  void add_rung(std::size_t state, std::uint64_t every, const Configurations& configurations,
                std::optional<std::size_t> ladder) {
    set_.chains.push_back({.job = set_.chains.size(),
                           .state = state,
                           .first = set_.samples(),
                           .count = configurations.size(),
                           .every = every,
                           .ladder = ladder,
                           .configurations = ladder ? configurations : Configurations{}});
    chains_.push_back({.samples = configurations.size(), .state = state, .autocorrelation_time = 3});
    while (set_.states.size() <= state) {
      set_.states.emplace_back();
      set_.states.back().shell_stiffness = static_cast<double>(set_.states.size());
    }
  }
  /// As a chain of its own has learnt to level it.
  void level(std::size_t state, const Window& window, double eta) {
    set_.states[state] = SampledState{};
    set_.states[state].levelling = Levelling{.window = window, .eta = {0, eta}};
  }
  std::vector<BootstrapChain> paths(const std::vector<double>& quantity = {}) const {
    std::vector<double> values = quantity;
    for (std::size_t n = values.size(); n < set_.samples(); ++n) values.push_back(static_cast<double>(n % 3));
    return along_configurations(set_, chains_, {std::span<const double>(values)});
  }

 private:
  SampleSet set_;
  std::vector<BootstrapChain> chains_;
};

TEST(ConfigurationPaths, LeadFromRungToRung) {
  Samples samples;
  samples.add_rung(0, 10, {0, 1, 1, 0}, 0);
  samples.add_rung(1, 10, {1, 0, 0, 1}, 0);
  const std::vector<BootstrapChain> paths = samples.paths();
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_THAT(paths[0].at, ElementsAre(0, 5, 6, 3));
  EXPECT_THAT(paths[1].at, ElementsAre(4, 1, 2, 7));
  for (const BootstrapChain& path : paths) EXPECT_EQ(path.samples, 4U);
}

TEST(ConfigurationPaths, AreInTheOrderOfTimeWhereRungsSampleDifferently) {
  Samples samples;
  samples.add_rung(0, 10, {0, 0, 1, 1}, 0);
  samples.add_rung(1, 20, {1, 0}, 0);
  const std::vector<BootstrapChain> paths = samples.paths();
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_THAT(paths[0].at, ElementsAre(0, 1, 5)) << "at sweeps 10, 20, 40";
  EXPECT_THAT(paths[1].at, ElementsAre(4, 2, 3)) << "at sweeps 20, 30, 40";
}

TEST(ConfigurationPaths, OfLaddersThroughTheSameStatesArePooledAndOtherChainsStay) {
  Samples samples;
  samples.add(1, 3);
  for (const std::size_t ladder : {0U, 1U}) {
    samples.add_rung(0, 10, {0, 1}, ladder);
    samples.add_rung(1, 10, {1, 0}, ladder);
  }
  samples.add_rung(0, 10, {0, 1}, 2);
  samples.add_rung(2, 10, {1, 0}, 2);
  const std::vector<BootstrapChain> paths = samples.paths();
  ASSERT_EQ(paths.size(), 7U);
  EXPECT_THAT(paths[0].at, ElementsAre(0, 1, 2));
  EXPECT_EQ(paths[0].state, 1U);
  EXPECT_EQ(paths[0].autocorrelation_time, 3);
  for (std::size_t k = 2; k < 5; ++k) EXPECT_EQ(paths[k].state, paths[1].state) << "of two ladders";
  EXPECT_EQ(paths[6].state, paths[5].state);
  EXPECT_NE(paths[5].state, paths[1].state) << "through other states";
  for (std::size_t k = 1; k < 7; ++k) EXPECT_GT(paths[k].state, 2U) << "and not pooled with chains of one state";
}

TEST(ConfigurationPaths, OfLaddersThroughTheSameWindowsArePooledWhateverTheirWeights) {
  Samples samples;
  for (const std::size_t ladder : {0U, 1U}) {
    samples.add_rung(2 * ladder, 10, {0, 1}, ladder);
    samples.add_rung(2 * ladder + 1, 10, {1, 0}, ladder);
    samples.level(2 * ladder, {OrderParameter::f_U, 0, 0.2}, 1 + static_cast<double>(ladder));
    samples.level(2 * ladder + 1, {OrderParameter::f_U, 0.1, 0.3}, 3 + static_cast<double>(ladder));
  }
  const std::vector<BootstrapChain> paths = samples.paths();
  ASSERT_EQ(paths.size(), 4U);
  for (std::size_t k = 1; k < 4; ++k) EXPECT_EQ(paths[k].state, paths[0].state);
}

// Two configurations change places after every sample, and each stays what it is: a rung sees noise, which their ways
// do not have.
TEST(ConfigurationPaths, RememberWhatRungsDoNotSee) {
  constexpr std::size_t count = 400;
  Samples samples;
  Configurations below;
  Configurations above;
  for (std::size_t n = 0; n < count; ++n) {
    below.push_back(n % 2 == 0 ? 0 : 1);
    above.push_back(n % 2 == 0 ? 1 : 0);
  }
  samples.add_rung(0, 10, below, 0);
  samples.add_rung(1, 10, above, 0);
  std::vector<double> values;
  const auto slowly = [](std::size_t n, std::size_t configuration) {
    return (n / 100 + configuration) % 2 == 0 ? 1.0 : 0.0;
  };
  for (const Configurations& rung : {below, above})
    for (std::size_t n = 0; n < count; ++n) values.push_back(slowly(n, rung[n]));
  for (const BootstrapChain& path : samples.paths(values)) EXPECT_GT(path.autocorrelation_time, 15);
}

TEST(ConfigurationPaths, ThatNeverChangeAreWorthOneValueEachAtMost) {
  constexpr std::size_t count = 50;
  Samples samples;
  samples.add_rung(0, 10, Configurations(count, 0), 0);
  samples.add_rung(1, 10, Configurations(count, 1), 0);
  std::vector<double> values(count, 0.25);
  values.resize(2 * count, 0.75);
  for (const BootstrapChain& path : samples.paths(values)) EXPECT_GE(path.autocorrelation_time, count / 2);
  EXPECT_EQ(samples.paths(std::vector<double>(2 * count, 0.25)).front().autocorrelation_time, 0.5)
      << "what is the same everywhere tells of no memory";
}

// Noise along every way, about one value in one ladder and about another in the other one.
TEST(ConfigurationPaths, OfLaddersThatDisagreeRememberForAsLongAsExplainsIt) {
  constexpr std::size_t count = 200;
  Samples samples;
  std::vector<double> values;
  for (const std::size_t ladder : {0U, 1U}) {
    for (const std::size_t rung : {0U, 1U}) {
      samples.add_rung(rung, 10, Configurations(count, static_cast<ConfigurationNumber>(rung)), ladder);
      for (std::size_t n = 0; n < count; ++n)
        values.push_back(static_cast<double>(ladder) + 0.1 * static_cast<double>(n * 7919 % 13));
    }
  }
  for (const BootstrapChain& path : samples.paths(values)) EXPECT_GT(path.autocorrelation_time, count / 4);
}

// At the lower rung each value stays for a while, by the order in which configurations come; at the upper one it does
// not. Both see the same ones.
TEST(ConfigurationPaths, MakeSamplesOfAllRungsCountAlike) {
  Samples samples;
  samples.add(2, 2);
  samples.add_rung(0, 10, {0, 1, 0, 1}, 0);
  samples.add_rung(1, 10, {1, 0, 1, 0}, 0);
  const std::vector<BootstrapChain> paths = samples.paths({5, 6, 1, 1, 2, 2, 1, 2, 1, 2});
  const std::vector<double> counts = independent_samples_of(paths, 10);
  EXPECT_THAT(std::span(counts).first(2), testing::Each(1.0 / 6)) << "by the time that the chain was given";
  EXPECT_THAT(std::span(counts).subspan(2), testing::Each(1 / (2 * paths.at(1).autocorrelation_time)));
}

}  // namespace
}  // namespace nxmc

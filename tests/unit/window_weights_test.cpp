// Weights of flat histograms: their shape, how they are learnt, what is kept of them.
#include "nxmc/engine/window_weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "nxmc/observe/phases.hpp"
#include "nxmc/random/stream.hpp"

namespace nxmc {
namespace {

constexpr std::size_t sites = 200;
constexpr Window window{.along = OrderParameter::f_U, .from = 0.1, .to = 0.4};  // 20 to 80 of them

std::vector<double> nodes_of(double (*eta)(double)) {
  std::vector<double> nodes(17);
  for (std::size_t k = 0; k < nodes.size(); ++k) nodes[k] = eta(20 + 60 * static_cast<double>(k) / 16);
  return nodes;
}

TEST(WindowWeights, AreLinearBetweenNodesAndFallOutside) {
  const WindowWeights weights(window, sites, nodes_of([](double n) { return 0.5 * n; }));
  EXPECT_DOUBLE_EQ(weights.eta(20), 10);
  EXPECT_DOUBLE_EQ(weights.eta(80), 40);
  EXPECT_NEAR(weights.eta(37), 18.5, 1e-12);
  // The free energy goes on to fall below, and to rise above, where a wall is enough.
  EXPECT_DOUBLE_EQ(weights.eta(15), 10 - 5 * 1.5 - 25 / 8.0);
  EXPECT_DOUBLE_EQ(weights.eta(83), 40 - 3 - 9 / 8.0);
}

/// A walker on 0 … 200 whose probabilities are exp(-(n - 50)^2 / 60): 15 k_BT from the middle of the window to its
/// ends.
double reduced_free_energy(std::int64_t n) { return static_cast<double>((n - 50) * (n - 50)) / 60; }

std::int64_t walked(std::int64_t n, const WindowWeights& weights, Stream& stream) {
  for (int step = 0; step < 200; ++step) {
    const std::int64_t next = n - 3 + static_cast<std::int64_t>(stream.below(7));
    if (next < 0 || next > 200) continue;
    const double cost = reduced_free_energy(next) - weights.eta(next) - reduced_free_energy(n) + weights.eta(n);
    if (cost <= 0 || stream.uniform() < std::exp(-cost)) n = next;
  }
  return n;
}

TEST(WindowWeights, LearnToLevelWhatTheyAreIn) {
  WindowWeights weights(window, sites);
  Stream stream(1, {2, 3});
  std::int64_t n = 150;  // outside
  for (int sweep = 0; sweep < 20'000; ++sweep) weights.learn(n = walked(n, weights, stream));
  for (int sweep = 0; sweep < 20'000; ++sweep) weights.visit(n = walked(n, weights, stream));
  EXPECT_GT(weights.coverage(), 0.6);
  for (const std::int64_t count : {25, 35, 65, 75})
    EXPECT_NEAR(weights.eta(count) - weights.eta(50), reduced_free_energy(count), 0.7) << count;
}

TEST(WindowWeights, AreNotDrawnToWhatNoConfigurationHas) {
  WindowWeights weights(window, sites);
  for (int sweep = 0; sweep < 3000; ++sweep) weights.learn(sweep % 2 == 0 ? 35 : 50);  // nodes 4 and 8
  EXPECT_NEAR(weights.eta(35), weights.eta(50), 0.1);
  EXPECT_EQ(weights.eta(20), weights.eta(35));
  EXPECT_EQ(weights.eta(80), weights.eta(50));
}

TEST(WindowWeights, DoNotCoverWhatWasNeverSeen) {
  WindowWeights weights(window, sites);
  EXPECT_TRUE(std::isnan(weights.coverage()));
  for (int sweep = 0; sweep < 10; ++sweep) weights.visit(30);
  EXPECT_EQ(weights.coverage(), 0);
  weights.visit(200);  // outside: no part of it
  EXPECT_EQ(weights.coverage(), 0);
}

TEST(WindowWeights, OfAWindowOfAFewSitesHaveANodeForEach) {
  const Window narrow{.along = OrderParameter::f_U, .from = 0.1, .to = 0.105};
  WindowWeights weights(narrow, sites, {1, 3});
  EXPECT_EQ(weights.eta(20), 1);
  EXPECT_EQ(weights.eta(21), 3);
  EXPECT_EQ(weights.eta(19), 1 - 2 - 1 - 0.125);
  const Window single{.along = OrderParameter::f_U, .from = 0.1, .to = 0.1};
  weights = WindowWeights(single, sites, {2});
  EXPECT_EQ(weights.eta(20), 2);
  EXPECT_EQ(weights.eta(22), 2 - 2 - 0.5);
  weights.learn(20);
  weights.visit(20);
  EXPECT_EQ(weights.coverage(), 1);
}

TEST(WindowWeights, GoOnFromWhatTheyKeep) {
  WindowWeights one(window, sites);
  Stream stream(4, {5, 6});
  std::int64_t n = 30;
  for (int sweep = 0; sweep < 500; ++sweep) one.learn(n = walked(n, one, stream));
  one.visit(n);
  WindowWeights other(window, sites);
  EXPECT_EQ(one.save().size(), WindowWeights::saved_size(window, sites));
  other.load(one.save());
  for (int sweep = 0; sweep < 500; ++sweep) {
    n = walked(n, one, stream);
    one.learn(n);
    other.learn(n);
  }
  EXPECT_EQ(one.save(), other.save());
}

TEST(WindowWeights, RefuseNumbersThatAreNotTheirs) {
  WindowWeights weights(window, sites);
  std::vector<double> saved = weights.save();
  saved[5] = HUGE_VAL;
  EXPECT_THROW(weights.load(saved), std::runtime_error);
  saved = weights.save();
  saved.pop_back();
  EXPECT_THROW(weights.load(saved), std::runtime_error);
  EXPECT_THROW(WindowWeights(window, sites, {1, 2}), std::runtime_error);
}

TEST(WindowWeights, CountTheSitesThatTheirOrderParameterIsAFractionOf) {
  Physics physics;
  physics.method = Method::equilibrium;
  for (const LatticeSpec& lattice :
       {LatticeSpec{"hexagon", {5, 0, 0}, 1, {}}, LatticeSpec{"hexagon", {4, 0, 0}, 0, {}},
        LatticeSpec{"hexagon", {1, 0, 0}, 2, {}}, LatticeSpec{"box", {3, 4, 5}, 1, {}},
        LatticeSpec{"box", {2, 4, 5}, 1, {}}, LatticeSpec{"hexagon", {4, 5, 0}, 0, Boundary::periodic},
        LatticeSpec{"box", {3, 4, 5}, 0, Boundary::periodic}}) {
    const Lattice crystal = make_lattice(lattice);
    physics.lattice = lattice;
    physics.window = Window{.along = OrderParameter::f_U, .from = 0, .to = 1};
    EXPECT_EQ(sites_of_window(physics), interior_of_core(crystal).size()) << size_name(lattice);
    physics.window->along = OrderParameter::c;
    EXPECT_EQ(sites_of_window(physics), crystal.core.size()) << size_name(lattice);
  }
}

}  // namespace
}  // namespace nxmc

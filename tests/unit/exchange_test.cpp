// Exchange dynamics: the sum tree, the rates against their definition, and the bookkeeping of trajectories.
#include "nxmc/engine/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>

#include "crystals_of_all_shapes.hpp"
#include "engine_crystals.hpp"
#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/exchange_rates.hpp"
#include "nxmc/engine/sum_tree.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/observe/quantities.hpp"
#include "plain_engines.hpp"

namespace nxmc {
namespace {

using testing_tools::box;
using testing_tools::hexagon;
using testing_tools::OwnedCrystal;
using testing_tools::random_occupation;
using testing_tools::ReducedCrystal;
using testing_tools::replica_stream;

constexpr double infinity = std::numeric_limits<double>::infinity();

// ---- sum tree

void set(SumTree& tree, std::size_t leaf, double value) {
  tree.leaves()[leaf] = value;
  tree.follow(std::array{leaf});
}

TEST(SumTree, FindsTheLeafInWhichTheRunningSumPassesTheTarget) {
  constexpr std::size_t leaves = 100;
  SumTree tree(leaves);
  for (std::size_t i = 0; i < leaves; ++i) set(tree, i, static_cast<double>(i % 3));
  double before = 0;
  for (std::size_t i = 0; i < leaves; ++i) {
    const auto width = static_cast<double>(i % 3);
    for (const double inside : {0.0, 0.5, 0.999}) {
      if (width == 0) continue;
      const SumTree::Pick pick = tree.find(before + inside * width);
      EXPECT_EQ(pick.leaf, i);
      EXPECT_NEAR(pick.rest, inside * width, 1e-12);
    }
    before += width;
  }
  EXPECT_EQ(tree.total(), before);
}

TEST(SumTree, NeverPicksAnEmptyLeaf) {
  for (const std::size_t leaves : {1U, 8U, 9U, 64U, 65U, 1000U}) {
    SumTree tree(leaves);
    set(tree, leaves / 2, 0.1);
    for (const double target : {0.0, 0.05, 0.1, 0.2}) EXPECT_EQ(tree.find(target).leaf, leaves / 2);
  }
}

TEST(SumTree, HasTheSameBitsHoweverItWasFilled) {
  constexpr std::size_t leaves = 537;
  Stream stream = replica_stream(1);
  std::vector<double> values(leaves);
  for (double& value : values) value = stream.exponential();

  SumTree written(leaves);
  std::copy(values.begin(), values.end(), written.leaves().begin());
  written.rebuild();
  SumTree one_by_one(leaves);
  for (std::size_t i = leaves; i-- > 0;) set(one_by_one, i, 7.0);
  for (std::size_t i = leaves; i-- > 0;) set(one_by_one, i, values[i]);
  EXPECT_EQ(written.total(), one_by_one.total());

  SumTree followed = written;
  for (std::size_t step = 0; step < 100; ++step) {
    std::vector<std::size_t> changed(step % 20);
    for (std::size_t& leaf : changed) leaf = stream.below(leaves);
    std::sort(changed.begin(), changed.end());
    for (const std::size_t leaf : changed) followed.leaves()[leaf] = values[leaf] = stream.exponential();
    followed.follow(changed);
    std::copy(values.begin(), values.end(), written.leaves().begin());
    written.rebuild();
    ASSERT_EQ(followed.total(), written.total());
  }
}

// ---- rates

struct RatesCase {
  std::string name;
  Physics physics;
};

void PrintTo(const RatesCase& c, std::ostream* out) { *out << c.name; }

std::vector<RatesCase> rates_cases() {
  std::vector<RatesCase> cases;
  const std::map<std::string, LatticeSpec> lattices{{"Hexagon", hexagon(4)},
                                                    {"HexagonInShell", hexagon(3, 1)},
                                                    {"Box", box(2, 3, 4)},
                                                    {"CubeInShell", box(2, 2, 2, 1)}};
  const std::map<std::string, Interaction> interactions{
      {"Elastic", {1, 0}}, {"Ising", {0, 1}}, {"Free", {0, 0}}, {"Combined", {0.7, -0.3}}};
  for (const auto& [lattice_name, lattice] : lattices) {
    for (const auto& [interaction_name, interaction] : interactions) {
      for (const Hamiltonian hamiltonian : {Hamiltonian::exact, Hamiltonian::published}) {
        Physics physics;
        physics.lattice = lattice;
        physics.shell_stiffness = lattice.shell_layers > 0 ? 10 : 1;
        physics.temperature = lattice.shape == "box" ? 1.5 : 0.2;
        physics.delta_mu = -20;
        physics.interaction = interaction;
        physics.hamiltonian = hamiltonian;
        physics.rates = {2.5, 0.3};
        cases.push_back(
            {lattice_name + interaction_name + (hamiltonian == Hamiltonian::exact ? "Exact" : "Published"), physics});
      }
    }
  }
  return cases;
}

class Rates : public ::testing::TestWithParam<RatesCase> {};
INSTANTIATE_TEST_SUITE_P(AllModels, Rates, ::testing::ValuesIn(rates_cases()),
                         [](const auto& tested) { return tested.param.name; });

/// Logarithms of all rates from their definition.
std::map<std::pair<Site, Site>, double> rates_by_definition(const State& state, const Physics& physics) {
  std::map<std::pair<Site, Site>, double> rates;
  for (const auto& [move, log_rate] : testing_tools::moves_by_definition(state, physics)) {
    rates[{move.site, move.partner}] = log_rate;
  }
  return rates;
}

/// log of the sum of exponentials, wherever they lie
double log_sum(const std::vector<double>& logarithms) {
  const double largest = *std::max_element(logarithms.begin(), logarithms.end());
  double sum = 0;
  for (const double x : logarithms) sum += std::exp(x - largest);
  return largest + std::log(sum);
}

void expect_rates_by_definition(const ExchangeRates& rates, const State& state, const Physics& physics) {
  auto expected = rates_by_definition(state, physics);
  std::vector<double> logarithms;
  for (const auto& [move, log_rate] : rates.moves(state)) {
    const auto found = expected.find({move.site, move.partner});
    ASSERT_NE(found, expected.end()) << move.site << " " << move.partner;
    EXPECT_NEAR(log_rate, found->second, 1e-12 * (1 + std::fabs(found->second)) * 10);
    logarithms.push_back(found->second);
    expected.erase(found);
  }
  EXPECT_TRUE(expected.empty()) << "a move is missing";
  ASSERT_TRUE(rates.any_move());
  const double log_waiting = -log_sum(logarithms);
  if (std::fabs(log_waiting) < 700) {
    // Bounds may exceed rates a little, and never fall below them.
    EXPECT_LE(std::log(rates.waiting_time(1.0)), log_waiting + 1e-10);
    EXPECT_GE(std::log(rates.waiting_time(1.0)), log_waiting - (is_elastic(physics) ? 2e-4 : 1e-10));
  }
}

/// The first move that one of the numbers of `stream` selects.
Move draw_move(const ExchangeRates& rates, const State& state, Stream& stream) {
  while (true) {
    if (const std::optional<Move> move = rates.select(state, stream.uniform())) return *move;
  }
}

TEST_P(Rates, FollowFromEnergyDifferences) {
  const Physics& physics = GetParam().physics;
  const OwnedCrystal owned(physics);
  Stream stream = replica_stream(2);
  for (const double fraction : {1.0, 0.9, 0.5, 0.2, 0.0}) {
    const State state = owned.state(physics, random_occupation(owned.lattice().sites(), fraction, stream));
    expect_rates_by_definition(ExchangeRates(state, physics), state, physics);
  }
}

TEST(Rates, OfOtherRulesFollowFromEnergyDifferences) {
  Stream stream = replica_stream(2);
  for (const RateRule& rule : {RateRule{RateRule::Kind::metropolis, 0.5}, RateRule{RateRule::Kind::heat_bath, 0.5},
                               RateRule{RateRule::Kind::exponential, 0.2}}) {
    for (const RatesCase& one : rates_cases()) {
      Physics physics = one.physics;
      physics.rate_rule = rule;
      const OwnedCrystal owned(physics);
      for (const double fraction : {1.0, 0.5, 0.0}) {
        const State state = owned.state(physics, random_occupation(owned.lattice().sites(), fraction, stream));
        expect_rates_by_definition(ExchangeRates(state, physics), state, physics);
      }
    }
  }
}

TEST(Rates, OfAllShapesFollowFromEnergyDifferences) {
  Stream stream = replica_stream(21);
  for (const LatticeSpec& lattice : testing_tools::crystals_of_all_shapes()) {
    SCOPED_TRACE(testing_tools::name_of_crystal(lattice));
    for (const Interaction& interaction : {Interaction{1, 0}, Interaction{0, 1}}) {
      Physics physics;
      physics.lattice = lattice;
      physics.shell_stiffness = lattice.shell_layers > 0 ? 10 : 1;
      physics.temperature = dimension_of(lattice) == 3 ? 1.5 : 0.2;
      physics.delta_mu = -20;
      physics.interaction = interaction;
      const OwnedCrystal owned(physics);
      const State state = owned.state(physics, random_occupation(owned.lattice().sites(), 0.6, stream));
      expect_rates_by_definition(ExchangeRates(state, physics), state, physics);
    }
  }
}

/// Site by site, for what each of them is the lower end of.
TEST_P(Rates, StayBelowTheirBounds) {
  const Physics& physics = GetParam().physics;
  if (!is_elastic(physics)) return;  // nothing is bounded then
  const OwnedCrystal owned(physics);
  Stream stream = replica_stream(13);
  for (const double fraction : {1.0, 0.9, 0.5, 0.2, 0.0}) {
    const State state = owned.state(physics, random_occupation(owned.lattice().sites(), fraction, stream));
    RateBounds bounds(state, physics);
    if (!bounds.refresh(state)) continue;
    std::vector<double> rates(owned.lattice().sites(), 0.0);
    for (const auto& [move, log_rate] : testing_tools::moves_by_definition(state, physics)) {
      const Site counted_at = move.partner == no_site ? move.site : std::min(move.site, move.partner);
      rates[static_cast<std::size_t>(counted_at)] += std::exp(log_rate);
    }
    const double negligible = 0x1p-60 * bounds.total();
    for (std::size_t i = 0; i < rates.size(); ++i) {
      EXPECT_LE(rates[i], bounds.bound(static_cast<Site>(i)) + negligible) << i;
      EXPECT_GE(rates[i] * (1 + 2e-4) + negligible, bounds.bound(static_cast<Site>(i))) << i;
    }
  }
}

TEST_P(Rates, AreAFunctionOfTheConfigurationToTheBit) {
  const Physics& physics = GetParam().physics;
  const OwnedCrystal owned(physics);
  Stream stream = replica_stream(3);
  State state = owned.state(physics, random_occupation(owned.lattice().sites(), 0.5, stream));
  ExchangeRates followed(state, physics);
  for (int event = 0; event < 60; ++event) {
    const Move move = draw_move(followed, state, stream);
    testing_tools::apply(state, move);
    followed.follow(state, move);
    const ExchangeRates anew(state, physics);
    ASSERT_EQ(followed.waiting_time(1.0), anew.waiting_time(1.0)) << "after event " << event;
    const double u = stream.uniform();
    ASSERT_EQ(followed.select(state, u), anew.select(state, u));
  }
  expect_rates_by_definition(followed, state, physics);
}

/// Nothing drifts: after as many events as a long job has, field and rates are those of the configuration.
void expect_no_drift_in_ten_million_events(const Physics& physics) {
  const OwnedCrystal owned(physics);
  Stream stream = replica_stream(12);
  State state = owned.state(physics, random_occupation(owned.lattice().sites(), 0.5, stream));
  ExchangeRates followed(state, physics);
  for (int event = 0; event < 10000000; ++event) {
    const Move move = draw_move(followed, state, stream);
    testing_tools::apply(state, move);
    followed.follow(state, move);
  }
  const State anew = owned.state(physics, state.sigma());
  for (std::size_t i = 0; i < state.phi().size(); ++i) ASSERT_EQ(state.phi()[i], anew.phi()[i]);
  EXPECT_EQ(followed.waiting_time(1.0), ExchangeRates(anew, physics).waiting_time(1.0));
  expect_rates_by_definition(followed, state, physics);
}

TEST(Rates, DoNotDriftInTenMillionEvents) {
  Physics physics;
  physics.lattice = hexagon(3, 1);
  physics.shell_stiffness = 10;
  physics.temperature = 0.3;
  physics.delta_mu = -1;  // so that A keeps coming back
  expect_no_drift_in_ten_million_events(physics);
}

TEST(Rates, OfShortRangeDoNotDriftInTenMillionEvents) {
  Physics physics;
  physics.lattice = hexagon(4);
  physics.interaction = {0, 1};
  physics.temperature = 3;
  expect_no_drift_in_ten_million_events(physics);
}

TEST_P(Rates, SelectEachMoveInProportion) {
  Physics physics = GetParam().physics;
  physics.temperature *= 20;  // rates of similar size, so that each gets a share of the grid below
  const OwnedCrystal owned(physics);
  Stream stream = replica_stream(4);
  const State state = owned.state(physics, random_occupation(owned.lattice().sites(), 0.5, stream));
  const ExchangeRates rates(state, physics);

  constexpr int grid = 20000;
  std::map<std::pair<Site, Site>, int> chosen;
  for (int k = 0; k < grid; ++k) {
    const std::optional<Move> move = rates.select(state, (k + 0.5) / grid);
    if (move) ++chosen[{move->site, move->partner}];
  }
  for (const auto& [move, log_rate] : rates.moves(state)) {
    const double share = std::exp(log_rate) * rates.waiting_time(1.0);
    EXPECT_NEAR((chosen[{move.site, move.partner}]), share * grid, 1.01);
  }
}

TEST_P(Rates, ContainNoFlipOnceTheExchangeIsStopped) {
  Physics physics = GetParam().physics;
  const OwnedCrystal owned(physics);
  Stream stream = replica_stream(5);
  State state = owned.state(physics, random_occupation(owned.lattice().sites(), 0.5, stream));
  ExchangeRates rates(state, physics);
  rates.stop_exchange(state);
  const std::vector<RatedMove> moves = rates.moves(state);
  ASSERT_FALSE(moves.empty());
  for (const RatedMove& rated : moves) EXPECT_NE(rated.move.partner, no_site);

  state.assign(Occupation(owned.lattice().sites(), Spin{1}));
  rates.rebuild(state);
  EXPECT_FALSE(rates.any_move());
}

/// A drive beyond the range of factors is forgotten with the exchange: no slower path, no other bits.
TEST_P(Rates, OfRelaxationDoNotKnowTheDriveBefore) {
  const Physics& weak = GetParam().physics;
  Physics strong = weak;
  strong.delta_mu = -4000;
  const OwnedCrystal owned(weak);
  Stream stream = replica_stream(9);
  State state = owned.state(weak, random_occupation(owned.lattice().sites(), 0.5, stream));
  ExchangeRates after_weak(state, weak);
  ExchangeRates after_strong(state, strong);
  after_weak.stop_exchange(state);
  after_strong.stop_exchange(state);
  for (int event = 0; event < 20; ++event) {
    ASSERT_EQ(after_strong.waiting_time(1.0), after_weak.waiting_time(1.0));
    const auto expected = after_weak.moves(state);
    const auto moves = after_strong.moves(state);
    ASSERT_EQ(moves.size(), expected.size());
    for (std::size_t k = 0; k < moves.size(); ++k) {
      ASSERT_EQ(moves[k].move, expected[k].move);
      ASSERT_EQ(moves[k].log_rate, expected[k].log_rate);
    }
    Stream same = stream;
    const Move move = draw_move(after_strong, state, stream);
    ASSERT_EQ(move, draw_move(after_weak, state, same));
    state.swap(move.site, move.partner);
    after_weak.follow(state, move);
    after_strong.follow(state, move);
  }
}

void expect_same_rates_with_reduced_kernel(const Physics& physics) {
  const OwnedCrystal full(physics);
  const ReducedCrystal reduced(full);
  Stream stream = replica_stream(10);
  const Occupation sigma = random_occupation(full.lattice().sites(), 0.4, stream);
  State state = full.state(physics, sigma);
  State reduced_state = reduced.state(physics, sigma);
  ExchangeRates rates(state, physics);
  ExchangeRates reduced_rates(reduced_state, physics);
  for (int event = 0; event < 20; ++event) {
    ASSERT_EQ(reduced_rates.waiting_time(1.0), rates.waiting_time(1.0));
    Stream same = stream;
    const Move move = draw_move(rates, state, stream);
    ASSERT_EQ(draw_move(reduced_rates, reduced_state, same), move);
    for (State* const s : {&state, &reduced_state}) testing_tools::apply(*s, move);
    rates.follow(state, move);
    reduced_rates.follow(reduced_state, move);
  }
}

TEST(Rates, AreTheSameBitsWithAKernelInReducedForm) {
  for (const RatesCase& c : rates_cases()) {
    SCOPED_TRACE(c.name);
    if (is_elastic(c.physics)) expect_same_rates_with_reduced_kernel(c.physics);
  }
}

TEST(Rates, ContainNoFlipOfASiteWithAllItsBonds) {
  for (const Interaction interaction : {Interaction{1, 0}, Interaction{0, 1}}) {
    Physics physics;
    physics.lattice = box(3, 3, 3);
    physics.interaction = interaction;
    physics.temperature = 1.5;
    physics.delta_mu = -20;
    const OwnedCrystal owned(physics);
    const State state = owned.state(physics, Occupation(27, Spin{1}));
    std::vector<Site> flips;
    for (const RatedMove& rated : ExchangeRates(state, physics).moves(state)) {
      ASSERT_EQ(rated.move.partner, no_site);
      flips.push_back(rated.move.site);
    }
    std::vector<Site> expected(27);
    std::iota(expected.begin(), expected.end(), 0);
    expected.erase(expected.begin() + 13);  // the centre
    EXPECT_EQ(flips, expected);
  }
}

/// Exponents of +-10^4, where neither factors nor rates are representable.
TEST_P(Rates, KeepTheirRatiosInTheDeepestCold) {
  Physics physics = GetParam().physics;
  physics.temperature = 1e-3;
  const OwnedCrystal owned(physics);
  Stream stream = replica_stream(6);
  State state = owned.state(physics, random_occupation(owned.lattice().sites(), 0.5, stream));
  ExchangeRates rates(state, physics);

  const auto expected = rates_by_definition(state, physics);
  const auto fastest =
      std::max_element(expected.begin(), expected.end(), [](auto& a, auto& b) { return a.second < b.second; });
  EXPECT_GT(std::fabs(fastest->second), 1000);
  double sum = 0;  // relative to the fastest
  for (const auto& [move, log_rate] : expected) sum += std::exp(log_rate - fastest->second);
  for (const RatedMove& rated : rates.moves(state)) {
    EXPECT_EQ(rated.log_rate, (expected.at({rated.move.site, rated.move.partner})));
  }
  const Move chosen = draw_move(rates, state, stream);
  EXPECT_NEAR((expected.at({chosen.site, chosen.partner})), fastest->second, 30);
  // A waiting time beyond the range of doubles is infinite or zero, never NaN.
  const double log_waiting = -fastest->second - std::log(sum);
  const double waiting = rates.waiting_time(1.0);
  if (log_waiting > 710) {
    EXPECT_EQ(waiting, infinity);
  }
  if (log_waiting < -746) {
    EXPECT_EQ(waiting, 0.0);
  }
  EXPECT_TRUE(log_waiting > 710 || log_waiting < -746);
}

TEST(Rates, GiveWaitingTimesUpToTheEndsOfTheRangeOfDoubles) {
  Physics physics;
  physics.lattice = hexagon(3);
  physics.interaction = {0, 0};
  physics.temperature = 1;
  for (const double drive : {-1300.0, -900.0, -1.0, 900.0, 1300.0}) {
    physics.delta_mu = drive;
    const OwnedCrystal owned(physics);
    const State state = owned.state(physics, Occupation(owned.lattice().sites(), Spin{1}));
    // 12 boundary sites flip at exp(-delta_mu / 2) each.
    EXPECT_NEAR(std::log(ExchangeRates(state, physics).waiting_time(1.0)), drive / 2 - std::log(12.0), 1e-10);
  }
}

TEST(Rates, PassFromFactorsToRelativeRatesWithoutASeam) {
  Physics physics;
  physics.lattice = hexagon(3);
  physics.delta_mu = -20;
  const OwnedCrystal owned(physics);
  Stream stream = replica_stream(7);
  const State state = owned.state(physics, random_occupation(owned.lattice().sites(), 0.5, stream));
  // The seam lies where |delta_mu| / 2 or a field exceeds 200 k_BT.
  for (int k = 0; k < 76; ++k) {
    physics.temperature = 0.1 * std::pow(0.97, k);
    expect_rates_by_definition(ExchangeRates(state, physics), state, physics);
  }
}

// ---- trajectories

struct ChainCase {
  std::string name;
  Physics physics;
  Schedule schedule;
};

void PrintTo(const ChainCase& c, std::ostream* out) { *out << c.name; }

std::vector<double> log_times(double from, double to, int points) {
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(points));
  for (int k = 0; k < points; ++k) times.push_back(from * std::pow(to / from, k / (points - 1.0)));
  return times;
}

std::vector<ChainCase> chain_cases() {
  std::vector<ChainCase> cases;
  const auto add = [&](const std::string& name, const LatticeSpec& lattice, const auto& change) {
    ChainCase c{name, {}, {}};
    const bool flat = lattice.shape == "hexagon";
    c.physics.lattice = lattice;
    c.physics.temperature = flat ? 0.2 : 1.5;
    c.physics.delta_mu = flat ? -20 : -200;
    c.physics.shell_stiffness = lattice.shell_layers > 0 ? 10 : 1;
    c.schedule.times = flat ? log_times(1e-3, 30, 30) : log_times(1e-32, 10, 60);
    c.schedule.snapshot_times = c.schedule.times;
    change(c);
    cases.push_back(c);
  };
  const auto nothing = [](ChainCase&) {};
  add("Hexagon", hexagon(4), nothing);
  add("HexagonInShell", hexagon(2, 1), nothing);
  add("Box", box(2, 3, 4), nothing);
  add("CubeInShell", box(2, 2, 2, 1), nothing);
  add("HexagonPublished", hexagon(4), [](ChainCase& c) { c.physics.hamiltonian = Hamiltonian::published; });
  add("BoxPublished", box(2, 3, 4), [](ChainCase& c) { c.physics.hamiltonian = Hamiltonian::published; });
  add("HexagonIsing", hexagon(5), [](ChainCase& c) {
    c.physics.interaction = {0, 1};
    c.physics.temperature = 2;
    c.physics.delta_mu = -10;
  });
  add("BoxIsing", box(3, 4, 5), [](ChainCase& c) {
    c.physics.interaction = {0, 1};
    c.physics.temperature = 9;
    c.physics.delta_mu = -10;
    c.schedule.times = log_times(1e-3, 30, 30);
    c.schedule.snapshot_times = c.schedule.times;
  });
  add("HexagonFree", hexagon(5), [](ChainCase& c) {
    c.physics.interaction = {0, 0};
    c.physics.temperature = 1;
    c.physics.delta_mu = -10;
  });
  add("HexagonCombined", hexagon(4), [](ChainCase& c) { c.physics.interaction = {1, 0.3}; });
  add("HexagonRelaxation", hexagon(4), [](ChainCase& c) { c.physics.exchange_until = 0.005; });
  add("BoxRelaxation", box(2, 3, 4), [](ChainCase& c) { c.physics.exchange_until = 1e-8; });
  add("HexagonStages", hexagon(4), [](ChainCase& c) {
    c.physics.stages = StageList({ExchangeStage{.until = 0.003, .temperature = 0.4},
                                  ExchangeStage{.until = 0.02, .exchange = false, .diffusion_rate = 3},
                                  ExchangeStage{.until = 1, .delta_mu = 20, .exchange_rate = 0.1},
                                  ExchangeStage{.temperature = 0.1, .delta_mu = -5}});
  });
  add("BoxIsingStages", box(2, 3, 4), [](ChainCase& c) {
    c.physics.interaction = {0, 1};
    c.physics.temperature = 9;
    c.physics.stages = StageList({ExchangeStage{.until = 0.003, .delta_mu = -30},
                                  ExchangeStage{.until = 0.02, .temperature = 20, .exchange = false}, ExchangeStage{}});
  });
  add("HexagonMetropolis", hexagon(4), [](ChainCase& c) { c.physics.rate_rule.kind = RateRule::Kind::metropolis; });
  add("BoxShare", box(2, 3, 4), [](ChainCase& c) { c.physics.rate_rule.share = 0.2; });
  add("HexagonIsingHeatBath", hexagon(3), [](ChainCase& c) {
    c.physics.interaction = {0, 1};
    c.physics.temperature = 2;
    c.physics.delta_mu = -10;
    c.physics.rate_rule.kind = RateRule::Kind::heat_bath;
    c.physics.stages = StageList({ExchangeStage{.until = 0.3}, ExchangeStage{.temperature = 4}});
  });
  add("HexagonTruncated", hexagon(4), [](ChainCase& c) { c.schedule.max_events = 60; });
  add("HexagonDeepCold", hexagon(3), [](ChainCase& c) {
    c.physics.temperature = 0.01;
    c.schedule.times = log_times(1e-300, 1e300, 50);
    c.schedule.snapshot_times = c.schedule.times;
  });
  return cases;
}

/// What holds at a time; at a boundary that of the stage that ends.
Physics physics_at(double time, const Physics& job) {
  for (const ExchangeStage& stage : job.stages.all())
    if (time <= stage.until) return physics_in(stage, job);
  return job;
}

class Exchange : public ::testing::TestWithParam<ChainCase> {};
INSTANTIATE_TEST_SUITE_P(AllModes, Exchange, ::testing::ValuesIn(chain_cases()),
                         [](const auto& tested) { return tested.param.name; });

ExchangeChain make_chain(const OwnedCrystal& owned, const ChainCase& c, std::uint64_t replica = 11) {
  return {owned.crystal(), c.physics, c.schedule, replica_stream(replica)};
}

void run_to_end(ExchangeChain& chain) {
  while (!chain.finished()) chain.advance(1000);
}

std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits(values.size());
  std::transform(values.begin(), values.end(), bits.begin(), [](double x) { return std::bit_cast<std::uint64_t>(x); });
  return bits;
}

void expect_same_bits(const Record& a, const Record& b) {
  EXPECT_EQ(bits_of(a.values), bits_of(b.values));
  EXPECT_EQ(bits_of(a.summary), bits_of(b.summary));
  EXPECT_EQ(bits_of(a.profile), bits_of(b.profile));
  EXPECT_EQ(a.configurations, b.configurations);
  EXPECT_EQ(a.truncated, b.truncated);
}

TEST_P(Exchange, ContinuesFromASavedStateBitForBit) {
  const OwnedCrystal owned(GetParam().physics, true);
  ExchangeChain whole = make_chain(owned, GetParam());
  run_to_end(whole);

  const std::uint64_t events = whole.events();
  ASSERT_GT(events, 10U);
  for (const std::uint64_t split : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{7}, events / 3, events / 2,
                                    2 * events / 3, events - 1, events}) {
    ExchangeChain first = make_chain(owned, GetParam());
    EXPECT_EQ(first.advance(split), split);
    const std::vector<std::byte> saved = first.save();
    ExchangeChain second = make_chain(owned, GetParam());
    second.advance(3);  // whatever it has done before is forgotten
    second.load(saved);
    EXPECT_EQ(second.save(), saved);
    EXPECT_EQ(second.events(), first.events());
    EXPECT_EQ(second.time(), first.time());
    EXPECT_EQ(second.sigma(), first.sigma());
    run_to_end(second);
    EXPECT_EQ(second.save(), whole.save()) << "split after " << split << " of " << events << " events";
    expect_same_bits(second.record(), whole.record());
  }
}

void expect_same_trajectory_with_reduced_kernel(const ChainCase& c) {
  const OwnedCrystal full(c.physics, true);
  const ReducedCrystal reduced(full);
  ExchangeChain whole = make_chain(full, c);
  run_to_end(whole);

  const auto make_reduced = [&] { return ExchangeChain(reduced.crystal(), c.physics, c.schedule, replica_stream(11)); };
  ExchangeChain first = make_reduced();
  first.advance(whole.events() / 2);
  ExchangeChain second = make_reduced();
  second.load(first.save());
  run_to_end(second);
  EXPECT_EQ(second.save(), whole.save());
  expect_same_bits(second.record(), whole.record());
}

TEST(Exchange, ContinuesWithAKernelInReducedFormBitForBit) {
  for (const ChainCase& c : chain_cases()) {
    SCOPED_TRACE(c.name);
    if (is_elastic(c.physics)) expect_same_trajectory_with_reduced_kernel(c);
  }
}

TEST_P(Exchange, RecordsTheStateThatHoldsAtEachTime) {
  const OwnedCrystal owned(GetParam().physics, true);
  const Schedule& schedule = GetParam().schedule;
  ExchangeChain whole = make_chain(owned, GetParam());
  run_to_end(whole);
  const Record record = whole.record();

  ExchangeChain stepped = make_chain(owned, GetParam());
  std::vector<std::pair<double, Occupation>> history;  // since when each configuration holds
  do {
    if (history.empty() || history.back().second != stepped.sigma()) {
      history.emplace_back(history.empty() ? 0.0 : stepped.time(), stepped.sigma());
    }
  } while (stepped.advance(1) == 1);
  history.emplace_back(stepped.time(), stepped.sigma());

  const RecordShape shape = record_shape(GetParam().physics, schedule);
  for (std::size_t t = 0; t < schedule.times.size(); ++t) {
    const double c_recorded = record.values[t * exchange_columns().size()];
    if (std::isnan(c_recorded)) {
      EXPECT_TRUE(record.truncated);
      EXPECT_GE(schedule.times[t], stepped.time());
      continue;
    }
    auto holding = history.front();
    for (const auto& entry : history) {
      if (entry.first < schedule.times[t]) holding = entry;
    }
    const std::vector<std::uint8_t> bits(
        record.configurations.begin() + static_cast<std::ptrdiff_t>(t * shape.snapshot_bytes),
        record.configurations.begin() + static_cast<std::ptrdiff_t>((t + 1) * shape.snapshot_bytes));
    EXPECT_EQ(unpack_bits(bits, owned.lattice().sites()), holding.second) << "at time " << schedule.times[t];
  }
}

TEST_P(Exchange, RecordsWhatIsTrueOfItsSnapshots) {
  const OwnedCrystal owned(GetParam().physics, true);
  const Lattice& lattice = owned.lattice();
  ExchangeChain chain = make_chain(owned, GetParam());
  run_to_end(chain);
  const Record record = chain.record();
  const RecordShape shape = record_shape(GetParam().physics, GetParam().schedule);
  ASSERT_EQ(record.values.size(), shape.values);
  ASSERT_EQ(record.profile.size(), shape.profile);
  ASSERT_EQ(record.summary.size(), shape.summary);
  ASSERT_EQ(record.configurations.size(), shape.snapshots * shape.snapshot_bytes);

  const std::size_t columns = exchange_columns().size();
  const std::vector<Site> interior = interior_of_crystal(lattice);
  for (std::size_t t = 0; t < GetParam().schedule.times.size(); ++t) {
    const double* row = &record.values[t * columns];
    if (std::isnan(row[0])) continue;
    const auto first = record.configurations.begin() + static_cast<std::ptrdiff_t>(t * shape.snapshot_bytes);
    const Occupation sigma =
        unpack_bits({first, first + static_cast<std::ptrdiff_t>(shape.snapshot_bytes)}, lattice.sites());
    const auto count_a = static_cast<double>(std::count(sigma.begin(), sigma.end(), Spin{1}));
    EXPECT_NEAR(row[0], count_a / static_cast<double>(lattice.sites()), 1e-15);
    const PhaseFractions phases = phase_fractions(lattice, sigma, interior);
    const std::vector<double> fractions = values_of_columns(phases, lattice.dimension);
    for (std::size_t k = 0; k < fractions.size(); ++k) {
      const double recorded = row[1 + k];
      EXPECT_EQ(std::isnan(recorded), interior.empty() || !exists_in(fraction_columns()[k], lattice.dimension));
      if (std::isnan(recorded)) continue;
      EXPECT_EQ(recorded, fractions[k]);
    }
    EXPECT_EQ(row[columns - 2],
              owned.state(physics_at(GetParam().schedule.times[t], GetParam().physics), sigma).energy());
    if (is_elastic(GetParam().physics) && !interior.empty()) {
      EXPECT_EQ(row[columns - 1], area_moments(area_deviations(lattice, owned.solver()->solve(sigma), interior)).rms());
    } else {
      EXPECT_TRUE(std::isnan(row[columns - 1]));
    }
    const std::vector<double> profile = composition_profile(lattice, sigma, false);
    for (std::size_t z = 0; z < profile.size(); ++z) EXPECT_EQ(record.profile[t * profile.size() + z], profile[z]);
  }
}

ChainCase named_case(const std::string& name) {
  for (const ChainCase& c : chain_cases()) {
    if (c.name == name) return c;
  }
  throw std::logic_error("no case " + name);
}

TEST(Exchange, WhatIsNotObservedIsMissingAndChangesNothingElse) {
  for (const ChainCase& c : chain_cases()) {
    SCOPED_TRACE(c.name);
    const OwnedCrystal owned(c.physics, true);
    ExchangeChain whole = make_chain(owned, c);
    run_to_end(whole);
    const Record all = whole.record();
    ChainCase less = c;
    const std::size_t columns = exchange_columns().size();
    for (int left_out = 0; left_out < 4; ++left_out) {
      less.schedule = c.schedule;
      const std::array flags{&less.schedule.phases, &less.schedule.areas, &less.schedule.energy,
                             &less.schedule.profile};
      *flags[static_cast<std::size_t>(left_out)] = false;
      ExchangeChain chain = make_chain(owned, less);
      run_to_end(chain);
      const Record record = chain.record();
      ASSERT_EQ(record.values.size(), all.values.size());
      for (std::size_t k = 0; k < all.values.size(); ++k) {
        const std::size_t column = k % columns;
        const bool is_phase = column > 0 && column + 2 < columns;
        const bool missing = std::isnan(all.values[k]) || (left_out == 0 && is_phase) ||
                             (left_out == 1 && column + 1 == columns) || (left_out == 2 && column + 2 == columns);
        EXPECT_EQ(std::isnan(record.values[k]), missing) << left_out << " " << column;
        if (!missing) {
          EXPECT_EQ(record.values[k], all.values[k]);
        }
      }
      ASSERT_EQ(record.profile.size(), all.profile.size());
      for (std::size_t k = 0; k < all.profile.size(); ++k) {
        EXPECT_EQ(std::isnan(record.profile[k]), left_out == 3 || std::isnan(all.profile[k]));
        if (!std::isnan(record.profile[k])) {
          EXPECT_EQ(record.profile[k], all.profile[k]);
        }
      }
      EXPECT_EQ(record.summary, all.summary);
    }
  }
}

TEST(Exchange, StartsFromPureA) {
  const ChainCase c = named_case("Hexagon");
  const OwnedCrystal owned(c.physics);
  EXPECT_EQ(make_chain(owned, c).sigma(), Occupation(owned.lattice().sites(), Spin{1}));
}

TEST(Exchange, KeepsItsCompositionAfterTheExchangeIsSwitchedOff) {
  const ChainCase c = named_case("HexagonRelaxation");
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  run_to_end(chain);
  const Record record = chain.record();
  const std::size_t columns = exchange_columns().size();
  double at_switch = 1;
  int afterwards = 0;
  for (std::size_t t = 0; t < c.schedule.times.size(); ++t) {
    const double composition = record.values[t * columns];
    if (c.schedule.times[t] <= c.physics.exchange_until) {
      at_switch = composition;
    } else if (afterwards++ == 0) {
      EXPECT_LE(composition, at_switch);
      at_switch = composition;
    } else {
      EXPECT_EQ(composition, at_switch);
    }
  }
  EXPECT_GT(at_switch, 0.1);
  EXPECT_LT(at_switch, 0.9);
  EXPECT_GT(afterwards, 5);
}

TEST(Exchange, UntilATimeIsAShortFormOfTwoStages) {
  for (const char* name : {"HexagonRelaxation", "BoxRelaxation"}) {
    const ChainCase brief = named_case(name);
    ChainCase stages = brief;
    stages.physics.exchange_until = infinity;
    stages.physics.stages =
        StageList({ExchangeStage{.until = brief.physics.exchange_until}, ExchangeStage{.exchange = false}});
    const OwnedCrystal owned(brief.physics);
    ExchangeChain one = make_chain(owned, brief);
    ExchangeChain other = make_chain(owned, stages);
    run_to_end(one);
    run_to_end(other);
    expect_same_bits(one.record(), other.record());
  }
}

// A boundary at which nothing changes draws the pending event anew, and the observation there is none of the next
// stage: the energy still has its drive.
TEST(Exchange, ObservesTheStageThatEndsAtItsBoundary) {
  ChainCase c = named_case("Hexagon");
  c.physics.rates.diffusion = 0;
  c.schedule.times = {0.5, 1.0, 1.5};
  c.physics.stages =
      StageList({ExchangeStage{.until = 1, .delta_mu = 4000, .exchange = false}, ExchangeStage{.delta_mu = 3000}});
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  run_to_end(chain);
  const Record record = chain.record();
  const auto energy = [&](std::size_t t) {
    return record.values[t * exchange_columns().size() + exchange_columns().size() - 2];
  };
  const auto n = static_cast<double>(owned.lattice().sites());
  EXPECT_EQ(energy(0), energy(1));
  EXPECT_NEAR(energy(2) - energy(1), (4000 - 3000) * n / 2, 1e-9 * n);
}

// Nothing can move in the first stage, but the trajectory is not over.
TEST(Exchange, GoesOnWhereALaterStageLetsIonsMove) {
  ChainCase c = named_case("Hexagon");
  c.physics.stages = StageList({ExchangeStage{.until = 0.5, .exchange = false}, ExchangeStage{}});
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  EXPECT_EQ(chain.advance(1), 1U);
  EXPECT_GE(chain.time(), 0.5);  // the first events take less than the resolution of time there
  run_to_end(chain);
  const Record record = chain.record();
  EXPECT_LT(record.values[(c.schedule.times.size() - 1) * exchange_columns().size()], 0.2);
}

TEST(Exchange, IsDoneWhenNothingCanMoveAnyMore) {
  ChainCase c = named_case("Hexagon");
  c.physics.exchange_until = 0;  // pure A and no exchange: not a single move exists
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  EXPECT_EQ(chain.advance(10), 0U);
  ASSERT_TRUE(chain.finished());
  EXPECT_FALSE(chain.record().truncated);
  EXPECT_EQ(chain.record().values.front(), 1.0);
  EXPECT_EQ(chain.record().values[(c.schedule.times.size() - 1) * exchange_columns().size()], 1.0);
}

TEST(Exchange, IsDoneWhenTheNextEventIsInfinitelyFar) {
  ChainCase c = named_case("Hexagon");
  c.physics.delta_mu = 2000;  // exponents near -5000
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  EXPECT_EQ(chain.advance(10), 0U);
  ASSERT_TRUE(chain.finished());
  EXPECT_EQ(chain.record().values[(c.schedule.times.size() - 1) * exchange_columns().size()], 1.0);
}

TEST(Exchange, SurvivesADriveThatNoDoubleCanHold) {
  ChainCase c = named_case("Hexagon");
  c.physics.delta_mu = -4000;  // exponents near 10 000
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  run_to_end(chain);
  EXPECT_EQ(chain.record().values[(c.schedule.times.size() - 1) * exchange_columns().size()], 0.0);
  EXPECT_TRUE(std::isfinite(chain.time()));
}

TEST(Exchange, EndsAsTruncatedWithItsLaterObservationsMissing) {
  const ChainCase c = named_case("HexagonTruncated");
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  run_to_end(chain);
  EXPECT_EQ(chain.events(), 60U);
  const Record record = chain.record();
  EXPECT_TRUE(record.truncated);
  EXPECT_FALSE(std::isnan(record.values.front()));
  EXPECT_TRUE(std::isnan(record.values.back()));
  EXPECT_EQ(record.summary, (std::vector<double>{60, chain.time()}));
}

TEST(Exchange, FollowsTheSameTrajectoryWhateverIsObserved) {
  const ChainCase observed = named_case("Hexagon");
  ChainCase other = observed;
  other.schedule.times = {30};
  other.schedule.snapshot_times = {};
  other.schedule.areas = false;
  const OwnedCrystal owned(observed.physics, true);
  ExchangeChain a = make_chain(owned, observed);
  ExchangeChain b = make_chain(owned, other);
  run_to_end(a);
  run_to_end(b);
  EXPECT_EQ(a.sigma(), b.sigma());
  EXPECT_EQ(a.time(), b.time());
  EXPECT_EQ(a.record().values[29 * exchange_columns().size()], b.record().values.front());
}

template <class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Exchange, RefusesAStateThatIsNotItsOwn) {
  const ChainCase c = named_case("Hexagon");
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  chain.advance(20);
  const std::vector<std::byte> saved = chain.save();

  ChainCase warmer = c;
  warmer.physics.temperature = 0.25;
  ExchangeChain other_physics = make_chain(owned, warmer);
  EXPECT_THAT(message_of([&] { other_physics.load(saved); }), ::testing::HasSubstr("other parameters"));

  ExchangeChain other_stream = make_chain(owned, c, 12);
  EXPECT_THAT(message_of([&] { other_stream.load(saved); }), ::testing::HasSubstr("another random stream"));

  Physics equilibrium = c.physics;
  equilibrium.method = Method::equilibrium;
  EquilibriumChain other_method(owned.crystal(), equilibrium, c.schedule, replica_stream(11));
  EXPECT_THAT(message_of([&] { other_method.load(saved); }), ::testing::HasSubstr("this kind of chain"));
}

TEST(Exchange, RefusesADamagedStateAndStaysAsItWas) {
  const ChainCase c = named_case("Hexagon");
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  chain.advance(20);
  const std::vector<std::byte> saved = chain.save();
  for (std::size_t length = 0; length < saved.size(); ++length) {
    EXPECT_THROW(chain.load(std::span(saved).first(length)), std::runtime_error);
  }
  std::vector<std::byte> longer = saved;
  longer.push_back(std::byte{0});
  EXPECT_THROW(chain.load(longer), std::runtime_error);
  EXPECT_EQ(chain.save(), saved);
}

// Where in a saved state the progress of an exchange is: behind the header, the occupants and the place in the stream.
struct ProgressPlaces {
  explicit ProgressPlaces(std::size_t sites) : time(20 + 8 + (sites + 7) / 8 + 8) {}
  std::size_t time;
  std::size_t next_event = time + 8;
  std::size_t exchange_on = time + 24;
  std::size_t finished = time + 25;
  std::size_t first_value = time + 27 + 16 + 8;  ///< behind two counters and the number of values
};

template <class T>
std::vector<std::byte> with(std::vector<std::byte> state, std::size_t place, T value) {
  std::memcpy(state.data() + place, &value, sizeof value);
  return state;
}

TEST(Exchange, RefusesStatesThatNoTrajectoryIsIn) {
  const ChainCase c = named_case("Hexagon");
  const OwnedCrystal owned(c.physics);
  ExchangeChain chain = make_chain(owned, c);
  const std::vector<std::byte> of_all_a = chain.save();
  chain.advance(20);
  const std::vector<std::byte> saved = chain.save();
  const ProgressPlaces at(owned.lattice().sites());
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::vector<std::byte>> impossible{
      with(saved, at.time, nan),
      with(saved, at.time, -1.0),
      with(saved, at.time, infinity),
      with(saved, at.next_event, nan),
      with(saved, at.next_event, 0.0),
      with(saved, at.finished, std::uint8_t{1}),
      with(saved, at.first_value, infinity),
      with(saved, at.first_value, -infinity),
      with(of_all_a, at.exchange_on, std::uint8_t{0})};  // nothing can move, but something is about to
  for (const std::vector<std::byte>& state : impossible)
    EXPECT_THAT(message_of([&] { chain.load(state); }), ::testing::HasSubstr("damaged checkpoint"));
  EXPECT_EQ(chain.save(), saved);
}

TEST(Record, PacksOccupationsIntoBits) {
  Stream stream = replica_stream(8);
  for (const std::size_t sites : {1U, 7U, 8U, 9U, 271U}) {
    const Occupation sigma = random_occupation(sites, 0.5, stream);
    const std::vector<std::uint8_t> bits = pack_bits(sigma);
    EXPECT_EQ(bits.size(), (sites + 7) / 8);
    EXPECT_EQ((bits[0] & 1U) != 0, sigma[0] > 0);
    EXPECT_EQ(unpack_bits(bits, sites), sigma);
  }
}

TEST(Exchange, ResultsThatAreNotFiniteAreNoResults) {
  Physics physics;
  physics.lattice = hexagon(4);
  physics.interaction = {.elastic = 0, .ising = 1e308};  // far beyond what a campaign may say
  Schedule schedule;
  schedule.times = {0.1};
  const OwnedCrystal owned(physics);
  ExchangeChain chain(owned.crystal(), physics, schedule, replica_stream(1));
  EXPECT_THAT([&] { chain.advance(1); },
              ::testing::ThrowsMessage<std::runtime_error>(
                  "energy is -inf: numbers of this job leave the range of double precision"));
}

}  // namespace
}  // namespace nxmc

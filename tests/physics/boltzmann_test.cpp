// All engines against exact enumeration: the Boltzmann distribution, and the master equation of the exchange dynamics
// on crystals whose configurations can all be written down. Every test of frequencies is Pearson's chi-squared over
// independent trajectories, with fixed seeds, rejecting at 0.1 %.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unsupported/Eigen/MatrixFunctions>
#include <vector>

#include "engine_crystals.hpp"
#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/exchange.hpp"
#include "nxmc/engine/ladder.hpp"
#include "nxmc/engine/window_weights.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {
namespace {

using testing_tools::box;
using testing_tools::hexagon;
using testing_tools::OwnedCrystal;
using testing_tools::replica_stream;
using testing_tools::rhombus;

// ---- configurations as numbers

/// Bit k of the number is the occupant of sites[k]; all others are B.
Occupation configuration(std::size_t number, const std::vector<Site>& sites, std::size_t total) {
  Occupation sigma(total, Spin{-1});
  for (std::size_t k = 0; k < sites.size(); ++k) {
    if ((number >> k & 1U) != 0) sigma[static_cast<std::size_t>(sites[k])] = 1;
  }
  return sigma;
}

std::size_t number_of(const Occupation& sigma, const std::vector<Site>& sites) {
  std::size_t number = 0;
  for (std::size_t k = 0; k < sites.size(); ++k) {
    if (sigma[static_cast<std::size_t>(sites[k])] > 0) number |= std::size_t{1} << k;
  }
  return number;
}

std::vector<Site> all_sites(const Lattice& lattice) {
  std::vector<Site> sites(lattice.sites());
  for (std::size_t i = 0; i < sites.size(); ++i) sites[i] = static_cast<Site>(i);
  return sites;
}

// ---- statistics

/// Upper 0.1 % point of chi-squared, by Wilson and Hilferty (1931): good to 0.3 % from 3 degrees of freedom on.
double critical_chi_squared(int degrees_of_freedom) {
  const double spread = 2.0 / (9.0 * degrees_of_freedom);
  return degrees_of_freedom * std::pow(1 - spread + 3.0902 * std::sqrt(spread), 3);
}

/// Compares counts with probabilities; outcomes expected fewer than 10 times are pooled.
void expect_frequencies(const std::vector<double>& counts, const std::vector<double>& probabilities) {
  double total = 0;
  for (const double count : counts) total += count;
  double chi_squared = 0;
  int bins = 0;
  double pooled_count = 0;
  double pooled_expected = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double expected = total * probabilities[k];
    if (expected < 10) {
      pooled_count += counts[k];
      pooled_expected += expected;
    } else {
      chi_squared += std::pow(counts[k] - expected, 2) / expected;
      ++bins;
    }
  }
  if (pooled_expected >= 5) {
    chi_squared += std::pow(pooled_count - pooled_expected, 2) / pooled_expected;
    ++bins;
  } else {
    EXPECT_LT(pooled_count, 25);
  }
  ASSERT_GE(bins, 4) << "too few outcomes for a test";
  EXPECT_LT(chi_squared, critical_chi_squared(bins - 1)) << bins << " bins, " << total << " samples";
}

std::vector<double> normalised(std::vector<double> weights) {
  double total = 0;
  for (const double weight : weights) total += weight;
  for (double& weight : weights) weight /= total;
  return weights;
}

// ---- exchange

/// Transition rates between all 2^N configurations from their definition; column: from, row: to.
Eigen::MatrixXd generator(const OwnedCrystal& owned, const Physics& physics, bool exchange_on) {
  const std::vector<Site> sites = all_sites(owned.lattice());
  const std::size_t states = std::size_t{1} << sites.size();
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(states), static_cast<Eigen::Index>(states));
  const auto factor = [&](double change, double share) {
    const double x = change / physics.temperature;
    switch (physics.rate_rule.kind) {
      case RateRule::Kind::metropolis:
        return std::min(1.0, std::exp(-x));
      case RateRule::Kind::heat_bath:
        return 1 / (1 + std::exp(x));
      default:
        return std::exp(-share * x);
    }
  };
  const auto add = [&](std::size_t from, std::size_t to, double rate) {
    rates(static_cast<Eigen::Index>(to), static_cast<Eigen::Index>(from)) += rate;
    rates(static_cast<Eigen::Index>(from), static_cast<Eigen::Index>(from)) -= rate;
  };
  for (std::size_t from = 0; from < states; ++from) {
    const State state = owned.state(physics, configuration(from, sites, sites.size()));
    for (const Site i : owned.lattice().boundary) {
      if (!exchange_on) break;
      const double share = (from >> i & 1U) != 0 ? physics.rate_rule.share : 1 - physics.rate_rule.share;
      add(from, from ^ (std::size_t{1} << i), physics.rates.exchange * factor(state.flip_energy(i), share));
    }
    for (const Site i : sites) {
      for (const Site j : owned.lattice().neighbours(i)) {
        if (j == no_site || (from >> i & 1U) == 0 || (from >> j & 1U) != 0) continue;
        add(from, from ^ (std::size_t{1} << i) ^ (std::size_t{1} << j),
            physics.rates.diffusion * factor(state.swap_energy(i, j), 0.5));
      }
    }
  }
  return rates;
}

Eigen::VectorXd all_a(Eigen::Index states) {
  Eigen::VectorXd p = Eigen::VectorXd::Zero(states);
  p(states - 1) = 1;
  return p;
}

Physics exchange_physics(const LatticeSpec& lattice, const Interaction& interaction, double temperature,
                         double delta_mu) {
  Physics physics;
  physics.lattice = lattice;
  physics.interaction = interaction;
  physics.temperature = temperature;
  physics.delta_mu = delta_mu;
  return physics;
}

/// How often each configuration holds at each of the times, over independent trajectories.
std::vector<std::vector<double>> configurations_at(const OwnedCrystal& owned, const Physics& physics,
                                                   const std::vector<double>& times, std::uint64_t trajectories) {
  const std::vector<Site> sites = all_sites(owned.lattice());
  Schedule schedule;
  schedule.snapshot_times = times;
  const std::size_t bytes = record_shape(physics, schedule).snapshot_bytes;
  std::vector<std::vector<double>> counts(times.size(), std::vector<double>(std::size_t{1} << sites.size(), 0.0));
  for (std::uint64_t replica = 0; replica < trajectories; ++replica) {
    ExchangeChain chain(owned.crystal(), physics, schedule, replica_stream(replica));
    while (!chain.finished()) chain.advance(1000);
    const std::vector<std::uint8_t> snapshots = chain.record().configurations;
    for (std::size_t t = 0; t < times.size(); ++t) {
      const auto first = snapshots.begin() + static_cast<std::ptrdiff_t>(t * bytes);
      const Occupation sigma = unpack_bits({first, first + static_cast<std::ptrdiff_t>(bytes)}, sites.size());
      counts[t][number_of(sigma, sites)] += 1;
    }
  }
  return counts;
}

struct ExchangeCase {
  std::string name;
  Physics physics;
  double late;  ///< a time by which the start is forgotten
};

void PrintTo(const ExchangeCase& c, std::ostream* out) { *out << c.name; }

class ExchangeEnumeration : public ::testing::TestWithParam<ExchangeCase> {};
INSTANTIATE_TEST_SUITE_P(
    SmallCrystals, ExchangeEnumeration,
    ::testing::Values(ExchangeCase{"HexagonElastic", exchange_physics(hexagon(2), {1, 0}, 1.0, -0.7), 40},
                      ExchangeCase{"HexagonCombined", exchange_physics(hexagon(2), {1, 0.2}, 0.8, 0.5), 100},
                      ExchangeCase{"HexagonIsing", exchange_physics(hexagon(2), {0, 1}, 3.0, -0.5), 100},
                      ExchangeCase{"CubeElastic", exchange_physics(box(2, 2, 2), {1, 0}, 6.0, -3.0), 8},
                      ExchangeCase{"CubeIsing", exchange_physics(box(2, 2, 2), {0, 1}, 9.0, -1.0), 20}),
    [](const auto& tested) { return tested.param.name; });

TEST_P(ExchangeEnumeration, SamplesTheBoltzmannDistribution) {
  const Physics& physics = GetParam().physics;
  const OwnedCrystal owned(physics);
  const std::vector<Site> sites = all_sites(owned.lattice());
  std::vector<double> weights(std::size_t{1} << sites.size());
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const Occupation sigma = configuration(k, sites, sites.size());
    const double energy = total_energy(owned.lattice(), owned.kernel(), physics.interaction, physics.delta_mu, sigma);
    weights[k] = std::exp(-energy / physics.temperature);
  }
  const std::vector<double> boltzmann = normalised(weights);

  // The start is forgotten: what the master equation leaves of it is far below what the sample can show.
  const Eigen::MatrixXd rates = generator(owned, physics, true);
  const Eigen::VectorXd late = (rates * GetParam().late).exp() * all_a(rates.rows());
  for (std::size_t k = 0; k < boltzmann.size(); ++k) {
    ASSERT_NEAR(late(static_cast<Eigen::Index>(k)), boltzmann[k], 1e-6);
  }
  expect_frequencies(configurations_at(owned, physics, {GetParam().late}, 10000)[0], boltzmann);
}

/// Every rule on crystals of both dimensions and kinds of interaction: the same equilibrium, which the kinetics of each
/// leads to.
std::vector<Physics> other_rules() {
  std::vector<Physics> all;
  for (const RateRule& rule : {RateRule{RateRule::Kind::metropolis, 0.5}, RateRule{RateRule::Kind::heat_bath, 0.5},
                               RateRule{RateRule::Kind::exponential, 0.2}, RateRule{RateRule::Kind::exponential, 1}}) {
    for (Physics physics :
         {exchange_physics(hexagon(2), {1, 0.2}, 1.6, 0.5), exchange_physics(hexagon(2), {0, 1}, 5.0, -0.5),
          exchange_physics(box(2, 2, 2), {1, 0}, 6.0, -3.0)}) {
      physics.rate_rule = rule;
      all.push_back(physics);
    }
  }
  return all;
}

TEST(RateRuleEnumeration, SamplesTheBoltzmannDistribution) {
  for (const Physics& physics : other_rules()) {
    const OwnedCrystal owned(physics);
    const std::vector<Site> sites = all_sites(owned.lattice());
    std::vector<double> weights(std::size_t{1} << sites.size());
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const Occupation sigma = configuration(k, sites, sites.size());
      weights[k] =
          std::exp(-total_energy(owned.lattice(), owned.kernel(), physics.interaction, physics.delta_mu, sigma) /
                   physics.temperature);
    }
    const std::vector<double> boltzmann = normalised(weights);
    const double late = 60;
    const Eigen::MatrixXd rates = generator(owned, physics, true);
    const Eigen::VectorXd p = (rates * late).exp() * all_a(rates.rows());
    for (std::size_t k = 0; k < boltzmann.size(); ++k) ASSERT_NEAR(p(static_cast<Eigen::Index>(k)), boltzmann[k], 1e-5);
    expect_frequencies(configurations_at(owned, physics, {late}, 800)[0], boltzmann);
  }
}

/// \param exact  probabilities of all configurations at a time
void expect_distributions(const OwnedCrystal& owned, const Physics& physics, const std::vector<double>& times,
                          const std::function<Eigen::VectorXd(double)>& exact) {
  const auto counts = configurations_at(owned, physics, times, 15000);
  for (std::size_t t = 0; t < times.size(); ++t) {
    SCOPED_TRACE("at " + std::to_string(times[t]));
    const Eigen::VectorXd p = exact(times[t]);
    expect_frequencies(counts[t], {p.begin(), p.end()});
  }
}

void expect_master_equation(const Physics& physics) {
  const OwnedCrystal owned(physics);
  const Eigen::MatrixXd rates = generator(owned, physics, true);
  expect_distributions(owned, physics, {0.05, 0.2, 0.6},
                       [&](double time) -> Eigen::VectorXd { return (rates * time).exp() * all_a(rates.rows()); });
}

TEST(RateRuleEnumeration, FollowsTheMasterEquation) {
  for (const Physics& physics : other_rules()) expect_master_equation(physics);
}

TEST_P(ExchangeEnumeration, FollowsTheMasterEquation) { expect_master_equation(GetParam().physics); }

// The flips of the authors' program belong to no energy function: there is no Boltzmann distribution to compare with.
TEST(PublishedExchangeEnumeration, FollowsTheMasterEquation) {
  Physics physics = exchange_physics(hexagon(2), {1, 0}, 1.0, -0.7);
  physics.hamiltonian = Hamiltonian::published;
  expect_master_equation(physics);
}

TEST_P(ExchangeEnumeration, FollowsTheMasterEquationOfRelaxation) {
  Physics physics = GetParam().physics;
  physics.exchange_until = 0.3;
  physics.rates = {1.5, 0.7};
  const OwnedCrystal owned(physics);
  const Eigen::MatrixXd exchanging = generator(owned, physics, true);
  const Eigen::MatrixXd diffusing = generator(owned, physics, false);
  const Eigen::VectorXd at_switch = (exchanging * physics.exchange_until).exp() * all_a(exchanging.rows());
  expect_distributions(owned, physics, {0.3, 0.5, 5.0}, [&](double time) -> Eigen::VectorXd {
    return (diffusing * (time - physics.exchange_until)).exp() * at_switch;
  });
}

/// What the master equation makes of all A, stage by stage.
Eigen::VectorXd distribution_at(double time, const OwnedCrystal& owned, const Physics& physics) {
  Eigen::VectorXd p = all_a(Eigen::Index{1} << owned.lattice().sites());
  double begin = 0;
  for (const ExchangeStage& stage : physics.stages.all()) {
    const Eigen::MatrixXd rates = generator(owned, physics_in(stage, physics), stage.exchange);
    p = (rates * (std::min(time, stage.until) - begin)).exp() * p;
    if (time <= stage.until) break;
    begin = stage.until;
  }
  return p;
}

void expect_master_equation_of_stages(Physics physics) {
  const double T = physics.temperature;
  physics.stages = StageList({
      ExchangeStage{.until = 0.15, .delta_mu = -3 * T, .exchange_rate = 1.5},
      ExchangeStage{.until = 0.3, .temperature = 2 * T, .exchange = false, .diffusion_rate = 2},
      ExchangeStage{.until = 0.45, .temperature = 0.7 * T},
      ExchangeStage{.delta_mu = 2 * T, .diffusion_rate = 0},
  });
  const OwnedCrystal owned(physics);
  expect_distributions(owned, physics, {0.1, 0.15, 0.3, 0.4, 0.6, 1.5},
                       [&](double time) -> Eigen::VectorXd { return distribution_at(time, owned, physics); });
}

TEST_P(ExchangeEnumeration, FollowsTheMasterEquationOfStages) { expect_master_equation_of_stages(GetParam().physics); }

TEST(PublishedExchangeEnumeration, FollowsTheMasterEquationOfStages) {
  Physics physics = exchange_physics(hexagon(2), {1, 0}, 1.0, -0.7);
  physics.hamiltonian = Hamiltonian::published;
  expect_master_equation_of_stages(physics);
}

TEST(FreeExchangeEnumeration, FollowsTheMasterEquationOfStages) {
  expect_master_equation_of_stages(exchange_physics(hexagon(2), {0, 0}, 1.0, -0.7));
}

// Ramps are stages: as many as one likes.
TEST(ExchangeEnumerationOfARamp, FollowsTheMasterEquation) {
  Physics physics = exchange_physics(hexagon(2), {1, 0}, 1.0, -0.7);
  std::vector<ExchangeStage> steps;
  for (int k = 0; k < 40; ++k) steps.push_back({.until = 0.02 * (k + 1), .temperature = 2.0 - 0.04 * k});
  steps.push_back({.exchange = false});
  physics.stages = StageList(steps);
  const OwnedCrystal owned(physics);
  expect_distributions(owned, physics, {0.3, 0.81, 1.2},
                       [&](double time) -> Eigen::VectorXd { return distribution_at(time, owned, physics); });
}

TEST_P(ExchangeEnumeration, HasTheExactFirstEvents) {
  const Physics& physics = GetParam().physics;
  const OwnedCrystal owned(physics);
  const std::vector<Site> sites = all_sites(owned.lattice());
  const Eigen::MatrixXd rates = generator(owned, physics, true);
  const Eigen::Index states = rates.rows();
  Eigen::MatrixXd branching = rates;
  for (Eigen::Index k = 0; k < states; ++k) branching(k, k) = 0;
  for (Eigen::Index k = 0; k < states; ++k) branching.col(k) /= -rates(k, k);

  constexpr int events = 3;
  constexpr std::uint64_t trajectories = 15000;
  Schedule schedule;
  schedule.snapshot_times = {1e9};
  std::vector<std::vector<double>> counts(events, std::vector<double>(static_cast<std::size_t>(states), 0.0));
  std::vector<double> waiting(events, 0.0);
  for (std::uint64_t replica = 0; replica < trajectories; ++replica) {
    ExchangeChain chain(owned.crystal(), physics, schedule, replica_stream(replica));
    for (std::size_t e = 0; e < events; ++e) {
      const double before = chain.time();
      chain.advance(1);
      waiting[e] += chain.time() - before;
      counts[e][number_of(chain.sigma(), sites)] += 1;
    }
  }

  Eigen::VectorXd p = all_a(states);
  for (std::size_t e = 0; e < events; ++e) {
    double mean = 0;    // of the waiting time in the state before event e
    double square = 0;  // its second moment: exponential, 2 / R^2
    for (Eigen::Index k = 0; k < states; ++k) {
      mean += p(k) / -rates(k, k);
      square += p(k) * 2 / (rates(k, k) * rates(k, k));
    }
    const double error = std::sqrt((square - mean * mean) / static_cast<double>(trajectories));
    EXPECT_NEAR(waiting[e] / static_cast<double>(trajectories), mean, 3.5 * error) << "event " << e;
    p = branching * p;
    expect_frequencies(counts[e], {p.begin(), p.end()});
  }
}

// ---- equilibrium

struct EquilibriumCase {
  std::string name;
  Physics physics;
};

void PrintTo(const EquilibriumCase& c, std::ostream* out) { *out << c.name; }

EquilibriumCase equilibrium_case(const std::string& name, const LatticeSpec& lattice, const Interaction& interaction,
                                 double temperature, Hamiltonian hamiltonian) {
  Physics physics;
  physics.method = Method::equilibrium;
  physics.lattice = lattice;
  physics.shell_stiffness = lattice.shell_layers > 0 ? 5 : 1;
  physics.interaction = interaction;
  physics.temperature = temperature;
  physics.hamiltonian = hamiltonian;
  return {name, physics};
}

EquilibriumCase in_contact(EquilibriumCase at, double delta_mu) {
  at.physics.ensemble = Ensemble::semigrand;
  at.physics.delta_mu = delta_mu;
  return at;
}

class EquilibriumEnumeration : public ::testing::TestWithParam<EquilibriumCase> {};
INSTANTIATE_TEST_SUITE_P(
    SmallCrystals, EquilibriumEnumeration,
    ::testing::Values(
        equilibrium_case("HexagonInShell", hexagon(2, 1), {1, 0}, 0.3, Hamiltonian::exact),
        equilibrium_case("HexagonCombined", hexagon(2, 1), {1, 0.3}, 0.5, Hamiltonian::exact),
        equilibrium_case("HexagonIsing", hexagon(2), {0, 1}, 2.0, Hamiltonian::exact),
        equilibrium_case("HexagonPublished", hexagon(2, 1), {1, 0}, 0.3, Hamiltonian::published),
        equilibrium_case("CubeInShell", box(2, 2, 2, 1), {1, 0}, 1.5, Hamiltonian::exact),
        equilibrium_case("BoxInShell", box(2, 2, 3, 1), {1, 0}, 1.5, Hamiltonian::exact),
        equilibrium_case("BoxPublished", box(2, 2, 3, 1), {1, 0}, 1.5, Hamiltonian::published),
        in_contact(equilibrium_case("HexagonSemigrand", hexagon(2), {1, 0}, 0.8, Hamiltonian::exact), 0.3),
        in_contact(equilibrium_case("HexagonSemigrandInShell", hexagon(2, 1), {1, 0}, 0.8, Hamiltonian::exact), 3),
        in_contact(equilibrium_case("HexagonSemigrandCombined", hexagon(2), {1, 0.3}, 1.5, Hamiltonian::exact), -0.4),
        in_contact(equilibrium_case("HexagonSemigrandIsing", hexagon(2), {0, 1}, 3.0, Hamiltonian::exact), 0.5),
        equilibrium_case("Bulk", rhombus(3, 4), {1, 0}, 0.6, Hamiltonian::exact),
        equilibrium_case("BulkCombined", rhombus(3, 3), {1, 0.3}, 1.0, Hamiltonian::exact),
        in_contact(equilibrium_case("BulkSemigrand", rhombus(3, 3), {1, 0}, 3.0, Hamiltonian::exact), 0.3),
        in_contact(equilibrium_case("BulkSemigrandIsing", rhombus(3, 3), {0, 1}, 4.0, Hamiltonian::exact), 0.2),
        in_contact(equilibrium_case("CubeSemigrand", box(2, 2, 2), {1, 0}, 6.0, Hamiltonian::exact), 2),
        in_contact(equilibrium_case("CubeSemigrandInShell", box(2, 2, 2, 1), {1, 0}, 5.0, Hamiltonian::exact), 20)),
    [](const auto& tested) { return tested.param.name; });

/// Energy that governs swaps. Published mode: 1/2 (sigma - m)^T V (sigma - m) + 1/2 sum V_ii (sigma_i - m)^2 with the
/// unprojected V.
double swap_landscape(const OwnedCrystal& owned, const Physics& physics, const Occupation& sigma) {
  if (physics.hamiltonian == Hamiltonian::exact) {
    return total_energy(owned.lattice(), owned.kernel(), physics.interaction, physics.delta_mu, sigma);
  }
  const auto n = static_cast<Site>(sigma.size());
  double mean = 0;
  for (const Spin spin : sigma) mean += spin / static_cast<double>(n);
  double energy = 0;
  for (Site i = 0; i < n; ++i) {
    const double a = sigma[static_cast<std::size_t>(i)] - mean;
    energy += 0.5 * owned.kernel()->entry(i, i) * a * a;
    for (Site j = 0; j < n; ++j) {
      energy += 0.5 * a * owned.kernel()->entry(i, j) * (sigma[static_cast<std::size_t>(j)] - mean);
    }
  }
  return energy;
}

/// [number of the configuration of the core], with half of its sites A, or as many as come from the reservoir.
std::vector<double> boltzmann_distribution(const OwnedCrystal& owned, const Physics& physics) {
  const std::vector<Site>& core = owned.lattice().core;
  const std::size_t configurations = std::size_t{1} << core.size();
  std::vector<double> weights(configurations, 0.0);
  for (std::size_t k = 0; k < configurations; ++k) {
    if (!is_semigrand(physics) && static_cast<std::size_t>(__builtin_popcountll(k)) != core.size() / 2) continue;
    const Occupation sigma = configuration(k, core, owned.lattice().sites());
    weights[k] = std::exp(-swap_landscape(owned, physics, sigma) / physics.temperature);
  }
  return normalised(weights);
}

TEST_P(EquilibriumEnumeration, SamplesTheBoltzmannDistribution) {
  const Physics& physics = GetParam().physics;
  const OwnedCrystal owned(physics);
  const std::vector<Site>& core = owned.lattice().core;
  Schedule schedule;
  schedule.equilibration_sweeps = 100;
  std::vector<double> counts(std::size_t{1} << core.size(), 0.0);
  for (std::uint64_t replica = 0; replica < 8000; ++replica) {
    EquilibriumChain chain(owned.crystal(), physics, schedule, replica_stream(replica));
    chain.advance(100);
    counts[number_of(chain.sigma(), core)] += 1;
  }
  expect_frequencies(counts, boltzmann_distribution(owned, physics));
}

// From a configuration of that distribution on, a few moves are enough to see one that does not keep it.
TEST_P(EquilibriumEnumeration, KeepsTheBoltzmannDistribution) {
  const Physics& physics = GetParam().physics;
  const OwnedCrystal owned(physics);
  const std::vector<Site>& core = owned.lattice().core;
  const std::vector<double> probabilities = boltzmann_distribution(owned, physics);
  Schedule schedule;
  schedule.equilibration_sweeps = 2;
  std::vector<double> counts(probabilities.size(), 0.0);
  Stream draws = replica_stream(99'999);
  for (std::uint64_t replica = 0; replica < 8000; ++replica) {
    std::size_t drawn = 0;
    for (double rest = draws.uniform() - probabilities[0]; rest > 0 && drawn + 1 < probabilities.size();)
      rest -= probabilities[++drawn];
    while (probabilities[drawn] == 0) --drawn;
    EquilibriumChain chain(owned.crystal(), physics, schedule, replica_stream(replica));
    chain.look_at(configuration(drawn, core, owned.lattice().sites()));
    chain.take_over();
    chain.advance(1 + replica % 2);
    counts[number_of(chain.sigma(), core)] += 1;
  }
  expect_frequencies(counts, probabilities);
}

// ---- ladders

struct LadderCase {
  std::string name;
  std::vector<Physics> rungs;
};

void PrintTo(const LadderCase& c, std::ostream* out) { *out << c.name; }

LadderCase along_stiffness(const std::string& name, const EquilibriumCase& at, const std::vector<double>& stiffnesses) {
  LadderCase c{name, {}};
  for (const double stiffness : stiffnesses) {
    c.rungs.push_back(at.physics);
    c.rungs.back().shell_stiffness = stiffness;
  }
  return c;
}

LadderCase along_temperature(const std::string& name, const EquilibriumCase& at,
                             const std::vector<double>& temperatures) {
  LadderCase c{name, {}};
  for (const double temperature : temperatures) {
    c.rungs.push_back(at.physics);
    c.rungs.back().temperature = temperature;
  }
  return c;
}

LadderCase along_ising(const std::string& name, const EquilibriumCase& at, const std::vector<double>& strengths) {
  LadderCase c{name, {}};
  for (const double ising : strengths) {
    c.rungs.push_back(at.physics);
    c.rungs.back().interaction.ising = ising;
  }
  return c;
}

/// From stiffness to stiffness through another temperature.
LadderCase along_both(const std::string& name, const EquilibriumCase& at,
                      const std::vector<std::pair<double, double>>& places) {
  LadderCase c{name, {}};
  for (const auto& [stiffness, temperature] : places) {
    c.rungs.push_back(at.physics);
    c.rungs.back().shell_stiffness = stiffness;
    c.rungs.back().temperature = temperature;
  }
  return c;
}

LadderCase along_delta_mu(const std::string& name, const EquilibriumCase& at, const std::vector<double>& places) {
  LadderCase c{name, {}};
  for (const double delta_mu : places) c.rungs.push_back(in_contact(at, delta_mu).physics);
  return c;
}

class LadderEnumeration : public ::testing::TestWithParam<LadderCase> {};
INSTANTIATE_TEST_SUITE_P(
    SmallCrystals, LadderEnumeration,
    ::testing::Values(
        along_stiffness("HexagonStiffness", equilibrium_case("", hexagon(2, 1), {1, 0}, 0.3, Hamiltonian::exact),
                        {1, 3, 10}),
        along_temperature("HexagonTemperature", equilibrium_case("", hexagon(2, 1), {1, 0}, 0.3, Hamiltonian::exact),
                          {0.3, 0.45, 0.8}),
        along_stiffness("HexagonCombined", equilibrium_case("", hexagon(2, 1), {1, 0.3}, 0.5, Hamiltonian::exact),
                        {2, 8}),
        along_stiffness("HexagonPublished", equilibrium_case("", hexagon(2, 1), {1, 0}, 0.3, Hamiltonian::published),
                        {1, 3, 10}),
        along_temperature("HexagonIsing", equilibrium_case("", hexagon(2), {0, 1}, 2.0, Hamiltonian::exact),
                          {1.5, 2, 3}),
        along_stiffness("CubeStiffness", equilibrium_case("", box(2, 2, 2, 1), {1, 0}, 1.5, Hamiltonian::exact),
                        {1, 2, 6}),
        along_ising("HexagonIsingPart", equilibrium_case("", hexagon(2, 1), {1, 0}, 0.5, Hamiltonian::exact),
                    {-0.1, 0, 0.4}),
        along_both("HexagonBothAxes", equilibrium_case("", hexagon(2, 1), {1, 0}, 0.3, Hamiltonian::exact),
                   {{1, 0.3}, {3, 0.6}, {10, 0.3}}),
        along_delta_mu("HexagonDeltaMu", equilibrium_case("", hexagon(2), {1, 0}, 0.8, Hamiltonian::exact),
                       {-1, 0.2, 1}),
        along_delta_mu("HexagonDeltaMuInShell", equilibrium_case("", hexagon(2, 1), {1, 0}, 2, Hamiltonian::exact),
                       {1, 4, 7}),
        along_temperature("HexagonSemigrandTemperature",
                          in_contact(equilibrium_case("", hexagon(2), {1, 0.3}, 1, Hamiltonian::exact), 0.4),
                          {0.8, 1.2, 2})),
    [](const auto& tested) { return tested.param.name; });

// Exchanges after every sweep: were they accepted by another rule, no rung would have its own distribution.
TEST_P(LadderEnumeration, SamplesTheBoltzmannDistributionAtEveryRung) {
  std::deque<OwnedCrystal> crystals;
  for (const Physics& physics : GetParam().rungs) crystals.emplace_back(physics);
  const std::vector<Site>& core = crystals.front().lattice().core;
  Schedule schedule;
  schedule.equilibration_sweeps = 60;
  std::vector<std::vector<double>> counts(crystals.size(), std::vector<double>(std::size_t{1} << core.size(), 0.0));
  for (std::uint64_t replica = 0; replica < 6000; ++replica) {
    std::vector<Rung> rungs;
    for (std::size_t k = 0; k < crystals.size(); ++k) {
      rungs.push_back({crystals[k].crystal(), GetParam().rungs[k], schedule, replica_stream(10 * replica + k)});
      rungs.back().physics.exchange_every = 1;
    }
    Ladder ladder(rungs, replica_stream(10 * replica + 9));
    ladder.advance(60);
    for (std::size_t k = 0; k < crystals.size(); ++k) counts[k][number_of(ladder.sigma(k), core)] += 1;
  }
  for (std::size_t k = 0; k < crystals.size(); ++k) {
    SCOPED_TRACE("rung " + std::to_string(k));
    expect_frequencies(counts[k], boltzmann_distribution(crystals[k], GetParam().rungs[k]));
  }
}

// ---- windows

struct WindowCase {
  std::string name;
  Physics physics;
};

void PrintTo(const WindowCase& c, std::ostream* out) { *out << c.name; }

WindowCase in_window(const std::string& name, const EquilibriumCase& at, const Window& window) {
  WindowCase c{name, at.physics};
  c.physics.window = window;
  return c;
}

std::int64_t count_in_window(const OwnedCrystal& owned, const Window& window, const Occupation& sigma) {
  if (window.along == OrderParameter::c) return std::ranges::count(sigma, Spin{1});
  const std::vector<Site> interior = interior_of_core(owned.lattice());
  const double united = phase_fractions(owned.lattice(), sigma, interior).united();
  return std::llround(united * static_cast<double>(interior.size()));
}

/// With the weights that a chain has learnt, of all configurations.
std::vector<double> levelled_distribution(const OwnedCrystal& owned, const Physics& physics,
                                          const WindowWeights& weights) {
  std::vector<double> levelled = boltzmann_distribution(owned, physics);
  const std::vector<Site>& core = owned.lattice().core;
  for (std::size_t k = 0; k < levelled.size(); ++k) {
    if (levelled[k] == 0) continue;
    const Occupation sigma = configuration(k, core, owned.lattice().sites());
    levelled[k] *= std::exp(weights.eta(count_in_window(owned, *physics.window, sigma)));
  }
  return normalised(levelled);
}

constexpr int levelled_samples = 6000;
constexpr std::uint64_t sweeps_between_samples = 60;  // many autocorrelation times of crystals so small

Schedule levelled_schedule() {
  Schedule schedule;
  schedule.equilibration_sweeps = 3000;
  schedule.measured_sweeps = levelled_samples * sweeps_between_samples;
  schedule.phases_every = schedule.measured_sweeps;
  schedule.samples.at_most = 0;
  return schedule;
}

class WindowEnumeration : public ::testing::TestWithParam<WindowCase> {};
INSTANTIATE_TEST_SUITE_P(
    SmallCrystals, WindowEnumeration,
    ::testing::Values(
        in_window("BulkUnited", equilibrium_case("", rhombus(3, 4), {1, 0}, 1.2, Hamiltonian::exact),
                  {OrderParameter::f_U, 0, 0.5}),
        in_window("BulkCombinedUnited", equilibrium_case("", rhombus(3, 4), {1, 0.3}, 1.5, Hamiltonian::exact),
                  {OrderParameter::f_U, 0.1, 0.6}),
        in_window("BulkPartOfUnited", equilibrium_case("", rhombus(3, 4), {1, 0}, 1.5, Hamiltonian::exact),
                  {OrderParameter::f_U, 0.2, 0.3}),
        in_window("HexagonComposition",
                  in_contact(equilibrium_case("", hexagon(2), {1, 0}, 0.8, Hamiltonian::exact), 0.3),
                  {OrderParameter::c, 0, 1}),
        in_window("HexagonCompositionInShell",
                  in_contact(equilibrium_case("", hexagon(2, 1), {1, 0}, 0.8, Hamiltonian::exact), 3),
                  {OrderParameter::c, 0.2, 0.8}),
        in_window("CubeComposition", in_contact(equilibrium_case("", box(2, 2, 2), {1, 0}, 6.0, Hamiltonian::exact), 2),
                  {OrderParameter::c, 0, 1}),
        in_window("BulkIsingComposition",
                  in_contact(equilibrium_case("", rhombus(3, 3), {0, 1}, 4.0, Hamiltonian::exact), 0.2),
                  {OrderParameter::c, 0, 1})),
    [](const auto& tested) { return tested.param.name; });

TEST_P(WindowEnumeration, SamplesTheDistributionThatItsWeightsAskFor) {
  const Physics& physics = GetParam().physics;
  const OwnedCrystal owned(physics);
  const std::vector<Site>& core = owned.lattice().core;
  EquilibriumChain chain(owned.crystal(), physics, levelled_schedule(), replica_stream(1));
  chain.advance(levelled_schedule().equilibration_sweeps);
  std::vector<double> counts(std::size_t{1} << core.size(), 0.0);
  for (int n = 0; n < levelled_samples; ++n) {
    chain.advance(sweeps_between_samples);
    counts[number_of(chain.sigma(), core)] += 1;
  }
  const Record record = chain.record();
  const WindowWeights weights = weights_of_chain(physics, record.final_state);
  expect_frequencies(counts, levelled_distribution(owned, physics, weights));
  if (GetParam().physics.window->along == OrderParameter::c) {  // of f_U so small a crystal has a few values only
    EXPECT_GT(record.values[equilibrium_column("coverage")], 0.3);
  }
}

/// Two windows that overlap.
std::vector<Physics> neighbours_of(const Physics& physics) {
  std::vector<Physics> windows(2, physics);
  const double middle = (physics.window->from + physics.window->to) / 2;
  const double width = physics.window->to - physics.window->from;
  windows[0].window->to = middle + width / 6;
  windows[1].window->from = middle - width / 6;
  for (Physics& window : windows) window.exchange_every = 1;
  return windows;
}

TEST_P(WindowEnumeration, IsSampledBesideAnotherWindowAsItsWeightsAskFor) {
  const std::vector<Physics> windows = neighbours_of(GetParam().physics);
  const OwnedCrystal owned(GetParam().physics);
  const std::vector<Site>& core = owned.lattice().core;
  std::vector<Rung> rungs;
  for (std::size_t k = 0; k < windows.size(); ++k)
    rungs.push_back({owned.crystal(), windows[k], levelled_schedule(), replica_stream(10 + k)});
  Ladder ladder(rungs, replica_stream(20));
  ladder.advance(levelled_schedule().equilibration_sweeps);
  std::vector<std::vector<double>> counts(2, std::vector<double>(std::size_t{1} << core.size(), 0.0));
  for (int n = 0; n < levelled_samples; ++n) {
    ladder.advance(sweeps_between_samples);
    for (std::size_t k = 0; k < windows.size(); ++k) counts[k][number_of(ladder.sigma(k), core)] += 1;
  }
  for (std::size_t k = 0; k < windows.size(); ++k) {
    SCOPED_TRACE("window " + std::to_string(k));
    const WindowWeights weights = weights_of_chain(windows[k], ladder.record(k).final_state);
    expect_frequencies(counts[k], levelled_distribution(owned, windows[k], weights));
  }
}

}  // namespace
}  // namespace nxmc

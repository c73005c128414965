// Neighbouring states of crystals that are too large to enumerate: how much more often a configuration x comes in state
// 1 than in state 2 is known, ln p_1(x) / p_2(x) = u_2(x) - u_1(x) + constant, whatever else is not (Shirts, J. Chem.
// Theory Comput. 9, 909, 2013). So in a logistic regression of where samples come from, u_2 - u_1 has the factor 1.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "engine_crystals.hpp"
#include "nxmc/engine/equilibrium.hpp"
#include "nxmc/engine/ladder.hpp"

namespace nxmc {
namespace {

using testing_tools::box;
using testing_tools::hexagon;
using testing_tools::OwnedCrystal;
using testing_tools::replica_stream;

struct Neighbours {
  std::string name;
  Physics first;
  Physics second;
};

void PrintTo(const Neighbours& states, std::ostream* out) { *out << states.name; }

Neighbours states(const std::string& name, const LatticeSpec& lattice, double temperature,
                  Hamiltonian hamiltonian = Hamiltonian::exact, const Interaction& interaction = {}) {
  Physics physics;
  physics.method = Method::equilibrium;
  physics.lattice = lattice;
  physics.shell_stiffness = is_elastic(physics) && lattice.shell_layers > 0 ? 3 : 1;
  physics.temperature = temperature;
  physics.interaction = interaction;
  physics.hamiltonian = hamiltonian;
  return {name, physics, physics};
}

Neighbours along_stiffness(Neighbours states, double stiffness) {
  states.second.shell_stiffness = stiffness;
  return states;
}

Neighbours along_temperature(Neighbours states, double temperature) {
  states.second.temperature = temperature;
  return states;
}

Neighbours along_delta_mu(Neighbours states, double first, double second) {
  for (Physics* const physics : {&states.first, &states.second}) physics->ensemble = Ensemble::semigrand;
  states.first.delta_mu = first;
  states.second.delta_mu = second;
  return states;
}

/// Of the difference between reduced energies, with its standard error.
struct Factor {
  double value = 0;
  double error = 0;
};

/// Newton's method for the likelihood of P(first | d) = 1 / (1 + exp(-(a + b d))).
Factor regression(const std::vector<double>& of_first, const std::vector<double>& of_second) {
  double a = 0;
  double b = 0;
  Factor factor;
  for (int step = 0; step < 30; ++step) {
    double gradient_a = 0;
    double gradient_b = 0;
    double aa = 0;
    double ab = 0;
    double bb = 0;
    const auto add = [&](const std::vector<double>& differences, double is_first) {
      for (const double d : differences) {
        const double p = 1 / (1 + std::exp(-(a + b * d)));
        gradient_a += is_first - p;
        gradient_b += (is_first - p) * d;
        aa += p * (1 - p);
        ab += p * (1 - p) * d;
        bb += p * (1 - p) * d * d;
      }
    };
    add(of_first, 1);
    add(of_second, 0);
    const double determinant = aa * bb - ab * ab;
    a += (bb * gradient_a - ab * gradient_b) / determinant;
    b += (aa * gradient_b - ab * gradient_a) / determinant;
    factor = {b, std::sqrt(aa / determinant)};
  }
  return factor;
}

class NeighbouringStates : public ::testing::TestWithParam<Neighbours> {
 protected:
  static constexpr std::uint64_t sweeps_between = 40;  // many autocorrelation times of crystals so small
  static constexpr int samples = 4000;

  static Schedule schedule() {
    Schedule schedule;
    schedule.equilibration_sweeps = (samples + 10) * sweeps_between;
    return schedule;
  }

  /// u_2 - u_1.
  double difference(const Occupation& sigma) { return second_.look_at(sigma) - first_.look_at(sigma); }

  /// 1 in 1000 that it is not so by chance.
  static void expect_one(const Factor& factor) {
    EXPECT_LT(factor.error, 0.07) << "the test is of no use where the states hardly differ";
    EXPECT_NEAR(factor.value, 1, 3.29 * factor.error);
  }

  OwnedCrystal first_crystal_{GetParam().first};
  OwnedCrystal second_crystal_{GetParam().second};
  EquilibriumChain first_{first_crystal_.crystal(), GetParam().first, schedule(), replica_stream(1)};
  EquilibriumChain second_{second_crystal_.crystal(), GetParam().second, schedule(), replica_stream(2)};
};

INSTANTIATE_TEST_SUITE_P(
    Crystals, NeighbouringStates,
    ::testing::Values(along_stiffness(states("HexagonStiffness", hexagon(4, 1), 0.3), 4.5),
                      along_temperature(states("HexagonTemperature", hexagon(4, 1), 0.3), 0.4),
                      along_stiffness(states("HexagonPublished", hexagon(4, 1), 0.3, Hamiltonian::published), 4.5),
                      along_temperature(states("HexagonCombined", hexagon(4, 1), 0.5, Hamiltonian::exact, {1, 0.3}),
                                        0.65),
                      along_temperature(states("HexagonIsing", hexagon(4), 2.5, Hamiltonian::exact, {0, 1}), 3),
                      along_stiffness(states("CubeStiffness", box(4, 4, 4, 1), 2), 4),
                      along_temperature(states("CubeTemperature", box(4, 4, 4, 1), 2), 2.3),
                      along_delta_mu(states("HexagonDeltaMu", hexagon(4), 1.2), 0.1, 0.4),
                      along_delta_mu(states("CubeDeltaMuInShell", box(3, 3, 3, 1), 6), 20, 22),
                      along_delta_mu(states("HexagonIsingDeltaMu", hexagon(4), 5, Hamiltonian::exact, {0, 1}), 0, 0.4)),
    [](const auto& tested) { return tested.param.name; });

TEST_P(NeighbouringStates, OfChainsHaveTheRatioOfTheirWeights) {
  std::vector<double> of_first;
  std::vector<double> of_second;
  first_.advance(10 * sweeps_between);
  second_.advance(10 * sweeps_between);
  for (int n = 0; n < samples; ++n) {
    first_.advance(sweeps_between);
    second_.advance(sweeps_between);
    of_first.push_back(difference(first_.sigma()));
    of_second.push_back(difference(second_.sigma()));
  }
  expect_one(regression(of_first, of_second));
}

// Each of them sees what the other one has sent.
TEST_P(NeighbouringStates, OfALadderHaveTheRatioOfTheirWeights) {
  std::vector<Rung> rungs{{first_crystal_.crystal(), GetParam().first, schedule(), replica_stream(3)},
                          {second_crystal_.crystal(), GetParam().second, schedule(), replica_stream(4)}};
  for (Rung& rung : rungs) rung.physics.exchange_every = 1;
  Ladder ladder(rungs, replica_stream(5));
  std::vector<double> of_first;
  std::vector<double> of_second;
  ladder.advance(10 * sweeps_between);
  for (int n = 0; n < samples; ++n) {
    ladder.advance(sweeps_between);
    of_first.push_back(difference(ladder.sigma(0)));
    of_second.push_back(difference(ladder.sigma(1)));
  }
  expect_one(regression(of_first, of_second));
}

}  // namespace
}  // namespace nxmc

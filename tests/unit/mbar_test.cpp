// MBAR against complete enumeration of twelve spins, against pymbar, and against the scatter of independent samples.
#include "nxmc/statistics/mbar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <random>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "nxmc/statistics/block_bootstrap.hpp"
#include "nxmc/statistics/curve.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using testing::ThrowsMessage;
using Values = std::vector<double>;

/// Twelve spins ±1 on a ring with a nearest-neighbour coupling and a field, at temperature 1.
struct Ring {
  double coupling;
  double field;
};
constexpr unsigned configurations = 1U << 12U;

int magnetisation(unsigned spins) { return 2 * std::popcount(spins) - 12; }
int bonds(unsigned spins) {
  const unsigned turned = (spins >> 1U) | ((spins & 1U) << 11U);
  return 12 - 2 * std::popcount(spins ^ turned);
}
double energy(const Ring& ring, unsigned spins) {
  return -ring.coupling * bonds(spins) - ring.field * magnetisation(spins);
}

/// By enumeration.
double free_energy(const Ring& ring) {
  double sum = 0;
  for (unsigned spins = 0; spins < configurations; ++spins) sum += std::exp(-energy(ring, spins));
  return -std::log(sum);
}
double mean_magnetisation(const Ring& ring) {
  const double f = free_energy(ring);
  double sum = 0;
  for (unsigned spins = 0; spins < configurations; ++spins)
    sum += magnetisation(spins) * std::exp(f - energy(ring, spins));
  return sum;
}

const std::vector<Ring> rings{{0.1, 0.0}, {0.2, 0.1}, {0.3, 0.1}, {0.3, 0.3}, {0.5, 0.25}};

/// Configurations, the states that they were drawn from and the energies of all of them in all states.
struct Spins {
  std::vector<unsigned> configuration;
  std::vector<std::uint32_t> state;
  Values weight;
  Values matrix;

  void add(unsigned spins, std::size_t from, double counts, const std::vector<Ring>& states) {
    configuration.push_back(spins);
    state.push_back(static_cast<std::uint32_t>(from));
    weight.push_back(counts);
    for (const Ring& ring : states) matrix.push_back(energy(ring, spins));
  }
  MbarSamples samples() const {
    const std::size_t states = matrix.size() / state.size();
    return {states, state, weight, rows_of(matrix, states)};
  }
  template <class Quantity>
  Values of(Quantity quantity) const {
    Values values;
    values.reserve(configuration.size());
    for (const unsigned spins : configuration) values.push_back(quantity(spins));
    return values;
  }
  Values energies(const Ring& ring) const {
    return of([&](unsigned spins) { return energy(ring, spins); });
  }
  Values magnetisations() const {
    return of([](unsigned spins) { return static_cast<double>(magnetisation(spins)); });
  }
};

/// Every configuration once for each state, with its expected number: the equations then hold exactly for the exact
/// free energies.
Spins expected_samples() {
  Spins samples;
  for (std::size_t k = 0; k < rings.size(); ++k) {
    const double f = free_energy(rings[k]);
    const double count = 100 * static_cast<double>(k + 1);
    for (unsigned spins = 0; spins < configurations; ++spins)
      samples.add(spins, k, count * std::exp(f - energy(rings[k], spins)), rings);
  }
  return samples;
}

/// Independent samples of rings.
class Sampler {
 public:
  explicit Sampler(const std::vector<Ring>& states) : states_(states) {
    for (const Ring& ring : states) {
      Values probabilities(configurations);
      for (unsigned spins = 0; spins < configurations; ++spins) probabilities[spins] = std::exp(-energy(ring, spins));
      distributions_.emplace_back(probabilities.begin(), probabilities.end());
    }
  }
  Spins draw(std::span<const int> counts, std::uint64_t seed) {
    std::mt19937_64 engine(seed);
    Spins samples;
    for (std::size_t k = 0; k < states_.size(); ++k)
      for (int n = 0; n < counts[k]; ++n) samples.add(distributions_[k](engine), k, 1, states_);
    return samples;
  }

 private:
  std::vector<Ring> states_;
  std::vector<std::discrete_distribution<unsigned>> distributions_;
};

TEST(Mbar, FindsTheFreeEnergiesOfEnumeration) {
  const Spins samples = expected_samples();
  const Mbar mbar(samples.samples());
  EXPECT_TRUE(mbar.converged());
  EXPECT_LE(mbar.passes(), 8U);
  for (std::size_t k = 0; k < rings.size(); ++k) {
    EXPECT_NEAR(mbar.free_energies()[k], free_energy(rings[k]) - free_energy(rings[0]), 1e-12) << k;
    EXPECT_NEAR(mbar.counts()[k], 100 * static_cast<double>(k + 1), 1e-10);
  }
}

TEST(Mbar, ReweightsToStatesThatWereNotSampled) {
  const Spins samples = expected_samples();
  const Mbar mbar(samples.samples());
  for (const Ring& ring : {Ring{0.25, 0.2}, Ring{0.0, 0.0}, Ring{0.4, -0.3}}) {
    const MbarTarget target = mbar.target(samples.energies(ring));
    EXPECT_NEAR(target.free_energy, free_energy(ring) - free_energy(rings[0]), 1e-12);
    EXPECT_NEAR(target.expectation(samples.magnetisations()), mean_magnetisation(ring), 1e-11);
  }
}

TEST(Mbar, ASampledStateAsTargetIsThatState) {
  const Spins samples = Sampler(rings).draw(std::array{300, 200, 100, 400, 500}, 1);
  const Mbar mbar(samples.samples());
  for (std::size_t k = 0; k < rings.size(); ++k)
    EXPECT_NEAR(mbar.target(samples.energies(rings[k])).free_energy, mbar.free_energies()[k], 1e-10);
}

TEST(Mbar, RowsOfTheOverlapMatrixSumToOne) {
  const Mbar mbar(Sampler(rings).draw(std::array{300, 200, 100, 400, 500}, 1).samples());
  for (std::size_t i = 0; i < rings.size(); ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < rings.size(); ++j) {
      sum += mbar.overlap(i, j);
      EXPECT_NEAR(mbar.overlap(i, j) / mbar.counts()[j], mbar.overlap(j, i) / mbar.counts()[i], 1e-12);
    }
    EXPECT_NEAR(sum, 1, 1e-9);
  }
}

TEST(Mbar, FreeEnergiesDoNotDependOnTheStart) {
  const Spins samples = Sampler(rings).draw(std::array{300, 200, 100, 400, 500}, 2);
  const Mbar mbar(samples.samples());
  const Mbar far(samples.samples(), Values{3, 50, -20, 100, 0});
  const Mbar near(samples.samples(), mbar.free_energies());
  EXPECT_TRUE(far.converged());
  EXPECT_LE(near.passes(), 2U);
  for (std::size_t k = 0; k < rings.size(); ++k) {
    EXPECT_NEAR(far.free_energies()[k], mbar.free_energies()[k], 1e-9);
    EXPECT_NEAR(near.free_energies()[k], mbar.free_energies()[k], 1e-9);
  }
}

TEST(Mbar, ASampleOfWeightTwoIsTwoSamples) {
  Spins weighted = Sampler(rings).draw(std::array{60, 60, 60, 60, 60}, 3);
  Spins repeated = weighted;
  for (std::size_t n = 0; n < 300; n += 3) {
    weighted.weight[n] = 2;
    repeated.add(weighted.configuration[n], weighted.state[n], 1, rings);
  }
  for (std::size_t n = 1; n < 300; n += 30) {
    weighted.weight[n] = 0;
    repeated.weight[n] = 0;
  }
  const Mbar one(weighted.samples());
  const Mbar other(repeated.samples());
  const Ring target{0.25, 0.15};
  const MbarTarget of_one = one.target(weighted.energies(target));
  const MbarTarget of_other = other.target(repeated.energies(target));
  const Values m_one = weighted.magnetisations();
  const Values m_other = repeated.magnetisations();
  for (std::size_t k = 0; k < rings.size(); ++k) {
    EXPECT_NEAR(one.free_energies()[k], other.free_energies()[k], 1e-10);
    EXPECT_NEAR(one.error_of_difference(0, k), other.error_of_difference(0, k), 1e-10);
  }
  EXPECT_NEAR(of_one.expectation(m_one), of_other.expectation(m_other), 1e-10);
  EXPECT_NEAR(of_one.effective_samples, of_other.effective_samples, 1e-8);
  EXPECT_NEAR(of_one.overlap, of_other.overlap, 1e-10);
  EXPECT_NEAR(one.errors_of_means(std::array{Mbar::Mean{&of_one, m_one}})[0],
              other.errors_of_means(std::array{Mbar::Mean{&of_other, m_other}})[0], 1e-10);
}

TEST(Mbar, OneStateIsPlainAverages) {
  const std::vector<Ring> one{rings[1]};
  const Spins samples = Sampler(one).draw(std::array{500}, 4);
  const Mbar mbar(samples.samples());
  EXPECT_EQ(mbar.free_energies(), Values{0});
  EXPECT_NEAR(mbar.overlap(0, 0), 1, 1e-12);
  const Values m = samples.magnetisations();
  const MbarTarget target = mbar.target(samples.energies(rings[1]));
  double mean = 0;
  double square = 0;
  for (const double value : m) mean += value / 500;
  for (const double value : m) square += (value - mean) * (value - mean) / 500;
  EXPECT_NEAR(target.expectation(m), mean, 1e-12);
  EXPECT_NEAR(mbar.errors_of_means(std::array{Mbar::Mean{&target, m}})[0], std::sqrt(square / 500), 1e-12);
  EXPECT_NEAR(target.effective_samples, 500, 1e-9);
  EXPECT_NEAR(target.overlap, 1, 1e-12);
}

// Independent samples of harmonic wells, whose overlaps are as small as one likes.

struct Wells {
  std::vector<std::uint32_t> state;
  Values position;
  Values matrix;
  std::size_t states;

  MbarSamples samples() const { return {states, state, Values(state.size(), 1.0), rows_of(matrix, states)}; }
  Values energies(double centre) const {
    Values u = position;
    for (double& x : u) x = (x - centre) * (x - centre) / 2;
    return u;
  }
};

/// Of width 1 at these places; their energies are far from zero and from each other.
Wells wells(const Values& centres, int samples_each, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Wells wells{{}, {}, {}, centres.size()};
  for (std::size_t k = 0; k < centres.size(); ++k) {
    for (int n = 0; n < samples_each; ++n) {
      const double x = centres[k] + normal(engine);
      wells.state.push_back(static_cast<std::uint32_t>(k));
      wells.position.push_back(x);
      for (std::size_t j = 0; j < centres.size(); ++j)
        wells.matrix.push_back((x - centres[j]) * (x - centres[j]) / 2 + 1000 * std::cos(static_cast<double>(j)));
    }
  }
  return wells;
}

TEST(Mbar, FollowsALadderOfFiftyStatesInAFewPasses) {
  Values centres(50);
  for (std::size_t k = 0; k < 50; ++k)
    centres[k] = 1.5 * static_cast<double>((k * 7) % 50);  // neighbours are not next to each other
  const Mbar mbar(wells(centres, 200, 1).samples());
  EXPECT_TRUE(mbar.converged());
  EXPECT_LE(mbar.passes(), 15U);
  for (std::size_t k = 0; k < 50; ++k) {
    const double exact = 1000 * (std::cos(static_cast<double>(k)) - 1);
    EXPECT_NEAR(mbar.free_energies()[k], exact, 5 * mbar.error_of_difference(0, k)) << k;
  }
}

TEST(Mbar, WeakOverlapIsSolvedFromAnyStart) {
  const Wells two = wells({0, 5}, 3000, 2);
  const Mbar mbar(two.samples(), Values{0, 0});
  EXPECT_TRUE(mbar.converged());
  EXPECT_NEAR(mbar.free_energies()[1], 1000 * (std::cos(1.0) - 1), 5 * mbar.error_of_difference(0, 1));
  EXPECT_GT(mbar.error_of_difference(0, 1), 0.05);
  EXPECT_LT(mbar.overlap(0, 1), 0.03);
}

TEST(Mbar, StatesThatAreOneHaveNoDifference) {
  const Values both{0.3, 0.3};
  Wells two = wells(both, 500, 12);
  for (std::size_t n = 0; n < two.position.size(); ++n) two.matrix[2 * n + 1] = two.matrix[2 * n];
  const Mbar mbar(two.samples());
  EXPECT_NEAR(mbar.free_energies()[1], 0, 1e-12);
  EXPECT_LT(mbar.error_of_difference(0, 1), 1e-7);
  EXPECT_NEAR(mbar.overlap(0, 1), 0.5, 1e-12);
}

TEST(Mbar, StatesWithoutOverlapSaySo) {
  const Wells two = wells({0, 100}, 500, 3);
  const Mbar mbar(two.samples());
  EXPECT_LT(mbar.overlap(0, 1), 1e-12);
  EXPECT_GT(mbar.error_of_difference(0, 1), 1e6);
  const MbarTarget between = mbar.target(two.energies(50));
  EXPECT_LT(between.overlap, 0.03);
  EXPECT_LT(between.effective_samples, 10);
}

/// Of one Gaussian as a target that lies d widths away from the sampled one, e^{-d^2} of the samples are effective.
TEST(MbarTarget, OverlapFallsFromTheSampledStatesOutwards) {
  const Wells one = wells({0}, 20000, 4);
  const Mbar of_one(one.samples());
  for (const double d : {0.0, 0.5, 1.0})
    EXPECT_NEAR(of_one.target(one.energies(d)).overlap, std::exp(-d * d), 0.1 * std::exp(-d * d)) << d;

  const Wells three = wells({0, 1.5, 3}, 1000, 4);
  const Mbar mbar(three.samples());
  EXPECT_EQ(mbar.target(three.energies(1.5)).overlap, 1) << "with what its neighbours tell, better than sampled itself";
  double previous = 2;
  for (const double centre : {3.0, 3.5, 4.0, 5.0, 6.0}) {
    const double overlap = mbar.target(three.energies(centre)).overlap;
    EXPECT_LT(overlap, previous);
    previous = overlap;
  }
  EXPECT_GT(mbar.target(three.energies(4)).overlap, 0.1);
  EXPECT_LT(mbar.target(three.energies(5.5)).overlap, 0.03);
}

TEST(MbarTarget, AStateThatForbidsASampleGivesItNoWeight) {
  Wells two = wells({0, 1}, 500, 5);
  const Mbar mbar(two.samples());
  Values u = two.energies(0);
  for (std::size_t n = 0; n < u.size(); ++n)
    if (two.position[n] < 0) u[n] = std::numeric_limits<double>::infinity();
  const MbarTarget half = mbar.target(u);
  EXPECT_NEAR(half.free_energy - mbar.target(two.energies(0)).free_energy, std::log(2.0), 0.2);
  EXPECT_NEAR(half.expectation(two.position), std::sqrt(2 / std::acos(-1.0)), 0.1);
  std::ranges::fill(u, std::numeric_limits<double>::infinity());
  EXPECT_EQ(mbar.target(u).overlap, 0);
  EXPECT_EQ(mbar.target(u).effective_samples, 0);
  EXPECT_TRUE(std::isnan(mbar.target(u).expectation(two.position)));
}

TEST(Mbar, AnyNumberOfThreadsGivesTheSameBits) {
  const Wells many = wells({0, 1, 2, 3}, 10000, 6);
  const Mbar one(many.samples());
  for (const std::size_t threads : {2U, 3U, 8U}) {
    const Mbar several(many.samples(), {}, threads);
    EXPECT_EQ(several.free_energies(), one.free_energies());
    EXPECT_EQ(several.error_of_difference(0, 3), one.error_of_difference(0, 3));
    const MbarTarget a = one.target(many.energies(1.7));
    const MbarTarget b = several.target(many.energies(1.7));
    EXPECT_EQ(a.probability, b.probability);
    EXPECT_EQ(one.errors_of_means(std::array{Mbar::Mean{&a, many.position}}),
              several.errors_of_means(std::array{Mbar::Mean{&b, many.position}}));
  }
}

TEST(Mbar, NamesTheSampleWhoseEnergyIsNotFinite) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Wells two = wells({0, 1}, 10000, 7);
    two.matrix[2 * 12345 + 1] = bad;
    for (const std::size_t threads : {1U, 2U}) {
      EXPECT_THAT([&] { Mbar(two.samples(), {}, threads); },
                  ThrowsMessage<std::invalid_argument>("the energy of sample 12345 in state 1 is not finite"));
      EXPECT_THROW(Mbar(two.samples(), Values{0, 0}, threads), std::invalid_argument);
    }
  }
}

TEST(Mbar, AStateWithoutSamplesIsRefused) {
  Wells two = wells({0, 1}, 10, 8);
  std::ranges::fill(two.state, 0);
  EXPECT_THAT([&] { Mbar mbar(two.samples()); }, ThrowsMessage<std::invalid_argument>("state 1 has no samples"));
}

TEST(Mbar, WhatReadingThrowsComesOut) {
  const Wells two = wells({0, 1}, 10000, 9);
  for (const std::size_t threads : {1U, 2U}) {
    MbarSamples samples = two.samples();
    samples.energies = [](std::size_t first, std::span<double> rows) {
      if (first > 9000) throw std::runtime_error("no more");
      std::ranges::fill(rows, 0.0);
    };
    EXPECT_THAT([&] { Mbar(samples, {}, threads); }, ThrowsMessage<std::runtime_error>("no more"));
  }
}

/// Numbers that pymbar prints for samples, their target state and the magnetisation.
std::vector<Values> ask_pymbar(const Spins& samples, std::span<const int> counts, const Ring& target) {
  const testing_tools::TemporaryDirectory folder;
  const std::filesystem::path file = folder / "samples.txt";
  {
    std::ofstream out(file);
    out.precision(17);
    out << counts.size() << ' ' << samples.state.size() << '\n';
    for (const int count : counts) out << count << ' ';
    out << '\n';
    const Values of_target = samples.energies(target);
    const Values m = samples.magnetisations();
    for (std::size_t n = 0; n < m.size(); ++n) {
      for (std::size_t k = 0; k < counts.size(); ++k) out << samples.matrix[n * counts.size() + k] << ' ';
      out << of_target[n] << ' ' << m[n] << '\n';
    }
  }
  const auto answer = testing_tools::run_program({"/usr/bin/python3", "-B", NXMC_PYMBAR_REFERENCE, file.string()});
  std::vector<Values> numbers;
  EXPECT_EQ(answer.exit_code, 0) << answer.err;
  std::istringstream lines(answer.out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    numbers.emplace_back();
    for (double number = 0; words >> number;) numbers.back().push_back(number);
  }
  return numbers;
}

TEST(Mbar, AgreesWithPymbar) {
  const std::array counts{300, 200, 100, 400, 500};
  const Spins samples = Sampler(rings).draw(counts, 10);
  const Ring target{0.35, 0.05};
  const std::vector<Values> reference = ask_pymbar(samples, counts, target);
  ASSERT_EQ(reference.size(), 5U);

  const Mbar mbar(samples.samples());
  for (std::size_t k = 0; k < rings.size(); ++k) {
    EXPECT_NEAR(mbar.free_energies()[k], reference[0].at(k), 1e-6);
    EXPECT_NEAR(mbar.error_of_difference(0, k), reference[1].at(k), 1e-6);
    EXPECT_NEAR(mbar.overlap(1, k), reference[4].at(k), 1e-6);
  }
  const Values m = samples.magnetisations();
  const MbarTarget of_target = mbar.target(samples.energies(target));
  EXPECT_NEAR(of_target.expectation(m), reference[2].at(0), 1e-6);
  EXPECT_NEAR(mbar.errors_of_means(std::array{Mbar::Mean{&of_target, m}})[0], reference[3].at(0), 1e-6);
}

TEST(MbarErrors, AreThoseOfIndependentSamples) {
  Sampler sampler(rings);
  const Ring target{0.35, 0.05};
  const double exact = mean_magnetisation(target);
  constexpr int repetitions = 300;
  double difference = 0;
  double mean = 0;
  for (std::uint64_t seed = 1; seed <= repetitions; ++seed) {
    const Spins samples = sampler.draw(std::array{60, 40, 20, 80, 100}, seed);
    const Mbar mbar(samples.samples());
    const double of_f = mbar.free_energies()[4] - (free_energy(rings[4]) - free_energy(rings[0]));
    difference += std::pow(of_f / mbar.error_of_difference(0, 4), 2) / repetitions;
    const MbarTarget of_target = mbar.target(samples.energies(target));
    const Values m = samples.magnetisations();
    const double of_mean = of_target.expectation(m) - exact;
    mean += std::pow(of_mean / mbar.errors_of_means(std::array{Mbar::Mean{&of_target, m}})[0], 2) / repetitions;
  }
  // Of chi^2 / n with n = 300 the standard deviation is 0.08.
  EXPECT_NEAR(difference, 1, 0.25);
  EXPECT_NEAR(mean, 1, 0.25);
}

/// A transition point as it is found from archives: correlated chains of two states, blocks of both resampled, MBAR for
/// each replicate, and the root of a reweighted curve. By symmetry, both signs weigh alike at field 0.
void expect_coverage_of_transitions(int repetitions, double tolerance) {
  const std::vector<Ring> states{{0.3, -0.04}, {0.3, 0.08}};
  constexpr int length = 1500;
  double within = 0;
  for (int seed = 1; seed <= repetitions; ++seed) {
    std::mt19937_64 engine(static_cast<std::uint64_t>(seed));
    Spins samples;
    for (std::size_t k = 0; k < 2; ++k) {
      auto spins = static_cast<unsigned>(engine() % configurations);
      for (int sweep = -20; sweep < length; ++sweep) {
        for (int attempt = 0; attempt < 12; ++attempt) {
          const unsigned changed = spins ^ (1U << (engine() % 12));
          const double cost = energy(states[k], changed) - energy(states[k], spins);
          if (std::uniform_real_distribution<double>()(engine) < std::exp(-cost)) spins = changed;
        }
        if (sweep >= 0) samples.add(spins, k, 1, states);
      }
    }
    const Mbar mbar(samples.samples());
    const Values m = samples.magnetisations();
    const Values energies = samples.energies({0.3, 0});
    const std::vector<BootstrapChain> chains{{length, 0, 3}, {length, 1, 3}};
    const BlockBootstrap bootstrap(chains, 60, Stream(static_cast<std::uint64_t>(seed), {0, 1}));
    const Replicates points = bootstrap.derive([&](std::span<const double> multiplicities) {
      MbarSamples resampled = samples.samples();
      resampled.weight.assign(multiplicities.begin(), multiplicities.end());
      const Mbar of_these(std::move(resampled), mbar.free_energies());
      const MbarTarget at_zero = of_these.target(energies);
      std::array<double, 25> share{};  // of magnetisations
      for (std::size_t n = 0; n < m.size(); ++n)
        share.at(static_cast<std::size_t>(m[n] + 12)) += at_zero.probability[n];
      const auto excess = [&](double field) {
        double sum = 0;
        for (std::size_t k = 0; k < share.size(); ++k) {
          const int value = static_cast<int>(k) - 12;
          sum += share.at(k) * std::exp(field * value) * ((value > 0) - (value < 0));
        }
        return sum;
      };
      return Values{root(excess, -0.3, 0.3).value_or(std::numeric_limits<double>::quiet_NaN())};
    });
    within += std::abs(points.value(0)) < points.error(0) ? 1.0 / repetitions : 0;
  }
  std::cout << "transition: " << 100 * within << " % within one error\n";
  EXPECT_NEAR(within, 0.683, tolerance);
}

TEST(MbarCoverage, OfATransitionPointIsSixtyEightPercent) { expect_coverage_of_transitions(100, 0.12); }

TEST(LongMbarCoverage, OfATransitionPointIsSixtyEightPercent) { expect_coverage_of_transitions(3000, 0.03); }

/// The matrix alone, in doubles, has 400 MB.
TEST(LongMbar, AMillionSamplesOfFiftyStatesStayBelowOneGibibyte) {
  Values centres(50);
  for (std::size_t k = 0; k < 50; ++k) centres[k] = 0.5 * static_cast<double>(k);
  const Wells ladder = wells(centres, 20000, 11);
  const Mbar mbar(ladder.samples(), {}, 2);
  EXPECT_TRUE(mbar.converged());
  EXPECT_NEAR(mbar.free_energies()[49], 1000 * (std::cos(49.0) - 1), 5 * mbar.error_of_difference(0, 49));
  const MbarTarget target = mbar.target(ladder.energies(12.3));
  const double error = mbar.errors_of_means(std::array{Mbar::Mean{&target, ladder.position}})[0];
  EXPECT_NEAR(target.expectation(ladder.position), 12.3, 5 * error);
  EXPECT_LT(error, 0.01);
  struct rusage used {};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &used), 0);
  std::cout << used.ru_maxrss / 1024 << " MiB at the peak, " << mbar.passes() << " passes\n";
  EXPECT_LT(used.ru_maxrss, 1024 * 1024);
}

}  // namespace
}  // namespace nxmc

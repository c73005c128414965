// Whether points are known as precisely as is asked for, and what stopping there does to error bars.
#include "nxmc/phase/precision.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <iostream>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "autoregressive.hpp"
#include "nxmc/observe/quantities.hpp"
#include "nxmc/statistics/pooled_mean.hpp"

namespace nxmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(PooledMean, HasTheLargerOfTheErrorsWithinAndBetweenChains) {
  const Estimate within = pooled_mean(std::array{Estimate{1, 0.3}, Estimate{1, 0.4}});
  EXPECT_DOUBLE_EQ(within.mean, 1);
  EXPECT_DOUBLE_EQ(within.error, 0.25);
  const Estimate between = pooled_mean(std::array{Estimate{0, 0.3}, Estimate{2, 0.4}});
  EXPECT_DOUBLE_EQ(between.error, 1);
}

TEST(PooledMean, LeavesOutWhatIsMissing) {
  const Estimate some = pooled_mean(std::array{Estimate{1, 0.3}, Estimate{nan, nan}});
  EXPECT_DOUBLE_EQ(some.mean, 1);
  EXPECT_DOUBLE_EQ(some.error, 0.3);
  EXPECT_TRUE(std::isnan(pooled_mean(std::span<const Estimate>()).mean));
  EXPECT_TRUE(std::isnan(pooled_mean(std::array{Estimate{1, nan}}).error));
}

/// Chains of one point that differ in their starts.
class Point {
 public:
  void add(Start start, std::uint64_t sweeps, const Estimate& f_U, double tau) {
    Physics physics;
    physics.method = Method::equilibrium;
    physics.start = start;
    Schedule schedule;
    schedule.measured_sweeps = sweeps;
    auto job = std::make_unique<Job>();
    job->physics = std::make_shared<const Physics>(physics);
    job->schedule = std::make_shared<const Schedule>(schedule);
    jobs_.push_back(std::move(job));
    values_.emplace_back(equilibrium_columns().size(), nan);
    const auto put = [&](const std::string& name, double value) {
      for (std::size_t k = 0; k < equilibrium_columns().size(); ++k)
        if (equilibrium_columns()[k].name == name) values_.back()[k] = value;
    };
    put("f_U", f_U.mean);
    put("f_U_err", f_U.error);
    put("tau_int", tau);
    put("energy", -2);
    put("energy_err", 0.02);
  }
  /// Of the chain that was added last.
  void has(const std::string& fraction, const Estimate& value) {
    for (std::size_t k = 0; k < equilibrium_columns().size(); ++k) {
      if (equilibrium_columns()[k].name == fraction) values_.back()[k] = value.mean;
      if (equilibrium_columns()[k].name == fraction + "_err") values_.back()[k] = value.error;
    }
  }
  std::vector<ChainResult> chains() const {
    std::vector<ChainResult> all;
    for (std::size_t k = 0; k < jobs_.size(); ++k) all.push_back({jobs_[k].get(), values_[k]});
    return all;
  }

 private:
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<std::vector<double>> values_;
};

Until until(double f_U, double energy = 1, bool relative = false) {
  return {.targets = {{.quantity = "f_U", .error = f_U, .relative = false},
                      {.quantity = "energy", .error = energy, .relative = relative}},
          .at_most = 1000000};
}

Point agreeing() {
  Point point;
  point.add(Start::random, 1000, {0.30, 0.006}, 5);
  point.add(Start::segregated, 1000, {0.30, 0.008}, 5);
  return point;
}

TEST(PrecisionOfPoints, IsThatOfTheAverageOverAllChains) {
  const Precision precision = precision_of(until(0.005), agreeing().chains());
  EXPECT_DOUBLE_EQ(precision.targets.front().average.error, 0.005);
  EXPECT_EQ(precision.verdict, Verdict::converged);
  EXPECT_TRUE(precision.is_met());
  EXPECT_FALSE(is_precise(until(0.0049), agreeing().chains()));
}

TEST(PrecisionOfPoints, NeedsEveryQuantity) {
  const double error = std::hypot(0.02, 0.02) / 2;
  EXPECT_TRUE(is_precise(until(0.005, error * 1.001), agreeing().chains()));
  EXPECT_FALSE(is_precise(until(0.005, error * 0.999), agreeing().chains()));
}

TEST(PrecisionOfPoints, MayBeAShareOfTheAverage) {
  const double share = std::hypot(0.02, 0.02) / 2 / 2;  // energy -2
  EXPECT_TRUE(is_precise(until(0.005, share * 1.001, true), agreeing().chains()));
  EXPECT_FALSE(is_precise(until(0.005, share * 0.999, true), agreeing().chains()));
}

TEST(PrecisionOfPoints, IsNoneWithoutContrastingStartsThatAgree) {
  Point alike;
  alike.add(Start::random, 1000, {0.30, 0.001}, 5);
  alike.add(Start::random, 1000, {0.30, 0.001}, 5);
  EXPECT_FALSE(is_precise(until(0.005), alike.chains()));
  Point apart;
  apart.add(Start::random, 1000, {0.300, 0.001}, 5);
  apart.add(Start::segregated, 1000, {0.306, 0.001}, 5);
  EXPECT_FALSE(is_precise(until(0.005), apart.chains()));
  Point brief;
  brief.add(Start::random, 1000, {0.30, 0.001}, 60);
  brief.add(Start::segregated, 1000, {0.30, 0.001}, 60);
  EXPECT_FALSE(is_precise(until(0.005), brief.chains()));
}

TEST(PrecisionOfPoints, IsNoneWhereStartsDisagreeInSuperlatticesOrColumns) {
  for (const char* fraction : {"f_S", "f_C"}) {
    for (const double other : {0.200, 0.260}) {
      Point point;
      point.add(Start::random, 1000, {0, 0}, nan);
      point.has(fraction, {0.200, 0.01});
      point.add(Start::segregated, 1000, {0, 0}, nan);
      point.has(fraction, {other, 0.01});
      EXPECT_EQ(verdict_of(point.chains()), other == 0.200 ? Verdict::converged : Verdict::metastable) << fraction;
    }
  }
}

TEST(PrecisionOfPoints, WhatIsNotKnownIsNotPrecise) {
  Point point;
  point.add(Start::random, 1000, {0.30, nan}, 5);
  point.add(Start::segregated, 1000, {nan, nan}, 5);
  EXPECT_FALSE(is_precise(until(0.5), point.chains()));
}

/// Four chains with a known mean that go on as `until` says.
struct Course {
  Estimate end{};
  Estimate of_third_round{};  ///< as if nobody had looked
  bool at_limit = true;
};

Course follow(std::uint64_t seed) {
  constexpr double phi = 0.8;
  constexpr std::size_t first_length = 256;  // 57 autocorrelation times
  constexpr int rounds = 6;
  const double tau = testing_tools::true_autocorrelation_time(phi);
  const double error_at_first = std::sqrt(2 * tau / (4 * first_length));
  const Until asked{.targets = {{.quantity = "f_U", .error = 0.34 * error_at_first, .relative = false}}, .at_most = 0};
  std::vector<testing_tools::AutoregressiveProcess> chains;
  std::vector<Series> series(4);
  for (std::uint64_t chain = 0; chain < 4; ++chain) chains.emplace_back(phi, 4 * seed + chain);
  Course course;
  std::size_t length = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::size_t longer = first_length << static_cast<unsigned>(round);
    Point point;
    for (std::size_t chain = 0; chain < 4; ++chain) {
      for (std::size_t n = length; n < longer; ++n) series[chain].add(std::array{chains[chain].next()});
      point.add(chain % 2 == 0 ? Start::random : Start::segregated, longer, series[chain].estimate(0), tau);
    }
    length = longer;
    const Precision precision = precision_of(asked, point.chains());
    if (round == 2) course.of_third_round = precision.targets.front().average;
    if (course.at_limit) course.end = precision.targets.front().average;
    if (precision.is_met()) course.at_limit = false;
    if (!course.at_limit && round >= 2) break;
  }
  return course;
}

bool covers_zero(const Estimate& estimate) { return std::abs(estimate.mean) <= estimate.error; }

/// Of error bars where chains have stopped because these were small. Those of averages over chains are the larger of
/// two, and so cover a little more than 68 % at a length that nobody chose for its results.
void expect_coverage(std::uint64_t seeds, double tolerance) {
  int covered = 0;
  int covered_at_fixed_length = 0;
  int stopped = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Course course = follow(seed);
    covered += covers_zero(course.end) ? 1 : 0;
    covered_at_fixed_length += covers_zero(course.of_third_round) ? 1 : 0;
    stopped += course.at_limit ? 0 : 1;
  }
  const auto share = [&](int count) { return count / static_cast<double>(seeds); };
  std::cout << "68 % intervals of points that stop when they are precise cover " << 100 * share(covered)
            << " %, those of a fixed length " << 100 * share(covered_at_fixed_length) << " %; " << 100 * share(stopped)
            << " % stopped before their limit\n";
  EXPECT_NEAR(share(covered), share(covered_at_fixed_length), tolerance);
  EXPECT_GT(share(covered), 0.683 - tolerance);
  EXPECT_LT(share(covered_at_fixed_length), 0.683 + 0.07 + tolerance);
  EXPECT_GT(share(stopped), 0.5) << "so the rule was hardly at work";
}

TEST(PrecisionCoverage, IsNotLowerForPointsThatStopWhenTheyArePrecise) { expect_coverage(300, 0.08); }
TEST(LongPrecisionCoverage, IsNotLowerForPointsThatStopWhenTheyArePrecise) { expect_coverage(4000, 0.03); }

}  // namespace
}  // namespace nxmc

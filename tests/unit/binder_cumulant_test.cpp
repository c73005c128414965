// Binder's cumulant about the mean, against distributions whose moments are known.
#include "nxmc/statistics/binder_cumulant.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nxmc {
namespace {

using Values = std::vector<double>;

Values evenly(std::size_t count) {
  Values weights(count, 1 / static_cast<double>(count));
  return weights;
}

TEST(BinderCumulant, OfTwoValuesOfEqualWeightIsTwoThirds) {
  EXPECT_NEAR(binder_cumulant(Values{0.05, 0.31}, Values{0.5, 0.5}), 2.0 / 3, 1e-12);
}

TEST(BinderCumulant, OfTwoValuesIsThatOfTheirWeights) {
  for (const double p : {0.001, 0.1, 0.3, 0.9}) {
    const double pq = p * (1 - p);
    EXPECT_NEAR(binder_cumulant(Values{0.2, 0.7}, Values{p, 1 - p}), 1 - (1 - 3 * pq) / (3 * pq), 1e-9) << p;
  }
}

TEST(BinderCumulant, OfAGaussianIsNothing) {
  Values values;
  Values probability;
  double sum = 0;
  for (int k = -400; k <= 400; ++k) {  // such a sum over a Gaussian is exact to rounding
    const double z = 0.02 * k;
    values.push_back(0.3 + 0.01 * z);
    probability.push_back(std::exp(-z * z / 2));
    sum += probability.back();
  }
  for (double& p : probability) p /= sum;
  EXPECT_NEAR(binder_cumulant(values, probability), 0, 1e-9);
}

TEST(BinderCumulant, OfEvenValuesIsTwoFifths) {
  Values values;
  for (int k = 0; k < 1000; ++k) values.push_back(k);
  // Kurtosis of the discrete uniform distribution: 3/5 (3 n^2 - 7) / (n^2 - 1).
  const double kurtosis = 0.6 * (3e6 - 7) / (1e6 - 1);
  EXPECT_NEAR(binder_cumulant(values, evenly(1000)), 1 - kurtosis / 3, 1e-12);
}

TEST(BinderCumulant, DoesNotDependOnOriginAndUnit) {
  const Values values{0.1, 0.2, 0.4, 0.7, 0.9};
  const Values probability{0.1, 0.3, 0.2, 0.3, 0.1};
  Values moved;
  for (const double value : values) moved.push_back(17 - 3 * value);
  EXPECT_NEAR(binder_cumulant(moved, probability), binder_cumulant(values, probability), 1e-12);
}

TEST(BinderCumulant, OfOneValueIsNone) {
  EXPECT_TRUE(std::isnan(binder_cumulant(Values(7, 0.1), evenly(7))));
  EXPECT_TRUE(std::isnan(binder_cumulant(Values{0.1, 0.9}, Values{1, 0})));
  EXPECT_TRUE(std::isnan(binder_cumulant(Values(3, 0), evenly(3))));
}

}  // namespace
}  // namespace nxmc

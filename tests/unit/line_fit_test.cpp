// Lines through points with errors, against closed forms and their own scatter.
#include "nxmc/statistics/line_fit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

namespace nxmc {
namespace {

using Points = std::vector<MeasuredPoint>;

TEST(LineFit, GoesThroughTwoPoints) {
  const LineFit fit = fit_line(Points{{1, {5, 0.3}}, {3, {9, 0.4}}});
  EXPECT_NEAR(fit.offset.mean, 3, 1e-12);
  EXPECT_NEAR(fit.slope.mean, 2, 1e-12);
  EXPECT_NEAR(fit.slope.error, 0.5 / 2, 1e-12);
  EXPECT_NEAR(fit.offset.error, std::hypot(1.5 * 0.3, 0.5 * 0.4), 1e-12) << "y(0) = 3/2 y(1) - 1/2 y(3)";
  EXPECT_NEAR(fit.chi_square, 0, 1e-20);
  EXPECT_EQ(fit.degrees_of_freedom, 0U);
}

// Three points at -1, 0, 1 with errors s: slope (y3 - y1) / 2, offset their mean, one deviation (y1 - 2 y2 + y3) / 6.
TEST(LineFit, OfThreePointsIsTheClosedForm) {
  const LineFit fit = fit_line(Points{{-1, {0.5, 0.1}}, {0, {1.7, 0.1}}, {1, {2.3, 0.1}}});
  EXPECT_NEAR(fit.slope.mean, 0.9, 1e-12);
  EXPECT_NEAR(fit.slope.error, 0.1 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(fit.offset.mean, 1.5, 1e-12);
  EXPECT_NEAR(fit.offset.error, 0.1 / std::sqrt(3.0), 1e-12);
  EXPECT_NEAR(fit.chi_square, 6 * 0.01 / 0.01, 1e-10);
  EXPECT_EQ(fit.degrees_of_freedom, 1U);
}

TEST(LineFit, AWeightOfFourIsFourPointsOfWeightOne) {
  const LineFit one = fit_line(Points{{0, {1, 0.1}}, {1, {3, 0.05}}, {2, {4, 0.1}}});
  const LineFit four =
      fit_line(Points{{0, {1, 0.1}}, {1, {3, 0.1}}, {1, {3, 0.1}}, {1, {3, 0.1}}, {1, {3, 0.1}}, {2, {4, 0.1}}});
  EXPECT_NEAR(one.offset.mean, four.offset.mean, 1e-12);
  EXPECT_NEAR(one.slope.mean, four.slope.mean, 1e-12);
  EXPECT_NEAR(one.offset.error, four.offset.error, 1e-12);
  EXPECT_NEAR(one.slope.error, four.slope.error, 1e-12);
  EXPECT_NEAR(one.chi_square, four.chi_square, 1e-9);
}

TEST(LineFit, FarFromTheOriginLosesNothing) {
  const LineFit fit = fit_line(Points{{1e6, {2, 0.1}}, {1e6 + 1, {4, 0.1}}, {1e6 + 2, {6, 0.1}}});
  EXPECT_NEAR(fit.slope.mean, 2, 1e-9);
  EXPECT_NEAR(fit.chi_square, 0, 1e-15);
}

TEST(ProbabilityOfChiSquare, IsThatOfTables) {
  EXPECT_DOUBLE_EQ(probability_of_chi_square(0, 1), 1);
  EXPECT_DOUBLE_EQ(probability_of_chi_square(0, 6), 1);
  EXPECT_NEAR(probability_of_chi_square(1, 1), 0.317310507863, 1e-11) << "one standard error";
  for (const auto& [chi_square, degrees] :
       {std::pair{6.634896601, 1U}, {9.210340372, 2U}, {11.34486673, 3U}, {13.27670414, 4U}, {23.20925116, 10U}})
    EXPECT_NEAR(probability_of_chi_square(chi_square, degrees), 0.01, 1e-9) << degrees;
  EXPECT_LT(probability_of_chi_square(1e6, 3), 1e-300);
}

/// How often the intervals of one error cover the truth, and chi_square stays below what it exceeds in a tenth of all.
struct Coverage {
  double offset = 0;
  double slope = 0;
  double chi_square = 0;
};

Coverage coverage_of_lines(std::size_t lines) {
  constexpr std::array places{16.5, 26.9, 40.7, 51.0};
  constexpr std::array errors{0.003, 0.01, 0.004, 0.05};
  std::mt19937_64 random(20261129);
  std::normal_distribution<double> noise;
  Coverage covered;
  for (std::size_t k = 0; k < lines; ++k) {
    Points points;
    for (std::size_t i = 0; i < places.size(); ++i)
      points.push_back({places[i], {-1.1 + 0.44 * places[i] + errors[i] * noise(random), errors[i]}});
    const LineFit fit = fit_line(points);
    covered.offset += std::abs(fit.offset.mean + 1.1) < fit.offset.error ? 1 : 0;
    covered.slope += std::abs(fit.slope.mean - 0.44) < fit.slope.error ? 1 : 0;
    covered.chi_square += probability_of_chi_square(fit.chi_square, fit.degrees_of_freedom) > 0.1 ? 1 : 0;
  }
  for (double* share : {&covered.offset, &covered.slope, &covered.chi_square}) *share /= static_cast<double>(lines);
  return covered;
}

TEST(LineFit, ErrorsCoverTheTruthAsOftenAsTheySay) {
  const Coverage covered = coverage_of_lines(4000);
  std::printf("offset %.3f, slope %.3f, chi_square %.3f\n", covered.offset, covered.slope, covered.chi_square);
  EXPECT_NEAR(covered.offset, 0.683, 0.03);
  EXPECT_NEAR(covered.slope, 0.683, 0.03);
  EXPECT_NEAR(covered.chi_square, 0.9, 0.02);
}

}  // namespace
}  // namespace nxmc

// How transitions depend on size, of numbers that are made up and of those that are known.
#include "nxmc/phase/size_fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace nxmc {
namespace {

using testing::ElementsAre;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

JudgedTransition transition_of(int edge) {
  JudgedTransition judged{.lattice = {"hexagon", {edge, 0, 0}, 1}, .transition = {}, .verdict = {}, .histogram = {}};
  for (Estimate Transition::*member : {&Transition::equal_weight, &Transition::equal_height, &Transition::variance_peak,
                                       &Transition::peak_height, &Transition::jump})
    judged.transition.*member = {nan, nan};
  return judged;
}

double core_sites(int edge) { return 3.0 * edge * (edge - 1) + 1; }

/// Each with a value of the number of core sites.
std::vector<JudgedTransition> made_up(const std::vector<int>& edges, Estimate Transition::*member, double error,
                                      const std::function<double(double)>& value) {
  std::vector<JudgedTransition> all;
  for (const int edge : edges) {
    all.push_back(transition_of(edge));
    all.back().transition.*member = {value(core_sites(edge)), error};
  }
  return all;
}

TEST(SizeFit, FindsTheLineThatPlacesFollow) {
  const auto sizes =
      made_up({8, 10, 16, 24}, &Transition::variance_peak, 0.003, [](double n) { return -0.8 + 0.43 * std::sqrt(n); });
  const std::vector<SizeFit> fits = fits_of_sizes(sizes);
  ASSERT_EQ(fits.size(), 3U);
  EXPECT_EQ(fits[0].form, SizeForm::linear);
  EXPECT_NEAR(fits[0].a.mean, -0.8, 1e-9);
  EXPECT_NEAR(fits[0].b.mean, 0.43, 1e-9);
  EXPECT_NEAR(fits[0].chi_square, 0, 1e-9);
  EXPECT_EQ(fits[0].degrees_of_freedom, 2U);
  EXPECT_EQ(fits[0].judgement, FitJudgement::best);
  EXPECT_EQ(fits[1].judgement, FitJudgement::rejected);
  EXPECT_EQ(fits[2].judgement, FitJudgement::rejected);
  const auto trend = trend_of_place(fits);
  ASSERT_TRUE(trend);
  EXPECT_EQ(trend->trend, PlaceTrend::grows);
  EXPECT_EQ(trend->limit, &fits[1]) << "1/L changes less than 1/N";
  EXPECT_FALSE(trend_of_fluctuations(fits));
}

TEST(SizeFit, FindsALimit) {
  for (const SizeForm form : {SizeForm::inverse_length, SizeForm::inverse_sites}) {
    const double power = form == SizeForm::inverse_sites ? 1 : 0.5;
    const auto sizes = made_up({4, 6, 10, 16}, &Transition::equal_weight, 0.001,
                               [=](double n) { return 1.7 - 3 * std::pow(n, -power); });
    const std::vector<SizeFit> fits = fits_of_sizes(sizes);
    const auto trend = trend_of_place(fits);
    ASSERT_TRUE(trend);
    EXPECT_EQ(trend->trend, PlaceTrend::approaches);
    EXPECT_EQ(trend->limit->form, form);
    EXPECT_EQ(trend->limit->judgement, FitJudgement::best);
    EXPECT_NEAR(trend->limit->a.mean, 1.7, 1e-9);
    EXPECT_NEAR(trend->limit->b.mean, -3, 1e-9);
  }
}

TEST(SizeFit, OfTwoSizesHasNothingToTestItBy) {
  const std::vector<SizeFit> fits =
      fits_of_sizes(made_up({10, 16}, &Transition::equal_weight, 0.003, [](double n) { return std::sqrt(n); }));
  ASSERT_EQ(fits.size(), 1U) << "no limits: two sizes cannot support one";
  EXPECT_EQ(fits[0].form, SizeForm::linear);
  EXPECT_TRUE(std::isnan(fits[0].chi_square));
  EXPECT_TRUE(std::isnan(fits[0].probability));
  EXPECT_EQ(fits[0].judgement, FitJudgement::untested);
  EXPECT_EQ(trend_of_place(fits)->trend, PlaceTrend::untested);
  EXPECT_TRUE(fits_of_sizes(made_up({10}, &Transition::equal_weight, 0.003, [](double n) { return n; })).empty());
}

TEST(SizeFit, WithLargeErrorsDecidesNothing) {
  const std::vector<SizeFit> fits =
      fits_of_sizes(made_up({10, 16, 24}, &Transition::equal_weight, 5, [](double n) { return 0.43 * std::sqrt(n); }));
  EXPECT_EQ(fits[0].judgement, FitJudgement::best);
  EXPECT_EQ(fits[1].judgement, FitJudgement::described);
  EXPECT_EQ(trend_of_place(fits)->trend, PlaceTrend::undecided);
}

TEST(SizeFit, WithoutAFormThatDescribesThemSaysSo) {
  const auto jagged = [](double n) { return n > 500 && n < 1000 ? 20.0 : 5.0; };
  EXPECT_EQ(trend_of_place(fits_of_sizes(made_up({10, 16, 24}, &Transition::equal_weight, 0.01, jagged)))->trend,
            PlaceTrend::neither);
}

TEST(SizeFit, LeavesOutWhatHasNoError) {
  std::vector<JudgedTransition> sizes =
      made_up({6, 8, 10, 16, 24}, &Transition::equal_weight, 0.01, [](double n) { return std::sqrt(n); });
  sizes[1].transition.equal_weight = {77, nan};
  sizes[3].transition.equal_weight = {77, 0};
  sizes[4].transition.equal_weight = {nan, nan};
  const std::vector<SizeFit> fits = fits_of_sizes(sizes);
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_THAT(fits[0].sizes, ElementsAre(0, 2));
  EXPECT_NEAR(fits[0].b.mean, 1, 1e-9);
}

TEST(SizeFit, TellsTheOrderByTheGrowthOfFluctuations) {
  struct Case {
    double exponent;
    FluctuationTrend trend;
  };
  for (const auto& [exponent, trend] :
       {Case{0.65, FluctuationTrend::first_order}, Case{0, FluctuationTrend::first_order},
        Case{-0.5, FluctuationTrend::between}, Case{-1, FluctuationTrend::independent}}) {
    std::vector<JudgedTransition> sizes = made_up({10, 16, 24}, &Transition::peak_height, 1e-5,
                                                  [b = exponent](double n) { return 0.01 * std::pow(n / 721, b); });
    for (JudgedTransition& size : sizes) size.transition.jump = {0.2, 0.01};
    const std::vector<SizeFit> fits = fits_of_sizes(sizes);
    const auto found = trend_of_fluctuations(fits);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->trend, trend) << exponent;
    EXPECT_NEAR(found->height->b.mean, exponent, 1e-9);
    EXPECT_NEAR(found->height->a.mean, 0.01 * std::pow(721, -exponent), 1e-9);
    EXPECT_NEAR(found->jump->b.mean, 0, 1e-9);
  }
}

TEST(SizeFit, TellsNoOrderThatIsNotKnown) {
  const auto steady = [](double) { return 0.01; };
  std::vector<JudgedTransition> sizes = made_up({10, 16, 24}, &Transition::peak_height, 0.01, steady);
  EXPECT_EQ(trend_of_fluctuations(fits_of_sizes(sizes))->trend, FluctuationTrend::undecided);
  sizes = made_up({10, 16, 24}, &Transition::peak_height, 1e-4, steady);
  EXPECT_EQ(trend_of_fluctuations(fits_of_sizes(sizes))->trend, FluctuationTrend::first_order);
  for (JudgedTransition& size : sizes) size.transition.jump = {30 / core_sites(size.lattice.size[0]), 1e-4};
  EXPECT_EQ(trend_of_fluctuations(fits_of_sizes(sizes))->trend, FluctuationTrend::between) << "the jump shrinks";
  sizes[1].transition.peak_height.mean = 0.03;
  EXPECT_EQ(trend_of_fluctuations(fits_of_sizes(sizes))->trend, FluctuationTrend::no_power);
}

// One shell layer, k_BT = 0.2, c = 1/2.
TEST(SizeFit, OfHexagonsInAShellFindsNoLimit) {
  std::vector<JudgedTransition> sizes{transition_of(10), transition_of(16), transition_of(24)};
  sizes[0].transition.equal_weight = {6.303, 0.003};
  sizes[1].transition.equal_weight = {10.805, 0.003};
  sizes[2].transition.equal_weight = {16.8, 0.05};
  const std::vector<SizeFit> fits = fits_of_sizes(sizes);
  const auto trend = trend_of_place(fits);
  EXPECT_EQ(trend->trend, PlaceTrend::grows);
  EXPECT_NEAR(trend->line->b.mean, 0.433, 0.002);
}

TEST(SizeFit, OfCubesHasTheEdgeForLength) {
  std::vector<JudgedTransition> cubes;
  for (const int edge : {6, 8, 10}) {
    cubes.push_back(transition_of(edge));
    cubes.back().lattice = {"box", {edge, edge, edge}, 1};
    cubes.back().transition.equal_weight = {1 + 0.5 * edge, 0.01};
  }
  EXPECT_NEAR(fits_of_sizes(cubes)[0].b.mean, 0.5, 1e-9);
}

}  // namespace
}  // namespace nxmc

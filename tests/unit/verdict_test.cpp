#include "nxmc/phase/verdict.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace nxmc {
namespace {

Verdict of(const std::vector<StartAverage>& starts) { return judge(starts); }

TEST(Verdicts, NeedContrastingStartsThatAgree) {
  EXPECT_EQ(of({{"random", 0.30, 0.01, 500}, {"segregated", 0.31, 0.01, 500}}), Verdict::converged);
  EXPECT_EQ(of({{"random", 0.30, 0.01, 500}}), Verdict::one_start);
  EXPECT_EQ(of({{"random", 0.30, 0.01, 500}, {"random", 0.90, 0.01, 900}}), Verdict::one_start);
}

TEST(Verdicts, TellStartsThatDisagreeByMoreThanThreeCombinedErrors) {
  const double apart = most_errors_apart * std::hypot(0.01, 0.02);
  EXPECT_EQ(of({{"random", 0.3, 0.01, 500}, {"segregated", 0.3 + 1.01 * apart, 0.02, 500}}), Verdict::metastable);
  EXPECT_EQ(of({{"random", 0.3, 0.01, 500}, {"segregated", 0.3 + 0.99 * apart, 0.02, 500}}), Verdict::converged);
  EXPECT_EQ(of({{"random", 0.3, 0.01, 5}, {"segregated", 0.3 + 1.01 * apart, 0.02, 5}}), Verdict::metastable);
}

TEST(Verdicts, TellChainsThatAreTooShort) {
  EXPECT_EQ(of({{"random", 0.3, 0.01, 19.9}, {"segregated", 0.3, 0.01, 500}}), Verdict::too_short);
  EXPECT_EQ(of({{"random", 0.3, 0.01, 20.1}, {"segregated", 0.3, 0.01, 500}}), Verdict::converged);
}

TEST(Verdicts, BelieveNoAverageWhoseErrorIsNotKnown) {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(of({{"random", 0.3, unknown, unknown}, {"segregated", 0.9, 0.01, 500}}), Verdict::too_short);
}

TEST(Verdicts, TakeAChainThatNeverChangedForNoShortOne) {
  const double never = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(of({{"random", 0.0, 0, never}, {"segregated", 0.0, 0, never}}), Verdict::converged);
  EXPECT_EQ(of({{"random", 0.0, 0, never}, {"segregated", 0.5, 0, never}}), Verdict::metastable);
}

// f_U tells nothing of a core without united sites, whose other sites may be ordered or not.
TEST(Verdicts, AreThoseOfTheFractionThatIsKnownWorst) {
  const double never = std::numeric_limits<double>::quiet_NaN();
  const std::vector<StartAverage> same{{"random", 0, 0, never}, {"superlattice", 0, 0, never}};
  const std::vector<StartAverage> other{{"random", 0.1, 0.01, never}, {"superlattice", 0.9, 0.01, never}};
  EXPECT_EQ(judge(PointAverages{same, same, {}}), Verdict::converged);
  EXPECT_EQ(judge(PointAverages{same, other, {}}), Verdict::metastable);
  EXPECT_EQ(judge(PointAverages{same, {}, other}), Verdict::metastable);
  EXPECT_EQ(judge(PointAverages{other, same, {}}), Verdict::metastable);
}

TEST(Verdicts, WantCoresOfBothKindsWhereTheCompositionFluctuates) {
  const auto from = [](const std::vector<std::string>& starts) {
    PointAverages point;
    for (const std::string& start : starts) {
      point.front().push_back({start, 0.9, 0.01, 500});
      point.back().push_back({start, 0.03, 0.01, 500});
    }
    return judge(point);
  };
  EXPECT_EQ(from({"A", "B"}), Verdict::converged);
  EXPECT_EQ(from({"random", "A", "B"}), Verdict::converged);
  EXPECT_EQ(from({"random", "segregated"}), Verdict::one_start) << "both begin half and half";
  EXPECT_EQ(from({"random", "B"}), Verdict::one_start);
}

TEST(Verdicts, KnowPointsWithoutInteriorByTheirComposition) {
  PointAverages point;
  point.back() = {{"A", 0.44, 0.01, 500}, {"B", 0.43, 0.01, 500}};
  EXPECT_EQ(judge(point), Verdict::converged);
  point.back().back().mean = 0.6;
  EXPECT_EQ(judge(point), Verdict::metastable);
}

TEST(Verdicts, TakeRoundingForNoDifference) {
  EXPECT_EQ(of({{"random", 1, 1e-18, 500}, {"segregated", 1 - 1e-16, 1e-18, 500}}), Verdict::converged);
}

}  // namespace
}  // namespace nxmc

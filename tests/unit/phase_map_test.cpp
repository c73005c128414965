// Axes of maps, and boundaries between the points of a map.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "nxmc/phase/map_boundary.hpp"
#include "nxmc/phase/parameters.hpp"
#include "nxmc/phase/phase_map.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string refusal(const std::string& text) {
  try {
    parse_map_axes(text);
  } catch (const QueryError& error) {
    return error.what();
  }
  return "";
}

TEST(MapAxes, AreTwoParametersThatHaveAnOrder) {
  const MapAxes axes = parse_map_axes("shell_stiffness, size");
  EXPECT_EQ(axes.x, "shell_stiffness");
  EXPECT_EQ(axes.y, "size");
  EXPECT_FALSE(axes.in_time());
  EXPECT_TRUE(parse_map_axes("time,delta_mu").in_time());
  EXPECT_TRUE(parse_map_axes("delta_mu,time").in_time());
}

TEST(MapAxes, RefusedSayWhatToWriteInstead) {
  EXPECT_THAT(refusal("size"), HasSubstr("'size' is not two parameters; write for example shell_stiffness,size"));
  EXPECT_THAT(refusal(""), HasSubstr("is not two parameters"));
  EXPECT_THAT(refusal("size,size"), HasSubstr("'size' twice"));
  EXPECT_THAT(refusal("size,lattice"), HasSubstr("'lattice' is no axis of maps of equilibrium; write two of"));
  EXPECT_THAT(refusal("time,composition"), HasSubstr("'composition' is no axis of maps in time"));
  EXPECT_THAT(refusal("size,shell stiffness"), HasSubstr("'shell stiffness' is no axis"));
  EXPECT_THAT(refusal(" , "), HasSubstr("'' twice"));
  EXPECT_THAT(refusal("size,temperature,time"), HasSubstr("is not two parameters"));
}

MapPoint point(double x, double y, const std::string& phase, Verdict verdict = Verdict::converged,
               const std::string& temperature = "0.2") {
  return {.parameters = {std::to_string(x), std::to_string(y), temperature},
          .x = x,
          .y = y,
          .fractions = {},
          .phase = phase,
          .verdict = verdict};
}

/// A row of points one layer apart, one letter each.
std::vector<MapPoint> row(double y, const std::string& phases) {
  std::vector<MapPoint> points;
  for (std::size_t k = 0; k < phases.size(); ++k) points.push_back(point(static_cast<double>(k), y, {phases[k]}));
  return points;
}

PhaseMap map_of(std::vector<MapPoint> points) {
  return {.axes = {.x = "shell_layers", .y = "size"},
          .parameters = {"shell_layers", "size", "temperature"},
          .words = {},
          .fractions = {},
          .points = std::move(points),
          .points_without_results = 0,
          .warnings = {}};
}

TEST(MapBoundaries, AreHalfWayWithAnErrorThatReachesBoth) {
  const auto places = boundaries_of(map_of({point(1, 8, "U"), point(2, 8, "U"), point(5, 8, "S")}));
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(places[0].x.mean, 3.5);
  EXPECT_EQ(places[0].x.error, 1.5);
  EXPECT_EQ(places[0].low, 2);
  EXPECT_EQ(places[0].high, 5);
  EXPECT_EQ(places[0].y, 8);
  EXPECT_EQ(places[0].below, "U");
  EXPECT_EQ(places[0].above, "S");
  EXPECT_EQ(places[0].kind, BoundaryKind::step);
  EXPECT_EQ(places[0].line, 1U);
}

TEST(MapBoundaries, DoNotLeadFromOneRowToTheNext) {
  EXPECT_THAT(boundaries_of(map_of({point(1, 8, "U"), point(2, 8, "U"), point(1, 9, "S"), point(2, 9, "S")})),
              IsEmpty());
  EXPECT_THAT(boundaries_of(map_of({point(1, 8, "U"), point(2, 8, "S", Verdict::converged, "0.3")})), IsEmpty());
  EXPECT_THAT(boundaries_of(map_of({})), IsEmpty());
}

TEST(MapBoundaries, JoinWhereTheSamePhasesMeetForTheSameTime) {
  std::vector<MapPoint> points = row(8, "USUS");
  std::ranges::move(row(9, "UUUS"), std::back_inserter(points));
  std::ranges::move(row(10, "USU0"), std::back_inserter(points));
  points.push_back(point(0, 8, "U", Verdict::converged, "0.3"));
  points.push_back(point(1, 8, "S", Verdict::converged, "0.3"));
  std::vector<std::string> lines;
  for (const BoundaryPlace& place : boundaries_of(map_of(points)))
    lines.push_back(fmt::format("{}: {}{} {} {}", place.line, place.below, place.above, place.y, place.x.mean));
  EXPECT_THAT(lines, ElementsAre("1: US 8 0.5", "1: US 9 2.5", "1: US 10 0.5",  //
                                 "2: SU 8 1.5", "2: SU 10 1.5",                 //
                                 "3: US 8 2.5", "4: U0 10 2.5", "5: US 8 0.5"));
}

TEST(MapBoundaries, AreMissingInRowsOfOnePhase) {
  std::vector<MapPoint> points = row(8, "UUS");
  std::ranges::move(row(9, "SSS"), std::back_inserter(points));
  points.push_back(point(4, 10, "U"));
  std::vector<std::string> rows;
  for (const UnchangedRow& one : rows_without_boundary(map_of(points)))
    rows.push_back(fmt::format("{} {} {}-{}", one.phase, one.points, one.low, one.high));
  EXPECT_THAT(rows, ElementsAre("S 3 0-2", "U 1 4-4"));
}

TEST(MapBoundaries, AreAsDoubtfulAsTheWorseOfTheirPoints) {
  const auto verdict = [](Verdict low, Verdict high) {
    return boundaries_of(map_of({point(1, 8, "U", low), point(2, 8, "S", high), point(3, 8, "S", Verdict::metastable)}))
        .at(0)
        .verdict;
  };
  EXPECT_EQ(verdict(Verdict::converged, Verdict::converged), Verdict::converged);
  EXPECT_EQ(verdict(Verdict::one_start, Verdict::converged), Verdict::one_start);
  EXPECT_EQ(verdict(Verdict::one_start, Verdict::too_short), Verdict::too_short);
  EXPECT_EQ(verdict(Verdict::metastable, Verdict::too_short), Verdict::metastable);
}

/// Points of the parameters that transitions know, at stiffnesses 1, 2, 3 …
PhaseMap stiffness_map(const std::string& phases) {
  PhaseMap map{.axes = {.x = "shell_stiffness", .y = "size"},
               .parameters = parameters_of_points(),
               .words = {},
               .fractions = {},
               .points = {},
               .points_without_results = 0,
               .warnings = {}};
  for (std::size_t k = 0; k < phases.size(); ++k) {
    Physics physics;
    physics.lattice = {.shape = "hexagon", .size = {6, 0, 0}, .shell_layers = 1};
    physics.shell_stiffness = static_cast<double>(k + 1);
    map.points.push_back({.parameters = words_of_parameters(physics),
                          .x = physics.shell_stiffness,
                          .y = 6,
                          .fractions = {},
                          .phase = {phases[k]},
                          .verdict = Verdict::converged});
  }
  return map;
}

JudgedTransition transition(double place, double from, double to) {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  JudgedTransition judged;
  judged.lattice = {.shape = "hexagon", .size = {6, 0, 0}, .shell_layers = 1};
  judged.composition = Physics().composition;
  judged.transition.others.temperature = Physics().temperature;
  judged.transition.equal_weight = {unknown, unknown};
  judged.transition.variance_peak = {place, 0.1};
  judged.transition.from = from;
  judged.transition.to = to;
  judged.verdict = Verdict::one_start;
  return judged;
}

TEST(MapBoundaries, AreTransitionsInsteadOfTheStepsBetweenTheirPoints) {
  const PhaseMap map = stiffness_map("US0U0SS");
  const auto places = boundaries_of(map, std::vector{transition(4.6, 4, 7)});
  ASSERT_EQ(places.size(), 4U) << "further steps stay";
  const auto peak = std::ranges::find(places, BoundaryKind::variance_peak, &BoundaryPlace::kind);
  ASSERT_NE(peak, places.end());
  EXPECT_EQ(peak->x.mean, 4.6);
  EXPECT_EQ(peak->x.error, 0.1);
  EXPECT_EQ(peak->below + peak->above, "US");
  EXPECT_EQ(peak->low, 4);
  EXPECT_EQ(peak->high, 6) << "at 5 it is neither";
  EXPECT_EQ(peak->verdict, Verdict::one_start);
  EXPECT_EQ(std::ranges::count(places, BoundaryKind::step, &BoundaryPlace::kind), 3);
}

// As in large cores, where f_S overtakes f_U long before the core turns.
TEST(MapBoundaries, AreTransitionsAlsoWhereTheSamePhaseIsOnBothSides) {
  const auto only_place = [](const std::string& phases, const JudgedTransition& judged) {
    const auto places = boundaries_of(stiffness_map(phases), std::vector{judged});
    EXPECT_EQ(places.size(), 1U);
    return places.at(0);
  };
  const BoundaryPlace below = only_place("UUSSSS", transition(5.2, 4, 6));
  EXPECT_EQ(below.kind, BoundaryKind::variance_peak);
  EXPECT_EQ(below.x.mean, 5.2);
  EXPECT_EQ(below.below + below.above, "US");
  EXPECT_EQ(below.low, 2);
  EXPECT_EQ(below.high, 6);
  const BoundaryPlace above = only_place("UUUUSS", transition(1.8, 1, 3));
  EXPECT_EQ(above.x.mean, 1.8);
  EXPECT_EQ(above.below + above.above, "US");
  EXPECT_EQ(above.low, 1);
  EXPECT_EQ(above.high, 5);
  EXPECT_THAT(boundaries_of(stiffness_map("SSSS"), std::vector{transition(2.2, 2, 3)}), IsEmpty());
  const auto both = boundaries_of(stiffness_map("U0SSSS"), std::vector{transition(5.2, 4, 6)});
  ASSERT_EQ(both.size(), 2U) << "what lies further away stays";
  EXPECT_EQ(both[0].below + both[0].above, "U0");
  EXPECT_EQ(both[1].below + both[1].above, "0S");
}

TEST(MapBoundaries, AreStepsWhereATransitionIsOfOtherChainsOrOfOnePhase) {
  const PhaseMap map = stiffness_map("U0S");
  const auto kinds = [&](const JudgedTransition& judged) {
    std::vector<BoundaryKind> all;
    for (const BoundaryPlace& place : boundaries_of(map, std::vector{judged})) all.push_back(place.kind);
    return all;
  };
  const auto steps = ElementsAre(BoundaryKind::step, BoundaryKind::step);
  EXPECT_THAT(kinds(transition(2.2, 1, 3)), ElementsAre(BoundaryKind::variance_peak));
  JudgedTransition other = transition(2.2, 1, 3);
  other.lattice.size[0] = 7;
  EXPECT_THAT(kinds(other), steps);
  EXPECT_THAT(kinds(transition(std::numeric_limits<double>::quiet_NaN(), 1, 3)), steps);
  EXPECT_THAT(kinds(transition(3.5, 1, 3)), steps) << "beyond its points";
  EXPECT_THAT(kinds(transition(2.2, 1.5, 3)), steps) << "not told from points of the map";
}

}  // namespace
}  // namespace nxmc

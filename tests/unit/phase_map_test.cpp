// Axes of maps, and boundaries between the points of a map.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "nxmc/phase/map_boundary.hpp"
#include "nxmc/phase/phase_map.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {
namespace {

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
  EXPECT_THAT(refusal("size,delta_mu"), HasSubstr("write time,delta_mu"));
  EXPECT_THAT(refusal("size,temperature,time"), HasSubstr("'temperature,time' is no axis"));
}

MapPoint point(double x, double y, const std::string& phase, const std::string& verdict = "converged",
               const std::string& temperature = "0.2") {
  return {.parameters = {std::to_string(x), std::to_string(y), temperature},
          .x = x,
          .y = y,
          .fractions = {},
          .phase = phase,
          .verdict = verdict};
}

PhaseMap map_of(std::vector<MapPoint> points) {
  return {.axes = {.x = "shell_layers", .y = "size"},
          .parameters = {"shell_layers", "size", "temperature"},
          .fractions = {},
          .points = std::move(points),
          .warnings = {}};
}

TEST(StepsBetweenPoints, AreHalfWayWithAnErrorThatReachesBoth) {
  const auto steps = steps_between_points(map_of({point(1, 8, "U"), point(2, 8, "U"), point(5, 8, "S")}));
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].x.mean, 3.5);
  EXPECT_EQ(steps[0].x.error, 1.5);
  EXPECT_EQ(steps[0].low, 2);
  EXPECT_EQ(steps[0].high, 5);
  EXPECT_EQ(steps[0].y, 8);
  EXPECT_EQ(steps[0].below, "U");
  EXPECT_EQ(steps[0].above, "S");
  EXPECT_EQ(steps[0].kind, BoundaryKind::step);
}

TEST(StepsBetweenPoints, DoNotLeadFromOneRowToTheNext) {
  EXPECT_THAT(steps_between_points(map_of({point(1, 8, "U"), point(2, 8, "U"), point(1, 9, "S"), point(2, 9, "S")})),
              IsEmpty());
  EXPECT_THAT(steps_between_points(map_of({point(1, 8, "U"), point(2, 8, "S", "converged", "0.3")})), IsEmpty());
  EXPECT_THAT(steps_between_points(map_of({})), IsEmpty());
}

TEST(StepsBetweenPoints, AreAsDoubtfulAsTheWorseOfTheirPoints) {
  const auto verdict = [](const std::string& low, const std::string& high) {
    return steps_between_points(map_of({point(1, 8, "U", low), point(2, 8, "S", high), point(3, 8, "S", "metastable")}))
        .at(0)
        .verdict;
  };
  EXPECT_EQ(verdict("converged", "converged"), "converged");
  EXPECT_EQ(verdict("one start", "converged"), "one start");
  EXPECT_EQ(verdict("one start", "short"), "short");
  EXPECT_EQ(verdict("metastable", "short"), "metastable");
}

}  // namespace
}  // namespace nxmc

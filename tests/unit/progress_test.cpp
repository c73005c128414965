#include "progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace nxmc {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Clock = ProgressLine::Clock;
using Place = ProgressLine::Place;

Counts counts(std::uint64_t done, std::uint64_t failed = 0) {
  return {.total = 5000, .done = done, .truncated = 0, .failed = failed};
}

/// The times of the lines when there could be one every second, and a steady job per second.
std::vector<std::chrono::seconds> times_of_lines(Place place, std::chrono::seconds duration) {
  const Clock::time_point start{};
  ProgressLine line(place, counts(0), start);
  std::vector<std::chrono::seconds> times;
  for (auto after = 1s; after <= duration; after += 1s) {
    const auto done = static_cast<std::uint64_t>(after.count());
    if (line.at(start + after, {.counts = counts(done)})) times.push_back(after);
  }
  return times;
}

TEST(ProgressLine, SaysInOneSentenceHowFarTheRunIs) {
  const Clock::time_point start{};
  ProgressLine line(Place::log, counts(748), start);
  const auto text = line.at(start + 60s, {.counts = counts(1234, 3), .seconds_left = 460, .ranks = 4, .busy = 4});
  EXPECT_EQ(text, "1234 of 5000 jobs done (24.7 %), 3 failed, 8.15 jobs/s, 7 min 40 s left, 4 of 4 ranks busy");
  std::ifstream file(std::filesystem::path(NXMC_TEST_DATA).parent_path().parent_path() / "slurm" / "README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(readme, HasSubstr(" info " + text.value_or("") + "\n"));
}

TEST(ProgressLine, LeavesOutWhatIsNotThere) {
  const Clock::time_point start{};
  ProgressLine line(Place::log, counts(7), start);
  EXPECT_EQ(line.at(start + 60s, {.counts = counts(7), .seconds_left = 7200, .ranks = 1, .busy = 1}),
            "7 of 5000 jobs done (0.1 %), 2 h 0 min left, 1 of 1 rank busy");
}

TEST(ProgressLine, IsNotWholeBeforeAllIsDone) {
  const Clock::time_point start{};
  ProgressLine line(Place::terminal, counts(0), start);
  EXPECT_THAT(line.at(start + 10s, {.counts = counts(4999)}).value_or(""), HasSubstr("(99.9 %)"));
  EXPECT_THAT(line.at(start + 20s, {.counts = counts(5000)}).value_or(""), HasSubstr("(100.0 %)"));
}

TEST(ProgressLine, ComesToALogAfterAMinuteThenEveryFive) {
  EXPECT_THAT(times_of_lines(Place::log, 1000s), ElementsAre(60s, 360s, 660s, 960s));
  EXPECT_LE(times_of_lines(Place::log, 86400s).size(), 300U);
}

TEST(ProgressLine, LeavesTheLogOfAShortRunAlone) { EXPECT_THAT(times_of_lines(Place::log, 59s), IsEmpty()); }

TEST(ProgressLine, RenewsItselfOnATerminal) { EXPECT_EQ(times_of_lines(Place::terminal, 100s).size(), 100U); }

TEST(ProgressLine, TellsThePaceOfTheLastMinutesNotThatOfASlowBeginning) {
  const Clock::time_point start{};
  ProgressLine line(Place::log, counts(0), start);
  std::string last;
  for (auto after = 1s; after <= 3600s; after += 1s) {
    const auto done = static_cast<std::uint64_t>(after < 1800s ? 0 : 2 * (after.count() - 1800));
    if (auto text = line.at(start + after, {.counts = counts(done)})) last = *text;
  }
  EXPECT_THAT(last, HasSubstr(", 2 jobs/s, "));
}

TEST(ProgressLine, KeepsThePaceWhileLongJobsAreUnderWay) {
  const Clock::time_point start{};
  ProgressLine line(Place::log, counts(0), start);
  EXPECT_THAT(line.at(start + 60s, {.counts = counts(0)}).value_or(""), Not(HasSubstr("jobs/")));
  for (const auto after : {360s, 660s, 960s, 3600s})
    EXPECT_THAT(line.at(start + after, {.counts = counts(1)}).value_or(""), HasSubstr(" jobs/h, ")) << after.count();
}

}  // namespace
}  // namespace nxmc

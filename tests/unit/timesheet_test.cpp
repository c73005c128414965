// What a rank says of its time.
#include "timesheet.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace nxmc {
namespace {

/// Until the clock has gone on.
void pass_time() {
  const auto before = Timesheet::Clock::now();
  while (Timesheet::Clock::now() == before) std::this_thread::yield();
}

void work_on(Timesheet& sheet) {
  const Timesheet::Work work(sheet);
  pass_time();
}

TEST(Timesheet, SharesOfSeveralStepsAddUpToTheWhole) {
  Timesheet sheet(Timesheet::Clock::now());
  for (int step = 0; step < 3; ++step) {
    pass_time();
    sheet.ready();
    work_on(sheet);
    work_on(sheet);
  }
  pass_time();
  const Timesheet::Shares shares = sheet.shares();
  EXPECT_GT(shares.starting, 0);
  EXPECT_GT(shares.working, 0);
  EXPECT_GT(shares.idle_at_end, 0);
  EXPECT_LE(shares.starting + shares.working + shares.idle_at_end, shares.total + 1e-9);
}

TEST(Timesheet, DoesNotCountWaitingAsWork) {
  Timesheet sheet(Timesheet::Clock::now());
  work_on(sheet);
  const double working = sheet.shares().working;
  {
    Timesheet::Work waiting(sheet);
    pass_time();
    waiting.discard();
  }
  EXPECT_EQ(sheet.shares().working, working);
}

}  // namespace
}  // namespace nxmc

// What a rank says of its time.
#include "timesheet.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace nxmc {
namespace {

void pass_time() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

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
  EXPECT_GE(shares.starting, 0.006);
  EXPECT_GE(shares.working, 0.012);
  EXPECT_GE(shares.idle_at_end, 0.002);
  EXPECT_LE(shares.starting + shares.working + shares.idle_at_end, shares.total + 1e-9);
}

}  // namespace
}  // namespace nxmc

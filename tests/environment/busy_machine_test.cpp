// Machines whose processors others want, too.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>

#include "nxmc/archive/archive.hpp"
#include "nxmc/schedule/rhythm.hpp"
#include "program.hpp"

namespace nxmc {
namespace {

using testing_tools::TemporaryDirectory;

/// From the start of the first job to the end of the last one.
struct Work {
  double seconds = 0;
  double looks = 0;  ///< at messages, when there were none
};

Work run_short_jobs() {
  const TemporaryDirectory directory;
  testing_tools::write_file(directory / "short.yaml",
                            "name: short\nscans: [{name: s, method: exchange, lattice: hexagon, size: 2, interaction: "
                            "none, delta_mu: -5, replicas: 10000, times: [0.01], max_events: 20}]\n");
  const testing_tools::Outcome outcome = testing_tools::run_program(
      {NXMC_PROGRAM, "run", "short.yaml"}, {{"LD_PRELOAD", NXMC_COUNT_LOOKS}, {"NXMC_LOOKS", directory / "looks"}},
      directory.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto status = Archive::open(directory / "short.h5").status();
  const Work work{std::ranges::max(status, {}, &JobStatus::finished).finished -
                      std::ranges::min(status, {}, &JobStatus::started).started,
                  std::stod(testing_tools::read_file(directory / "looks"))};
  std::cout << work.looks << " looks in " << work.seconds << " s\n";
  return work;
}

// On a busy machine each look may give the processor away: after each of 10 000 jobs of microseconds that made minutes
// of less than a second. There are messages of two kinds, and some more looks before the first job and after the last
// one.
TEST(BusyMachine, ShortJobsAreNotFollowedByALookAtMessagesEach) {
  const Work work = run_short_jobs();
  EXPECT_GT(work.looks, 0);
  EXPECT_LE(work.looks, 2 * work.seconds / std::chrono::duration<double>(listen_interval).count() + 200);
}

}  // namespace
}  // namespace nxmc

#include "listening.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace nxmc {
namespace {

using namespace std::chrono_literals;
using Clock = Listening::Clock;

/// A rank that works and looks at messages, by a clock that goes as the test says.
class ListeningRank : public testing::Test {
 protected:
  /// Works in jobs of such a length for a second. \returns the time that it spent on looks
  Clock::duration spend_a_second(Clock::duration job, Clock::duration look, bool at_once = false) {
    Clock::duration looked{};
    for (const Clock::time_point end = now_ + 1s; now_ < end;) {
      now_ += job;
      listening_.listen_if_due(at_once, [&] {
        now_ += look;
        looked += look;
        ++looks_;
      });
    }
    return looked;
  }

  int looks() const { return looks_; }

 private:
  Clock::time_point now_{};
  int looks_ = 0;
  Listening listening_{listen_interval, [this] { return now_; }};
};

TEST_F(ListeningRank, LooksAfterEachJobThatIsLong) {
  spend_a_second(100ms, 1us);
  EXPECT_EQ(looks(), 10);
}

TEST_F(ListeningRank, LooksNowAndThenWhereJobsAreShort) {
  spend_a_second(20us, 1us);
  EXPECT_LE(looks(), 1s / listen_interval + 1);
  EXPECT_GE(looks(), 1s / (listen_interval + 40us));
}

TEST_F(ListeningRank, WorksTenTimesAsLongAsALookTakes) {
  EXPECT_LE(spend_a_second(20us, 500us), 100ms);
  EXPECT_GE(looks(), 150);
}

// Others on the machine have the processor meanwhile; whoever sent a message shall not wait for much longer.
TEST_F(ListeningRank, WorksForASliceWhereLooksTakeForEver) {
  spend_a_second(20us, 10ms);
  EXPECT_GE(looks(), 1s / (slice + 10ms + 40us));
  EXPECT_LE(looks(), 1s / (slice + 10ms) + 1);
}

TEST_F(ListeningRank, LooksAtOnceWhereSomebodyIsAboutToSpeak) {
  spend_a_second(1ms, 10ms, true);
  EXPECT_EQ(looks(), 91);
}

}  // namespace
}  // namespace nxmc

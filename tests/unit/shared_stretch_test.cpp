// Ladders that several parties move, with a transport that delivers when it likes: the bits are those of one party.
#include "nxmc/engine/shared_stretch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ladder_rungs.hpp"

namespace nxmc {
namespace {

using testing_tools::make_ladder;
using testing_tools::replica_stream;
using testing_tools::Rungs;
using testing_tools::schedule_of;
using testing_tools::with_samples;
using Shares = std::vector<std::size_t>;

constexpr std::uint64_t exchange_every = 5;

/// An owner, its helpers, and letters on their way: each pair's arrive in order, those of different pairs in any.
class Parties {
 public:
  Parties(const std::vector<Rung>& rungs, std::uint64_t seed) : rungs_(rungs), random_(seed) {}

  void begin(Ladder& ladder, std::uint64_t exchanges, const Shares& shares) {
    stretch_ = std::make_unique<SharedStretch>(ladder, ladder.next_stretch(exchanges), shares);
    parties_ = 1 + *std::ranges::max_element(shares);
    told_.assign(parties_, false);
    done_.assign(parties_, false);
  }

  bool step() {
    const std::size_t party = random_() % parties_;
    deliver();
    if (party == 0) {
      stretch_->advance();
      post(0, stretch_->take_letters());
    } else {
      step_of_helper(party);
    }
    return !stretch_->complete();
  }

  SharedStretch& stretch() { return *stretch_; }
  /// Helpers forget what they were at, and letters get lost.
  void give_up() { on_their_way_.clear(); }

 private:
  void step_of_helper(std::size_t party) {
    if (!helpers_.contains(party))
      helpers_.emplace(party, StretchHelp([this](std::size_t rung) { return rungs_[rung]; }, replica_stream(99)));
    StretchHelp& helper = helpers_.at(party);
    if (!told_[party]) {
      told_[party] = true;
      helper.begin(stretch_->task(party));
    } else if (!done_[party]) {
      helper.advance();
    }
    post(party, helper.take_letters());
    if (done_[party] || !helper.finished()) return;
    done_[party] = true;
    stretch_->take_result(helper.result());
  }

  void post(std::size_t from, const std::vector<Parcel>& parcels) {
    for (const Parcel& parcel : parcels) on_their_way_[{from, parcel.party}].push_back(parcel.bytes);
  }

  void deliver() {
    for (auto& [pair, letters] : on_their_way_) {
      const std::size_t to = pair.second;
      const bool begun = to == 0 || told_[to];
      if (letters.empty() || !begun || random_() % 3 != 0) continue;
      if (to == 0)
        stretch_->receive(letters.front());
      else
        helpers_.at(to).receive(letters.front());
      post(to, to == 0 ? stretch_->take_letters() : helpers_.at(to).take_letters());
      letters.pop_front();
      return;
    }
  }

  std::vector<Rung> rungs_;
  std::mt19937_64 random_;
  std::unique_ptr<SharedStretch> stretch_;
  std::map<std::size_t, StretchHelp> helpers_;
  std::map<std::pair<std::size_t, std::size_t>, std::deque<std::vector<std::byte>>> on_their_way_;
  std::size_t parties_ = 0;
  std::vector<bool> told_;
  std::vector<bool> done_;
};

/// With one rung of each party at least.
Shares random_shares(std::size_t rungs, std::size_t parties, std::mt19937_64& random) {
  Shares shares(rungs);
  for (std::size_t rung = 0; rung < rungs; ++rung) shares[rung] = rung < parties ? rung : random() % parties;
  std::ranges::shuffle(shares, random);
  return shares;
}

void share(Parties& parties, Ladder& ladder, std::uint64_t exchanges, const Shares& shares) {
  parties.begin(ladder, exchanges, shares);
  while (parties.step()) {
  }
  parties.stretch().conclude();
}

TEST(SharedStretch, HasTheBitsOfOnePartyWhoeverMovesWhat) {
  std::mt19937_64 random(7);
  const Schedule schedule = with_samples(schedule_of(13, 190));
  for (const std::size_t count : {2U, 3U, 4U, 7U}) {
    std::vector<double> stiffnesses;
    for (std::size_t k = 0; k < count; ++k) stiffnesses.push_back(2 + 0.6 * static_cast<double>(k));
    const Rungs rungs(stiffnesses, {0.3});
    for (int trial = 0; trial < 12; ++trial) {
      Ladder alone = make_ladder(rungs, schedule, exchange_every);
      Ladder shared = make_ladder(rungs, schedule, exchange_every);
      Parties parties(rungs.with(schedule, exchange_every), random());
      while (!shared.finished()) {
        if (random() % 4 == 0) shared.advance(1 + random() % 9);  // a stretch need not begin at an exchange
        const Shares shares = random_shares(count, 1 + random() % count, random);
        if (!shared.finished()) share(parties, shared, 1 + random() % 12, shares);
        alone.advance(shared.sweeps() - alone.sweeps());
        ASSERT_EQ(shared.save(), alone.save()) << "at sweep " << shared.sweeps() << " of " << count << " rungs";
      }
      for (std::size_t rung = 0; rung < count; ++rung)
        EXPECT_EQ(shared.record(rung).final_state, alone.record(rung).final_state);
      EXPECT_EQ(shared.record(0).configurations, alone.record(0).configurations);
    }
  }
}

TEST(SharedStretch, ThatIsAbandonedAnywhereLeavesTheLadderAsItWas) {
  std::mt19937_64 random(11);
  const Schedule schedule = with_samples(schedule_of(13, 190));
  const Rungs rungs({2, 3, 4, 5}, {0.3});
  Ladder alone = make_ladder(rungs, schedule, exchange_every);
  Ladder shared = make_ladder(rungs, schedule, exchange_every);
  Parties parties(rungs.with(schedule, exchange_every), 3);
  while (!shared.finished()) {
    const std::vector<std::byte> before = shared.save();
    parties.begin(shared, 6, random_shares(4, 1 + random() % 4, random));
    for (std::uint64_t k = random() % 150; k > 0; --k) parties.step();
    parties.stretch().abandon();
    parties.give_up();
    ASSERT_EQ(shared.save(), before);
    if (random() % 2 == 0)
      shared.advance(7);
    else
      share(parties, shared, 3, random_shares(4, 2, random));
    alone.advance(shared.sweeps() - alone.sweeps());
    ASSERT_EQ(shared.save(), alone.save());
  }
}

TEST(SharedStretch, EndsBeforeTheExchangeThatItsLastSweepMakesDue) {
  const Rungs rungs({2, 3, 4}, {0.3});
  Ladder ladder = make_ladder(rungs, schedule_of(0, 23), exchange_every);
  EXPECT_EQ(ladder.next_stretch(1).end, 5U);
  ladder.advance(5);
  EXPECT_EQ(ladder.next_stretch(1).exchanged, 0U);
  EXPECT_EQ(ladder.next_stretch(1).end, 10U);
  ladder.advance(2);
  EXPECT_EQ(ladder.next_stretch(2).begin, 7U);
  EXPECT_EQ(ladder.next_stretch(2).end, 15U);
  EXPECT_EQ(ladder.next_stretch(100).end, 23U);
}

TEST(SharedStretch, TellsHowLongRungsTookAndWhatOthersComputed) {
  const Rungs rungs({2, 3, 4}, {0.3});
  const Schedule schedule = schedule_of(0, 200);
  Ladder ladder = make_ladder(rungs, schedule, exchange_every);
  Parties parties(rungs.with(schedule, exchange_every), 1);
  share(parties, ladder, 20, {0, 1, 0});
  const std::vector<double> seconds = parties.stretch().seconds_of_rungs();
  ASSERT_EQ(seconds.size(), 3U);
  for (const double of_rung : seconds) EXPECT_GT(of_rung, 0);
  EXPECT_DOUBLE_EQ(parties.stretch().seconds_of_helpers(), seconds[1]);
}

TEST(SharedStretch, HelpsNobodyWithStatesOfAnotherLadder) {
  const Schedule schedule = schedule_of(0, 200);
  const Rungs rungs({2, 3}, {0.3});
  const Rungs others({2, 4}, {0.3});
  Ladder ladder = make_ladder(rungs, schedule, exchange_every);
  SharedStretch stretch(ladder, ladder.next_stretch(3), {0, 1});
  const std::vector<Rung> wrong = others.with(schedule, exchange_every);
  StretchHelp help([&](std::size_t rung) { return wrong[rung]; }, replica_stream(99));
  EXPECT_THROW(help.begin(stretch.task(1)), std::runtime_error);
}

}  // namespace
}  // namespace nxmc

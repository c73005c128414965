// Ladders: what they keep, what they count, and continuation from saved states.
#include "nxmc/engine/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "ladder_rungs.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {
namespace {

using testing_tools::make_ladder;
using testing_tools::replica_stream;
using testing_tools::Rungs;
using testing_tools::schedule_of;
using testing_tools::with_samples;

std::vector<std::uint64_t> accepted_of(const Ladder& ladder) {
  std::vector<std::uint64_t> accepted;
  for (const Exchanges& pair : ladder.traffic().between) accepted.push_back(pair.accepted);
  return accepted;
}

void expect_same(const Ladder& a, const Ladder& b) {
  ASSERT_EQ(a.rungs(), b.rungs());
  for (std::size_t rung = 0; rung < a.rungs(); ++rung) {
    EXPECT_EQ(a.sigma(rung), b.sigma(rung)) << rung;
    EXPECT_EQ(a.record(rung).final_state, b.record(rung).final_state) << rung;
  }
  EXPECT_EQ(accepted_of(a), accepted_of(b));
  EXPECT_EQ(a.traffic().round_trips, b.traffic().round_trips);
  EXPECT_EQ(a.traffic().restarts, b.traffic().restarts);
  EXPECT_EQ(a.save(), b.save());
}

TEST(Ladder, GivesTheSameBitsInPiecesOfAnyLength) {
  const Rungs rungs({2, 3, 4, 6}, {0.3});
  const Schedule schedule = schedule_of(20, 203);
  Ladder whole = make_ladder(rungs, schedule);
  EXPECT_EQ(whole.advance(1000), 223U);
  EXPECT_TRUE(whole.finished());
  for (const std::uint64_t accepted : accepted_of(whole)) EXPECT_GT(accepted, 0U);
  for (const std::uint64_t piece : {1U, 3U, 5U, 17U}) {
    Ladder pieces = make_ladder(rungs, schedule);
    while (!pieces.finished()) pieces.advance(piece);
    expect_same(pieces, whole);
  }
}

TEST(Ladder, GoesOnFromItsStateAfterAnySweep) {
  const Rungs rungs({2, 4}, {0.3, 0.4});
  const Schedule schedule = schedule_of(10, 41);
  Ladder whole = make_ladder(rungs, schedule);
  whole.advance(1000);
  for (std::uint64_t stop = 0; stop <= 51; ++stop) {
    Ladder before = make_ladder(rungs, schedule);
    before.advance(stop);
    Ladder after = make_ladder(rungs, schedule);
    after.load(before.save());
    EXPECT_EQ(after.sweeps(), stop);
    after.advance(1000);
    expect_same(after, whole);
  }
}

/// A ladder that goes on from the records of another one.
Ladder go_on(const Rungs& rungs, const Schedule& schedule, const std::vector<Record>& records) {
  Ladder ladder = make_ladder(rungs, schedule);
  std::vector<RungEnd> ends;
  ends.reserve(records.size());
  for (const Record& record : records) ends.push_back({record.final_state, {4, record.configurations}});
  ladder.continue_from(ends);
  return ladder;
}

std::vector<Record> records_of(const Ladder& ladder) {
  std::vector<Record> records;
  for (std::size_t rung = 0; rung < ladder.rungs(); ++rung) records.push_back(ladder.record(rung));
  return records;
}

// Where an exchange was due at its end and where not, in the equilibration of nothing and after it.
TEST(Ladder, ThatMeasuresForLongerGoesOnFromTheRecordsOfAShorterOne) {
  const Rungs rungs({2, 3, 4, 6, 7}, {0.3});
  for (const std::uint64_t equilibration : {0U, 10U}) {
    Ladder whole = make_ladder(rungs, with_samples(schedule_of(equilibration, 160)));
    whole.advance(1000);
    for (const std::uint64_t measured : {1U, 2U, 5U, 10U, 39U, 40U, 41U, 80U}) {
      Ladder shorter = make_ladder(rungs, with_samples(schedule_of(equilibration, measured)));
      shorter.advance(1000);
      Ladder longer = go_on(rungs, with_samples(schedule_of(equilibration, 160)), records_of(shorter));
      EXPECT_EQ(longer.sweeps(), equilibration + measured);
      longer.advance(1000);
      expect_same(longer, whole);
    }
  }
}

TEST(Ladder, DoesNotGoOnFromRecordsThatAreNoneOfOneLadder) {
  const Rungs rungs({2, 3, 4}, {0.3});
  Ladder shorter = make_ladder(rungs, with_samples(schedule_of(10, 40)));
  shorter.advance(1000);
  const std::vector<Record> records = records_of(shorter);
  const Schedule longer = with_samples(schedule_of(10, 80));
  EXPECT_NO_THROW(go_on(rungs, longer, records));
  std::vector<Record> twice = records;
  twice[1].final_state = twice[0].final_state;
  EXPECT_THROW(go_on(rungs, longer, twice), std::runtime_error);
  // Configuration, its way, its changes, swaps noted, attempts, accepted, round trips, and which configuration each of
  // ten samples is.
  constexpr std::ptrdiff_t word = sizeof(std::uint64_t);
  constexpr std::ptrdiff_t bytes = 8 * word + 10 * std::ptrdiff_t{sizeof(ConfigurationNumber)};
  for (const std::ptrdiff_t number : {0, 1, 3, 4, 5, 6, 7}) {
    std::vector<Record> damaged = records;
    std::fill_n(damaged[1].final_state.end() - bytes + number * word, word, std::uint8_t{0xff});
    EXPECT_THROW(go_on(rungs, longer, damaged), std::runtime_error) << number;
  }
  std::vector<Record> same_place = records;
  for (Record& record : same_place) std::fill_n(record.final_state.end() - bytes, word, std::uint8_t{0});
  EXPECT_THROW(go_on(rungs, longer, same_place), std::runtime_error);
}

// Configurations are found again by what they are at a sweep, which all rungs sample together.
TEST(Ladder, KnowsWhichConfigurationEachSampleIs) {
  const Rungs rungs({2, 3, 4, 5}, {0.3});
  Schedule schedule = schedule_of(3, 60);
  schedule.samples = {.every = 1, .at_most = 1000};
  Ladder ladder = make_ladder(rungs, schedule, 2);
  ladder.advance(1000);
  std::vector<std::vector<ConfigurationNumber>> numbers;
  for (std::size_t rung = 0; rung < 4; ++rung)
    numbers.push_back(configurations_of_samples(ladder.record(rung).final_state, 60));
  std::set<ConfigurationNumber> passed;
  for (std::size_t n = 0; n < 60; ++n) {
    std::set<ConfigurationNumber> all;
    for (std::size_t rung = 0; rung < 4; ++rung) all.insert(numbers[rung][n]);
    EXPECT_EQ(all, (std::set<ConfigurationNumber>{0, 1, 2, 3})) << n;
    passed.insert(numbers[1][n]);
    // It moves to a neighbour at most, and not between exchanges: before the sweeps 3, 5, 7 … of all.
    if (n == 0) continue;
    for (std::size_t rung = 0; rung < 4; ++rung) {
      const auto moved_here = numbers[rung][n];
      const bool stayed = moved_here == numbers[rung][n - 1];
      const bool from_below = rung > 0 && moved_here == numbers[rung - 1][n - 1];
      const bool from_above = rung < 3 && moved_here == numbers[rung + 1][n - 1];
      const bool exchanged_before = n % 2 == 1;
      EXPECT_TRUE(stayed || (exchanged_before && (from_below || from_above))) << n;
    }
  }
  EXPECT_GT(passed.size(), 1U);
}

TEST(Ladder, RecordsExchangesAndRoundTripsOfEachRung) {
  const Rungs rungs({2, 3, 4}, {0.3});
  Ladder ladder = make_ladder(rungs, schedule_of(10, 2000), 1);
  ladder.advance(10000);
  EXPECT_GT(ladder.traffic().round_trips, 10U);
  const auto value = [&](std::size_t rung, const char* name) {
    const auto column = std::ranges::find(equilibrium_columns(), name, &Quantity::name);
    return ladder.record(rung).values[static_cast<std::size_t>(column - equilibrium_columns().begin())];
  };
  for (std::size_t rung = 0; rung < 3; ++rung) {
    EXPECT_EQ(value(rung, "round_trips"), static_cast<double>(ladder.traffic().round_trips));
    EXPECT_EQ(value(rung, "restarts"), static_cast<double>(ladder.traffic().restarts));
    if (rung == 2) break;
    const Exchanges& pair = ladder.traffic().between[rung];
    EXPECT_EQ(value(rung, "exchange_acceptance"),
              static_cast<double>(pair.accepted) / static_cast<double>(pair.attempts));
  }
  EXPECT_TRUE(std::isnan(value(2, "exchange_acceptance"))) << "there is no further rung";
}

// Who is where after each measured sweep, before each of which there is an exchange.
TEST(Ladder, CountsRestartsOfWhatCameFromItsFirstRung) {
  const Rungs rungs({2, 3, 4}, {0.3});
  Schedule schedule = schedule_of(0, 3000);
  schedule.samples = {.every = 1, .at_most = 3000};
  Ladder ladder = make_ladder(rungs, schedule, 1);
  ladder.advance(10000);
  const auto at_first = configurations_of_samples(ladder.record(0).final_state, 3000);
  const auto at_last = configurations_of_samples(ladder.record(2).final_state, 3000);
  std::array<bool, 3> comes_from_first{};
  std::uint64_t restarts = 0;
  for (std::size_t sweep = 0; sweep < 3000; ++sweep) {
    comes_from_first[at_first[sweep]] = true;
    restarts += comes_from_first[at_last[sweep]] ? 1 : 0;
    comes_from_first[at_last[sweep]] = false;
  }
  EXPECT_GT(restarts, 100U);
  EXPECT_EQ(ladder.traffic().restarts, restarts);
  EXPECT_GE(ladder.traffic().restarts + 3, ladder.traffic().round_trips);
}

/// A checkpoint as it was before restarts were counted.
std::vector<std::byte> without_restarts(std::vector<std::byte> state, std::size_t rungs) {
  constexpr std::size_t word = 8;
  const auto list = [=](std::size_t bytes) { return word + rungs * bytes; };
  const std::size_t heading = word + 4 * word;
  const std::size_t exchanges = word + 2 * word * (rungs - 1);
  const std::size_t round_trips = heading + list(4) + list(1) + 2 * list(8) + exchanges;
  const auto begin = state.begin() + static_cast<std::ptrdiff_t>(round_trips + word);
  state.erase(begin, begin + word);
  std::ranges::transform(std::string_view("nxmc-lad"), state.begin() + word,
                         [](char c) { return static_cast<std::byte>(c); });
  return state;
}

// They make the same ladder go on, with round trips as the least number of restarts.
TEST(Ladder, GoesOnFromStatesThatKnowNoRestarts) {
  const Rungs rungs({2, 3, 4}, {0.3});
  const Schedule schedule = schedule_of(0, 2000);
  Ladder ladder = make_ladder(rungs, schedule, 1);
  ladder.advance(1000);
  Ladder loaded = make_ladder(rungs, schedule, 1);
  loaded.load(without_restarts(ladder.save(), 3));
  EXPECT_GT(loaded.traffic().round_trips, 0U);
  EXPECT_EQ(loaded.traffic().restarts, ladder.traffic().round_trips);
  loaded.advance(10000);
  ladder.advance(10000);
  EXPECT_EQ(loaded.traffic().round_trips, ladder.traffic().round_trips);
  for (std::size_t rung = 0; rung < 3; ++rung) EXPECT_EQ(loaded.sigma(rung), ladder.sigma(rung));
}

TEST(Ladder, RefusesStatesOfOthers) {
  const Rungs rungs({2, 3, 4}, {0.3});
  const Schedule schedule = schedule_of(10, 40);
  Ladder ladder = make_ladder(rungs, schedule);
  ladder.advance(25);
  const std::vector<std::byte> state = ladder.save();
  const auto load = [&](const Rungs& others, std::uint64_t exchange_every, const std::vector<std::byte>& bytes,
                        std::uint64_t stream = 99) {
    Ladder(others.with(schedule, exchange_every), replica_stream(stream)).load(bytes);
  };
  EXPECT_NO_THROW(load(rungs, 5, state));
  EXPECT_THROW(load(rungs, 4, state), std::runtime_error);
  EXPECT_THROW(load(rungs, 5, state, 98), std::runtime_error) << "exchanges decided by other words";
  EXPECT_THROW(load(Rungs({2, 3}, {0.3}), 5, state), std::runtime_error);
  EXPECT_THROW(load(Rungs({2, 3, 4}, {0.31}), 5, state), std::runtime_error);
  for (const std::size_t length : {std::size_t{0}, std::size_t{20}, state.size() - 1})
    EXPECT_THROW(load(rungs, 5, {state.begin(), state.begin() + static_cast<std::ptrdiff_t>(length)}),
                 std::runtime_error)
        << length;
}

// Neighbours of one state exchange always, so that configurations walk without turning: up the ladder on even pairs and
// odd ones in turn, and one in each direction arrives at every exchange.
TEST(Ladder, OfOneStateExchangesAlwaysAndWalksStraightOn) {
  const Rungs rungs({3, 3, 3, 3}, {0.3});
  Ladder ladder = make_ladder(rungs, schedule_of(0, 400), 1);
  ladder.advance(1000);
  for (const Exchanges& pair : ladder.traffic().between) EXPECT_EQ(pair.accepted, pair.attempts);
  // Each of the 4 configurations is back after 2 x 4 exchanges; 399 exchanges were made. Some have not changed enough
  // by then, and are counted with their next trip.
  EXPECT_LE(static_cast<double>(ladder.traffic().round_trips), 399.0 / 8 * 4 + 4);
  EXPECT_GT(ladder.traffic().round_trips, 10U);
}

// States that are alike exchange always, also where nothing moves: what comes back then is what went.
TEST(Ladder, CountsNoRoundTripsOfWhatIsFrozen) {
  const Rungs rungs({3, 3.001, 3.002}, {0.01});
  Ladder ladder = make_ladder(rungs, schedule_of(0, 400), 1);
  ladder.advance(1000);
  for (const Exchanges& pair : ladder.traffic().between) EXPECT_GT(pair.accepted, pair.attempts / 2);
  EXPECT_EQ(ladder.traffic().round_trips, 0U);
}

TEST(Ladder, CountsExchangesOfMeasuredSweepsByTurns) {
  const Rungs rungs({2, 3, 4, 5}, {0.3});
  Ladder ladder = make_ladder(rungs, schedule_of(50, 100), 5);
  ladder.advance(1000);
  // After sweeps 55, 60, … 145: 19 exchanges, the eleventh of all being the first of them, at even rungs.
  const std::vector<std::uint64_t> expected{10, 9, 10};
  for (std::size_t pair = 0; pair < 3; ++pair) {
    EXPECT_EQ(ladder.traffic().between[pair].attempts, expected[pair]) << pair;
    EXPECT_LE(ladder.traffic().between[pair].accepted, expected[pair]);
  }
}

TEST(Ladder, KeepsComposition) {
  const Rungs rungs({2, 6}, {0.3, 0.5}, Hamiltonian::published, Start::segregated);
  Ladder ladder = make_ladder(rungs, schedule_of(10, 100), 2);
  const auto count_a = [](const Occupation& sigma) { return std::count(sigma.begin(), sigma.end(), Spin{1}); };
  const auto whole = count_a(ladder.sigma(0));
  ladder.advance(1000);
  for (std::size_t rung = 0; rung < ladder.rungs(); ++rung) EXPECT_EQ(count_a(ladder.sigma(rung)), whole) << rung;
}

// What a chain says of its own configuration and of others are energies whose differences its swaps have.
TEST(EquilibriumChain, LooksAtOtherConfigurations) {
  for (const Hamiltonian hamiltonian : {Hamiltonian::exact, Hamiltonian::published}) {
    const Rungs rungs({2, 6}, {0.3}, hamiltonian);
    const Rung& rung = rungs.rungs().front();
    EquilibriumChain chain(rung.crystal, rung.physics, schedule_of(0, 100), rung.stream);
    const Occupation before = chain.sigma();
    const double energy_before = chain.reduced_energy();
    State state(*rung.crystal.lattice, rung.crystal.kernel, rung.physics.interaction, 0, hamiltonian, before);
    const std::vector<Site>& core = rung.crystal.lattice->core;
    const Site a = *std::ranges::find_if(core, [&](Site i) { return before[static_cast<std::size_t>(i)] > 0; });
    const Site b = *std::ranges::find_if(core, [&](Site i) { return before[static_cast<std::size_t>(i)] < 0; });
    const double difference = state.swap_energy(a, b) / rung.physics.temperature;
    state.swap(a, b);
    EXPECT_NEAR(chain.look_at(state.sigma()) - energy_before, difference, 1e-9);
    EXPECT_EQ(chain.sigma(), before) << "it has only looked";
    EXPECT_EQ(chain.reduced_energy(), energy_before);
    const double looked_at = chain.look_at(state.sigma());
    chain.take_over();
    EXPECT_EQ(chain.sigma(), state.sigma());
    EXPECT_EQ(chain.reduced_energy(), looked_at);
    chain.advance(100);
    EXPECT_TRUE(chain.finished());
  }
}

}  // namespace
}  // namespace nxmc

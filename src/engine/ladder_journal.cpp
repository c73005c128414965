#include "nxmc/engine/ladder_journal.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>
#include <utility>

#include "chain_state.hpp"
#include "nxmc/engine/replica_exchange.hpp"
#include "rung_state.hpp"

namespace nxmc {

namespace {

/// Those that a ladder keeps which samples less often.
std::vector<ConfigurationNumber> thinned(std::vector<ConfigurationNumber> sampled, std::uint64_t every,
                                         std::uint64_t wanted_every) {
  if (wanted_every == 0) return {};
  const std::uint64_t step = every == 0 ? 1 : wanted_every / every;
  std::vector<ConfigurationNumber> kept;
  for (std::uint64_t k = step; k <= sampled.size(); k += step) kept.push_back(sampled[k - 1]);
  return kept;
}

}  // namespace

LadderJournal::LadderJournal(std::vector<std::uint64_t> sample_every, std::size_t core_sites)
    : sample_every_(std::move(sample_every)),
      sampled_(sample_every_.size()),
      configuration_(sample_every_.size()),
      ways_(sample_every_.size(), Way::unknown),
      changes_(sample_every_.size()),
      moves_noted_(sample_every_.size()),
      core_sites_(core_sites) {
  assert(rungs() >= 2 && rungs() <= std::numeric_limits<ConfigurationNumber>::max());
  std::iota(configuration_.begin(), configuration_.end(), 0U);
  traffic_.between.resize(rungs() - 1);
  note_ends();
}

void LadderJournal::note(const ExchangeNote& exchange) {
  note_moves(0, exchange.moves_first);
  note_moves(rungs() - 1, exchange.moves_last);
  for (std::size_t rung = exchanged_ % 2; rung + 1 < rungs(); rung += 2) {
    const bool accepted = exchange.accepted[rung] != 0;
    if (accepted) std::swap(configuration_[rung], configuration_[rung + 1]);
    if (!exchange.counts) continue;
    ++traffic_.between[rung].attempts;
    traffic_.between[rung].accepted += accepted ? 1 : 0;
  }
  ++exchanged_;
  note_ends();
}

/// Those of the configuration that has stayed there since the last exchange.
void LadderJournal::note_moves(std::size_t rung, std::uint64_t moves) {
  changes_[configuration_[rung]] += moves - moves_noted_[rung];
  moves_noted_[rung] = moves;
}

/// Where nothing moves, states that are alike exchange always, and nothing is forgotten.
void LadderJournal::note_ends() {
  Way& at_first = ways_[configuration_.front()];
  std::uint64_t& changes = changes_[configuration_.front()];
  if (at_first == Way::to_first && changes >= core_sites_) {
    ++traffic_.round_trips;
    changes = 0;
  }
  at_first = Way::from_first;
  Way& at_last = ways_[configuration_.back()];
  if (at_last == Way::from_first) {
    at_last = Way::to_first;
    ++traffic_.restarts;
  }
}

void LadderJournal::note_sweeps(std::uint64_t measured_before, std::uint64_t measured) {
  for (std::size_t rung = 0; rung < rungs(); ++rung) {
    const std::uint64_t every = sample_every_[rung];
    if (every == 0) continue;
    const std::uint64_t taken = measured / every - measured_before / every;
    sampled_[rung].insert(sampled_[rung].end(), taken, static_cast<ConfigurationNumber>(configuration_[rung]));
  }
}

RungState LadderJournal::state_of(std::size_t rung) const {
  return {.configuration = configuration_[rung],
          .way = static_cast<std::uint64_t>(ways_[configuration_[rung]]),
          .changes = changes_[configuration_[rung]],
          .moves_noted = moves_noted_[rung],
          .with_next = rung < traffic_.between.size() ? traffic_.between[rung] : Exchanges{},
          .round_trips = traffic_.round_trips,
          .restarts = traffic_.restarts,
          .sampled = sampled_[rung]};
}

void LadderJournal::continue_from(std::vector<RungState> states, std::span<const std::uint64_t> earlier_every,
                                  std::uint64_t exchanged) {
  assert(states.size() == rungs() && earlier_every.size() == rungs());
  for (std::size_t rung = 0; rung < rungs(); ++rung) {
    RungState& state = states[rung];
    if (state.configuration >= rungs() || state.way > static_cast<std::uint64_t>(Way::to_first) ||
        (rung > 0 && (state.round_trips != traffic_.round_trips || state.restarts != traffic_.restarts)))
      StateReader::fail();
    configuration_[rung] = static_cast<std::uint32_t>(state.configuration);
    ways_[configuration_[rung]] = static_cast<Way>(state.way);
    changes_[configuration_[rung]] = state.changes;
    moves_noted_[rung] = state.moves_noted;
    if (rung < traffic_.between.size()) traffic_.between[rung] = state.with_next;
    traffic_.round_trips = state.round_trips;
    traffic_.restarts = state.restarts;
    sampled_[rung] = thinned(std::move(state.sampled), earlier_every[rung], sample_every_[rung]);
  }
  exchanged_ = exchanged;
}

void LadderJournal::save(StateWriter& writer) const {
  writer.put(configuration_);
  std::vector<std::uint8_t> ways;
  for (const Way way : ways_) ways.push_back(static_cast<std::uint8_t>(way));
  writer.put(ways);
  writer.put(changes_);
  writer.put(moves_noted_);
  writer.put(exchanged_);
  for (const Exchanges& pair : traffic_.between) {
    writer.put(pair.attempts);
    writer.put(pair.accepted);
  }
  writer.put(traffic_.round_trips);
  writer.put(traffic_.restarts);
  for (const auto& sampled : sampled_) writer.put(sampled);
}

void LadderJournal::load(StateReader& reader, bool counts_restarts) {
  configuration_ = reader.get_like(configuration_);
  const std::vector<std::uint8_t> ways = reader.get_like(std::vector<std::uint8_t>(ways_.size()));
  if (std::ranges::any_of(ways, [](std::uint8_t way) { return way > static_cast<std::uint8_t>(Way::to_first); }))
    StateReader::fail();
  std::ranges::transform(ways, ways_.begin(), [](std::uint8_t way) { return static_cast<Way>(way); });
  changes_ = reader.get_like(changes_);
  moves_noted_ = reader.get_like(moves_noted_);
  exchanged_ = reader.get<std::uint64_t>();
  for (Exchanges& pair : traffic_.between) {
    pair.attempts = reader.get_at_most(exchanged_);
    pair.accepted = reader.get_at_most(pair.attempts);
  }
  traffic_.round_trips = reader.get_at_most(exchanged_ * rungs());
  traffic_.restarts = counts_restarts ? reader.get_at_most(exchanged_ + 1) : traffic_.round_trips;
  for (auto& sampled : sampled_) sampled = reader.get_vector<ConfigurationNumber>();
}

void LadderJournal::check(std::uint64_t measured) const {
  std::vector<std::uint32_t> sorted = configuration_;
  std::ranges::sort(sorted);
  for (std::uint32_t k = 0; k < sorted.size(); ++k)
    if (sorted[k] != k) StateReader::fail();
  for (std::size_t rung = 0; rung < rungs(); ++rung) {
    const std::uint64_t every = sample_every_[rung];
    if (sampled_[rung].size() != (every == 0 ? 0 : measured / every)) StateReader::fail();
  }
}

}  // namespace nxmc

#include "nxmc/engine/ladder.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "chain_state.hpp"
#include "nxmc/arithmetic/exp_log.hpp"
#include "nxmc/engine/sampling.hpp"
#include "nxmc/observe/quantities.hpp"
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

double acceptance_of(const Exchanges& pair) {
  return pair.attempts == 0 ? std::numeric_limits<double>::quiet_NaN()
                            : static_cast<double>(pair.accepted) / static_cast<double>(pair.attempts);
}

}  // namespace

Ladder::Ladder(std::span<const Rung> rungs, const Stream& exchanges)
    : equilibration_sweeps_(rungs.front().schedule.equilibration_sweeps),
      exchange_every_(rungs.front().physics.exchange_every),
      first_word_(Stream(exchanges).bits()),
      sampled_(rungs.size()),
      configuration_(rungs.size()),
      ways_(rungs.size(), Way::unknown),
      changes_(rungs.size()),
      moves_noted_(rungs.size()),
      core_sites_(rungs.front().crystal.lattice->core.size()),
      stream_(exchanges) {
  assert(rungs.size() >= 2 && exchange_every_ > 0);
  chains_.reserve(rungs.size());
  assert(rungs.size() <= std::numeric_limits<ConfigurationNumber>::max());
  for (const Rung& rung : rungs) {
    chains_.emplace_back(rung.crystal, rung.physics, rung.schedule, rung.stream);
    sample_every_.push_back(sample_times(rung.physics, rung.schedule).every);
  }
  std::iota(configuration_.begin(), configuration_.end(), 0U);
  traffic_.between.resize(rungs.size() - 1);
  note_ends();
}

bool Ladder::finished() const { return chains_.front().finished(); }
std::uint64_t Ladder::sweeps() const { return chains_.front().sweeps(); }

/// An exchange comes before the sweeps that follow it: at its end a ladder is where a longer one goes on.
std::uint64_t Ladder::advance(std::uint64_t sweeps) {
  std::uint64_t done = 0;
  for (std::uint64_t advanced = 1; advanced > 0 && done < sweeps && !finished(); done += advanced) {
    if (this->sweeps() / exchange_every_ > exchanged_) exchange();
    const std::uint64_t before = this->sweeps();
    const std::uint64_t limit = std::min(sweeps - done, (exchanged_ + 1) * exchange_every_ - before);
    // Whatever holds the first one up, the others come as far and no farther.
    advanced = chains_.front().advance(limit);
    for (EquilibriumChain& chain : std::span(chains_).subspan(1)) {
      [[maybe_unused]] const std::uint64_t of_rung = chain.advance(advanced);
      assert(of_rung == advanced);
    }
    note_samples(before);
  }
  return done;
}

std::uint64_t Ladder::measured(std::uint64_t sweeps) const { return sweeps - std::min(sweeps, equilibration_sweeps_); }

/// Since then no configuration has moved.
void Ladder::note_samples(std::uint64_t sweeps_before) {
  for (std::size_t rung = 0; rung < chains_.size(); ++rung) {
    const std::uint64_t every = sample_every_[rung];
    if (every == 0) continue;
    const std::uint64_t taken = measured(sweeps()) / every - measured(sweeps_before) / every;
    sampled_[rung].insert(sampled_[rung].end(), taken, static_cast<ConfigurationNumber>(configuration_[rung]));
  }
}

void Ladder::exchange() {
  const bool counts = measured(sweeps()) > 0;
  note_changes();
  for (std::size_t rung = exchanged_ % 2; rung + 1 < chains_.size(); rung += 2) {
    const bool accepted = try_to_exchange(rung);
    if (!counts) continue;
    ++traffic_.between[rung].attempts;
    traffic_.between[rung].accepted += accepted ? 1 : 0;
  }
  ++exchanged_;
  note_ends();
}

bool Ladder::try_to_exchange(std::size_t rung) {
  EquilibriumChain& here = chains_[rung];
  EquilibriumChain& there = chains_[rung + 1];
  const double gain =
      here.look_at(there.sigma()) - here.reduced_energy() + there.look_at(here.sigma()) - there.reduced_energy();
  // A word for each attempt: whether it is needed does not depend on rounding.
  const double chance = stream_.uniform();
  if (gain > 0 && chance >= portable_exp(-gain)) return false;
  here.take_over();
  there.take_over();
  std::swap(configuration_[rung], configuration_[rung + 1]);
  return true;
}

/// Pairs at even rungs and at odd ones, in turn.
std::uint64_t Ladder::words_of_exchanges(std::uint64_t exchanges) const {
  return (exchanges + 1) / 2 * (chains_.size() / 2) + exchanges / 2 * ((chains_.size() - 1) / 2);
}

/// Those of configurations that have stayed where they are since the last exchange.
void Ladder::note_changes() {
  for (const std::size_t rung : {std::size_t{0}, chains_.size() - 1}) {
    changes_[configuration_[rung]] += chains_[rung].accepted() - moves_noted_[rung];
    moves_noted_[rung] = chains_[rung].accepted();
  }
}

/// Where nothing moves, states that are alike exchange always, and nothing is forgotten.
void Ladder::note_ends() {
  Way& at_first = ways_[configuration_.front()];
  std::uint64_t& changes = changes_[configuration_.front()];
  if (at_first == Way::to_first && changes >= core_sites_) {
    ++traffic_.round_trips;
    changes = 0;
  }
  at_first = Way::from_first;
  Way& at_last = ways_[configuration_.back()];
  if (at_last == Way::from_first) at_last = Way::to_first;
}

Record Ladder::record(std::size_t rung) const {
  Record record = chains_[rung].record();
  const Exchanges with_next = rung < traffic_.between.size() ? traffic_.between[rung] : Exchanges{};
  record.values[equilibrium_column("exchange_acceptance")] = acceptance_of(with_next);
  record.values[equilibrium_column("round_trips")] = static_cast<double>(traffic_.round_trips);
  pack_rung_state({.configuration = configuration_[rung],
                   .way = static_cast<std::uint64_t>(ways_[configuration_[rung]]),
                   .changes = changes_[configuration_[rung]],
                   .moves_noted = moves_noted_[rung],
                   .with_next = with_next,
                   .round_trips = traffic_.round_trips,
                   .sampled = sampled_[rung]},
                  record.final_state);
  return record;
}

void Ladder::continue_from(std::span<const RungEnd> ends) {
  assert(ends.size() == chains_.size());
  for (std::size_t rung = 0; rung < ends.size(); ++rung) {
    chains_[rung].continue_from(ends[rung].final_state, ends[rung].samples);
    const std::uint64_t every = ends[rung].samples.every;
    RungState end =
        unpack_rung_state(ends[rung].final_state, every == 0 ? 0 : measured(chains_[rung].sweeps()) / every);
    if (end.configuration >= chains_.size() || end.way > static_cast<std::uint64_t>(Way::to_first) ||
        end.with_next.attempts > sweeps() || end.moves_noted > chains_[rung].accepted() ||
        (rung > 0 && end.round_trips != traffic_.round_trips))
      StateReader::fail();
    configuration_[rung] = static_cast<std::uint32_t>(end.configuration);
    ways_[configuration_[rung]] = static_cast<Way>(end.way);
    changes_[configuration_[rung]] = end.changes;
    moves_noted_[rung] = end.moves_noted;
    if (rung < traffic_.between.size()) traffic_.between[rung] = end.with_next;
    traffic_.round_trips = end.round_trips;
    sampled_[rung] = thinned(std::move(end.sampled), every, sample_every_[rung]);
  }
  exchanged_ = sweeps() == 0 ? 0 : (sweeps() - 1) / exchange_every_;
  check_arrangement();
  stream_.seek(words_of_exchanges(exchanged_));
}

/// Each configuration is at one rung, all have come as far, and what each sample is is known.
void Ladder::check_arrangement() const {
  std::vector<std::uint32_t> sorted = configuration_;
  std::ranges::sort(sorted);
  for (std::uint32_t k = 0; k < sorted.size(); ++k)
    if (sorted[k] != k) StateReader::fail();
  for (std::size_t rung = 0; rung < chains_.size(); ++rung) {
    const std::uint64_t every = sample_every_[rung];
    const std::uint64_t samples = every == 0 ? 0 : measured(sweeps()) / every;
    if (chains_[rung].sweeps() != sweeps() || sampled_[rung].size() != samples) StateReader::fail();
  }
}

/// What its states begin with; what else it is, those of its chains know.
std::vector<std::uint64_t> Ladder::heading() const {
  return {ladder_magic, exchange_every_, chains_.size(), first_word_};
}

std::vector<std::byte> Ladder::save() const {
  StateWriter writer;
  writer.put(heading());
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
  for (const auto& sampled : sampled_) writer.put(sampled);
  for (const EquilibriumChain& chain : chains_) {
    const std::vector<std::byte> bytes = chain.save();
    const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes.data());
    writer.put(std::vector<std::uint8_t>(first, first + bytes.size()));
  }
  return writer.take();
}

void Ladder::load(std::span<const std::byte> state) {
  StateReader reader(state);
  if (reader.get_vector<std::uint64_t>() != heading()) StateReader::fail();
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
  traffic_.round_trips = reader.get_at_most(exchanged_ * chains_.size());
  for (auto& sampled : sampled_) sampled = reader.get_vector<ConfigurationNumber>();
  for (EquilibriumChain& chain : chains_) {
    const std::vector<std::uint8_t> bytes = reader.get_vector<std::uint8_t>();
    chain.load(std::as_bytes(std::span(bytes)));
  }
  reader.finish();
  check_arrangement();
  const std::uint64_t due = sweeps() / exchange_every_;
  // The exchange that a sweep makes due comes with the next one.
  if (exchanged_ != due && (exchanged_ + 1 != due || sweeps() % exchange_every_ != 0)) StateReader::fail();
  stream_.seek(words_of_exchanges(exchanged_));
}

}  // namespace nxmc

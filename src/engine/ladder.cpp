#include "nxmc/engine/ladder.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

#include "chain_state.hpp"
#include "nxmc/engine/sampling.hpp"
#include "nxmc/observe/quantities.hpp"
#include "rung_state.hpp"

namespace nxmc {

namespace {

std::vector<std::uint64_t> sample_intervals(std::span<const Rung> rungs) {
  std::vector<std::uint64_t> every;
  every.reserve(rungs.size());
  for (const Rung& rung : rungs) every.push_back(sample_times(rung.physics, rung.schedule).every);
  return every;
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
      sample_every_(sample_intervals(rungs)),
      journal_(sample_every_, rungs.front().crystal.lattice->core.size()),
      stream_(exchanges),
      words_(exchanges, rungs.size()),
      accepted_(rungs.size()) {
  assert(exchange_every_ > 0);
  chains_.reserve(rungs.size());
  for (const Rung& rung : rungs) chains_.emplace_back(rung.crystal, rung.physics, rung.schedule, rung.stream);
}

bool Ladder::finished() const { return chains_.front().finished(); }
std::uint64_t Ladder::sweeps() const { return chains_.front().sweeps(); }

/// An exchange comes before the sweeps that follow it: at its end a ladder is where a longer one goes on.
std::uint64_t Ladder::advance(std::uint64_t sweeps) {
  std::uint64_t done = 0;
  for (std::uint64_t advanced = 1; advanced > 0 && done < sweeps && !finished(); done += advanced) {
    if (this->sweeps() / exchange_every_ > journal_.exchanged()) exchange();
    const std::uint64_t before = this->sweeps();
    const std::uint64_t limit = std::min(sweeps - done, (journal_.exchanged() + 1) * exchange_every_ - before);
    // Whatever holds the first one up, the others come as far and no farther.
    advanced = chains_.front().advance(limit);
    for (EquilibriumChain& chain : std::span(chains_).subspan(1)) {
      [[maybe_unused]] const std::uint64_t of_rung = chain.advance(advanced);
      assert(of_rung == advanced);
    }
    journal_.note_sweeps(measured(before), measured(this->sweeps()));
  }
  return done;
}

std::uint64_t Ladder::measured(std::uint64_t sweeps) const { return sweeps - std::min(sweeps, equilibration_sweeps_); }

void Ladder::exchange() {
  std::ranges::fill(accepted_, std::uint8_t{0});
  for (std::size_t rung = journal_.exchanged() % 2; rung + 1 < chains_.size(); rung += 2)
    accepted_[rung] = try_to_exchange(rung) ? 1 : 0;
  journal_.note({.counts = measured(sweeps()) > 0,
                 .moves_first = chains_.front().accepted(),
                 .moves_last = chains_.back().accepted(),
                 .accepted = accepted_});
}

bool Ladder::try_to_exchange(std::size_t rung) {
  EquilibriumChain& here = chains_[rung];
  EquilibriumChain& there = chains_[rung + 1];
  const Look lower{.own = here.reduced_energy(), .other = here.look_at(there.sigma())};
  const Look upper{.own = there.reduced_energy(), .other = there.look_at(here.sigma())};
  if (!exchange_is_accepted(lower, upper, words_.chance(journal_.exchanged(), rung))) return false;
  here.take_over();
  there.take_over();
  return true;
}

LadderStretch Ladder::next_stretch(std::uint64_t exchanges) const {
  const std::uint64_t begin = sweeps();
  const std::uint64_t whole = (begin / exchange_every_ + exchanges) * exchange_every_ - begin;
  return {.exchange_every = exchange_every_,
          .exchanged = journal_.exchanged(),
          .begin = begin,
          .end = begin + std::min(whole, chains_.front().sweeps_left())};
}

void Ladder::follow(const LadderStretch& stretch, std::span<const RungLog> logs) {
  assert(logs.size() == chains_.size() && stretch.exchanged == journal_.exchanged());
  std::size_t k = 0;
  for (std::uint64_t at = stretch.begin; at < stretch.end;) {
    if (at / exchange_every_ > journal_.exchanged()) {
      std::ranges::transform(logs, accepted_.begin(), [&](const RungLog& log) { return log.with_next.at(k); });
      journal_.note({.counts = measured(at) > 0,
                     .moves_first = logs.front().moves.at(k),
                     .moves_last = logs.back().moves.at(k),
                     .accepted = accepted_});
      ++k;
    }
    const std::uint64_t next = std::min(stretch.end, (journal_.exchanged() + 1) * exchange_every_);
    journal_.note_sweeps(measured(at), measured(next));
    at = next;
  }
}

Record Ladder::record(std::size_t rung) const {
  Record record = chains_[rung].record();
  const RungState state = journal_.state_of(rung);
  record.values[equilibrium_column("exchange_acceptance")] = acceptance_of(state.with_next);
  record.values[equilibrium_column("round_trips")] = static_cast<double>(state.round_trips);
  record.values[equilibrium_column("restarts")] = static_cast<double>(state.restarts);
  pack_rung_state(state, record.final_state);
  return record;
}

void Ladder::continue_from(std::span<const RungEnd> ends) {
  assert(ends.size() == chains_.size());
  std::vector<RungState> states;
  std::vector<std::uint64_t> earlier_every;
  for (std::size_t rung = 0; rung < ends.size(); ++rung) {
    chains_[rung].continue_from(ends[rung].final_state, ends[rung].samples);
    const std::uint64_t every = ends[rung].samples.every;
    const std::uint64_t samples = every == 0 ? 0 : measured(chains_[rung].sweeps()) / every;
    const RungState& state = states.emplace_back(unpack_rung_state(ends[rung].final_state, samples));
    if (state.with_next.attempts > sweeps() || state.moves_noted > chains_[rung].accepted()) StateReader::fail();
    earlier_every.push_back(every);
  }
  journal_.continue_from(std::move(states), earlier_every, sweeps() == 0 ? 0 : (sweeps() - 1) / exchange_every_);
  check();
}

/// All have come as far.
void Ladder::check() const {
  for (const EquilibriumChain& chain : chains_)
    if (chain.sweeps() != sweeps()) StateReader::fail();
  journal_.check(measured(sweeps()));
}

/// What its states begin with; what else it is, those of its chains know.
std::vector<std::uint64_t> Ladder::heading(std::uint64_t magic) const {
  return {magic, exchange_every_, chains_.size(), first_word_};
}

std::vector<std::byte> Ladder::save() const {
  StateWriter writer;
  writer.put(heading(ladder_magic));
  journal_.save(writer);
  for (const EquilibriumChain& chain : chains_) {
    const std::vector<std::byte> bytes = chain.save();
    const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes.data());
    writer.put(std::vector<std::uint8_t>(first, first + bytes.size()));
  }
  return writer.take();
}

void Ladder::load(std::span<const std::byte> state) {
  StateReader reader(state);
  const auto begin = reader.get_vector<std::uint64_t>();
  const bool counts_restarts = begin == heading(ladder_magic);
  if (!counts_restarts && begin != heading(ladder_magic_without_restarts)) StateReader::fail();
  journal_.load(reader, counts_restarts);
  for (EquilibriumChain& chain : chains_) {
    const std::vector<std::uint8_t> bytes = reader.get_vector<std::uint8_t>();
    chain.load(std::as_bytes(std::span(bytes)));
  }
  reader.finish();
  check();
  const std::uint64_t due = sweeps() / exchange_every_;
  const std::uint64_t exchanged = journal_.exchanged();
  // The exchange that a sweep makes due comes with the next one.
  if (exchanged != due && (exchanged + 1 != due || sweeps() % exchange_every_ != 0)) StateReader::fail();
}

}  // namespace nxmc

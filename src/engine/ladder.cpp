#include "nxmc/engine/ladder.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "chain_state.hpp"
#include "nxmc/arithmetic/exp_log.hpp"

namespace nxmc {

Ladder::Ladder(std::span<const Rung> rungs, const Schedule& schedule, std::uint64_t exchange_every,
               const Stream& exchanges)
    : equilibration_sweeps_(schedule.equilibration_sweeps),
      exchange_every_(exchange_every),
      first_word_(Stream(exchanges).bits()),
      configuration_(rungs.size()),
      ways_(rungs.size(), Way::unknown),
      stream_(exchanges) {
  assert(rungs.size() >= 2 && exchange_every > 0);
  chains_.reserve(rungs.size());
  for (const Rung& rung : rungs) chains_.emplace_back(rung.crystal, rung.physics, schedule, rung.stream);
  std::iota(configuration_.begin(), configuration_.end(), 0U);
  traffic_.between.resize(rungs.size() - 1);
  note_ends();
}

bool Ladder::finished() const { return chains_.front().finished(); }
std::uint64_t Ladder::sweeps() const { return chains_.front().sweeps(); }

/// An exchange comes before the sweeps that follow it: at its end a ladder is where a longer one goes on.
std::uint64_t Ladder::advance(std::uint64_t sweeps) {
  std::uint64_t done = 0;
  while (done < sweeps && !finished()) {
    if (this->sweeps() / exchange_every_ > exchanged_) exchange();
    const std::uint64_t limit = std::min(sweeps - done, (exchanged_ + 1) * exchange_every_ - this->sweeps());
    std::uint64_t advanced = 0;
    for (EquilibriumChain& chain : chains_) advanced = chain.advance(limit);
    done += advanced;
  }
  return done;
}

void Ladder::exchange() {
  const bool measured = sweeps() > equilibration_sweeps_;
  for (std::size_t rung = exchanged_ % 2; rung + 1 < chains_.size(); rung += 2) {
    const bool accepted = try_to_exchange(rung);
    if (!measured) continue;
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

void Ladder::note_ends() {
  Way& at_first = ways_[configuration_.front()];
  if (at_first == Way::to_first && sweeps() > equilibration_sweeps_) ++traffic_.round_trips;
  at_first = Way::from_first;
  Way& at_last = ways_[configuration_.back()];
  if (at_last == Way::from_first) at_last = Way::to_first;
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
  writer.put(stream_.position());
  writer.put(exchanged_);
  for (const Exchanges& pair : traffic_.between) {
    writer.put(pair.attempts);
    writer.put(pair.accepted);
  }
  writer.put(traffic_.round_trips);
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
  std::vector<std::uint32_t> configuration = reader.get_like(configuration_);
  std::vector<std::uint32_t> sorted = configuration;
  std::ranges::sort(sorted);
  for (std::uint32_t k = 0; k < sorted.size(); ++k)
    if (sorted[k] != k) StateReader::fail();
  const std::vector<std::uint8_t> ways = reader.get_like(std::vector<std::uint8_t>(ways_.size()));
  if (std::ranges::any_of(ways, [](std::uint8_t way) { return way > static_cast<std::uint8_t>(Way::to_first); }))
    StateReader::fail();
  const auto position = reader.get<std::uint64_t>();
  const auto exchanged = reader.get<std::uint64_t>();
  Traffic traffic = traffic_;
  for (Exchanges& pair : traffic.between) {
    pair.attempts = reader.get_at_most(exchanged);
    pair.accepted = reader.get_at_most(pair.attempts);
  }
  traffic.round_trips = reader.get_at_most(exchanged);
  for (EquilibriumChain& chain : chains_) {
    const std::vector<std::uint8_t> bytes = reader.get_vector<std::uint8_t>();
    chain.load(std::as_bytes(std::span(bytes)));
  }
  reader.finish();
  const std::uint64_t due = sweeps() / exchange_every_;
  const bool together = std::ranges::all_of(chains_, [&](const auto& chain) { return chain.sweeps() == sweeps(); });
  // The exchange that a sweep makes due comes with the next one.
  const bool in_step = exchanged == due || (exchanged + 1 == due && sweeps() % exchange_every_ == 0);
  if (!together || !in_step) StateReader::fail();

  configuration_ = std::move(configuration);
  std::ranges::transform(ways, ways_.begin(), [](std::uint8_t way) { return static_cast<Way>(way); });
  stream_.seek(position);
  exchanged_ = exchanged;
  traffic_ = std::move(traffic);
}

}  // namespace nxmc

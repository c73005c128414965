#include "nxmc/engine/ladder_share.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "chain_state.hpp"

namespace nxmc {

namespace {

/// Adds its lifetime.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

std::vector<std::byte> pack(const RungLetter& letter) {
  StateWriter writer;
  writer.put(letter.to);
  writer.put(letter.exchange);
  writer.put(letter.reduced_energy);
  writer.put(static_cast<std::uint64_t>(letter.sigma.size()));
  writer.put(pack_bits(letter.sigma));
  return writer.take();
}

RungLetter unpack_letter(std::span<const std::byte> bytes) {
  StateReader reader(bytes);
  RungLetter letter;
  letter.to = reader.get<std::uint64_t>();
  letter.exchange = reader.get<std::uint64_t>();
  letter.reduced_energy = reader.get<double>();
  const auto sites = reader.get<std::uint64_t>();
  letter.sigma = unpack_bits(reader.get_vector<std::uint8_t>(), sites);
  reader.finish();
  return letter;
}

LadderShare::LadderShare(const LadderStretch& stretch, const Stream& exchanges, std::size_t rungs,
                         const std::map<std::size_t, EquilibriumChain*>& chains)
    : stretch_(stretch), rungs_(rungs), words_(exchanges, rungs) {
  for (const auto& [rung, chain] : chains) {
    assert(chain->sweeps() == stretch.begin);
    places_.emplace(rung, Place{.chain = chain, .exchanged = stretch.exchanged, .look = {}, .letters = {}, .log = {}});
  }
  for (const auto& [rung, chain] : chains) arrive(rung);
}

bool LadderShare::finished() const {
  return std::ranges::all_of(places_, [&](const auto& entry) { return is_at_end(entry.second); });
}

std::vector<RungLetter> LadderShare::take_letters() { return std::exchange(outgoing_, {}); }

std::map<std::size_t, RungLog> LadderShare::logs() const {
  std::map<std::size_t, RungLog> logs;
  for (const auto& [rung, place] : places_) logs.emplace(rung, place.log);
  return logs;
}

bool LadderShare::advance() {
  std::optional<std::size_t> next;
  for (const auto& [rung, place] : places_) {
    if (place.waiting || is_at_end(place)) continue;
    if (!next || place.chain->sweeps() < places_.at(*next).chain->sweeps()) next = rung;
  }
  if (!next) return false;
  Place& place = places_.at(*next);
  const std::uint64_t before = place.chain->sweeps();
  const std::uint64_t until = std::min(stretch_.end, (place.exchanged + 1) * stretch_.exchange_every);
  {
    const Stopwatch stopwatch(place.log.seconds);
    if (place.chain->advance(until - before) == 0) return false;
  }
  arrive(*next);
  return true;
}

bool LadderShare::is_due(const Place& place) const {
  return !is_at_end(place) && place.chain->sweeps() / stretch_.exchange_every > place.exchanged;
}

/// Where an exchange may be due, and its neighbour may be waiting.
void LadderShare::arrive(std::size_t rung) {
  Place& place = places_.at(rung);
  if (!is_due(place)) return;
  place.waiting = true;
  if (rung == 0 || rung + 1 == rungs_) place.log.moves.push_back(place.chain->accepted());
  const auto partner = partner_of(rung, place.exchanged, rungs_);
  if (!partner) return go_on(rung, false, false);
  if (!places_.contains(*partner))
    outgoing_.push_back({.to = *partner,
                         .exchange = place.exchanged,
                         .reduced_energy = place.chain->reduced_energy(),
                         .sigma = place.chain->sigma()});
  meet(rung);
}

void LadderShare::receive(RungLetter letter) {
  const auto place = places_.find(letter.to);
  if (place == places_.end()) StateReader::fail();
  place->second.letters.push_back(std::move(letter));
  if (place->second.waiting) meet(place->first);
}

void LadderShare::meet(std::size_t rung) {
  const std::size_t partner = *partner_of(rung, places_.at(rung).exchanged, rungs_);
  if (places_.contains(partner))
    meet_here(std::min(rung, partner));
  else
    meet_elsewhere(rung, partner);
}

void LadderShare::meet_here(std::size_t lower) {
  Place& here = places_.at(lower);
  Place& there = places_.at(lower + 1);
  if (!here.waiting || !there.waiting || here.exchanged != there.exchanged) return;
  Look of_lower;
  Look of_upper;
  {
    const Stopwatch stopwatch(here.log.seconds);
    of_lower = {.own = here.chain->reduced_energy(), .other = here.chain->look_at(there.chain->sigma())};
  }
  {
    const Stopwatch stopwatch(there.log.seconds);
    of_upper = {.own = there.chain->reduced_energy(), .other = there.chain->look_at(here.chain->sigma())};
  }
  const bool accepted = exchange_is_accepted(of_lower, of_upper, words_.chance(here.exchanged, lower));
  go_on(lower, accepted, accepted);
  go_on(lower + 1, accepted, false);
}

/// Of what it knows it tells the neighbour at once: who comes second does not wait for long.
void LadderShare::meet_elsewhere(std::size_t rung, std::size_t partner) {
  Place& place = places_.at(rung);
  if (!place.look) {
    const auto letter = find_letter(place, true);
    if (!letter) return;
    const Stopwatch stopwatch(place.log.seconds);
    place.look = {.own = place.chain->reduced_energy(), .other = place.chain->look_at(letter->sigma)};
    place.neighbour_own = letter->reduced_energy;
    outgoing_.push_back({.to = partner, .exchange = place.exchanged, .reduced_energy = place.look->other, .sigma = {}});
  }
  const auto answer = find_letter(place, false);
  if (!answer) return;
  const Look neighbour{.own = place.neighbour_own, .other = answer->reduced_energy};
  const bool is_lower = rung < partner;
  const bool accepted = exchange_is_accepted(is_lower ? *place.look : neighbour, is_lower ? neighbour : *place.look,
                                             words_.chance(place.exchanged, std::min(rung, partner)));
  go_on(rung, accepted, accepted && is_lower);
}

void LadderShare::go_on(std::size_t rung, bool accepted, bool with_next) {
  Place& place = places_.at(rung);
  if (accepted) place.chain->take_over();
  place.log.with_next.push_back(with_next ? 1 : 0);
  ++place.exchanged;
  place.waiting = false;
  place.look.reset();
}

/// Takes it out: the neighbour of the next exchange may have written, too.
std::optional<RungLetter> LadderShare::find_letter(Place& place, bool with_configuration) {
  const auto found = std::ranges::find_if(place.letters, [&](const RungLetter& letter) {
    return letter.exchange == place.exchanged && letter.sigma.empty() != with_configuration;
  });
  if (found == place.letters.end()) return std::nullopt;
  RungLetter letter = std::move(*found);
  place.letters.erase(found);
  return letter;
}

}  // namespace nxmc

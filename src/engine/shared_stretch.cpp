#include "nxmc/engine/shared_stretch.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "chain_state.hpp"

namespace nxmc {

namespace {

void put_bytes(StateWriter& writer, std::span<const std::byte> bytes) {
  const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  writer.put(std::vector<std::uint8_t>(first, first + bytes.size()));
}

std::vector<std::byte> get_bytes(StateReader& reader) {
  const std::vector<std::uint8_t> bytes = reader.get_vector<std::uint8_t>();
  const auto raw = std::as_bytes(std::span(bytes));
  return {raw.begin(), raw.end()};
}

void put_stretch(StateWriter& writer, const LadderStretch& stretch) {
  for (const std::uint64_t number : {stretch.exchange_every, stretch.exchanged, stretch.begin, stretch.end})
    writer.put(number);
}

LadderStretch get_stretch(StateReader& reader) {
  LadderStretch stretch;
  for (std::uint64_t* const number : {&stretch.exchange_every, &stretch.exchanged, &stretch.begin, &stretch.end})
    *number = reader.get<std::uint64_t>();
  return stretch;
}

std::vector<Parcel> addressed(const std::vector<RungLetter>& letters, const std::vector<std::size_t>& party_of) {
  std::vector<Parcel> parcels;
  parcels.reserve(letters.size());
  for (const RungLetter& letter : letters) parcels.push_back({party_of.at(letter.to), pack(letter)});
  return parcels;
}

}  // namespace

SharedStretch::SharedStretch(Ladder& ladder, const LadderStretch& stretch, std::vector<std::size_t> party_of)
    : ladder_(ladder),
      stretch_(stretch),
      party_of_(std::move(party_of)),
      beginning_(own_states()),  // before the first exchange, which may be due already
      share_(stretch, ladder.stream(), ladder.rungs(), own_chains()) {
  assert(party_of_.size() == ladder.rungs());
}

std::map<std::size_t, std::vector<std::byte>> SharedStretch::own_states() const {
  std::map<std::size_t, std::vector<std::byte>> states;
  for (const auto& [rung, chain] : own_chains()) states[rung] = chain->save_since(stretch_.begin);
  return states;
}

std::map<std::size_t, EquilibriumChain*> SharedStretch::own_chains() const {
  std::map<std::size_t, EquilibriumChain*> chains;
  for (std::size_t rung = 0; rung < party_of_.size(); ++rung)
    if (party_of_[rung] == 0) chains[rung] = &ladder_.chain(rung);
  return chains;
}

std::vector<std::byte> SharedStretch::task(std::size_t party) const {
  StateWriter writer;
  put_stretch(writer, stretch_);
  writer.put(std::vector<std::uint64_t>(party_of_.begin(), party_of_.end()));
  writer.put(static_cast<std::uint64_t>(party));
  for (std::size_t rung = 0; rung < party_of_.size(); ++rung)
    if (party_of_[rung] == party) put_bytes(writer, ladder_.chain(rung).save_since(stretch_.begin));
  return writer.take();
}

std::vector<Parcel> SharedStretch::take_letters() { return addressed(share_.take_letters(), party_of_); }

void SharedStretch::take_result(std::span<const std::byte> result) {
  StateReader reader(result);
  const auto rungs = reader.get<std::uint64_t>();
  for (std::uint64_t k = 0; k < rungs; ++k) {
    const std::uint64_t rung = reader.get_at_most(party_of_.size() - 1);
    RungLog log;
    log.with_next = reader.get_vector<std::uint8_t>();
    log.moves = reader.get_vector<std::uint64_t>();
    log.seconds = reader.get<double>();
    logs_[rung] = std::move(log);
    states_[rung] = get_bytes(reader);
  }
  reader.finish();
}

bool SharedStretch::complete() const {
  return logs_.size() + beginning_.size() == party_of_.size() && share_.finished();
}

void SharedStretch::conclude() {
  assert(complete());
  std::vector<RungLog> logs(party_of_.size());
  for (auto& [rung, log] : share_.logs()) logs[rung] = log;
  for (auto& [rung, log] : logs_) logs[rung] = log;
  for (const auto& [rung, state] : states_) ladder_.chain(rung).load_since(stretch_.begin, state);
  ladder_.follow(stretch_, logs);
}

void SharedStretch::abandon() {
  for (const auto& [rung, state] : beginning_) ladder_.chain(rung).load_since(stretch_.begin, state);
}

std::vector<double> SharedStretch::seconds_of_rungs() const {
  std::vector<double> seconds(party_of_.size());
  for (const auto& [rung, log] : share_.logs()) seconds[rung] = log.seconds;
  for (const auto& [rung, log] : logs_) seconds[rung] = log.seconds;
  return seconds;
}

double SharedStretch::seconds_of_helpers() const {
  double seconds = 0;
  for (const auto& [rung, log] : logs_) seconds += log.seconds;
  return seconds;
}

StretchHelp::StretchHelp(MakeRung make_rung, const Stream& exchanges)
    : make_rung_(std::move(make_rung)), exchanges_(exchanges) {}

void StretchHelp::begin(std::span<const std::byte> task) {
  StateReader reader(task);
  stretch_ = get_stretch(reader);
  const auto party_of = reader.get_vector<std::uint64_t>();
  party_of_.assign(party_of.begin(), party_of.end());
  const auto self = reader.get<std::uint64_t>();
  std::erase_if(chains_, [&](const auto& entry) { return party_of_.at(entry.first) != self; });
  std::map<std::size_t, EquilibriumChain*> chains;
  for (std::size_t rung = 0; rung < party_of_.size(); ++rung) {
    if (party_of_[rung] != self) continue;
    auto known = chains_.find(rung);
    if (known == chains_.end()) {
      const Rung its = make_rung_(rung);
      known = chains_.try_emplace(rung, its.crystal, its.physics, its.schedule, its.stream).first;
    }
    known->second.load_since(stretch_.begin, get_bytes(reader));
    chains[rung] = &known->second;
  }
  reader.finish();
  share_.emplace(stretch_, exchanges_, party_of_.size(), chains);
}

std::vector<Parcel> StretchHelp::take_letters() { return addressed(share_->take_letters(), party_of_); }

std::vector<std::byte> StretchHelp::result() const {
  StateWriter writer;
  const std::map<std::size_t, RungLog> logs = share_->logs();
  writer.put(static_cast<std::uint64_t>(logs.size()));
  for (const auto& [rung, log] : logs) {
    writer.put(static_cast<std::uint64_t>(rung));
    writer.put(log.with_next);
    writer.put(log.moves);
    writer.put(log.seconds);
    put_bytes(writer, chains_.at(rung).save_since(stretch_.begin));
  }
  return writer.take();
}

}  // namespace nxmc

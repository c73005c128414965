#include "rung_state.hpp"

#include <algorithm>
#include <cassert>

#include "chain_state.hpp"

namespace nxmc {

namespace {

// Those of RungState, and the length of its list.
constexpr std::size_t numbers = 8;
// Earlier versions have written the way alone, where this and the restarts are one number.
constexpr std::uint64_t ways = 4;

std::size_t bytes_of(std::size_t samples) {
  return numbers * sizeof(std::uint64_t) + samples * sizeof(ConfigurationNumber);
}

}  // namespace

std::size_t rung_state_bytes(const Physics& physics, std::size_t samples) {
  return physics.exchange_every == 0 ? 0 : bytes_of(samples);
}

void pack_rung_state(const RungState& state, std::vector<std::uint8_t>& final_state) {
  StateWriter writer;
  writer.put(state.configuration);
  writer.put(ways * state.restarts + state.way);
  writer.put(state.changes);
  writer.put(state.moves_noted);
  writer.put(state.with_next.attempts);
  writer.put(state.with_next.accepted);
  writer.put(state.round_trips);
  writer.put(state.sampled);
  const std::vector<std::byte>& bytes = writer.bytes();
  assert(bytes.size() <= final_state.size());
  std::ranges::transform(bytes, final_state.end() - static_cast<std::ptrdiff_t>(bytes.size()),
                         [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
}

RungState unpack_rung_state(std::span<const std::uint8_t> final_state, std::size_t samples) {
  if (final_state.size() < bytes_of(samples)) StateReader::fail();
  StateReader reader(std::as_bytes(final_state.last(bytes_of(samples))));
  RungState state;
  state.configuration = reader.get<std::uint64_t>();
  const auto way_and_restarts = reader.get<std::uint64_t>();
  state.way = way_and_restarts % ways;
  state.changes = reader.get<std::uint64_t>();
  state.moves_noted = reader.get<std::uint64_t>();
  state.with_next.attempts = reader.get<std::uint64_t>();
  state.with_next.accepted = reader.get_at_most(state.with_next.attempts);
  state.round_trips = reader.get<std::uint64_t>();
  state.restarts = std::max(way_and_restarts / ways, state.round_trips);
  state.sampled = reader.get_vector<ConfigurationNumber>();
  reader.finish();
  if (state.sampled.size() != samples) StateReader::fail();
  return state;
}

std::vector<ConfigurationNumber> configurations_of_samples(std::span<const std::uint8_t> final_state,
                                                           std::size_t samples) {
  return unpack_rung_state(final_state, samples).sampled;
}

}  // namespace nxmc

// What a rung of a ladder leaves behind, at the end of the final state of its chain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/engine/ladder.hpp"

namespace nxmc {

struct RungState {
  std::uint64_t configuration = 0;  ///< which one is there
  std::uint64_t way = 0;            ///< of that
  std::uint64_t changes = 0;        ///< of that, at the ends of the ladder since its last round trip
  std::uint64_t moves_noted = 0;    ///< of the rung, which are among the changes of configurations
  Exchanges with_next;
  std::uint64_t round_trips = 0;               ///< of the whole ladder
  std::uint64_t restarts = 0;                  ///< of the whole ladder; in states of earlier versions the round trips
  std::vector<ConfigurationNumber> sampled{};  ///< [sample] which configuration it is
};

/// None without ladder.
std::size_t rung_state_bytes(const Physics& physics, std::size_t samples);
/// Fills the end of a final state, which has room for it.
void pack_rung_state(const RungState& state, std::vector<std::uint8_t>& final_state);
/// \throws std::runtime_error if it is none of so many samples
RungState unpack_rung_state(std::span<const std::uint8_t> final_state, std::size_t samples);

}  // namespace nxmc

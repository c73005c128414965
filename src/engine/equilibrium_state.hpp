// The final state of an equilibrium chain as a record keeps it: of a size that is known before the chain runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nxmc/engine/record.hpp"
#include "nxmc/observe/phases.hpp"

namespace nxmc {

/// Fractions of the phases that there are, f_U, f_U^2, energy, where the composition fluctuates c and c^2; and the
/// moments of local areas.
inline std::size_t fraction_components(int dimension, Ensemble ensemble) {
  return phases_in(dimension).size() + 3 + (ensemble == Ensemble::semigrand ? 2 : 0);
}
inline constexpr std::size_t area_components = 2;

/// Bytes that the final state takes at most, its length included.
/// \param shape  of the record, but for its final state
std::size_t largest_final_state(const Physics& physics, const Schedule& schedule, const RecordShape& shape);

/// The length, the state, and zeros up to `size`. \pre size is at least largest_final_state
std::vector<std::uint8_t> pack_final_state(std::span<const std::byte> state, std::size_t size);
/// \throws std::runtime_error when it is shorter than it says
std::span<const std::byte> unpack_final_state(std::span<const std::uint8_t> packed);

}  // namespace nxmc

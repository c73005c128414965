#include "equilibrium_state.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <stdexcept>

#include "nxmc/engine/window_weights.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/statistics/series.hpp"
#include "rung_state.hpp"

namespace nxmc {

namespace {

// What EquilibriumChain::save() writes beside the configuration, snapshots and three series: a header; the lengths of
// these five, position in the stream, sweeps, accepted attempts, snapshots taken. A test compares the sum.
constexpr std::size_t header_bytes = 2 * sizeof(std::uint64_t) + sizeof(std::int32_t);
constexpr std::size_t other_numbers = 9;

std::uint64_t samples(std::uint64_t sweeps, std::uint64_t every) { return every == 0 ? 0 : sweeps / every; }

/// A list of numbers, and two.
std::size_t window_bytes(const Physics& physics) {
  if (!physics.window) return 0;
  return 3 * sizeof(std::uint64_t) +
         WindowWeights::saved_size(*physics.window, sites_of_window(physics)) * sizeof(double);
}

}  // namespace

std::size_t largest_final_state(const Physics& physics, const Schedule& schedule, const RecordShape& shape) {
  const std::uint64_t phases = samples(schedule.measured_sweeps, schedule.phases_every);
  const std::uint64_t areas = samples(schedule.measured_sweeps, schedule.areas_every);
  const std::size_t planes = profile_planes(physics.lattice, true);
  const std::size_t doubles =
      Series::saved_size(fraction_components(dimension_of(physics.lattice), physics.ensemble), phases) +
      Series::saved_size(area_components, areas) +
      Series::saved_size(std::max<std::size_t>(1, planes), planes > 0 ? phases : 0);
  return header_bytes + (1 + other_numbers) * sizeof(std::uint64_t) + shape.snapshot_bytes +
         shape.snapshots * shape.snapshot_bytes + doubles * sizeof(double) + window_bytes(physics) +
         rung_state_bytes(physics, shape.samples);
}

std::vector<std::uint8_t> pack_final_state(std::span<const std::byte> state, std::size_t size) {
  const std::uint64_t length = state.size();
  assert(sizeof length + length <= size);
  std::vector<std::uint8_t> packed(size, 0);
  std::memcpy(packed.data(), &length, sizeof length);
  std::memcpy(packed.data() + sizeof length, state.data(), length);
  return packed;
}

std::span<const std::byte> unpack_final_state(std::span<const std::uint8_t> packed) {
  std::uint64_t length = 0;
  const auto bytes = std::as_bytes(packed);
  if (bytes.size() >= sizeof length) std::memcpy(&length, bytes.data(), sizeof length);
  if (bytes.size() < sizeof length || length > bytes.size() - sizeof length)
    throw std::runtime_error("damaged final state of a chain; the job starts again");
  return bytes.subspan(sizeof length, length);
}

}  // namespace nxmc

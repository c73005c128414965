#include "nxmc/engine/record.hpp"

#include <cassert>
#include <cmath>

#include "equilibrium_state.hpp"
#include "nxmc/engine/sampling.hpp"
#include "nxmc/observe/phases.hpp"
#include "nxmc/observe/quantities.hpp"

namespace nxmc {

RecordShape record_shape(const Physics& physics, const Schedule& schedule) {
  const bool exchange = physics.method == Method::exchange;
  const std::size_t planes = profile_planes(physics.lattice, !exchange);
  RecordShape shape;
  shape.values = exchange ? schedule.times.size() * exchange_columns().size() : equilibrium_columns().size();
  shape.summary = exchange ? exchange_summary_columns().size() : 0;
  shape.profile = exchange ? schedule.times.size() * planes : 2 * planes;
  shape.snapshots = exchange ? schedule.snapshot_times.size() : schedule.snapshot_sweeps.size();
  shape.snapshot_bytes = static_cast<std::size_t>(std::ceil(count_sites(physics.lattice) / 8));
  if (!exchange) shape.samples = sample_times(physics, schedule).count;
  if (!exchange) shape.final_state = largest_final_state(physics, schedule, shape);
  return shape;
}

std::vector<std::uint8_t> pack_bits(const Occupation& sigma) {
  std::vector<std::uint8_t> bits((sigma.size() + 7) / 8, 0);
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    if (sigma[i] > 0) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (1U << (i % 8)));
  }
  return bits;
}

Occupation unpack_bits(const std::vector<std::uint8_t>& bits, std::size_t sites) {
  assert(bits.size() == (sites + 7) / 8);
  Occupation sigma(sites, -1);
  for (std::size_t i = 0; i < sites; ++i) {
    if ((bits[i / 8] >> (i % 8) & 1U) != 0) sigma[i] = 1;
  }
  return sigma;
}

}  // namespace nxmc

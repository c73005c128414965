#include "chain_state.hpp"

#include <xxhash.h>

#include <optional>
#include <string>

namespace nxmc {

namespace {

void put_number(StateWriter& out, const std::optional<double>& number) {
  out.put(static_cast<std::uint8_t>(number.has_value()));
  out.put(number.value_or(0));
}

void put_stages(StateWriter& out, const StageList& stages) {
  for (const ExchangeStage& stage : stages.all()) {
    out.put(stage.until);
    out.put(static_cast<std::uint8_t>(stage.exchange));
    for (const auto& number : {stage.temperature, stage.delta_mu, stage.exchange_rate, stage.diffusion_rate})
      put_number(out, number);
  }
}

void put_physics(StateWriter& out, const Physics& p) {
  out.put(static_cast<std::uint8_t>(p.method));
  out.put(std::vector<char>(p.lattice.shape.begin(), p.lattice.shape.end()));
  for (const int edge : p.lattice.size) out.put(edge);
  out.put(p.lattice.shell_layers);
  out.put(p.shell_stiffness);
  out.put(p.temperature);
  out.put(p.delta_mu);
  out.put(p.composition);
  out.put(static_cast<std::uint8_t>(p.start));
  out.put(p.interaction.elastic);
  out.put(p.interaction.ising);
  out.put(static_cast<std::uint8_t>(p.hamiltonian));
  out.put(p.rates.exchange);
  out.put(p.rates.diffusion);
  out.put(p.exchange_until);
  if (is_semigrand(p)) out.put(static_cast<std::uint8_t>(p.ensemble));
  if (p.lattice.periodic()) out.put(static_cast<std::uint8_t>(p.lattice.boundary));
  if (p.lattice.covered != 0) out.put(p.lattice.covered);
  if (p.lattice.shell_of_a) out.put(std::uint8_t{1});
  for (const Cell& cell : p.lattice.sites.cells())
    for (const int coordinate : cell) out.put(coordinate);
  if (p.exchange_every > 0) {
    out.put(p.exchange_every);
    out.put(p.ladder.high);
    out.put(p.ladder.low);
  }
  put_stages(out, p.stages);
  if (p.rate_rule != RateRule()) {
    out.put(static_cast<std::uint8_t>(p.rate_rule.kind));
    out.put(p.rate_rule.share);
  }
  if (!p.window) return;
  out.put(static_cast<std::uint8_t>(p.window->along));
  out.put(p.window->from);
  out.put(p.window->to);
}

/// What other bits of V would change, in O(N): the rows of a projected kernel sum to zero, so that each diagonal
/// element is the sum of a row; those of another one have sums of their own, which are only computed for it.
void put_kernel(StateWriter& out, const Kernel& kernel, Hamiltonian hamiltonian) {
  out.put(kernel.diagonal());
  if (hamiltonian == Hamiltonian::published) out.put(kernel.row_sums());
}

void put_schedule(StateWriter& out, const Schedule& s) {
  out.put(s.times);
  out.put(s.snapshot_times);
  out.put(s.max_events);
  out.put(s.equilibration_sweeps);
  out.put(s.phases_every);
  out.put(s.areas_every);
  out.put(s.snapshot_sweeps);
  out.put(static_cast<std::uint8_t>(s.areas));
  if (s.phases && s.profile && s.energy) return;
  for (const bool measured : {s.phases, s.profile, s.energy}) out.put(static_cast<std::uint8_t>(measured));
}

/// Streams do not tell their names, but their first words do.
void put_stream(StateWriter& out, Stream stream) {
  stream.seek(0);
  out.put(stream.bits());
  out.put(stream.bits());
}

}  // namespace

// What numerics 4 added to equilibrium in 2D follows from what its chains have kept since numerics 3.
int numerics_of_state(const Physics& physics) {
  const bool plane = dimension_of(physics.lattice) == 2;
  return physics.method == Method::equilibrium && plane ? 3 : 4;
}

std::optional<int> dimension_of_phases(std::int32_t numerics) {
  if (1 <= numerics && numerics <= 3) return 2;
  if (numerics == 4) return 3;
  return {};
}

namespace {

std::uint64_t magic_of(const Physics& physics) {
  if (physics.method == Method::exchange) return exchange_magic;
  return is_semigrand(physics) ? semigrand_magic : equilibrium_magic;
}

}  // namespace

StateHeader state_header(const Physics& physics, const Kernel* kernel, const Schedule& schedule, const Stream& stream) {
  StateWriter parameters;
  put_physics(parameters, physics);
  if (kernel != nullptr) put_kernel(parameters, *kernel, physics.hamiltonian);
  put_schedule(parameters, schedule);
  put_stream(parameters, stream);
  StateHeader header;
  header.numerics = numerics_of_state(physics);
  header.magic = magic_of(physics);
  header.parameters = XXH3_64bits(parameters.bytes().data(), parameters.bytes().size());
  return header;
}

void put_header(StateWriter& writer, const StateHeader& header) {
  writer.put(header.magic);
  writer.put(header.numerics);
  writer.put(header.parameters);
}

StateHeader get_header(StateReader& reader) {
  StateHeader header;
  header.magic = reader.get<std::uint64_t>();
  header.numerics = reader.get<std::int32_t>();
  header.parameters = reader.get<std::uint64_t>();
  return header;
}

void check_header(StateReader& reader, const StateHeader& expected) {
  if (reader.get<std::uint64_t>() != expected.magic) {
    throw std::runtime_error("not a checkpoint of this kind of chain; remove it, and the job starts again");
  }
  const auto numerics = reader.get<std::int32_t>();
  if (numerics != expected.numerics) {
    throw std::runtime_error("checkpoint of numerics version " + std::to_string(numerics) + ", but this program has " +
                             std::to_string(expected.numerics) + "; the job has to start again");
  }
  if (reader.get<std::uint64_t>() != expected.parameters) {
    throw std::runtime_error(
        "checkpoint of a chain with other parameters, another random stream or other bits of its kernel; the job "
        "has to start again");
  }
}

}  // namespace nxmc

// What names jobs, observations and kernels: canonical text and its XXH3-128 hash. Both are promises to every archive
// that exists; tests pin them literally.
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>

#include "nxmc/campaign/plan.hpp"
#include "nxmc/campaign/rate_rule_text.hpp"
#include "nxmc/campaign/stage_text.hpp"

namespace nxmc {
namespace {

/// Keys in alphabetical order with their values.
using Parameters = std::map<std::string_view, std::string>;

std::string join(const Parameters& parameters) {
  std::string text;
  for (const auto& [key, value] : parameters) {
    if (!text.empty()) text += ';';
    text += key;
    text += '=';
    text += value;
  }
  return text;
}

Identity hash(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return {.high = hash.high64, .low = hash.low64};
}

void add_lattice(Parameters& parameters, const LatticeSpec& lattice) {
  std::string size;
  for (const int edge : lattice.size) {
    if (edge > 0) size += fmt::format("{}{}", size.empty() ? "" : ",", edge);
  }
  parameters["lattice"] = lattice.shape;
  parameters["size"] = size;
  if (!lattice.sites.empty()) {
    std::string& sites = parameters["sites"] = fmt::format("{}D", lattice.sites.dimension());
    for (const Cell& cell : lattice.sites.cells()) sites += fmt::format(",{} {} {}", cell[0], cell[1], cell[2]);
  }
  if (lattice.shell_layers != 0) parameters["shell_layers"] = fmt::format("{}", lattice.shell_layers);
  if (lattice.covered != 0) parameters["shell_facets"] = covered_word(lattice);
  if (lattice.shell_of_a) parameters["shell_occupation"] = "A";
  if (lattice.periodic()) parameters["boundary"] = to_string(lattice.boundary);
}

void add_unless(double otherwise, Parameters& parameters, std::string_view key, double value) {
  if (value != otherwise) parameters[key] = canonical_decimal(value);
}

template <typename T>
std::string list(const std::vector<T>& values) {
  std::string text;
  for (const T value : values) {
    if (!text.empty()) text += ',';
    if constexpr (std::is_integral_v<T>) {
      text += fmt::format("{}", value);
    } else {
      text += canonical_decimal(value);
    }
  }
  return text;
}

Parameters exchange_parameters(const Schedule& schedule) {
  const Schedule defaults;
  Parameters parameters;
  parameters["times"] = list(schedule.times);
  if (!schedule.snapshot_times.empty()) parameters["snapshot_times"] = list(schedule.snapshot_times);
  if (schedule.max_events != defaults.max_events) parameters["max_events"] = fmt::format("{}", schedule.max_events);
  const auto add = [&](const char* key, bool measured) {
    if (!measured) parameters[key] = "no";
  };
  add("phases", schedule.phases);
  add("areas", schedule.areas);
  add("profile", schedule.profile);
  add("energy", schedule.energy);
  return parameters;
}

Parameters equilibrium_parameters(const Schedule& schedule) {
  Parameters parameters;
  parameters["equilibration_sweeps"] = fmt::format("{}", schedule.equilibration_sweeps);
  parameters["measured_sweeps"] = fmt::format("{}", schedule.measured_sweeps);
  parameters["phases_every"] = fmt::format("{}", schedule.phases_every);
  parameters["areas_every"] = fmt::format("{}", schedule.areas_every);
  if (!schedule.snapshot_sweeps.empty()) parameters["snapshot_sweeps"] = list(schedule.snapshot_sweeps);
  const Sampling defaults;
  if (schedule.samples.every != defaults.every) parameters["samples.every"] = fmt::format("{}", schedule.samples.every);
  if (schedule.samples.at_most != defaults.at_most)
    parameters["samples.at_most"] = fmt::format("{}", schedule.samples.at_most);
  return parameters;
}

constexpr unsigned no_digit = 0xff;

/// Value of each character as a hexadecimal digit: archives have millions of names.
constexpr std::array<std::uint8_t, 256> digit_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (unsigned digit = 0; digit < 16; ++digit)
    values[static_cast<unsigned char>("0123456789abcdef"[digit])] = static_cast<std::uint8_t>(digit);
  return values;
}

std::optional<std::uint64_t> hexadecimal(std::string_view digits) {
  static constexpr std::array<std::uint8_t, 256> values = digit_values();
  std::uint64_t value = 0;
  bool right = true;
  for (const char c : digits) {
    const std::uint8_t digit = values[static_cast<unsigned char>(c)];
    right = right && digit != no_digit;
    value = value << 4U | digit;
  }
  return right ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string canonical_text(const Physics& physics) {
  const Physics defaults;
  Parameters parameters;
  parameters["method"] = to_string(physics.method);
  parameters["temperature"] = canonical_decimal(physics.temperature);
  add_lattice(parameters, physics.lattice);
  add_unless(defaults.shell_stiffness, parameters, "shell_stiffness", physics.shell_stiffness);
  add_unless(defaults.delta_mu, parameters, "delta_mu", physics.delta_mu);
  add_unless(defaults.composition, parameters, "composition", physics.composition);
  add_unless(defaults.rates.exchange, parameters, "rates.exchange", physics.rates.exchange);
  add_unless(defaults.rates.diffusion, parameters, "rates.diffusion", physics.rates.diffusion);
  if (physics.rate_rule != defaults.rate_rule) parameters["rates.rule"] = to_string(physics.rate_rule);
  add_unless(defaults.exchange_until, parameters, "exchange_until", physics.exchange_until);
  if (!physics.stages.empty()) parameters["stages"] = to_string(physics.stages);
  if (physics.start != defaults.start) parameters["start"] = to_string(physics.start);
  if (physics.ensemble != defaults.ensemble) parameters["ensemble"] = to_string(physics.ensemble);
  if (physics.hamiltonian != defaults.hamiltonian) parameters["hamiltonian"] = to_string(physics.hamiltonian);
  if (physics.interaction != defaults.interaction) parameters["interaction"] = to_string(physics.interaction);
  if (physics.exchange_every > 0) parameters["ladder"] = to_string(physics.ladder);
  if (physics.window)
    parameters["window"] = fmt::format("{},{},{}", to_string(physics.window->along),
                                       canonical_decimal(physics.window->from), canonical_decimal(physics.window->to));
  return join(parameters);
}

std::string canonical_text(const Schedule& schedule, Method method) {
  return join(method == Method::exchange ? exchange_parameters(schedule) : equilibrium_parameters(schedule));
}

Identity job_identity(const Physics& physics, std::uint32_t replica) {
  return job_identity(canonical_text(physics), replica);
}

Identity job_identity(const std::string& canonical_physics, std::uint32_t replica) {
  return hash(fmt::format("job;{};replica={}", canonical_physics, replica));
}

Identity observation_identity(const Schedule& schedule, Method method) {
  return hash("observation;" + canonical_text(schedule, method));
}

Identity continuation_identity(const Schedule& schedule, Method method) {
  Parameters parameters = method == Method::exchange ? exchange_parameters(schedule) : equilibrium_parameters(schedule);
  parameters.erase("measured_sweeps");
  return hash("continuation;" + join(parameters));
}

Identity kernel_identity(const KernelSpec& spec) {
  Parameters parameters;
  add_lattice(parameters, spec.lattice);
  add_unless(1, parameters, "shell_stiffness", spec.shell_stiffness);
  if (!spec.projected) parameters["projected"] = "no";
  return hash("kernel;" + join(parameters));
}

Identity ladder_of_rungs(std::span<const Physics> rungs) {
  std::string text = fmt::format("ladder;exchange_every={}", rungs.front().exchange_every);
  for (Physics rung : rungs) {
    rung.exchange_every = 0;
    text += "|" + canonical_text(rung);
  }
  return hash(text);
}

Identity places_identity(const std::vector<double>& places) { return hash("places;" + list(places)); }

Identity exchanges_identity(const Physics& rung, std::uint32_t replica) {
  return hash(fmt::format("exchanges;ladder={};replica={}", to_string(rung.ladder), replica));
}

std::string to_string(Identity identity) { return fmt::format("{:016x}{:016x}", identity.high, identity.low); }

Identity parse_identity(std::string_view text) {
  constexpr std::size_t digits = 32;
  const auto high = hexadecimal(text.substr(0, digits / 2));
  const auto low = hexadecimal(text.size() == digits ? text.substr(digits / 2) : "-");
  if (!high || !low)
    throw std::invalid_argument(fmt::format("'{}' is no job: its name has 32 hexadecimal digits (0-9, a-f)", text));
  return {.high = *high, .low = *low};
}

std::string_view to_string(Method method) { return method == Method::exchange ? "exchange" : "equilibrium"; }

std::string_view to_string(Start start) {
  constexpr std::array<std::string_view, 4> words{"random", "segregated", "A", "B"};
  return words.at(static_cast<std::size_t>(start));
}

std::string_view to_string(Boundary boundary) { return boundary == Boundary::periodic ? "periodic" : "free"; }

std::string_view to_string(Ensemble ensemble) { return ensemble == Ensemble::semigrand ? "semigrand" : "canonical"; }

std::string_view to_string(Hamiltonian hamiltonian) {
  return hamiltonian == Hamiltonian::published ? "published" : "exact";
}

std::string to_string(const Interaction& interaction) {
  if (interaction == Interaction{.elastic = 1, .ising = 0}) return "elastic";
  if (interaction == Interaction{.elastic = 0, .ising = 1}) return "ising";
  if (interaction == Interaction{.elastic = 0, .ising = 0}) return "none";
  return fmt::format("elastic:{}+ising:{}", canonical_decimal(interaction.elastic),
                     canonical_decimal(interaction.ising));
}

std::string_view energy_unit(const Interaction& interaction) {
  if (interaction.elastic != 0) return "epsilon";
  return interaction.ising != 0 ? "J" : "kT";
}

}  // namespace nxmc

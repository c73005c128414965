// The words of the campaign file.
#include "nxmc/campaign/schema.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "nxmc/lattice/lattice.hpp"

namespace nxmc {
namespace {

constexpr std::array<ScanKey, 22> keys_of_scans = {{
    {.name = "name", .in_defaults = false},
    {.name = "method"},
    {.name = "lattice", .is_axis = true},
    {.name = "size", .is_axis = true},
    {.name = "shell_layers", .is_axis = true},
    {.name = "shell_stiffness", .is_axis = true},
    {.name = "temperature", .is_axis = true},
    {.name = "delta_mu", .concerns = Concerns::exchange, .is_axis = true},
    {.name = "composition", .concerns = Concerns::equilibrium, .is_axis = true},
    {.name = "start", .concerns = Concerns::equilibrium, .is_axis = true},
    {.name = "interaction", .is_axis = true},
    {.name = "hamiltonian", .is_axis = true},
    {.name = "zip", .in_defaults = false},
    {.name = "replicas"},
    {.name = "rates", .concerns = Concerns::exchange},
    {.name = "exchange_until", .concerns = Concerns::exchange},
    {.name = "times", .concerns = Concerns::exchange},
    {.name = "max_events", .concerns = Concerns::exchange},
    {.name = "equilibration_sweeps", .concerns = Concerns::equilibrium},
    {.name = "measured_sweeps", .concerns = Concerns::equilibrium},
    {.name = "measure_every", .concerns = Concerns::equilibrium},
    {.name = "snapshots"},
}};

std::vector<std::string_view> names_of_scan_keys(bool only_defaults) {
  std::vector<std::string_view> names;
  for (const ScanKey& key : keys_of_scans) {
    if (key.in_defaults || !only_defaults) names.push_back(key.name);
  }
  return names;
}

/// A cube is no shape of its own but the box with equal edges.
std::vector<std::string_view> lattice_words() {
  std::vector<std::string_view> words;
  for (const Shape& shape : shapes()) words.push_back(shape.name);
  words.emplace_back("cube");
  return words;
}

std::span<const std::string_view> find_section(const std::vector<Section>& sections, std::string_view name) {
  const auto found = std::ranges::find(sections, name, &Section::name);
  assert(found != sections.end());
  return found->keys;
}

}  // namespace

std::span<const ScanKey> scan_keys() { return keys_of_scans; }

const std::vector<Section>& schema_sections() {
  static const std::vector<Section> sections{
      {"campaign", {"name", "seed", "defaults", "scans"}},
      {"scan", names_of_scan_keys(false)},
      {"defaults", names_of_scan_keys(true)},
      {"range", {"from", "to", "step", "points", "scale"}},
      {"rates", {"exchange", "diffusion"}},
      {"interaction", {"elastic", "ising"}},
      {"measure_every", {"phases", "areas"}},
      {"snapshots", {"times", "sweeps"}},
  };
  return sections;
}

std::span<const std::string_view> keys_of_section(std::string_view name) {
  return find_section(schema_sections(), name);
}

const std::vector<Section>& schema_words() {
  static const std::vector<Section> words{
      {"method", {"equilibrium", "exchange"}}, {"lattice", lattice_words()},
      {"start", {"random", "segregated"}},     {"interaction", {"elastic", "ising", "none"}},
      {"hamiltonian", {"exact", "published"}}, {"scale", {"linear", "log"}},
  };
  return words;
}

std::span<const std::string_view> words_of_key(std::string_view key) { return find_section(schema_words(), key); }

}  // namespace nxmc

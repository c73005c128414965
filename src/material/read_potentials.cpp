#include "read_potentials.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nxmc/yaml/fields.hpp"
#include "nxmc/yaml/numbers.hpp"

namespace nxmc {
namespace {

constexpr std::array<std::string_view, 4> keys_of_potentials{"charges", "cutoff", "pairs", "source"};
constexpr std::array<std::string_view, 3> keys_of_pair{"A", "rho", "C"};

constexpr NumberRule charge_bounds{.allowed = "a number from -8 to 8 (in units of e)", .low = -8, .high = 8};
// Longer sums would take minutes, and tell nothing: 1/r^6 has ended.
constexpr NumberRule cutoff_bounds{.allowed = "from 4 to 20 angstrom", .low = 4, .high = 20};
constexpr NumberRule repulsion_bounds{.allowed = "from 0 to 1e15 eV", .low = 0, .high = 1e15};
constexpr NumberRule decay_bounds{.allowed = "from 0.01 to 10 angstrom", .low = 0.01, .high = 10};
constexpr NumberRule dispersion_bounds{.allowed = "from 0 to 1e6 eV angstrom^6", .low = 0, .high = 1e6};

std::string home_of_potential_key(std::string_view key) {
  if (std::ranges::find(keys_of_pair, key) != keys_of_pair.end()) return "it belongs to a pair of 'pairs'";
  return "";
}

std::vector<std::string> all_ions_of(const Compound& A, const Compound& B) {
  std::vector<std::string> ions;
  for (const std::string& ion : {A.cation, B.cation, A.anion, B.anion})
    if (!ion.empty() && std::ranges::find(ions, ion) == ions.end()) ions.push_back(ion);
  return ions;
}

std::string names(const std::vector<std::string>& ions) { return fmt::format("{}", fmt::join(ions, ", ")); }

std::vector<double> read_charges(const YamlNode& map, const std::vector<std::string>& ions, Problems& problems) {
  std::vector<double> charges(ions.size(), 0);
  if (!expect_map(map, fmt::format("a mapping with the charges of {}, in units of e", names(ions)), problems))
    return charges;
  const std::vector<std::string_view> known(ions.begin(), ions.end());
  refuse_unknown_keys(map, known, home_of_potential_key, problems);
  for (std::size_t ion = 0; ion < ions.size(); ++ion) {
    if (const Entry entry = find_entry(map, ions[ion]))
      charges[ion] = read_number(*entry.value, charge_bounds, problems).value_or(0);
    else
      problems.add(map.place, map.path, fmt::format("lacks '{}' (its charge, in units of e)", ions[ion]));
  }
  return charges;
}

statics::Buckingham read_pair(const YamlNode& map, Problems& problems) {
  statics::Buckingham pair;
  if (!expect_map(map, "a mapping such as {A: 5200 eV, rho: 0.384 angstrom, C: 127 eV angstrom^6}", problems))
    return pair;
  refuse_unknown_keys(map, keys_of_pair, home_of_potential_key, problems);
  const auto read = [&](const char* key, Dimension dimension, const NumberRule& rule, const char* example,
                        double& value) {
    if (const Entry entry = find_entry(map, key)) {
      if (const auto quantity = read_quantity(*entry.value, dimension, rule, example, problems))
        value = quantity->value;
    } else {
      problems.add(map.place, map.path, fmt::format("lacks '{}' (such as '{}')", key, example));
    }
  };
  read("A", Dimension::energy, repulsion_bounds, "5200 eV", pair.A);
  read("rho", Dimension::length, decay_bounds, "0.384 angstrom", pair.rho);
  read("C", Dimension::dispersion, dispersion_bounds, "127 eV angstrom^6", pair.C);
  return pair;
}

/// The two ions of "Cd-Se".
std::optional<std::pair<std::size_t, std::size_t>> ions_of_pair(const std::string& name,
                                                                const std::vector<std::string>& ions) {
  const auto number = [&](const std::string& ion) {
    return static_cast<std::size_t>(std::ranges::find(ions, ion) - ions.begin());
  };
  const std::size_t dash = name.find('-');
  if (dash == std::string::npos) return std::nullopt;
  const std::size_t one = number(name.substr(0, dash));
  const std::size_t other = number(name.substr(dash + 1));
  if (one == ions.size() || other == ions.size()) return std::nullopt;
  return std::pair(std::min(one, other), std::max(one, other));
}

void read_pairs(const YamlNode& map, const std::vector<std::string>& ions, statics::PairPotentials& potentials,
                Problems& problems) {
  if (!expect_map(map, "a mapping of pairs of ions, such as 'Cd-Se', to their potentials", problems)) return;
  std::set<std::pair<std::size_t, std::size_t>> read;
  for (std::size_t k = 0; k < map.keys.size(); ++k) {
    const YamlNode::Key& key = map.keys[k];
    const YamlNode& value = *map.items[k];
    const auto pair = ions_of_pair(key.name, ions);
    if (!pair) {
      problems.add(
          key.place, value.path,
          fmt::format("no pair of the ions {}; write for example {}-{}", names(ions), ions.front(), ions.back()));
    } else if (!read.insert(*pair).second) {
      problems.add(key.place, value.path, "this pair stands here twice; remove one");
    } else {
      potentials.set(pair->first, pair->second, read_pair(value, problems));
    }
  }
}

}  // namespace

std::optional<Potentials> read_potentials(const YamlNode& node, const Compound& A, const Compound& B,
                                          Problems& problems) {
  const std::size_t before = problems.count();
  if (!expect_map(node, "a mapping with 'charges' and 'pairs'", problems)) return std::nullopt;
  refuse_unknown_keys(node, keys_of_potentials, home_of_potential_key, problems);
  const std::vector<std::string> ions = all_ions_of(A, B);
  if (ions.size() < 2) return std::nullopt;  // names of compounds are wrong, and told
  const auto entry_of = [&](const char* key, const char* explanation) {
    const Entry entry = find_entry(node, key);
    if (!entry) problems.add(node.place, node.path, fmt::format("lacks '{}' ({})", key, explanation));
    return entry;
  };
  const Entry charges = entry_of("charges", "of each ion, in units of e");
  const Entry pairs = entry_of("pairs", "such as 'Cd-Se: {A: 5200 eV, rho: 0.384 angstrom, C: 127 eV angstrom^6}'");
  double cutoff = 12;
  if (const Entry entry = find_entry(node, "cutoff"))
    if (const auto read = read_quantity(*entry.value, Dimension::length, cutoff_bounds, "12 angstrom", problems))
      cutoff = read->value;
  statics::PairPotentials potentials(
      ions, charges ? read_charges(*charges.value, ions, problems) : std::vector<double>(ions.size(), 0), cutoff);
  if (pairs) read_pairs(*pairs.value, ions, potentials, problems);
  std::string source;
  if (const Entry entry = find_entry(node, "source")) {
    if (entry.value->is_text())
      source = entry.value->text;
    else
      problems.add(entry.value->place, entry.value->path,
                   fmt::format("must be a text, not {}", describe(*entry.value)));
  }
  if (problems.count() > before) return std::nullopt;
  return Potentials{std::move(potentials), std::move(source), {}};
}

}  // namespace nxmc

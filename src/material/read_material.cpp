// Material files from their text.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "compute_from_potentials.hpp"
#include "nxmc/material/material.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/fields.hpp"
#include "nxmc/yaml/text_file.hpp"
#include "read_potentials.hpp"

namespace nxmc {
namespace {

constexpr DocumentKind material_document{.name = "material",
                                         .beginning = "'A:' (see campaigns/materials/pbs-cds.yaml)",
                                         .sharing = "repeat what compounds share"};

constexpr std::array<std::string_view, 6> keys_of_material{
    "A", "B", "bulk_modulus", "energies_of_mixing", "potentials", "attempt_rates"};
constexpr std::array<std::string_view, 6> keys_of_compound{"name",    "structure",    "lattice_constant",
                                                           "elastic", "bulk_modulus", "source"};
constexpr std::array<std::string_view, 3> keys_of_lattice{"a", "c", "u"};
constexpr std::array<std::string_view, 5> keys_of_hexagonal_constants{"C11", "C12", "C13", "C33", "C44"};
constexpr std::array<std::string_view, 4> keys_of_energies{"A", "B", "mixed", "source"};
constexpr std::array<std::string_view, 2> keys_of_rates{"exchange", "diffusion"};
constexpr std::array<std::string_view, 2> keys_of_rate{"prefactor", "barrier"};

constexpr NumberRule length_bounds{.allowed = "from 1 to 100 angstrom", .low = 1, .high = 100};
constexpr NumberRule constant_bounds{.allowed = "above 0, and at most 10000 GPa", .low = 1e-6, .high = 1e4};
constexpr NumberRule energy_bounds{.allowed = "between -100000 and 100000 eV", .low = -1e5, .high = 1e5};
constexpr NumberRule prefactor_bounds{.allowed = "from 1 to 1e20 Hz", .low = 1, .high = 1e20};
constexpr NumberRule barrier_bounds{.allowed = "from 0 to 20 eV", .low = 0, .high = 20};
constexpr NumberRule inner_coordinate_bounds{
    .allowed = "a number between 0 and 1 (in units of c)", .low = 1e-6, .high = 1 - 1e-6};

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string home_of_key(std::string_view key) {
  if (contains(keys_of_compound, key)) return "it belongs to 'A' and 'B'";
  if (contains(keys_of_hexagonal_constants, key)) return "it belongs to 'elastic' of 'A' and 'B'";
  if (contains(keys_of_material, key)) return "it belongs to the top of the file";
  if (contains(keys_of_rate, key)) return "it belongs to a rate of 'attempt_rates'";
  return "";
}

void miss(const YamlNode& map, std::string_view key, std::string_view explanation, Problems& problems) {
  problems.add(map.place, map.path, fmt::format("lacks '{}' ({})", key, explanation));
}

std::string read_source(const YamlNode& map, Problems& problems) {
  const Entry entry = find_entry(map, "source");
  if (!entry) return "";
  if (entry.value->is_text()) return entry.value->text;
  problems.add(entry.value->place, entry.value->path, fmt::format("must be a text, not {}", describe(*entry.value)));
  return "";
}

/// What a key of a mapping measures; nothing, with a problem, where it is missing or wrong.
std::optional<Measured> read_needed(const YamlNode& map, std::string_view key, Dimension dimension,
                                    const NumberRule& rule, std::string_view example, Problems& problems) {
  if (const Entry entry = find_entry(map, key)) return read_quantity(*entry.value, dimension, rule, example, problems);
  miss(map, key, fmt::format("such as '{}'", example), problems);
  return std::nullopt;
}

// ---- compounds

bool is_element(std::string_view symbol) { return contains(element_symbols(), symbol); }

/// "Cu2" of "Cu2Se": an element and how many; nothing when the text does not begin with an element.
std::optional<std::string> take_element(std::string_view& text) {
  std::size_t length = 0;
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') length = 1;
  while (length > 0 && length < text.size() && text[length] >= 'a' && text[length] <= 'z') ++length;
  const std::string symbol(text.substr(0, length));
  if (!is_element(symbol)) return std::nullopt;
  text.remove_prefix(length);
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
  return symbol;
}

void read_name(const YamlNode& map, Compound& compound, Problems& problems) {
  const Entry entry = find_entry(map, "name");
  if (!entry) {
    miss(map, "name", "a formula such as PbS", problems);
    return;
  }
  std::string_view rest = entry.value->is_text() ? std::string_view(entry.value->text) : "";
  const auto cation = take_element(rest);
  const auto anion = cation ? take_element(rest) : std::nullopt;
  if (anion && rest.empty() && *cation != *anion) {
    compound.name = entry.value->text;
    compound.cation = *cation;
    compound.anion = *anion;
    return;
  }
  problems.add(entry.value->place, entry.value->path,
               fmt::format("must be a formula of two elements, the cation first, such as PbS or Cu2Se, not {}",
                           describe(*entry.value)));
}

/// Nothing, with a problem, where nobody knows it.
std::optional<Structure> read_structure(const YamlNode& map, Problems& problems) {
  std::array<std::string_view, statics::all_structures.size()> words;
  std::ranges::transform(statics::all_structures, words.begin(), file_word);
  const Entry entry = find_entry(map, "structure");
  if (!entry) {
    miss(map, "structure", fmt::format("{}", fmt::join(words, ", ")), problems);
    return std::nullopt;
  }
  const auto word = read_word(*entry.value, words, problems);
  if (!word) return std::nullopt;
  return statics::all_structures.at(static_cast<std::size_t>(std::ranges::find(words, *word) - words.begin()));
}

std::optional<LatticeConstants> read_hexagonal_lattice(const YamlNode& node, Structure structure, Problems& problems) {
  constexpr std::string_view example = "{a: 4.30 angstrom, c: 7.01 angstrom, u: 0.376}";
  if (!node.is_map()) {
    problems.add(node.place, node.path,
                 fmt::format("a {} has two: write {}, not {}", file_word(structure), example, describe(node)));
    return std::nullopt;
  }
  refuse_unknown_keys(node, keys_of_lattice, home_of_key, problems);
  const auto a = read_needed(node, "a", Dimension::length, length_bounds, "4.30 angstrom", problems);
  const auto c = read_needed(node, "c", Dimension::length, length_bounds, "7.01 angstrom", problems);
  std::optional<Measured> u;
  if (const Entry entry = find_entry(node, "u"))
    if (const auto value = read_number(*entry.value, inner_coordinate_bounds, problems)) u = Measured{*value, 0};
  return a && c ? std::optional(LatticeConstants{*a, c, u}) : std::nullopt;
}

std::optional<LatticeConstants> read_lattice(const YamlNode& node, Structure structure, Problems& problems) {
  if (is_hexagonal(structure)) return read_hexagonal_lattice(node, structure, problems);
  if (node.is_map()) {
    problems.add(node.place, node.path,
                 fmt::format("a {} has one: write 5.94 angstrom, not {}", file_word(structure), describe(node)));
    return std::nullopt;
  }
  const auto a = read_quantity(node, Dimension::length, length_bounds, "5.94 angstrom", problems);
  return a ? std::optional(LatticeConstants{.a = *a}) : std::nullopt;
}

/// Born's conditions: a crystal that does not fulfil them falls apart by itself.
std::string reason_against(const ElasticConstants& elastic) {
  if (!(elastic.C11.value > elastic.C12.value)) return "C11 must be above C12: a crystal without that is not stable";
  if (!elastic.C13 || !elastic.C33) return "";
  const double inner = elastic.C13->value;
  if ((elastic.C11.value + elastic.C12.value) * elastic.C33->value > 2 * inner * inner) return "";
  return "(C11 + C12) C33 must be above 2 C13^2: a crystal without that is not stable";
}

std::optional<ElasticConstants> read_elastic(const YamlNode& node, Structure structure, Problems& problems) {
  const std::size_t before = problems.count();
  const bool hexagonal = is_hexagonal(structure);
  if (!expect_map(node, "a mapping such as {C11: 124 GPa, C12: 33 GPa, C44: 23 GPa}", problems)) return std::nullopt;
  if (!hexagonal)
    for (const std::string_view key : {"C13", "C33"})
      if (const Entry entry = find_entry(node, key))
        problems.add(entry.key->place, entry.value->path,
                     fmt::format("a {} is cubic, where that is {}; remove it", file_word(structure),
                                 key == "C13" ? "C12" : "C11"));
  refuse_unknown_keys(node, keys_of_hexagonal_constants, home_of_key, problems);
  const auto read = [&](std::string_view key) {
    return read_needed(node, key, Dimension::pressure, constant_bounds, "124 GPa", problems);
  };
  const auto c11 = read("C11");
  const auto c12 = read("C12");
  const auto c13 = hexagonal ? read("C13") : std::nullopt;
  const auto c33 = hexagonal ? read("C33") : std::nullopt;
  const auto c44 = find_entry(node, "C44") ? read("C44") : std::nullopt;
  if (problems.count() > before) return std::nullopt;
  const ElasticConstants elastic{*c11, *c12, c13, c33, c44};
  const std::string reason = reason_against(elastic);
  if (reason.empty()) return elastic;
  problems.add(node.place, node.path, reason);
  return std::nullopt;
}

std::optional<Measured> read_bulk_modulus(const YamlNode& map, Problems& problems) {
  const Entry entry = find_entry(map, "bulk_modulus");
  if (!entry) return std::nullopt;
  return read_quantity(*entry.value, Dimension::pressure, constant_bounds, "54 GPa", problems);
}

/// What a compound must have of its own.
struct Needed {
  bool lattice = true;  ///< nothing tells how to compute it
  bool modulus = true;  ///< the pair has none, and nothing tells how to compute it
};

Compound read_compound(const YamlNode& map, const Needed& needed, Problems& problems) {
  Compound compound;
  if (!expect_map(map, "a mapping with 'name', 'structure', 'lattice_constant' and 'elastic' or 'bulk_modulus'",
                  problems))
    return compound;
  refuse_unknown_keys(map, keys_of_compound, home_of_key, problems);
  read_name(map, compound, problems);
  const auto structure = read_structure(map, problems);
  compound.structure = structure.value_or(Structure::rocksalt);
  const Entry lattice = find_entry(map, "lattice_constant");
  const Entry elastic = find_entry(map, "elastic");
  if (!lattice && needed.lattice) miss(map, "lattice_constant", "such as 5.94 angstrom", problems);
  // How many there are of both depends on the structure.
  if (lattice && structure)
    compound.lattice = read_lattice(*lattice.value, *structure, problems).value_or(LatticeConstants{});
  if (elastic && structure) compound.elastic = read_elastic(*elastic.value, *structure, problems);
  compound.bulk_modulus = read_bulk_modulus(map, problems);
  if (needed.modulus && !elastic && !find_entry(map, "bulk_modulus"))
    miss(map, "elastic", "or 'bulk_modulus', such as 54 GPa; or one for the pair, at the top of the file", problems);
  compound.source = read_source(map, problems);
  return compound;
}

// ---- what pairs have

std::optional<EnergiesOfMixing> read_energies(const YamlNode& map, Problems& problems) {
  if (!expect_map(map, "a mapping with 'A', 'B' and 'mixed', energies per formula unit", problems)) return std::nullopt;
  refuse_unknown_keys(map, keys_of_energies, home_of_key, problems);
  const auto read = [&](std::string_view key) {
    return read_needed(map, key, Dimension::energy, energy_bounds, "-8.214 eV", problems);
  };
  const auto a = read("A");
  const auto b = read("B");
  const auto mixed = read("mixed");
  std::string source = read_source(map, problems);
  if (!a || !b || !mixed) return std::nullopt;
  return EnergiesOfMixing{*a, *b, *mixed, std::move(source)};
}

std::optional<AttemptRate> read_attempt_rate(const YamlNode& map, Problems& problems) {
  if (!expect_map(map, "a mapping such as {prefactor: 1e13 Hz, barrier: 0.43 eV}", problems)) return std::nullopt;
  refuse_unknown_keys(map, keys_of_rate, home_of_key, problems);
  const auto prefactor = read_needed(map, "prefactor", Dimension::rate, prefactor_bounds, "1e13 Hz", problems);
  const auto barrier = read_needed(map, "barrier", Dimension::energy, barrier_bounds, "0.43 eV", problems);
  if (!prefactor || !barrier) return std::nullopt;
  return AttemptRate{prefactor->value, barrier->value};
}

void read_root(const YamlNode& root, Material& material, Problems& problems) {
  if (!expect_map(root, "a mapping with 'A' and 'B'", problems)) return;
  refuse_unknown_keys(root, keys_of_material, home_of_key, problems);
  const Entry potentials = find_entry(root, "potentials");
  const Needed needed{!potentials, !potentials && !find_entry(root, "bulk_modulus")};
  for (const auto& [key, compound] : {std::pair("A", &material.A), std::pair("B", &material.B)}) {
    if (const Entry entry = find_entry(root, key))
      *compound = read_compound(*entry.value, needed, problems);
    else
      miss(root, key, key[0] == 'A' ? "the compound that a crystal begins as" : "the compound that it becomes",
           problems);
  }
  material.bulk_modulus = read_bulk_modulus(root, problems);
  if (const Entry entry = find_entry(root, "energies_of_mixing"))
    material.energies_of_mixing = read_energies(*entry.value, problems);
  if (const Entry entry = find_entry(root, "attempt_rates"))
    material.attempt_rates = read_attempt_rates(*entry.value, problems);
  if (!potentials) return;
  material.potentials = read_potentials(*potentials.value, material.A, material.B, problems);
  if (problems.empty()) compute_from_potentials(material, *potentials.value, problems);
}

}  // namespace

std::optional<AttemptRates> read_attempt_rates(const YamlNode& node, Problems& problems) {
  if (!expect_map(node, "a mapping with 'exchange' and 'diffusion'", problems)) return std::nullopt;
  refuse_unknown_keys(node, keys_of_rates, home_of_key, problems);
  const auto read = [&](std::string_view key) -> std::optional<AttemptRate> {
    if (const Entry entry = find_entry(node, key)) return read_attempt_rate(*entry.value, problems);
    miss(node, key, "such as {prefactor: 1e13 Hz, barrier: 0.43 eV}", problems);
    return std::nullopt;
  };
  const auto exchange = read("exchange");
  const auto diffusion = read("diffusion");
  return exchange && diffusion ? std::optional(AttemptRates{*exchange, *diffusion}) : std::nullopt;
}

Material parse_material(const std::string& text, const std::string& file_name) {
  Material material;
  material.file = file_name;
  material.text = text;
  Problems problems;
  try {
    const std::shared_ptr<const YamlNode> root = read_document(text, material_document, problems);
    if (root != nullptr) read_root(*root, material, problems);
  } catch (const TooManyProblems&) {
    throw MaterialError(file_name, problems.sorted());
  }
  if (!problems.empty()) throw MaterialError(file_name, problems.sorted());
  return material;
}

Material read_material(const std::filesystem::path& file, const std::function<void()>& interrupt) {
  try {
    return parse_material(read_text_file(file, material_document.name, interrupt), file);
  } catch (const MaterialError&) {
    throw;
  } catch (const FileProblems& error) {
    throw MaterialError(file, error.problems());
  }
}

}  // namespace nxmc

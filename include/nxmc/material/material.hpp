// A pair of compounds, of which a crystal begins as A and becomes B: what has been measured of them, with errors and
// sources.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nxmc/material/quantity.hpp"
#include "nxmc/statics/compound.hpp"
#include "nxmc/statics/potentials.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

using statics::Structure;
/// As material files call it: "rocksalt", "caesium chloride".
std::string_view file_word(Structure structure);

/// Å. Of cubic structures `a` alone.
struct LatticeConstants {
  Measured a;
  std::optional<Measured> c{};
  std::optional<Measured> u{};  ///< in units of c: from an anion to the cation above it
};

/// GPa. C13 and C33 of hexagonal structures only.
struct ElasticConstants {
  Measured C11;
  Measured C12;
  std::optional<Measured> C13{};
  std::optional<Measured> C33{};
  std::optional<Measured> C44{};
};

struct Compound {
  std::string name;    ///< "PbS", "Cu2Se"
  std::string cation;  ///< symbol of the element
  std::string anion;
  Structure structure = Structure::rocksalt;
  LatticeConstants lattice;
  std::optional<ElasticConstants> elastic{};
  std::optional<Measured> bulk_modulus{};  ///< GPa; as given, not from the elastic constants
  std::string source{};                    ///< empty: not told
};

/// eV per formula unit: of A, of B and of a random mixture of equal parts.
struct EnergiesOfMixing {
  Measured A;
  Measured B;
  Measured mixed;
  std::string source{};
};

/// How often an ion attempts a move: prefactor * exp(-barrier / k_BT).
struct AttemptRate {
  double prefactor = 0;  ///< 1/s
  double barrier = 0;    ///< eV
  friend bool operator==(const AttemptRate&, const AttemptRate&) = default;
};
/// 1/s. \param kelvin  temperature
double rate_at(const AttemptRate& attempt, double kelvin);

/// Of exchange with the solution at the surface, and of swaps of neighbours inside.
struct AttemptRates {
  AttemptRate exchange;
  AttemptRate diffusion;
  friend bool operator==(const AttemptRates&, const AttemptRates&) = default;
};

/// Pair potentials of all ions of a material.
struct Potentials {
  statics::PairPotentials ions;
  std::string source{};
  std::vector<std::string> remarks{};  ///< what is odd about what follows from them, in words for the user
};

struct Material {
  std::string file;  ///< as given, for messages
  std::string text;  ///< verbatim
  Compound A;
  Compound B;
  std::optional<Measured> bulk_modulus{};  ///< GPa, of the pair
  std::optional<EnergiesOfMixing> energies_of_mixing{};
  std::optional<AttemptRates> attempt_rates{};
  /// What is not given of A and B, and their energies of mixing, are computed from them when the file is read.
  std::optional<Potentials> potentials{};
};

/// The ions of a compound among those of the potentials. \pre the material has potentials
statics::Pairing ions_of(const Material& material, const Compound& compound);

/// What is wrong with a material file.
class MaterialError : public FileProblems {
 public:
  using FileProblems::FileProblems;
};

/// \throws MaterialError with every problem of the file
Material read_material(const std::filesystem::path& file, const std::function<void()>& interrupt = {});
Material parse_material(const std::string& text, const std::string& file_name);

/// What is allowed but hardly meant: "A is rocksalt and B wurtzite: …".
std::vector<std::string> hints(const Material& material);

/// The value of the key `attempt_rates`, which campaigns have, too; nothing, with problems, when it is wrong.
std::optional<AttemptRates> read_attempt_rates(const YamlNode& node, Problems& problems);

/// Symbols of the elements, from H to Og.
std::span<const std::string_view> element_symbols();

}  // namespace nxmc

// Numbers with units and errors, as people write them: `5.94(1) angstrom`, `-0.5 eV`, `450 K`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/numbers.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// What a unit measures, each in a unit of its own: Å, GPa, eV, K, 1/s, s, eV Å^6.
enum class Dimension : std::uint8_t { length, pressure, energy, temperature, rate, time, dispersion };

/// "a length in angstrom, nm or pm"
std::string described(Dimension dimension);

struct Unit {
  std::string_view name;
  Dimension dimension = Dimension::length;
  double size = 1;  ///< in the unit of its dimension
};
/// All that are read, the first of each dimension being its own.
std::span<const Unit> units();
/// nullptr if none is called so.
const Unit* unit_named(std::string_view name);

/// A value and its standard error, 0 where none is known.
struct Measured {
  double value = 0;
  double error = 0;
  friend bool operator==(const Measured&, const Measured&) = default;
};

/// A number with what stands behind it.
struct WrittenQuantity {
  Measured number;   ///< in the unit that is written
  std::string unit;  ///< as written; empty for a bare number
};
/// Nothing where the text does not begin with a number. The error in parentheses counts in the last digit: 5.94(1).
std::optional<WrittenQuantity> parse_quantity(std::string_view text);

/// Of a value that is to be a quantity of this dimension: what it is in the dimension's own unit; a problem and nothing
/// where it is none or the rule does not admit it. \param example  "5.94 angstrom"
std::optional<Measured> read_quantity(const YamlNode& node, Dimension dimension, const NumberRule& rule,
                                      std::string_view example, Problems& problems);

/// Why the unit is none of this dimension, and what to write.
std::string reason_against_unit(std::string_view unit, Dimension dimension);

}  // namespace nxmc

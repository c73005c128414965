#include "nxmc/material/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <vector>

#include "nxmc/material/constants.hpp"
#include "nxmc/yaml/words.hpp"

namespace nxmc {
namespace {

constexpr std::array all_units{
    Unit{"angstrom", Dimension::length, 1},
    Unit{"\u00C5", Dimension::length, 1},
    Unit{"\u212B", Dimension::length, 1},
    Unit{"nm", Dimension::length, 10},
    Unit{"pm", Dimension::length, 0.01},
    Unit{"GPa", Dimension::pressure, 1},
    Unit{"MPa", Dimension::pressure, 1e-3},
    Unit{"eV", Dimension::energy, 1},
    Unit{"meV", Dimension::energy, 1e-3},
    Unit{"kJ/mol", Dimension::energy, ev_per_kj_per_mol},
    Unit{"K", Dimension::temperature, 1},
    Unit{"Hz", Dimension::rate, 1},
    Unit{"THz", Dimension::rate, 1e12},
    Unit{"1/s", Dimension::rate, 1},
    Unit{"s", Dimension::time, 1},
    Unit{"ms", Dimension::time, 1e-3},
    Unit{"us", Dimension::time, 1e-6},
    Unit{"\u00B5s", Dimension::time, 1e-6},
    Unit{"\u03BCs", Dimension::time, 1e-6},
    Unit{"ns", Dimension::time, 1e-9},
    Unit{"ps", Dimension::time, 1e-12},
    Unit{"min", Dimension::time, 60},
    Unit{"h", Dimension::time, 3600},
    Unit{"d", Dimension::time, 86400},
    Unit{"eV angstrom^6", Dimension::dispersion, 1},
    Unit{"eV \u00C5^6", Dimension::dispersion, 1},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the front of a text, if there are any.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

double to_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : std::nan("");
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// "e-3" at the front of a text, which 'e' alone is not: 3 eV.
std::string take_exponent(std::string_view& text) {
  std::string_view rest = text;
  if (rest.empty() || (rest.front() != 'e' && rest.front() != 'E')) return "";
  rest.remove_prefix(1);
  std::string exponent = "e";
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
    if (rest.front() == '-') exponent += '-';
    rest.remove_prefix(1);
  }
  const std::string_view digits = take_digits(rest);
  if (digits.empty()) return "";
  text = rest;
  return exponent += digits;
}

std::string_view name_of(Dimension dimension) {
  constexpr std::array<std::string_view, 7> names{"length", "pressure", "energy",    "temperature",
                                                  "rate",   "time",     "dispersion"};
  return names.at(static_cast<std::size_t>(dimension));
}

/// As messages name them: of those that look different only.
std::vector<std::string_view> names_of_units(Dimension dimension) {
  std::vector<std::string_view> names;
  for (const Unit& unit : all_units) {
    const bool plain = std::ranges::all_of(unit.name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (unit.dimension == dimension && plain) names.push_back(unit.name);
  }
  return names;
}

}  // namespace

std::span<const Unit> units() { return all_units; }

const Unit* unit_named(std::string_view name) {
  const auto found = std::ranges::find(all_units, name, &Unit::name);
  return found == all_units.end() ? nullptr : &*found;
}

std::string described(Dimension dimension) {
  const std::vector<std::string_view> names = names_of_units(dimension);
  std::string list;
  for (std::size_t k = 0; k < names.size(); ++k)
    list += fmt::format("{}{}", k == 0 ? "" : k + 1 == names.size() ? " or " : ", ", names[k]);
  return fmt::format("{} {} in {}", dimension == Dimension::energy ? "an" : "a", name_of(dimension), list);
}

std::optional<WrittenQuantity> parse_quantity(std::string_view text) {
  text = trimmed(text);
  std::string number;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') number += '-';
    text.remove_prefix(1);
  }
  const std::string_view whole = take_digits(text);
  std::string_view decimals;
  number += whole;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    decimals = take_digits(text);
    number += fmt::format(".{}", decimals);
  }
  if (whole.empty() && decimals.empty()) return std::nullopt;
  std::string error;
  if (text.starts_with('(')) {
    std::string_view rest = text.substr(1);
    const std::string_view digits = take_digits(rest);
    if (digits.empty() || !rest.starts_with(')')) return std::nullopt;
    error = fmt::format("{}e-{}", digits, decimals.size());
    text = rest.substr(1);
  }
  const std::string exponent = take_exponent(text);
  const double power = exponent.empty() ? 1 : to_number("1" + exponent);
  WrittenQuantity written{{to_number(number + exponent), error.empty() ? 0 : to_number(error) * power},
                          std::string(trimmed(text))};
  if (!std::isfinite(written.number.value) || !std::isfinite(written.number.error)) return std::nullopt;
  return written;
}

std::string reason_against_unit(std::string_view unit, Dimension dimension) {
  const std::string wanted = described(dimension);
  if (dimension == Dimension::temperature && (unit == "C" || unit.ends_with("\u00B0C")))
    return "temperatures are in K: add 273.15 to degrees Celsius";
  if (const Unit* const known = unit_named(unit))
    return fmt::format("'{}' is a unit of {}; this is {}", unit, name_of(known->dimension), wanted);
  const std::vector<std::string_view> names = names_of_units(dimension);
  if (const auto nearest = nearest_word(unit, names))
    return fmt::format("there is no unit {}; did you mean '{}'?", quote(unit), *nearest);
  return fmt::format("there is no unit {}; this is {}", quote(unit), wanted);
}

std::optional<Measured> read_quantity(const YamlNode& node, Dimension dimension, const NumberRule& rule,
                                      std::string_view example, Problems& problems) {
  const auto refuse = [&](const std::string& reason) { problems.add(node.place, node.path, reason); };
  const auto written = node.is_text() && !node.quoted ? parse_quantity(node.text) : std::nullopt;
  if (!written) {
    refuse(fmt::format("must be {}, such as '{}', not {}", described(dimension), example, describe(node)));
    return std::nullopt;
  }
  if (written->unit.empty()) {
    refuse(fmt::format("lacks its unit: must be {}, such as '{}'", described(dimension), example));
    return std::nullopt;
  }
  const Unit* const unit = unit_named(written->unit);
  if (unit == nullptr || unit->dimension != dimension) {
    refuse(reason_against_unit(written->unit, dimension));
    return std::nullopt;
  }
  const Measured measured{written->number.value * unit->size, written->number.error * unit->size};
  if (rule.admits(measured.value)) {
    if (!(rule.low > 0) || measured.error < measured.value) return measured;
    refuse(fmt::format("{} has an error as large as itself", describe(node)));
    return std::nullopt;
  }
  refuse(fmt::format("must be {}, not {}", rule.allowed, describe(node)));
  return std::nullopt;
}

}  // namespace nxmc

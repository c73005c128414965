// `nxmc material`: pairs of compounds in the units of the model.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "nxmc/material/lammps_input.hpp"
#include "nxmc/material/model_units.hpp"
#include "output.hpp"
#include "structure_table.hpp"

namespace nxmc {
namespace {

constexpr double percent = 100;
constexpr double mev = 1e3;  // per eV

std::vector<double> kelvins(const std::vector<std::string>& texts) {
  std::vector<double> all;
  for (const std::string& text : texts) {
    double kelvin = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), kelvin);
    const bool read = error == std::errc{} && end == text.data() + text.size();
    if (!read || !(kelvin > 0) || kelvin > 1e5)
      throw UsageError(fmt::format("--temperatures: '{}' is no temperature in K; write for example 300,450", text));
    all.push_back(kelvin);
  }
  return all;
}

// ---- one pair, a line for each number

/// A row of the table: what it is, of what, and how much.
struct Line {
  std::string quantity;
  std::string of;
  Measured measured;
  std::string unit;
  std::string source{};
  double kelvin = std::nan("");
  std::string regime{};
};

Measured times(const Measured& measured, double factor) { return {measured.value * factor, measured.error * factor}; }

void add_compound(std::vector<Line>& lines, const Compound& compound, const Measured& edge, const Measured& bulk) {
  const auto given = [&](const char* quantity, const std::optional<Measured>& measured, const char* unit) {
    if (measured) lines.push_back({quantity, compound.name, *measured, unit, compound.source});
  };
  given("a", compound.lattice.a, "angstrom");
  given("c", compound.lattice.c, "angstrom");
  given("u", compound.lattice.u, "c");
  if (edge.value != compound.lattice.a.value)
    lines.push_back({"cubic_edge", compound.name, edge, "angstrom", "volume of 4 formula units"});
  if (const auto& elastic = compound.elastic) {
    given("C11", elastic->C11, "GPa");
    given("C12", elastic->C12, "GPa");
    given("C13", elastic->C13, "GPa");
    given("C33", elastic->C33, "GPa");
    given("C44", elastic->C44, "GPa");
  }
  if (compound.bulk_modulus)
    given("bulk_modulus", compound.bulk_modulus, "GPa");
  else if (!std::isnan(bulk.value))
    lines.push_back({"bulk_modulus", compound.name, bulk, "GPa",
                     is_hexagonal(compound.structure) ? "(2 (C11 + C12) + 4 C13 + C33) / 9" : "(C11 + 2 C12) / 3"});
}

void add_model(std::vector<Line>& lines, const ModelUnits& units) {
  const std::string of = units.dimension == 3 ? "3D" : "2D";
  lines.push_back({"spacing", of, units.spacing, "angstrom", units.dimension == 3 ? "a" : "a / sqrt(2)"});
  lines.push_back({"k", of, units.k, "eV/angstrom^2", units.dimension == 3 ? "3 a B / 5" : "2 a B / 3"});
  lines.push_back({"Delta", of, units.delta, "angstrom", "(l_AA - l_BB) / 2"});
  lines.push_back({"epsilon", of, times(units.epsilon, mev), "meV", "k Delta^2 / 4"});
  if (units.J)
    lines.push_back({"J", of, times(*units.J, mev), "meV",
                     fmt::format("2 mixing {}/ {}", units.formula_units > 1 ? "* 4 " : "", units.neighbours)});
}

void add_temperatures(std::vector<Line>& lines, const ModelUnits& units, const std::vector<double>& temperatures) {
  const std::string of = units.dimension == 3 ? "3D" : "2D";
  for (const double kelvin : temperatures)
    lines.push_back({"kT/epsilon", of, thermal_energy_in(units.epsilon, kelvin), "1", "", kelvin,
                     std::string(to_string(regime_at(units, kelvin)))});
  if (!units.J) return;
  for (const double kelvin : temperatures)
    lines.push_back({"kT/J", of, thermal_energy_in(*units.J, kelvin), "1", "", kelvin});
}

std::vector<Line> lines_of(const Material& material, const PairProperties& pair,
                           const std::vector<double>& temperatures) {
  std::vector<Line> lines;
  add_compound(lines, material.A, pair.edge_A, pair.bulk_A);
  add_compound(lines, material.B, pair.edge_B, pair.bulk_B);
  if (pair.anisotropy_A)
    lines.push_back({"anisotropy", material.A.name, *pair.anisotropy_A, "1", "2 C44 / (C11 - C12)"});
  if (pair.anisotropy_B)
    lines.push_back({"anisotropy", material.B.name, *pair.anisotropy_B, "1", "2 C44 / (C11 - C12)"});
  lines.push_back({"a", "pair", pair.edge, "angstrom", "mean"});
  lines.push_back({"mismatch", "pair", times(pair.mismatch, percent), "%", "(a_A - a_B) / a"});
  lines.push_back({"bulk_modulus", "pair", pair.bulk, "GPa", material.bulk_modulus ? "given" : "mean"});
  if (pair.mixing)
    lines.push_back({"mixing", "pair", times(*pair.mixing, mev), "meV", material.energies_of_mixing->source});
  for (const ModelUnits& units : {pair.cubic, pair.triangular}) add_model(lines, units);
  for (const ModelUnits& units : {pair.cubic, pair.triangular}) add_temperatures(lines, units, temperatures);
  return lines;
}

Table table_of(const std::vector<Line>& lines) {
  std::vector<std::string> quantities;
  std::vector<std::string> of;
  std::vector<double> temperatures;
  std::vector<double> values;
  std::vector<double> errors;
  std::vector<std::string> units;
  std::vector<std::string> regimes;
  std::vector<std::string> sources;
  for (const Line& line : lines) {
    quantities.push_back(line.quantity);
    of.push_back(line.of);
    temperatures.push_back(line.kelvin);
    values.push_back(line.measured.value);
    errors.push_back(line.measured.error > 0 ? line.measured.error : std::nan(""));
    units.push_back(line.unit == "1" ? "" : line.unit);
    regimes.push_back(line.regime);
    sources.push_back(line.source);
  }
  return {{{"quantity", "", Role::label, std::move(quantities)},
           {"of", "", Role::label, std::move(of)},
           {"temperature", "K", Role::parameter, std::move(temperatures)},
           {"value", "", Role::observable, std::move(values)},
           {"value_err", "", Role::observable, std::move(errors)},
           {"unit", "", Role::label, std::move(units)},
           {"regime", "", Role::label, std::move(regimes)},
           {"source", "", Role::label, std::move(sources)}},
          lines.size()};
}

std::string described(const Compound& compound) {
  return fmt::format("{} ({})", compound.name, file_word(compound.structure));
}

std::string_view in_words(Regime regime) {
  switch (regime) {
    case Regime::patterns:
      return "patterns are expected";
    case Regime::border:
      return "this is the border, where order comes and goes";
    case Regime::mixing:
      break;
  }
  return "A and B are expected to mix without patterns";
}

std::string sentence_on_regime(const PairProperties& pair, double kelvin) {
  if (pair.cubic.epsilon.value == 0)
    return "Both have the same lattice constant: there is no elastic energy of mixing.";
  const auto ratio = [&](const ModelUnits& units) { return thermal_energy_in(units.epsilon, kelvin).value; };
  return fmt::format(
      "At {:.6g} K k_BT/epsilon is {:.3g} in 3D: {}. Crystals of the papers order in patterns below about 1.5, which "
      "is "
      "{:.3g} K here; in 2D, where it is {:.3g}, below 0.2 to 0.3, {:.3g} K.",
      kelvin, ratio(pair.cubic), in_words(regime_at(pair.cubic, kelvin)), patterned_below(pair.cubic),
      ratio(pair.triangular), patterned_below(pair.triangular));
}

void print_pair(std::ostream& out, const Material& material, const std::vector<double>& temperatures,
                TableFormat format) {
  const PairProperties pair = properties_of(material);
  const Table table = table_of(lines_of(material, pair, temperatures));
  if (format != TableFormat::table) {
    print_table(out, table, format, false);
    return;
  }
  out << fmt::format("{} to {}\n\n", described(material.A), described(material.B));
  print_table(out, without_empty_columns(table), format, true);
  out << '\n' << sentence_on_regime(pair, temperatures.front()) << '\n';
}

// ---- several pairs, a line for each

Table compared(const std::vector<Material>& materials, const std::vector<double>& temperatures) {
  std::vector<std::string> from;
  std::vector<std::string> to;
  std::vector<PairProperties> pairs;
  for (const Material& material : materials) {
    from.push_back(material.A.name);
    to.push_back(material.B.name);
    pairs.push_back(properties_of(material));
  }
  Table table{{{"A", "", Role::label, std::move(from)}, {"B", "", Role::label, std::move(to)}}, materials.size()};
  const auto add = [&](const std::string& name, const char* unit, const auto& of) {
    std::vector<double> values;
    std::vector<double> errors;
    for (const PairProperties& pair : pairs) {
      const Measured measured = of(pair);
      values.push_back(measured.value);
      errors.push_back(measured.error > 0 ? measured.error : std::nan(""));
    }
    const bool any_error = std::ranges::any_of(errors, [](double error) { return !std::isnan(error); });
    table.columns.push_back({name, unit, Role::observable, std::move(values)});
    if (any_error) table.columns.push_back({name + "_err", unit, Role::observable, std::move(errors)});
  };
  add("a", "angstrom", [](const PairProperties& pair) { return pair.edge; });
  add("mismatch", "%", [](const PairProperties& pair) { return times(pair.mismatch, percent); });
  add("bulk_modulus", "GPa", [](const PairProperties& pair) { return pair.bulk; });
  add("epsilon", "meV", [](const PairProperties& pair) { return times(pair.cubic.epsilon, mev); });
  for (const double kelvin : temperatures)
    add(fmt::format("kT/epsilon_{:.6g}K", kelvin), "1",
        [&](const PairProperties& pair) { return thermal_energy_in(pair.cubic.epsilon, kelvin); });
  for (const double kelvin : temperatures) {
    std::vector<std::string> regimes;
    regimes.reserve(pairs.size());
    for (const PairProperties& pair : pairs) regimes.emplace_back(to_string(regime_at(pair.cubic, kelvin)));
    table.columns.push_back({fmt::format("regime_{:.6g}K", kelvin), "", Role::label, std::move(regimes)});
  }
  add("patterns_below", "K", [](const PairProperties& pair) { return Measured{patterned_below(pair.cubic)}; });
  return table;
}

// ---- what pair potentials tell

/// The one material that an option is about. \throws UsageError
const Material& with_potentials(const std::vector<Material>& materials, const char* option) {
  if (materials.size() > 1) throw UsageError(fmt::format("{}: of one material, not of {}", option, materials.size()));
  if (!materials.front().potentials)
    throw UsageError(
        fmt::format("{}: {} has no 'potentials', which campaigns/materials/pbse-cdse-potentials.yaml shows", option,
                    materials.front().file));
  return materials.front();
}

void print_structures(const Material& material, double pressure, TableFormat format) {
  const Table table = structure_table(material, pressure);
  print_to_stdout([&](std::ostream& out) { print_table(out, table, format, true); });
}

void write_lammps_input(const Material& material, const std::filesystem::path& folder) {
  require_new_file(folder);
  const std::vector<NamedText> files = lammps_input(material);
  std::map<std::string, Printer> printers;
  for (const NamedText& file : files) printers[file.name] = [&file](std::ostream& out) { out << file.text; };
  print_to_new_folder(folder, printers);
}

}  // namespace

ExitCode show_material(const MaterialArguments& arguments, const GlobalOptions& global) {
  std::vector<double> temperatures = kelvins(arguments.temperatures);
  const bool several = arguments.files.size() > 1;
  if (temperatures.empty())
    temperatures = several ? std::vector{300.0, 450.0} : std::vector{300.0, 350.0, 400.0, 450.0, 500.0};
  std::vector<Material> materials;
  for (const std::string& file : arguments.files) materials.push_back(read_material(file));
  for (const Material& material : materials)
    for (const std::string& line : hints(material)) hint(global, line);
  if (!arguments.lammps.empty()) {
    write_lammps_input(with_potentials(materials, "--lammps"), arguments.lammps);
    hint(global,
         fmt::format("{} holds input for LAMMPS: cd {} && lmp -in in.energy", arguments.lammps, arguments.lammps));
    return ExitCode::done;
  }
  if (arguments.structures) {
    print_structures(with_potentials(materials, "--structures"), arguments.pressure, arguments.format);
    return ExitCode::done;
  }
  print_to_stdout([&](std::ostream& out) {
    if (several)
      print_table(out, compared(materials, temperatures), arguments.format, true);
    else
      print_pair(out, materials.front(), temperatures, arguments.format);
  });
  return ExitCode::done;
}

}  // namespace nxmc

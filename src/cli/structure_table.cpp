#include "structure_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "nxmc/statics/properties.hpp"

namespace nxmc {
namespace {

using statics::StructureProperties;

struct Rows {
  std::vector<std::string> compounds, structures, quantities, units, remarks;
  std::vector<double> values;

  void add(const std::string& compound, const StructureProperties& properties, std::string quantity, double value,
           std::string unit, std::string remark = "") {
    compounds.push_back(compound);
    structures.emplace_back(to_string(properties.structure));
    quantities.push_back(std::move(quantity));
    values.push_back(value);
    units.push_back(std::move(unit));
    remarks.push_back(std::move(remark));
  }
};

void add_elastic_constants(Rows& rows, const std::string& compound, const StructureProperties& one) {
  const auto add = [&](const char* name, int row, int column) {
    rows.add(compound, one, name, one.stiffness(row, column), "GPa");
  };
  add("C11", 0, 0);
  add("C12", 0, 1);
  if (statics::is_hexagonal(one.structure)) {
    add("C13", 0, 2);
    add("C33", 2, 2);
  }
  add("C44", 3, 3);
  if (statics::is_hexagonal(one.structure)) add("C66", 5, 5);
  rows.add(compound, one, "B", one.bulk_modulus, "GPa");
}

void add_structure(Rows& rows, const std::string& compound, const StructureProperties& one,
                   std::string_view ground_state) {
  if (!one.crystal) {
    rows.add(compound, one, "energy", std::nan(""), "eV", one.refusal);
    return;
  }
  rows.add(compound, one, "a", one.crystal->shape.a, "angstrom",
           one.instability.empty() ? "" : "not stable: " + one.instability);
  if (statics::is_hexagonal(one.structure)) {
    rows.add(compound, one, "c", one.crystal->shape.c, "angstrom");
    rows.add(compound, one, "u", one.crystal->shape.u, "c");
  }
  add_elastic_constants(rows, compound, one);
  rows.add(compound, one, "energy", one.crystal->energy, "eV");
  if (one.crystal->pressure != 0) rows.add(compound, one, "enthalpy", one.crystal->enthalpy, "eV");
  if (one.above_ground > 0)
    rows.add(compound, one, one.crystal->pressure == 0 ? "Delta_E" : "Delta_H", one.above_ground, "eV",
             fmt::format("above {}", ground_state));
  if (one.transition)
    rows.add(compound, one, "P_T", *one.transition, "GPa",
             fmt::format("from {}{}", ground_state,
                         one.unstable_there.empty() ? "" : "; not stable there: " + one.unstable_there));
  for (const statics::SurfaceProperties& surface : one.surfaces) {
    const std::string quantity = fmt::format("surface_{}", surface.plane);
    if (surface.energy)
      rows.add(compound, one, quantity, surface.energy->relaxed, "J/m^2",
               fmt::format("{:.3f} as cut", surface.energy->as_cut));
    else
      rows.add(compound, one, quantity, std::nan(""), "J/m^2", surface.refusal);
  }
}

void add_compound(Rows& rows, const Material& material, const Compound& compound, double pressure) {
  const auto all =
      statics::properties(material.potentials->ions, ions_of(material, compound), pressure / statics::gigapascals);
  std::string_view ground_state;
  for (const StructureProperties& one : all)
    if (one.crystal && one.above_ground == 0) ground_state = to_string(one.structure);
  for (const StructureProperties& one : all) add_structure(rows, compound.name, one, ground_state);
}

}  // namespace

Table structure_table(const Material& material, double pressure) {
  Rows rows;
  add_compound(rows, material, material.A, pressure);
  if (material.B.name != material.A.name) add_compound(rows, material, material.B, pressure);
  const std::size_t count = rows.values.size();
  return {{{"compound", "", Role::label, std::move(rows.compounds)},
           {"structure", "", Role::label, std::move(rows.structures)},
           {"quantity", "", Role::label, std::move(rows.quantities)},
           {"value", "", Role::observable, std::move(rows.values)},
           {"unit", "", Role::label, std::move(rows.units)},
           {"remark", "", Role::label, std::move(rows.remarks)}},
          count};
}

}  // namespace nxmc

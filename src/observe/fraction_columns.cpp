// Fractions of sites in phases, as results show them.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

FractionColumn column_along(const char* axis, Phase phase) {
  return {std::string("f_C") + axis,
          std::string("fraction of interior sites in columns along ") + axis +
              ": the two nearest neighbours along it are like the site, the four across unlike; 3D only",
          {phase}};
}

std::vector<FractionColumn> make_fraction_columns() {
  return {
      {"f_U1", "fraction of interior sites in phase U1: A surrounded by A", {Phase::U1}},
      {"f_S1",
       "fraction of interior sites in superlattice phase S1: B in a ring of A, or A in an alternating ring",
       {Phase::S1}},
      {"f_0", "fraction of interior sites in no phase", {Phase::none}},
      {"f_S2",
       "fraction of interior sites in superlattice phase S2: A in a ring of B, or B in an alternating ring",
       {Phase::S2}},
      {"f_U2", "fraction of interior sites in phase U2: B surrounded by B", {Phase::U2}},
      {"f_U", "fraction of interior sites in the united phases, f_U1 + f_U2", {Phase::U1, Phase::U2}},
      {"f_S", "fraction of interior sites in the superlattice phases, f_S1 + f_S2; 2D only", {Phase::S1, Phase::S2}},
      column_along("x", Phase::Cx),
      column_along("y", Phase::Cy),
      column_along("z", Phase::Cz),
      {"f_C", "fraction of interior sites in columns, f_Cx + f_Cy + f_Cz; 3D only", {Phase::Cx, Phase::Cy, Phase::Cz}},
  };
}

}  // namespace

std::span<const FractionColumn> fraction_columns() {
  static const std::vector<FractionColumn> columns = make_fraction_columns();
  return columns;
}

bool exists_in(const FractionColumn& column, int dimension) {
  const std::span<const Phase> there = phases_in(dimension);
  return std::ranges::all_of(column.phases,
                             [&](Phase phase) { return std::ranges::find(there, phase) != there.end(); });
}

std::vector<double> values_of_columns(const PhaseFractions& fractions, int dimension) {
  std::vector<double> values;
  for (const FractionColumn& column : fraction_columns()) {
    double sum = 0;
    for (const Phase phase : column.phases) sum += fractions.of(phase);
    values.push_back(exists_in(column, dimension) ? sum : std::numeric_limits<double>::quiet_NaN());
  }
  return values;
}

}  // namespace nxmc

// Columns in K, eV, nm and s.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "nxmc/query/table.hpp"

namespace nxmc {

/// What a job's numbers of the model are; NaN where it is not known.
struct UnitsOfJob {
  double temperature = 0;        ///< K
  double energy = 0;             ///< eV
  double length = 0;             ///< nm
  double time = 0;               ///< s
  bool size_is_a_length = true;  ///< of lists of sites it is how many there are
};

/// How a column is converted.
enum class PhysicalColumn : std::uint8_t { temperature, energy, energy_parameter, length, time, rate, name_of_unit };
/// By the name of the column.
using PhysicalColumns = std::map<std::string, PhysicalColumn>;

/// The columns that have other units then, which they get here.
PhysicalColumns make_physical(Table& columns);
/// Whether the column, which has its physical unit, is one of words that are converted.
bool is_physical(const TableColumn& column);

void convert_cell(TableColumn& column, std::size_t row, PhysicalColumn how, const UnitsOfJob& units);

}  // namespace nxmc

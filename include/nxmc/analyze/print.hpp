// Tables as text for people (aligned), for spreadsheets (csv) and for programs (json).
#pragma once

#include <cstdint>
#include <ostream>

#include "nxmc/analyze/table.hpp"

namespace nxmc {

enum class TableFormat : std::uint8_t { table, csv, json };

/// table: aligned; a value with an error bar `<name>_err` beside it is printed to the error's second digit, other
/// measured values with 6 digits; missing is '-'. With `show_units` a second line gives the units of columns that have
/// one. csv: RFC 4180 with plain line feeds; numbers read back as the same double; missing is empty. json: one array,
/// one object per row; missing is null.
void print_table(std::ostream& out, const Table& table, TableFormat format, bool show_units);

/// A value and its error with as many decimals as the error's second digit needs: {0.51731, 0.0042} is {"0.5173",
/// "0.0042"}.
struct PrintedPair {
  std::string value;
  std::string error;
};
PrintedPair print_with_error(double value, double error);

}  // namespace nxmc

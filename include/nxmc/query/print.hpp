// Tables as text for people (aligned), for spreadsheets (csv) and for programs (json).
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

#include "nxmc/query/table.hpp"

namespace nxmc {

enum class TableFormat : std::uint8_t { table, csv, json };

/// table: aligned; a value with an error bar `<name>_err` beside it is printed to the error's second digit, other
/// measured values with 6 digits; missing is '-'. With `show_units` a second line gives the units of columns that have
/// one. csv: RFC 4180 with plain line feeds; numbers read back as the same double; missing is empty. json: one array,
/// one object per row; missing is null.
void print_table(std::ostream& out, const Table& table, TableFormat format, bool show_units);

/// Prints a table that comes block by block, in memory that does not grow with its rows.
class TablePrinter {
 public:
  struct Options {
    TableFormat format = TableFormat::table;
    bool show_units = false;
    bool leave_out_empty_columns = false;  ///< those that have no value in any row, if there are rows; with a look only
  };
  /// \param columns  what is printed, without rows; blocks may have more
  TablePrinter(Table columns, const Options& options);
  ~TablePrinter();
  TablePrinter(TablePrinter&&) noexcept;
  TablePrinter& operator=(TablePrinter&&) noexcept;

  /// Aligned columns are as wide as their longest cell: all blocks have to be shown before they are printed.
  bool looks_first() const;
  void look(const Block& block);
  void begin(std::ostream& out);
  void print(std::ostream& out, const Block& block);
  void end(std::ostream& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A value and its error with as many decimals as the error's second digit needs: {0.51731, 0.0042} is {"0.5173",
/// "0.0042"}.
struct PrintedPair {
  std::string value;
  std::string error;
};
PrintedPair print_with_error(double value, double error);

}  // namespace nxmc

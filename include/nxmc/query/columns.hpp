// What there is to ask for: the columns of each kind of rows, the same for every archive.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "nxmc/query/table.hpp"

namespace nxmc {

/// A column that is none of /jobs and the results, in the words of `nxmc query --describe`.
struct DescribedColumn {
  const char* name;
  const char* unit;
  const char* type;
  const char* role;
  const char* meaning;
};

enum class RowKind : std::uint8_t {
  jobs,      ///< one per job, finished or not: job scan method … numerics state, then the observables of equilibrium
             ///< jobs, each followed by its error bar, then wall_seconds, and what a whole exchange took
  times,     ///< one per finished exchange job and observation time: the job's columns, time, c, f_U1 … rms_area
  profiles,  ///< one per finished job of a box and plane of it (and time, for exchange): …, time, plane, c, c_err
  series  ///< one per finished equilibrium job and stretch of its chain: …, sweep, bin_sweeps, f_U1 … f_C, c, energy
};

/// Each kind of rows, with the option that shows them.
struct RowKindOption {
  RowKind kind;
  std::string_view option;
};
inline constexpr std::array row_kinds{RowKindOption{RowKind::jobs, "jobs"}, RowKindOption{RowKind::times, "--times"},
                                      RowKindOption{RowKind::profiles, "--profiles"},
                                      RowKindOption{RowKind::series, "--series"}};
/// Those of them that are options, as a sentence names them.
inline constexpr std::string_view options_of_rows = "--times, --profiles and --series";

/// All columns that rows of a kind have, without rows.
Table columns_of(RowKind kind);
/// Those of them that are known without reading results.
Table parameter_columns();

/// Whether it is a parameter that few campaigns set.
bool is_uncommon_parameter(std::string_view name);

/// What a query can ask for: one row for each column, with its unit, type (real, whole, word), role (label, parameter,
/// measured), the rows that have it and its meaning. Python's columns.json is made from it.
Table describe_columns();

}  // namespace nxmc

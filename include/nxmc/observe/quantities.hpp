// Names, units and meanings of everything that is measured: one table for engines, archive and queries.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nxmc {

struct Quantity {
  std::string name;
  std::string unit;         ///< "1", "energy_unit", "sweeps", "a^2/a^2"…; energy_unit is the job's (epsilon, J or k_BT)
  std::string description;
};

/// Columns of one equilibrium result row, each observable followed by its error bar `<name>_err`:
/// f_U1 f_S1 f_0 f_S2 f_U2 f_U f_U_var energy rms_area (with _err), then acceptance and tau_int (without).
std::span<const Quantity> equilibrium_columns();

/// Columns of one observation of an exchange trajectory: c f_U1 f_S1 f_0 f_S2 f_U2 f_U energy rms_area.
std::span<const Quantity> exchange_columns();

/// Columns of the summary of an exchange trajectory: events, end_time.
std::span<const Quantity> exchange_summary_columns();

}  // namespace nxmc

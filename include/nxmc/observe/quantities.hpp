// Names, units and meanings of everything that is measured: one table for engines, archive and queries.
#pragma once

#include <span>
#include <string>

namespace nxmc {

struct Quantity {
  std::string name;
  std::string
      unit;  ///< "1", "sweeps", "energy_unit" (the job's: epsilon, J or k_BT), "time_unit" (that of the job's rates)
  std::string description;
};

/// Columns of one equilibrium result row, each observable followed by its error bar `<name>_err`:
/// f_U1 f_S1 f_0 f_S2 f_U2 f_U f_U_var energy rms_area (with _err), then acceptance and tau_int (without).
///
/// Crystals in 3D have neither S1 nor S2: their columns hold NaN.
std::span<const Quantity> equilibrium_columns();

/// Columns of one observation of an exchange trajectory: c f_U1 f_S1 f_0 f_S2 f_U2 f_U energy rms_area.
std::span<const Quantity> exchange_columns();

/// Columns of the summary of an exchange trajectory: events, end_time.
std::span<const Quantity> exchange_summary_columns();

}  // namespace nxmc

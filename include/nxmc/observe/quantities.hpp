// Names, units and meanings of everything that is measured: one table for engines, archive and queries.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nxmc {

struct Quantity {
  std::string name;
  std::string
      unit;  ///< "1", "sweeps", "energy_unit" (the job's: epsilon, J or k_BT), "time_unit" (that of the job's rates)
  std::string description;
  std::vector<std::string> parts{};  ///< columns whose sum it is, in this order; empty where it is no sum
};

/// Columns of one equilibrium result row, each observable followed by its error bar `<name>_err`:
/// f_U1 f_S1 f_0 f_S2 f_U2 f_U f_S f_Cx f_Cy f_Cz f_C f_U_var energy rms_area c c_var (with _err), then
/// acceptance, tau_int, exchange_acceptance, round_trips, restarts and coverage (without), of which the last four are
/// NaN without a ladder or window. c and c_var are NaN where the composition is fixed.
///
/// Crystals in 3D have no superlattices, those in 2D no columns: f_S and its parts, f_C and its parts hold NaN there.
std::span<const Quantity> equilibrium_columns();

/// Its place among them. \pre there is one of this name
std::size_t equilibrium_column(std::string_view name);

/// Columns of one stretch of an equilibrium chain, those of a result row that are plain averages: the fractions f_U1 …
/// f_C, energy, c.
std::span<const Quantity> series_columns();

/// Columns of one observation of an exchange trajectory: c, the fractions f_U1 … f_C, energy, rms_area.
std::span<const Quantity> exchange_columns();

/// Columns of the summary of an exchange trajectory: events, end_time.
std::span<const Quantity> exchange_summary_columns();

}  // namespace nxmc

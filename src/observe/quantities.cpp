#include "nxmc/observe/quantities.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>
#include <vector>

#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

std::string name_of_fraction(Phase phase) {
  for (const FractionColumn& column : fraction_columns())
    if (column.phases == std::vector{phase}) return column.name;
  return {};
}

std::vector<Quantity> phase_fraction_quantities() {
  std::vector<Quantity> quantities;
  for (const FractionColumn& column : fraction_columns()) {
    Quantity& quantity = quantities.emplace_back(Quantity{column.name, "1", column.meaning});
    if (column.phases.size() == 1) continue;
    for (const Phase phase : column.phases) quantity.parts.push_back(name_of_fraction(phase));
  }
  return quantities;
}

std::vector<Quantity> with_error_bars(const std::vector<Quantity>& quantities) {
  std::vector<Quantity> columns;
  for (const Quantity& quantity : quantities) {
    columns.push_back(quantity);
    columns.push_back(
        {quantity.name + "_err", quantity.unit, "standard error of " + quantity.name + ", autocorrelation included"});
  }
  return columns;
}

Quantity energy_of_equilibrium() {
  return {"energy", "energy_unit",
          "energy of the whole crystal, in the semi-grand ensemble with its term -(delta_mu / 2) sum sigma"};
}

Quantity core_composition() { return {"c", "1", "fraction of A in the core, in the semi-grand ensemble"}; }

std::vector<Quantity> make_equilibrium_columns() {
  std::vector<Quantity> observables = phase_fraction_quantities();
  observables.push_back({"f_U_var", "1", "variance of f_U over the chain, <f_U^2> - <f_U>^2"});
  observables.push_back(energy_of_equilibrium());
  observables.push_back(
      {"rms_area", "1",
       "root mean square deviation of the local area (Eq. 14) from its mean, over interior sites and samples"});
  observables.push_back(core_composition());
  observables.push_back(
      {"c_var", "1", "variance of c over the chain; the susceptibility dc / d delta_mu is n_core c_var / temperature"});

  std::vector<Quantity> columns = with_error_bars(observables);
  columns.push_back({"acceptance", "1",
                     "accepted moves (swaps, in the semi-grand ensemble also flips) per attempt in the measured "
                     "sweeps, picks of like "
                     "occupants included"});
  columns.push_back(
      {"tau_int", "sweeps",
       "integrated autocorrelation time of f_U, in the semi-grand ensemble that of c if it is longer, in the bulk in "
       "2D those of f_S1 and f_S2; 1/2 "
       "sample when uncorrelated"});
  columns.push_back({"exchange_acceptance", "1",
                     "on a ladder: accepted exchanges of configurations with the next rung per attempt in the measured "
                     "sweeps"});
  columns.push_back({"round_trips", "1",
                     "on a ladder: how often its configurations came from its first rung to its last and back, changed "
                     "meanwhile by a move for each core site; equilibration included"});
  columns.push_back({"restarts", "1",
                     "on a ladder: how often its configurations came from its first rung to its last; equilibration "
                     "included"});
  columns.push_back({"coverage", "1",
                     "of a flat histogram: measured visits of the part of its window that it saw least, over their "
                     "mean; 0 where a part was never seen"});
  return columns;
}

std::vector<Quantity> make_series_columns() {
  std::vector<Quantity> columns = phase_fraction_quantities();
  columns.push_back(energy_of_equilibrium());
  columns.push_back(core_composition());
  return columns;
}

std::vector<Quantity> make_exchange_columns() {
  std::vector<Quantity> columns{{"c", "1", "fraction of A in the whole crystal"}};
  for (Quantity& quantity : phase_fraction_quantities()) columns.push_back(std::move(quantity));
  columns.push_back({"energy", "energy_unit", "energy of the whole crystal, exchange term included"});
  columns.push_back({"rms_area", "1", "root mean square of the local area deviation (Eq. 14) over interior sites"});
  return columns;
}

}  // namespace

std::span<const Quantity> equilibrium_columns() {
  static const std::vector<Quantity> columns = make_equilibrium_columns();
  return columns;
}

std::size_t equilibrium_column(std::string_view name) {
  const auto found = std::ranges::find(equilibrium_columns(), name, &Quantity::name);
  assert(found != equilibrium_columns().end());
  return static_cast<std::size_t>(found - equilibrium_columns().begin());
}

std::span<const Quantity> series_columns() {
  static const std::vector<Quantity> columns = make_series_columns();
  return columns;
}

std::span<const Quantity> exchange_columns() {
  static const std::vector<Quantity> columns = make_exchange_columns();
  return columns;
}

std::span<const Quantity> exchange_summary_columns() {
  static const std::vector<Quantity> columns{
      {"events", "1", "events executed"},
      {"end_time", "time_unit", "time of the last event"},
  };
  return columns;
}

}  // namespace nxmc

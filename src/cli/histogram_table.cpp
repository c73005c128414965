#include "histogram_table.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "nxmc/campaign/plan.hpp"

namespace nxmc {
namespace {

/// Those before the first estimate: what tells transitions apart.
std::vector<std::string> columns_before(const Table& table, const std::string& name) {
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) {
    if (column.name == name) break;
    names.push_back(column.name);
  }
  return names;
}

}  // namespace

Table table_of_histograms(const Table& transitions, std::span<const JudgedTransition> found) {
  std::vector<std::size_t> transition_of;  // [bin of any]
  std::vector<std::string> energy_units;
  std::vector<std::string> kinds;
  std::vector<double> places;
  std::vector<double> centres;
  std::vector<double> widths;
  std::vector<double> densities;
  std::vector<double> errors;
  std::vector<double> levels;
  std::vector<double> errors_of_levels;
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (!found[k].histogram) continue;
    const auto& [place, kind, histogram, errors_of_shares, free_energies] = *found[k].histogram;
    for (std::size_t bin = 0; bin < histogram.share.size(); ++bin) {
      transition_of.push_back(k);
      energy_units.emplace_back(energy_unit(found[k].transition.others.interaction));
      places.push_back(place);
      kinds.emplace_back(kind);
      centres.push_back(histogram.centre(bin));
      widths.push_back(histogram.width());
      densities.push_back(histogram.share[bin] / histogram.width());
      errors.push_back(errors_of_shares[bin] / histogram.width());
      levels.push_back(free_energies[bin].mean);
      errors_of_levels.push_back(free_energies[bin].error);
    }
  }
  const auto repeated = [&](const std::vector<std::string>& names) {
    return select_rows(select_columns(transitions, names), transition_of);
  };
  Table table = repeated(columns_before(transitions, "equal_weight"));
  const auto reals = [&](const char* name, std::vector<double> values, const char* unit = "1") {
    table.columns.push_back({name, unit, Role::observable, std::move(values)});
  };
  const auto words = [&](const char* name, std::vector<std::string> values) {
    table.columns.push_back({name, "", Role::label, std::move(values)});
  };
  words("energy_unit", std::move(energy_units));
  reals("place", std::move(places));
  words("kind", std::move(kinds));
  reals("centre", std::move(centres));
  reals("width", std::move(widths));
  reals("density", std::move(densities));
  reals("density_err", std::move(errors));
  reals("free_energy", std::move(levels), "kT");
  reals("free_energy_err", std::move(errors_of_levels), "kT");
  for (TableColumn& column : repeated({"split", "order", "verdict"}).columns)
    table.columns.push_back(std::move(column));
  return table;
}

}  // namespace nxmc

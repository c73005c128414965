#include "job_table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <variant>

#include "columns.hpp"

namespace nxmc {
namespace {

constexpr std::array<std::string_view, 27> job_columns{"job",
                                                       "scan",
                                                       "method",
                                                       "lattice",
                                                       "size",
                                                       "shell_layers",
                                                       "shell_stiffness",
                                                       "temperature",
                                                       "delta_mu",
                                                       "composition",
                                                       "start",
                                                       "interaction",
                                                       "hamiltonian",
                                                       "bias",
                                                       "window_from",
                                                       "window_to",
                                                       "exchange_every",
                                                       "ladder",
                                                       "replica",
                                                       "seed",
                                                       "equilibration_sweeps",
                                                       "measured_sweeps",
                                                       "n_sites",
                                                       "n_core",
                                                       "energy_unit",
                                                       "numerics",
                                                       "state"};

template <class T>
std::vector<T> no_values(const Accessor<ArchiveRow, T>& /*access*/) {
  return {};
}

Column describe(const std::string& name, const EntryColumn<ArchiveRow>& stored) {
  Column column{name, stored.unit, stored.description, {}};
  std::visit([&](const auto& access) { column.values = no_values(access); }, stored.access);
  // They are missing where a job is no equilibrium job, or on no ladder.
  if (name.ends_with("_sweeps") || name == "exchange_every") column.values = std::vector<double>();
  return column;
}

std::string stored_name(std::string_view column) { return column == "job" ? "identity" : std::string(column); }

Column describe(const std::string& name, const std::vector<EntryColumn<ArchiveRow>>& stored) {
  if (name == "state") return state_column();
  if (name == "seed") return seed_column();
  if (name == "numerics") return {name, "1", numerics_meaning, std::vector<std::int64_t>()};
  const auto found = std::ranges::find_if(stored, [&](const auto& column) { return column.name == stored_name(name); });
  if (found == stored.end()) throw std::logic_error("no column " + name + " in /jobs");
  return describe(name, *found);
}

}  // namespace

std::span<const std::string_view> job_table_names() { return job_columns; }

std::vector<Column> describe_job_table() {
  const std::vector<EntryColumn<ArchiveRow>> stored = row_columns();
  std::vector<Column> columns;
  columns.reserve(job_columns.size());
  for (const std::string_view name : job_columns) columns.push_back(describe(std::string(name), stored));
  return columns;
}

Column state_column() { return {"state", "", "where the job stands", std::vector<std::string>()}; }

Column seed_column() {
  return {"seed", "", "seed of the campaign: jobs of one name and seed are the same bits", std::vector<std::string>()};
}

std::optional<Column> defaults_of_later_column(const std::string& name, std::uint64_t count) {
  const std::vector<EntryColumn<ArchiveRow>> stored = row_columns();
  const auto found = std::ranges::find_if(stored, [&](const auto& column) { return column.name == name; });
  if (found == stored.end() || found->since_format == oldest_archive_format) return std::nullopt;
  Column column = describe(name, *found);
  std::visit([&](const auto& access) { column.values = std::vector(count, access.get(ArchiveRow{})); }, found->access);
  return column;
}

std::string path_in_archive(const std::string& column) {
  return (column == "numerics" ? "/status/" : "/jobs/") + stored_name(column);
}

}  // namespace nxmc

#include "chosen_chains.hpp"

#include "equilibrium_rows.hpp"
#include "nxmc/phase/parameters.hpp"
#include "rows_of_chains.hpp"

namespace nxmc {
namespace {

/// Rows that answers have, by their jobs as queries name them.
std::map<std::string, std::uint64_t> rows_of_jobs(const Archive& archive) {
  const std::vector<Method> methods = archive.methods();
  const std::vector<bool> superseded = archive.superseded();
  RowsOfChains chains(archive);
  for (std::uint64_t row = 0; row < methods.size(); ++row)
    if (methods[row] == Method::equilibrium && !superseded[row]) chains.add(row);
  std::map<std::string, std::uint64_t> rows;
  for (const auto& [chain, row] : chains.by_chain()) rows.emplace(to_string(chain), row);
  return rows;
}

}  // namespace

Chosen chosen_chains(const Archive& archive, const Where& where, const Words& keys) {
  const auto rows = rows_of_jobs(archive);
  Query query = equilibria(where);
  query.group_by = joined_names(joined_names(keys, parameters_of_points()), {"job"});
  query.columns = joined_names(query.group_by, {"f_U", "c"});
  Chosen chosen;
  visit_averages(archive, query, [&](const Cells& cells) {
    const auto row = rows.find(cells.text("job"));
    if (row != rows.end()) chosen[cells.texts(keys)][cells.texts(parameters_of_points())].push_back(row->second);
  });
  return chosen;
}

}  // namespace nxmc

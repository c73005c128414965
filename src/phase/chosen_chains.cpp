#include "chosen_chains.hpp"

#include "equilibrium_rows.hpp"
#include "nxmc/phase/parameters.hpp"

namespace nxmc {
namespace {

/// Rows of the archive by their jobs as queries name them: of each chain one that answers have, with samples if there
/// is such a one.
std::map<std::string, std::uint64_t> rows_of_jobs(const Archive& archive) {
  const std::vector<Identity> identities = archive.identities();
  const std::vector<Method> methods = archive.methods();
  const std::vector<bool> superseded = archive.superseded();
  std::map<std::string, std::uint64_t> rows;
  for (std::uint64_t job = 0; job < identities.size(); ++job) {
    if (methods[job] != Method::equilibrium || superseded[job]) continue;
    const auto [known, is_new] = rows.emplace(to_string(identities[job]), job);
    if (!is_new && !archive.has_samples(known->second)) known->second = job;
  }
  return rows;
}

}  // namespace

Chosen chosen_chains(const Archive& archive, const std::string& where, const Words& keys) {
  const auto rows = rows_of_jobs(archive);
  Query query{.rows = RowKind::jobs,
              .where = equilibria(where),
              .columns = {},
              .group_by = joined_names(joined_names(keys, parameters_of_points()), {"job"})};
  query.columns = joined_names(query.group_by, {"f_U"});
  Chosen chosen;
  visit_averages(archive, query, [&](const Cells& cells) {
    const auto row = rows.find(cells.text("job"));
    if (row != rows.end()) chosen[cells.texts(keys)][cells.texts(parameters_of_points())].push_back(row->second);
  });
  return chosen;
}

}  // namespace nxmc

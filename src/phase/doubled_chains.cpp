#include "nxmc/phase/doubled_chains.hpp"

#include <algorithm>
#include <vector>

#include "equilibrium_rows.hpp"

namespace nxmc {
namespace {

/// Whether any two rows that answers have are of one chain: quicker to tell than which chosen ones are.
bool observes_doubly(const Archive& archive) {
  const std::vector<Method> methods = archive.methods();
  const std::vector<bool> superseded = archive.superseded();
  std::vector<Identity> chains = archive.identities();
  std::size_t kept = 0;
  for (std::size_t row = 0; row < methods.size(); ++row)
    if (methods[row] == Method::equilibrium && !superseded[row]) chains[kept++] = chains[row];
  chains.resize(kept);
  std::ranges::sort(chains);
  return std::ranges::adjacent_find(chains) != chains.end();
}

}  // namespace

std::size_t doubled_chains(const Archive& archive, const Query& query) {
  const bool by_chain = std::ranges::find(query.group_by, "job") != query.group_by.end();
  if (query.rows != RowKind::jobs || query.group_by.empty() || by_chain || !observes_doubly(archive)) return 0;
  std::size_t doubled = 0;
  Query rows_of_chains = equilibria({query.where, query.joined});
  rows_of_chains.columns = {"job", "n"};
  rows_of_chains.group_by = {"job"};
  Answer(archive, rows_of_chains).visit([&](const Block& block) {
    for (std::size_t row = 0; row < block.rows.rows; ++row) doubled += Cells(block, row).number("n") > 1 ? 1 : 0;
    return true;
  });
  return doubled;
}

}  // namespace nxmc

#include "nxmc/phase/longer_chains.hpp"

#include <optional>
#include <variant>
#include <vector>

#include "nxmc/query/selected_jobs.hpp"
#include "nxmc/query/table.hpp"

namespace nxmc {

LongerChains longer_chains_of(const Archive& archive, const Where& where) {
  const std::vector<bool> superseded = archive.superseded();
  const std::vector<JobState> states = archive.states();
  const std::vector<std::optional<std::uint64_t>> longer = archive.longer_chains();
  LongerChains found;
  for (const std::uint64_t row : jobs_where(archive, narrowed(where, "method == equilibrium"))) {
    if (!superseded[row] || !has_results(states[row])) continue;
    std::uint64_t longest = row;
    for (auto next = longer[row]; next; next = longer[*next])
      if (has_results(states[*next])) longest = *next;
    if (longest == row) {
      ++found.placing;
      continue;
    }
    ++found.rows;
    const Column scan = archive.job_column("scan", {.first = longest, .count = 1});
    for (const std::string& name : list_items(std::get<std::vector<std::string>>(scan.values).front()))
      found.scans.insert(name);
  }
  return found;
}

}  // namespace nxmc

#include "known_evidence.hpp"

#include <algorithm>
#include <cstddef>
#include <thread>

namespace nxmc {

const EvidenceOfPoints& KnownEvidence::of(const Where& where, const Words& keys) {
  const std::pair asked{where.condition, keys};
  if (const auto known = known_.find(asked); known != known_.end()) return known->second;
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  EvidenceOfPoints found;
  for (const auto& [of_row, points] : chosen_chains(archive_, where, keys))
    for (const auto& [point, jobs] : points) found[of_row].emplace(point, evidence_of(archive_, jobs, threads));
  return known_.emplace(asked, std::move(found)).first->second;
}

}  // namespace nxmc

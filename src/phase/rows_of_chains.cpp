#include "rows_of_chains.hpp"

#include <algorithm>
#include <utility>

namespace nxmc {

RowsOfChains::RowsOfChains(const Archive& archive)
    : archive_(archive), identities_(archive.identities()), measured_sweeps_(archive.measured_sweeps()) {}

bool RowsOfChains::is_better(std::uint64_t row, std::uint64_t known) const {
  return std::pair(archive_.has_samples(row), measured_sweeps_[row]) >
         std::pair(archive_.has_samples(known), measured_sweeps_[known]);
}

void RowsOfChains::add(std::uint64_t row) {
  const auto [known, is_new] = row_of_.try_emplace(identities_[row], row);
  if (!is_new && is_better(row, known->second)) known->second = row;
}

std::vector<std::uint64_t> RowsOfChains::ascending() const {
  std::vector<std::uint64_t> rows;
  rows.reserve(row_of_.size());
  for (const auto& [chain, row] : row_of_) rows.push_back(row);
  std::ranges::sort(rows);
  return rows;
}

}  // namespace nxmc

// Crystals that are a list of cells.
#include <algorithm>
#include <cassert>
#include <utility>

#include "bravais.hpp"
#include "nxmc/lattice/lattice.hpp"

namespace nxmc {

struct SiteList::Content {
  int dimension;
  std::vector<Cell> cells;
};

SiteList::SiteList(int dimension, std::vector<Cell> cells) {
  std::ranges::sort(cells);
  assert(std::ranges::adjacent_find(cells) == cells.end());
  content_ = std::make_shared<const Content>(Content{dimension, std::move(cells)});
}

int SiteList::dimension() const { return content_ == nullptr ? 2 : content_->dimension; }

std::span<const Cell> SiteList::cells() const {
  if (content_ == nullptr) return {};
  return content_->cells;
}

std::strong_ordering operator<=>(const SiteList& a, const SiteList& b) {
  if (a.content_ == b.content_) return std::strong_ordering::equal;
  if (const auto order = a.dimension() <=> b.dimension(); std::is_neq(order)) return order;
  const std::span<const Cell> x = a.cells();
  const std::span<const Cell> y = b.cells();
  return std::lexicographical_compare_three_way(x.begin(), x.end(), y.begin(), y.end());
}

bool is_connected(std::span<const Cell> cells, int dimension) {
  if (cells.empty()) return true;
  std::vector<Cell> sorted(cells.begin(), cells.end());
  std::ranges::sort(sorted);
  std::vector<bool> reached(sorted.size(), false);
  std::vector<std::size_t> queue{0};
  reached[0] = true;
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const Cell& cell = sorted[queue[head]];
    for (const Cell& bond : bravais_lattice(dimension).bonds) {
      const Cell next{cell[0] + bond[0], cell[1] + bond[1], cell[2] + bond[2]};
      const auto found = std::ranges::lower_bound(sorted, next);
      const auto k = static_cast<std::size_t>(found - sorted.begin());
      if (found == sorted.end() || *found != next || reached[k]) continue;
      reached[k] = true;
      queue.push_back(k);
    }
  }
  return queue.size() == sorted.size();
}

}  // namespace nxmc

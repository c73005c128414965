// Nested dissection by lattice coordinates.
#include "dissection.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>

namespace nxmc {
namespace {

constexpr std::size_t families = 3;

/// Number of the plane of each family on which a cell lies. Bonded cells lie on the same or on adjacent planes of each
/// family.
Cell planes_of(const Lattice& lattice, Site i) {
  const Cell& cell = lattice.cell[static_cast<std::size_t>(i)];
  if (lattice.dimension == 2) return {cell[0], cell[1], cell[0] + cell[1]};
  return cell;
}

struct Cut {
  std::size_t family = 0;
  int plane = 0;
  std::size_t sites = std::numeric_limits<std::size_t>::max();  ///< on the plane
};

/// The plane of one family that holds the middle site, if sites lie on both sides of it.
Cut middle_cut(const std::vector<Cell>& planes, std::span<const Site> part, std::size_t family) {
  const auto plane = [&](Site i) { return planes[static_cast<std::size_t>(i)][family]; };
  const auto [lowest, highest] =
      std::minmax_element(part.begin(), part.end(), [&](Site i, Site j) { return plane(i) < plane(j); });
  const int first = plane(*lowest);
  std::vector<std::size_t> count(static_cast<std::size_t>(plane(*highest) - first) + 1);
  for (const Site i : part) ++count[static_cast<std::size_t>(plane(i) - first)];
  std::size_t middle = 0;
  for (std::size_t below = count[0]; below <= part.size() / 2; below += count[++middle]) {
  }
  if (count.size() < 3) return {};
  middle = std::clamp<std::size_t>(middle, 1, count.size() - 2);
  return {family, first + static_cast<int>(middle), count[middle]};
}

Cut smallest_cut(const std::vector<Cell>& planes, std::span<const Site> part) {
  Cut best;
  for (std::size_t family = 0; family < families; ++family) {
    const Cut cut = middle_cut(planes, part, family);
    if (cut.sites < best.sites) best = cut;
  }
  return best;
}

void dissect(const std::vector<Cell>& planes, std::span<Site> part) {
  if (part.size() < 3) return;
  const Cut cut = smallest_cut(planes, part);
  if (cut.sites >= part.size()) return;
  const auto plane = [&](Site i) { return planes[static_cast<std::size_t>(i)][cut.family]; };
  const auto separator = std::stable_partition(part.begin(), part.end(), [&](Site i) { return plane(i) != cut.plane; });
  const auto upper = std::stable_partition(part.begin(), separator, [&](Site i) { return plane(i) < cut.plane; });
  dissect(planes, {part.begin(), upper});
  dissect(planes, {upper, separator});
}

}  // namespace

std::vector<Site> elimination_order(const Lattice& lattice) {
  std::vector<Site> order(lattice.sites());
  std::iota(order.begin(), order.end(), 0);
  std::vector<Cell> planes;
  planes.reserve(order.size());
  for (const Site i : order) planes.push_back(planes_of(lattice, i));
  dissect(planes, order);
  return order;
}

}  // namespace nxmc

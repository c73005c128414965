#include "nxmc/scattering/pair_histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <mutex>
#include <stdexcept>

#include "nxmc/arithmetic/chunks.hpp"
#include "nxmc/arithmetic/processors.hpp"

namespace nxmc {
namespace {

/// A bin is divided into so many ticks, to which distances are rounded.
constexpr unsigned tick_bits = 12;
constexpr std::uint32_t ticks_of_bin = 1U << tick_bits;
constexpr double ticks_per_angstrom = ticks_of_bin / PairHistogram::bin_width;
static_assert(PairHistogram::rounding * ticks_per_angstrom == 0.5);
static_assert(1.01 * PairHistogram::largest_distance * ticks_per_angstrom < std::numeric_limits<std::int32_t>::max());

/// A pair adds to one word: 1 to its upper 24 bits, its place in the bin to the others. Pairs of one tile must be
/// fewer.
constexpr unsigned count_shift = 40;
constexpr std::size_t most_pairs_of_tile = (std::size_t{1} << (64 - count_shift)) - 1;
static_assert(most_pairs_of_tile * ticks_of_bin < std::size_t{1} << count_shift);

/// Coordinates of one element's atoms, neighbours mostly near each other: the distances between two short stretches of
/// them lie in few bins, which stay in the cache.
struct Coordinates {
  std::vector<double> x, y, z;
};

/// Bits of three numbers below 2^10 by turns.
std::uint32_t interleaved(const std::array<std::uint32_t, 3>& cell) {
  std::uint32_t key = 0;
  for (unsigned bit = 0; bit < 10; ++bit)
    for (unsigned k = 0; k < 3; ++k) key |= ((cell[k] >> bit) & 1U) << (3 * bit + k);
  return key;
}

struct Extent {
  Position low;
  Position high;
  double diagonal() const { return std::hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]); }
};

Extent extent_of(const Atoms& atoms) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  Extent extent{{infinite, infinite, infinite}, {-infinite, -infinite, -infinite}};
  for (const auto& [element, positions] : atoms) {
    for (const Position& x : positions) {
      for (std::size_t k = 0; k < 3; ++k) {
        if (!std::isfinite(x[k])) throw std::invalid_argument("the position of an atom is not a finite number");
        extent.low[k] = std::min(extent.low[k], x[k]);
        extent.high[k] = std::max(extent.high[k], x[k]);
      }
    }
  }
  return extent;
}

Coordinates sorted_coordinates(const std::vector<Position>& positions, const Extent& extent) {
  constexpr double edge_of_cell = 8;  // angstrom; crystals of up to 1024 of them
  const auto key = [&](const Position& x) {
    std::array<std::uint32_t, 3> cell{};
    for (std::size_t k = 0; k < 3; ++k) cell[k] = static_cast<std::uint32_t>((x[k] - extent.low[k]) / edge_of_cell);
    return interleaved(cell);
  };
  std::vector<std::pair<std::uint32_t, std::size_t>> order(positions.size());
  for (std::size_t i = 0; i < positions.size(); ++i) order[i] = {key(positions[i]), i};
  std::ranges::sort(order);
  Coordinates sorted;
  for (const auto& [cell, i] : order) {
    sorted.x.push_back(positions[i][0]);
    sorted.y.push_back(positions[i][1]);
    sorted.z.push_back(positions[i][2]);
  }
  return sorted;
}

constexpr double half_a_tick = 0.5;  // to round by cutting off: std::lround is no loop of vectors

/// Distances of some atoms from a place, in ticks.
NXMC_FOR_EACH_PROCESSOR
void ticks_from(const Position& place, const double* x, const double* y, const double* z, std::size_t atoms,
                std::int32_t* ticks) {
  for (std::size_t j = 0; j < atoms; ++j) {
    const double dx = x[j] - place[0];
    const double dy = y[j] - place[1];
    const double dz = z[j] - place[2];
    ticks[j] = static_cast<std::int32_t>(std::sqrt(dx * dx + dy * dy + dz * dz) * ticks_per_angstrom + half_a_tick);
  }
}

/// Atoms of one element from `first_row`, and of another one, or of the same, from `first_column` on.
struct Tile {
  std::size_t first_row;
  std::size_t last_row;
  std::size_t first_column;
  std::size_t last_column;
};

/// Large enough that counting takes longer than adding their histograms up.
std::vector<Tile> tiles(std::size_t rows, std::size_t columns, bool same_element) {
  constexpr std::size_t good_pairs_of_tile = 1U << 22U;
  const std::size_t rows_of_tile = std::clamp<std::size_t>(good_pairs_of_tile / columns, 64, 4096);
  const std::size_t columns_of_tile = most_pairs_of_tile / rows_of_tile;
  std::vector<Tile> all;
  for (std::size_t i = 0; i < rows; i += rows_of_tile) {
    for (std::size_t j = same_element ? i : 0; j < columns; j += columns_of_tile)
      all.push_back({i, std::min(i + rows_of_tile, rows), j, std::min(j + columns_of_tile, columns)});
  }
  return all;
}

/// \param packed  [bin] see count_shift
void count_tile(const Coordinates& a, const Coordinates& b, const Tile& tile, bool same_element,
                std::vector<std::uint64_t>& packed) {
  constexpr std::size_t stretch = 256;
  std::array<std::int32_t, stretch> ticks{};
  for (std::size_t from = tile.first_column; from < tile.last_column; from += stretch) {
    const std::size_t to = std::min(from + stretch, tile.last_column);
    for (std::size_t i = tile.first_row; i < tile.last_row; ++i) {
      const std::size_t first = same_element ? std::max(from, i + 1) : from;
      if (first >= to) continue;
      ticks_from({a.x[i], a.y[i], a.z[i]}, &b.x[first], &b.y[first], &b.z[first], to - first, ticks.data());
      for (std::size_t j = 0; j < to - first; ++j) {
        const auto tick = static_cast<std::uint32_t>(ticks[j]);
        packed[tick >> tick_bits] += (std::uint64_t{1} << count_shift) + (tick & (ticks_of_bin - 1));
      }
    }
  }
}

}  // namespace

void PairHistogram::add(const Atoms& atoms, std::size_t threads) {
  const std::size_t number = number_of_atoms(atoms);
  if (number == 0) throw std::invalid_argument("there are no atoms");
  if (number > most_atoms)
    throw std::invalid_argument(fmt::format("{} atoms are more than the {} that are possible", number, most_atoms));
  const Extent extent = extent_of(atoms);
  if (extent.diagonal() > largest_distance)
    throw std::invalid_argument(
        fmt::format("the atoms fill a box with a diagonal of {:.0f} angstrom; up to {:.0f} are "
                    "possible",
                    extent.diagonal(), largest_distance));
  const std::size_t bins = static_cast<std::size_t>(extent.diagonal() / bin_width) + 2;
  std::map<int, Coordinates> sorted;
  for (const auto& [element, positions] : atoms) {
    if (positions.empty()) continue;
    sorted[element] = sorted_coordinates(positions, extent);
    atoms_[element] += positions.size();
  }
  for (auto first = sorted.begin(); first != sorted.end(); ++first) {
    for (auto second = first; second != sorted.end(); ++second) {
      Counts& counts = counts_[{first->first, second->first}];
      counts.pairs.resize(std::max(counts.pairs.size(), bins));
      counts.offsets.resize(counts.pairs.size());
      const bool same_element = first == second;
      const std::vector<Tile> all = tiles(first->second.x.size(), second->second.x.size(), same_element);
      std::mutex sums;
      in_parallel(all.size(), threads, [&](std::size_t k) {
        std::vector<std::uint64_t> packed(bins);
        count_tile(first->second, second->second, all[k], same_element, packed);
        const std::lock_guard lock(sums);
        for (std::size_t bin = 0; bin < bins; ++bin) {
          counts.pairs[bin] += packed[bin] >> count_shift;
          counts.offsets[bin] += packed[bin] & ((std::uint64_t{1} << count_shift) - 1);
        }
      });
    }
  }
  ++configurations_;
}

double PairHistogram::shortest_distance() const {
  double shortest = std::numeric_limits<double>::infinity();
  for (const auto& [elements, counts] : counts_) {
    const auto first = std::ranges::find_if(counts.pairs, [](std::uint64_t pairs) { return pairs > 0; });
    if (first != counts.pairs.end())
      shortest = std::min(shortest, static_cast<double>(first - counts.pairs.begin()) * bin_width);
  }
  return shortest;
}

std::vector<std::pair<int, int>> PairHistogram::elements() const {
  std::vector<std::pair<int, int>> pairs;
  for (const auto& [elements, counts] : counts_) pairs.push_back(elements);
  return pairs;
}

std::vector<DistanceBin> PairHistogram::bins(std::pair<int, int> elements) const {
  const auto found = counts_.find(elements);
  assert(found != counts_.end());
  std::vector<DistanceBin> bins;
  for (std::size_t bin = 0; bin < found->second.pairs.size(); ++bin) {
    const std::uint64_t pairs = found->second.pairs[bin];
    if (pairs == 0) continue;
    const double place = static_cast<double>(found->second.offsets[bin]) / static_cast<double>(pairs);
    // Bhatia and Davis: no distribution on an interval has a larger variance for its mean. Distances that round into
    // the bin may lie half a tick outside.
    const double variance = (place + 0.5) * (ticks_of_bin - 0.5 - place) / (ticks_per_angstrom * ticks_per_angstrom);
    bins.push_back(
        {(static_cast<double>(bin) * ticks_of_bin + place) / ticks_per_angstrom, static_cast<double>(pairs), variance});
  }
  return bins;
}

}  // namespace nxmc

// Local phases and their fractions. A configuration round a site is a bit pattern: bit k is set where neighbour k is A,
// bit Z where the site itself is. In 2D bits 0–5 run round the ring, and a table of all 128 patterns holds the phases.
// In 3D bits 0–2 are the nearest neighbours along x, y and z, and those half of Z further on their opposites.
#include "nxmc/observe/phases.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace nxmc {
namespace {

constexpr int ring_size = 6;

/// Eq. 13 for a ring of six: s = +2 (U1), +1 (S1), -1 (S2), -2 (U2).
constexpr Phase plaquette_phase(std::uint32_t pattern) {
  constexpr std::uint32_t all_a = 0b111111;
  constexpr std::uint32_t alternating = 0b010101;
  const std::uint32_t ring = pattern & all_a;
  const bool centre_is_a = (pattern >> ring_size) != 0;
  if (ring == all_a) return centre_is_a ? Phase::U1 : Phase::S1;
  if (ring == 0) return centre_is_a ? Phase::S2 : Phase::U2;
  if (ring == alternating || ring == (all_a ^ alternating)) return centre_is_a ? Phase::S1 : Phase::S2;
  return Phase::none;
}

constexpr auto plaquette_table = [] {
  std::array<Phase, 128> table{};
  for (std::uint32_t pattern = 0; pattern < table.size(); ++pattern) table[pattern] = plaquette_phase(pattern);
  return table;
}();

constexpr int box_coordination = 18;
constexpr std::array columns_along{Phase::Cx, Phase::Cy, Phase::Cz};

/// The two nearest neighbours along an axis.
constexpr std::uint32_t nearest_along(std::size_t axis) { return (1U | 1U << (box_coordination / 2)) << axis; }

/// All 18 neighbours are like the site, or of the six nearest the two along one axis only.
Phase box_phase(std::uint32_t pattern) {
  constexpr std::uint32_t neighbours = (1U << box_coordination) - 1;
  constexpr std::uint32_t nearest = nearest_along(0) | nearest_along(1) | nearest_along(2);
  const bool is_a = (pattern >> box_coordination) != 0;
  const std::uint32_t like = (is_a ? pattern : ~pattern) & neighbours;
  if (like == neighbours) return is_a ? Phase::U1 : Phase::U2;
  for (std::size_t axis = 0; axis < columns_along.size(); ++axis)
    if ((like & nearest) == nearest_along(axis)) return columns_along[axis];
  return Phase::none;
}

std::uint32_t is_a(std::span<const std::int8_t> sigma, Site i) {
  return sigma[static_cast<std::size_t>(i)] > 0 ? 1U : 0U;
}

std::uint32_t neighbour_pattern(const Lattice& lattice, std::span<const std::int8_t> sigma, Site i) {
  std::uint32_t pattern = 0;
  int bit = 0;
  for (const Site j : lattice.neighbours(i)) {
    assert(j != no_site);
    pattern |= is_a(sigma, j) << bit++;
  }
  return pattern | is_a(sigma, i) << bit;
}

Phase phase_of(std::uint32_t pattern, const Lattice& lattice) {
  return lattice.dimension == 2 ? plaquette_table[pattern] : box_phase(pattern);
}

std::vector<Site> sites_from_layer(const Lattice& lattice, int first_layer) {
  std::vector<Site> sites;
  for (std::size_t i = 0; i < lattice.sites(); ++i) {
    if (lattice.layer[i] >= first_layer) sites.push_back(static_cast<Site>(i));
  }
  return sites;
}

/// The same as `box_phase` of the site's pattern. In a mixed crystal the first pairs of neighbours mostly decide: no
/// need to look at all 18.
Phase phase_in_box(const Lattice& lattice, std::span<const std::int8_t> sigma, Site i) {
  const std::int8_t own = sigma[static_cast<std::size_t>(i)];
  const std::span<const Site> neighbours = lattice.neighbours(i);
  const auto agrees = [&](Site j) { return sigma[static_cast<std::size_t>(j)] == own; };
  std::size_t like_axes = 0;
  Phase column = Phase::none;
  for (std::size_t axis = 0; axis < columns_along.size(); ++axis) {
    const bool like = agrees(neighbours[axis]);
    if (like != agrees(neighbours[axis + box_coordination / 2])) return Phase::none;
    if (!like) continue;
    ++like_axes;
    column = columns_along[axis];
  }
  if (like_axes == 1) return column;
  if (like_axes < columns_along.size() || !std::ranges::all_of(neighbours, agrees)) return Phase::none;
  return own > 0 ? Phase::U1 : Phase::U2;
}

PhaseFractions fractions_of(const std::array<std::int64_t, phase_count>& count, std::size_t sites) {
  PhaseFractions fractions;
  for (std::size_t phase = 0; phase < count.size(); ++phase) {
    fractions.f[phase] = sites == 0 ? std::numeric_limits<double>::quiet_NaN()
                                    : static_cast<double>(count[phase]) / static_cast<double>(sites);
  }
  return fractions;
}

}  // namespace

std::vector<Site> interior_of_crystal(const Lattice& lattice) { return sites_from_layer(lattice, 2); }

std::vector<Site> interior_of_core(const Lattice& lattice) {
  const auto is_core = [&](Site i) { return i != no_site && !lattice.in_shell(i); };
  std::vector<Site> sites;
  for (const Site i : lattice.core)
    if (std::ranges::all_of(lattice.neighbours(i), is_core)) sites.push_back(i);
  return sites;
}

std::span<const Phase> phases_in(int dimension) {
  static constexpr std::array of_plane{Phase::U1, Phase::S1, Phase::none, Phase::S2, Phase::U2};
  static constexpr std::array of_space{Phase::U1, Phase::none, Phase::U2, Phase::Cx, Phase::Cy, Phase::Cz};
  if (dimension == 2) return of_plane;
  return of_space;
}

Phase local_phase(const Lattice& lattice, std::span<const std::int8_t> sigma, Site i) {
  return lattice.dimension == 2 ? plaquette_table[neighbour_pattern(lattice, sigma, i)]
                                : phase_in_box(lattice, sigma, i);
}

PhaseFractions phase_fractions(const Lattice& lattice, std::span<const std::int8_t> sigma,
                               std::span<const Site> observed) {
  std::array<std::int64_t, phase_count> count{};
  for (const Site i : observed) ++count[static_cast<std::size_t>(local_phase(lattice, sigma, i))];
  return fractions_of(count, observed.size());
}

PhaseCounter::PhaseCounter(const Lattice& lattice, std::span<const std::int8_t> sigma, std::span<const Site> observed)
    : lattice_(&lattice), observed_count_(observed.size()), pattern_(lattice.sites(), not_observed) {
  for (const Site i : observed) {
    const auto index = static_cast<std::size_t>(i);
    pattern_[index] = neighbour_pattern(lattice, sigma, i);
    ++count_[static_cast<std::size_t>(phase_of(pattern_[index], lattice))];
  }
}

void PhaseCounter::flip(Site i) {
  const int z = lattice_->coordination;
  toggle(i, z);
  int direction = 0;
  for (const Site j : lattice_->neighbours(i)) {
    // Seen from the neighbour, site i lies the opposite way: (direction + z/2) % z, without a division.
    const int opposite = direction < z / 2 ? direction + z / 2 : direction - z / 2;
    if (j != no_site) toggle(j, opposite);
    ++direction;
  }
}

void PhaseCounter::toggle(Site i, int bit) {
  std::uint32_t& pattern = pattern_[static_cast<std::size_t>(i)];
  if (pattern == not_observed) return;
  --count_[static_cast<std::size_t>(phase_of(pattern, *lattice_))];
  pattern ^= 1U << bit;
  ++count_[static_cast<std::size_t>(phase_of(pattern, *lattice_))];
}

PhaseFractions PhaseCounter::fractions() const { return fractions_of(count_, observed_count_); }

std::int64_t PhaseCounter::united() const {
  return count_[static_cast<std::size_t>(Phase::U1)] + count_[static_cast<std::size_t>(Phase::U2)];
}

}  // namespace nxmc

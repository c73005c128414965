// Local area deviations of several configurations side by side, each in a lane: the sums of areas.cpp in their order.
#include <cassert>
#include <cstring>
#include <limits>

#include "nxmc/arithmetic/register_widths.hpp"
#include "nxmc/observe/phases.hpp"

namespace nxmc {
namespace {

constexpr std::size_t group = 8;
template <std::size_t bytes>
struct Vector {
  using Doubles [[gnu::vector_size(bytes)]] = double;
};

/// Sums over sites, and over their squares, of a group of lanes.
struct Sums {
  double deviation[group];  // NOLINT(modernize-avoid-c-arrays)
  double square[group];     // NOLINT(modernize-avoid-c-arrays)
};

struct Bonds {
  const Lattice* lattice;
  std::span<const Site> observed;
};

template <class Doubles>
[[gnu::always_inline]] inline void load(const double* from, Doubles& to) {
  std::memcpy(&to, from, sizeof to);
}

/// As many lanes as a vector has. \param u  the first of them \param lanes  in all
template <std::size_t dimension, class Doubles>
[[gnu::always_inline]] inline void add_up(const Bonds& bonds, const double* u, std::size_t lanes, double* sums,
                                          double* square_sums) {
  const Lattice& lattice = *bonds.lattice;
  Doubles all{};
  Doubles all_squares{};
  for (const Site i : bonds.observed) {
    Doubles own[dimension];  // NOLINT(modernize-avoid-c-arrays)
    for (std::size_t x = 0; x < dimension; ++x) load(u + (dimension * static_cast<std::size_t>(i) + x) * lanes, own[x]);
    Doubles sum{};
    int count = 0;
    const std::span<const Site> neighbours = lattice.neighbours(i);
    for (std::size_t k = 0; k < neighbours.size(); ++k) {
      if (neighbours[k] == no_site) continue;
      ++count;
      const double length = lattice.bond_length[k];
      Doubles along{};
      Doubles square{};
      for (std::size_t x = 0; x < dimension; ++x) {
        Doubles v;
        load(u + (dimension * static_cast<std::size_t>(neighbours[k]) + x) * lanes, v);
        v -= own[x];
        along += lattice.direction[k][x] * v;
        square += v * v;
      }
      Doubles change = 2 * length * along + square;
      // Divisions cost as much as all the rest.
      if (length != 1) change /= length * length;
      sum += change;
    }
    assert(count > 0);
    const Doubles deviation = sum / static_cast<double>(count);
    all += deviation;
    all_squares += deviation * deviation;
  }
  std::memcpy(sums, &all, sizeof all);
  std::memcpy(square_sums, &all_squares, sizeof all_squares);
}

NXMC_FOR_EACH_REGISTER_WIDTH(add_up_group, (const Bonds& bonds, const double* u, std::size_t lanes, Sums& sums), {
  using Doubles = typename Vector<register_bytes>::Doubles;
  for (std::size_t lane = 0; lane < group; lane += register_bytes / sizeof(double)) {
    if (bonds.lattice->dimension == 2) {
      add_up<2, Doubles>(bonds, u + lane, lanes, sums.deviation + lane, sums.square + lane);
    } else {
      add_up<3, Doubles>(bonds, u + lane, lanes, sums.deviation + lane, sums.square + lane);
    }
  }
})

}  // namespace

std::vector<AreaMoments> area_moments_of_lanes(const Lattice& lattice, std::span<const double> u, std::size_t lanes,
                                               std::span<const Site> observed) {
  assert(u.size() == static_cast<std::size_t>(lattice.dimension) * lattice.sites() * lanes);
  if (lanes == 1) return {area_moments(area_deviations(lattice, u, observed))};
  assert(lanes % group == 0);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (observed.empty()) return std::vector<AreaMoments>(lanes, {nan, nan});
  const auto n = static_cast<double>(observed.size());
  std::vector<AreaMoments> moments;
  for (std::size_t first = 0; first < lanes; first += group) {
    Sums sums;
    add_up_group({&lattice, observed}, u.data() + first, lanes, sums);
    for (std::size_t lane = 0; lane < group; ++lane)
      moments.push_back({sums.deviation[lane] / n, sums.square[lane] / n});
  }
  return moments;
}

}  // namespace nxmc

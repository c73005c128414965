#include "nxmc/statics/mixing.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

#include "newton.hpp"

namespace nxmc::statics {
namespace {

using Eigen::Index;
using Eigen::Vector3d;

std::array<int, 3> copies(Structure structure) {
  if (is_hexagonal(structure)) return {3, 3, 2};
  if (structure == Structure::caesium_chloride) return {4, 4, 2};
  return {2, 2, 2};
}

/// Between these ions in their periodic cell, the nearest images.
double distance(const Ions& ions, std::size_t one, std::size_t other) {
  const Vector3d between = ions.positions.col(static_cast<Index>(other)) - ions.positions.col(static_cast<Index>(one));
  const Vector3d fractions = ions.edges.inverse() * between;
  const Vector3d nearest = fractions.array() - fractions.array().round();
  double least = std::numeric_limits<double>::infinity();
  for (int k = -1; k <= 1; ++k)
    for (int l = -1; l <= 1; ++l)
      for (int m = -1; m <= 1; ++m) least = std::min(least, (ions.edges * (nearest + Vector3d(k, l, m))).norm());
  return least;
}

/// Pairs of first and of second neighbours among these sites. In small cells one pair can be neighbours by several
/// images; what counts here is whether they are at all.
std::array<std::vector<std::pair<std::size_t, std::size_t>>, 2> neighbour_pairs(const Ions& ions,
                                                                                const std::vector<std::size_t>& sites) {
  constexpr double tolerance = 1.08;  // wurtzite's neighbours in and between planes are not exactly as far
  std::vector<double> distances;
  double first = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < sites.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      distances.push_back(distance(ions, sites[i], sites[j]));
      first = std::min(first, distances.back());
    }
  double second = std::numeric_limits<double>::infinity();
  for (const double d : distances)
    if (d > tolerance * first) second = std::min(second, d);
  std::array<std::vector<std::pair<std::size_t, std::size_t>>, 2> pairs;
  std::size_t at = 0;
  for (std::size_t i = 0; i < sites.size(); ++i)
    for (std::size_t j = 0; j < i; ++j, ++at) {
      if (distances[at] < tolerance * first)
        pairs[0].emplace_back(i, j);
      else if (distances[at] < tolerance * second)
        pairs[1].emplace_back(i, j);
    }
  return pairs;
}

double mean_product(const std::vector<int>& spins, const std::vector<std::pair<std::size_t, std::size_t>>& pairs) {
  double sum = 0;
  for (const auto& [i, j] : pairs) sum += spins[i] * spins[j];
  return pairs.empty() ? 0 : sum / static_cast<double>(pairs.size());
}

/// Half of the spins are 1, half -1. Of many shuffled ones the most random: standard distributions and shuffles may
/// differ between libraries, the generator does not.
std::vector<int> quasi_random_spins(std::mt19937_64& random, std::size_t count,
                                    const std::array<std::vector<std::pair<std::size_t, std::size_t>>, 2>& pairs) {
  std::vector<int> spins(count, -1);
  std::fill(spins.begin(), spins.begin() + static_cast<std::ptrdiff_t>(count / 2), 1);
  std::vector<int> best;
  double least = std::numeric_limits<double>::infinity();
  constexpr int shuffles = 2000;
  for (int trial = 0; trial < shuffles; ++trial) {
    for (std::size_t i = count - 1; i > 0; --i) std::swap(spins[i], spins[random() % (i + 1)]);
    const double order = std::abs(mean_product(spins, pairs[0])) + 0.5 * std::abs(mean_product(spins, pairs[1]));
    if (order >= least) continue;
    least = order;
    best = spins;
  }
  return best;
}

/// Moves each ion a little: where symmetry holds ions at a saddle, rounding would have to choose their side.
void nudge(Ions& ions, std::mt19937_64& random) {
  constexpr double most = 0.03;  // Å
  for (double& coordinate : ions.positions.reshaped())
    coordinate += most * (2 * static_cast<double>(random()) / static_cast<double>(std::mt19937_64::max()) - 1);
}

/// How far an ion has gone from its place in the deformed crystal, Å, apart from the shift of all.
double farthest_displacement(const Ions& before, const Ions& after) {
  const Eigen::Matrix3Xd moved = after.positions - after.edges * before.edges.inverse() * before.positions;
  return (moved.colwise() - moved.rowwise().mean().eval()).colwise().norm().maxCoeff();
}

}  // namespace

MixingEnergies mixing_energies(const PairPotentials& potentials, const Pairing& one, const Pairing& other,
                               Structure structure) {
  assert((one.cation == other.cation) != (one.anion == other.anion));
  const RelaxedStructure A = relaxed(potentials, one, structure);
  const RelaxedStructure B = relaxed(potentials, other, structure);
  MixingEnergies result{.one = A.energy, .other = B.energy};

  const Shape mean{(A.shape.a + B.shape.a) / 2, (A.shape.c + B.shape.c) / 2, (A.shape.u + B.shape.u) / 2};
  const bool cations_mix = one.anion == other.anion;
  const std::size_t mixing = cations_mix ? one.cation : one.anion;
  const std::size_t replaced_by = cations_mix ? other.cation : other.anion;
  const Ions pure = repeated(conventional_cell(structure, mean, one.cation, one.anion), copies(structure));
  std::vector<std::size_t> sites;
  for (std::size_t i = 0; i < pure.count(); ++i)
    if (pure.species[i] == mixing) sites.push_back(i);
  const auto pairs = neighbour_pairs(pure, sites);
  double shortest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < pure.count(); ++i) shortest = std::min(shortest, distance(pure, 0, i));

  constexpr std::size_t arrangements = 3;
  std::mt19937_64 random(1);
  double sum = 0;
  double squares = 0;
  for (std::size_t k = 0; k < arrangements; ++k) {
    Ions mixture = pure;
    const std::vector<int> spins = quasi_random_spins(random, sites.size(), pairs);
    for (std::size_t i = 0; i < sites.size(); ++i)
      if (spins[i] > 0) mixture.species[sites[i]] = replaced_by;
    nudge(mixture, random);
    const Minimum minimum = minimise(potentials, mixture, strains_and_displacements(mixture.count()));
    if (!minimum.found || farthest_displacement(mixture, minimum.ions) > shortest / 2)
      throw StaticsError(fmt::format("a mixture of {}{} and {}{} does not stay in the {} structure",
                                     potentials.species[one.cation], potentials.species[one.anion],
                                     potentials.species[other.cation], potentials.species[other.anion],
                                     to_string(structure)));
    const double energy = minimum.energy / (static_cast<double>(mixture.count()) / 2);
    sum += energy;
    squares += energy * energy;
  }
  constexpr auto count = static_cast<double>(arrangements);
  result.mixed = sum / count;
  result.mixed_error = std::sqrt(std::max(0.0, squares / count - result.mixed * result.mixed) / (count - 1));
  result.arrangements = arrangements;
  result.ions = pure.count();
  return result;
}

}  // namespace nxmc::statics

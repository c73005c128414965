#include "pseudoligand_solution.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace nxmc {
namespace {

using Eigen::Index;
using Eigen::Vector3d;
using statics::Buckingham;
using statics::Ions;
using statics::Pairing;
using statics::PairPotentials;

constexpr double diameter = 47;                    // Å: Supplementary Methods, "Reverse exchange"
constexpr double box = 100;                        // Å
constexpr std::size_t pairs_per_formula_unit = 4;  // 4228 pairs, 1057 formula units

/// Å, between ions of the solution and anything: so that they find places quickly at random, however many they are.
double least_distance(std::size_t ions) {
  constexpr double usual = 3.2;
  constexpr double packed = 0.2;  // of the box; random places end at 0.38
  return std::min(usual, std::cbrt(packed * box * box * box * 6 / (std::numbers::pi * static_cast<double>(ions))));
}

/// The ions nearest to the middle of a bond, as many of each kind as fill the sphere.
std::vector<std::pair<std::size_t, Vector3d>> sphere(const Ions& cell, const Pairing& compound) {
  const double volume = cell.volume() / (static_cast<double>(cell.count()) / 2);
  const auto each =
      static_cast<std::size_t>(std::lround(std::numbers::pi / 6 * diameter * diameter * diameter / volume));
  const Vector3d centre = (cell.positions.col(0) + cell.positions.col(static_cast<Index>(cell.count()) - 1)) / 2;
  const double farthest = diameter / 2 + cell.edges.colwise().norm().maxCoeff();
  const Eigen::Matrix3d inverse = cell.edges.inverse();
  std::array<int, 3> most{};
  for (Index k = 0; k < 3; ++k)
    most[static_cast<std::size_t>(k)] = static_cast<int>(std::ceil(farthest * inverse.row(k).norm())) + 1;
  std::vector<std::pair<std::size_t, Vector3d>> result;
  for (const std::size_t species : {compound.cation, compound.anion}) {
    std::vector<Vector3d> places;
    for (int k = -most[0]; k <= most[0]; ++k)
      for (int l = -most[1]; l <= most[1]; ++l)
        for (int m = -most[2]; m <= most[2]; ++m)
          for (std::size_t i = 0; i < cell.count(); ++i)
            if (cell.species[i] == species)
              places.push_back(cell.positions.col(static_cast<Index>(i)) + cell.edges * Vector3d(k, l, m) - centre);
    std::stable_sort(places.begin(), places.end(),
                     [](const Vector3d& one, const Vector3d& other) { return one.norm() < other.norm() - 1e-9; });
    for (std::size_t i = 0; i < each; ++i) result.emplace_back(species, places[i]);
  }
  return result;
}

/// A periodic box in which nothing comes nearer to each other than the least distance.
class Room {
 public:
  explicit Room(double least_distance)
      : least_distance_(least_distance),
        across_(static_cast<int>(box / least_distance)),
        cells_(static_cast<std::size_t>(across_ * across_ * across_)) {}

  bool has_place_for(const Vector3d& r) const {
    const auto [x, y, z] = cell(r);
    for (int k = -1; k <= 1; ++k)
      for (int l = -1; l <= 1; ++l)
        for (int m = -1; m <= 1; ++m)
          for (const Vector3d& other : cells_[index(x + k, y + l, z + m)]) {
            const Vector3d between = (r - other) / box;
            if (box * (between.array() - between.array().round()).matrix().norm() < least_distance_) return false;
          }
    return true;
  }

  void put(const Vector3d& r) {
    const auto [x, y, z] = cell(r);
    cells_[index(x, y, z)].push_back(r);
  }

 private:
  std::array<int, 3> cell(const Vector3d& r) const {
    std::array<int, 3> result{};
    for (std::size_t k = 0; k < 3; ++k)
      result[k] = static_cast<int>(std::floor(r[static_cast<Index>(k)] / box * across_));
    return result;
  }
  std::size_t index(int x, int y, int z) const {
    const auto within = [&](int k) { return (k % across_ + across_) % across_; };
    return static_cast<std::size_t>((within(x) * across_ + within(y)) * across_ + within(z));
  }

  double least_distance_;
  int across_;
  std::vector<std::vector<Vector3d>> cells_;
};

}  // namespace

PairPotentials with_pseudoligands(const PairPotentials& ions, const Pairing& A, const Pairing& B, Preferred preferred) {
  const std::size_t species = ions.species.size();
  std::vector<std::string> names = ions.species;
  std::vector<double> charges = ions.charges;
  names.emplace_back(pseudoligand);
  charges.push_back(-ions.charges[B.cation]);
  PairPotentials all(std::move(names), std::move(charges), ions.cutoff);
  for (std::size_t i = 0; i < species; ++i)
    for (std::size_t j = 0; j <= i; ++j) all.set(i, j, ions.between(i, j));
  constexpr double rho = 0.4;
  constexpr double attraction = 200;
  all.set(A.cation, species, Buckingham{1000, rho, preferred == Preferred::A ? attraction : 0});
  all.set(B.cation, species, Buckingham{1000, rho, preferred == Preferred::B ? attraction : 0});
  all.set(A.anion, species, Buckingham{15000, rho, 0});
  all.set(species, species, Buckingham{0, rho, 0});
  return all;
}

Solution nanocrystal_in_solution(const Ions& cell_of_A, const Pairing& A, const Pairing& B,
                                 std::size_t pseudoligand_species) {
  Solution solution;
  std::vector<std::pair<std::size_t, Vector3d>> all = sphere(cell_of_A, A);
  solution.formula_units = all.size() / 2;
  solution.pairs = pairs_per_formula_unit * solution.formula_units;
  const double distance = least_distance(all.size() + 2 * solution.pairs);
  Room room(distance);
  for (auto& [species, r] : all) {
    r.array() += box / 2;
    room.put(r);
  }
  std::mt19937_64 random(1);
  const auto coordinate = [&] { return box * static_cast<double>(random() >> 11U) * 0x1p-53; };
  for (const std::size_t species : {B.cation, pseudoligand_species})
    for (std::size_t i = 0; i < solution.pairs;) {
      const double x = coordinate();
      const double y = coordinate();
      const Vector3d r(x, y, coordinate());
      // Holes of the crystal are large enough for an ion, and no place for one of the solution.
      if ((r.array() - box / 2).matrix().norm() < diameter / 2 + distance || !room.has_place_for(r)) continue;
      room.put(r);
      all.emplace_back(species, r);
      ++i;
    }
  solution.ions.edges = box * Eigen::Matrix3d::Identity();
  solution.ions.positions.resize(3, static_cast<Index>(all.size()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    solution.ions.species.push_back(all[i].first);
    solution.ions.positions.col(static_cast<Index>(i)) = all[i].second;
  }
  return solution;
}

}  // namespace nxmc

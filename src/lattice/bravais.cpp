// Triangular and simple cubic lattices with their bonds; point groups found from the metric.
#include "bravais.hpp"

#include <Eigen/Core>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace nxmc {
namespace {

constexpr CellMap identity{Cell{1, 0, 0}, Cell{0, 1, 0}, Cell{0, 0, 1}};

BravaisLattice triangular() {
  constexpr double half_root_3 = std::numbers::sqrt3 / 2;
  return {.basis = {Vector3{0.5, half_root_3, 0}, Vector3{1, 0, 0}, Vector3{0, 0, 1}},
          .bonds = {{0, 1, 0}, {1, 0, 0}, {1, -1, 0}, {0, -1, 0}, {-1, 0, 0}, {-1, 1, 0}}};
}

BravaisLattice cubic_with_next_nearest_bonds() {
  std::vector<Cell> bonds{{1, 0, 0}, {0, 1, 0},  {0, 0, 1}, {1, 1, 0}, {1, -1, 0},
                          {1, 0, 1}, {1, 0, -1}, {0, 1, 1}, {0, 1, -1}};
  const std::size_t half = bonds.size();
  bonds.reserve(2 * half);
  for (std::size_t k = 0; k < half; ++k) bonds.push_back({-bonds[k][0], -bonds[k][1], -bonds[k][2]});
  return {.basis = {Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 1}}, .bonds = std::move(bonds)};
}

double dot(const Vector3& a, const Vector3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

bool preserves_metric(const BravaisLattice& bravais, const CellMap& map) {
  constexpr double tolerance = 1e-9;
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t l = k; l < 3; ++l) {
      const double image = dot(position_of(bravais, map[k]), position_of(bravais, map[l]));
      if (std::abs(image - dot(bravais.basis[k], bravais.basis[l])) > tolerance) return false;
    }
  }
  return true;
}

Eigen::Matrix3d columns(const std::array<Vector3, 3>& vectors) {
  Eigen::Matrix3d matrix;
  for (int k = 0; k < 3; ++k) matrix.col(k) = Eigen::Vector3d::Map(vectors[static_cast<std::size_t>(k)].data());
  return matrix;
}

}  // namespace

const BravaisLattice& bravais_lattice(int dimension) {
  static const BravaisLattice plane = triangular();
  static const BravaisLattice space = cubic_with_next_nearest_bonds();
  return dimension == 2 ? plane : space;
}

Vector3 position_of(const BravaisLattice& bravais, const Cell& cell) {
  Vector3 position{};
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t x = 0; x < 3; ++x) position[x] += cell[k] * bravais.basis[k][x];
  }
  return position;
}

Cell apply(const CellMap& map, const Cell& cell) {
  Cell image{};
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t x = 0; x < 3; ++x) image[x] += cell[k] * map[k][x];
  }
  return image;
}

// Basis cells have unit length in both lattices, so their images are nearest neighbours; next-nearest ones fail the
// test.
std::vector<CellMap> point_group(int dimension) {
  const BravaisLattice& bravais = bravais_lattice(dimension);
  const std::vector<Cell> out_of_plane{Cell{0, 0, 1}};
  const std::vector<Cell>& third_images = dimension == 2 ? out_of_plane : bravais.bonds;
  std::vector<CellMap> group{identity};
  for (const Cell& first : bravais.bonds) {
    for (const Cell& second : bravais.bonds) {
      for (const Cell& third : third_images) {
        const CellMap map{first, second, third};
        if (map != identity && preserves_metric(bravais, map)) group.push_back(map);
      }
    }
  }
  return group;
}

bool preserves_periods(const CellMap& map, const std::array<int, 3>& periods) {
  for (std::size_t edge = 0; edge < 3; ++edge) {
    for (std::size_t k = 0; k < 3; ++k)
      if (periods[k] > 0 && periods[edge] * map[edge][k] % periods[k] != 0) return false;
  }
  return true;
}

std::array<Vector3, 3> cartesian(const BravaisLattice& bravais, const CellMap& map) {
  const Eigen::Matrix3d images =
      columns({position_of(bravais, map[0]), position_of(bravais, map[1]), position_of(bravais, map[2])});
  const Eigen::Matrix3d matrix = images * columns(bravais.basis).inverse();
  std::array<Vector3, 3> rows{};
  for (int r = 0; r < 3; ++r) Eigen::Vector3d::Map(rows[static_cast<std::size_t>(r)].data()) = matrix.row(r);
  return rows;
}

}  // namespace nxmc

#include "nxmc/statics/structures.hpp"

#include <Eigen/LU>
#include <cassert>
#include <cmath>

namespace nxmc::statics {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

/// Where the anion of a cubic structure is, in units of a; its cation is at the origin.
double anion_along_the_diagonal(Structure structure) { return structure == Structure::zincblende ? 0.25 : 0.5; }

Ions cubic_primitive_cell(Structure structure, double a, std::size_t cation, std::size_t anion) {
  Ions ions;
  if (structure == Structure::caesium_chloride)
    ions.edges = a * Matrix3d::Identity();
  else
    ions.edges = a / 2 * (Matrix3d::Ones() - Matrix3d::Identity());
  ions.positions.resize(3, 2);
  ions.positions.col(0).setZero();
  ions.positions.col(1).setConstant(anion_along_the_diagonal(structure) * a);
  ions.species = {cation, anion};
  return ions;
}

Ions hexagonal_cell(const Shape& shape, std::size_t cation, std::size_t anion) {
  const auto& [a, c, u] = shape;
  Ions ions;
  ions.edges.col(0) = Vector3d(a, 0, 0);
  ions.edges.col(1) = Vector3d(-a / 2, a * std::sqrt(3.0) / 2, 0);
  ions.edges.col(2) = Vector3d(0, 0, c);
  Eigen::Matrix<double, 3, 4> fractions;
  fractions.col(0) = Vector3d(1.0 / 3, 2.0 / 3, 0);
  fractions.col(1) = Vector3d(2.0 / 3, 1.0 / 3, 0.5);
  fractions.col(2) = Vector3d(1.0 / 3, 2.0 / 3, u);
  fractions.col(3) = Vector3d(2.0 / 3, 1.0 / 3, 0.5 + u);
  ions.positions = ions.edges * fractions;
  ions.species = {cation, cation, anion, anion};
  return ions;
}

}  // namespace

std::string_view to_string(Structure structure) {
  constexpr std::array<std::string_view, 5> names{"rock salt", "zinc blende", "wurtzite", "caesium chloride",
                                                  "honeycomb"};
  return names.at(static_cast<std::size_t>(structure));
}

bool is_hexagonal(Structure structure) { return structure == Structure::wurtzite || structure == Structure::honeycomb; }

Ions primitive_cell(Structure structure, const Shape& shape, std::size_t cation, std::size_t anion) {
  if (!is_hexagonal(structure)) return cubic_primitive_cell(structure, shape.a, cation, anion);
  const double u = structure == Structure::honeycomb ? 0.5 : shape.u;
  return hexagonal_cell({shape.a, shape.c, u}, cation, anion);
}

Ions conventional_cell(Structure structure, const Shape& shape, std::size_t cation, std::size_t anion) {
  Ions primitive = primitive_cell(structure, shape, cation, anion);
  if (is_hexagonal(structure) || structure == Structure::caesium_chloride) return primitive;
  Ions ions;
  ions.edges = shape.a * Matrix3d::Identity();
  ions.positions.resize(3, 8);
  for (Eigen::Index corner = 0; corner < 4; ++corner) {
    const Vector3d shift = corner == 0 ? Vector3d::Zero().eval() : primitive.edges.col(corner - 1).eval();
    ions.positions.middleCols(2 * corner, 2) = primitive.positions.colwise() + shift;
    ions.species.insert(ions.species.end(), {cation, anion});
  }
  return ions;
}

Shape shape_of(Structure structure, const Ions& primitive) {
  if (structure == Structure::caesium_chloride) return {.a = primitive.edges.col(0).norm()};
  if (!is_hexagonal(structure)) return {.a = std::sqrt(2.0) * primitive.edges.col(0).norm()};
  const double c = primitive.edges.col(2).norm();
  return {primitive.edges.col(0).norm(), c, (primitive.positions(2, 2) - primitive.positions(2, 0)) / c};
}

Shape ideal_shape(Structure structure) {
  switch (structure) {
    case Structure::rocksalt:
      return {.a = 2};
    case Structure::zincblende:
      return {.a = 4 / std::sqrt(3.0)};
    case Structure::caesium_chloride:
      return {.a = 2 / std::sqrt(3.0)};
    case Structure::wurtzite:
      return {std::sqrt(8.0 / 3), 8.0 / 3, 0.375};
    // Five equal neighbours.
    case Structure::honeycomb:
      return {std::sqrt(3.0), 2, 0.5};
  }
  assert(false);
  return {};
}

Eigen::MatrixXd symmetric_changes(Structure structure) {
  if (!is_hexagonal(structure)) {
    Eigen::MatrixXd changes = Eigen::MatrixXd::Zero(strain_components + 6, 1);
    changes.col(0).head<3>().setOnes();
    return changes;
  }
  Eigen::MatrixXd changes = Eigen::MatrixXd::Zero(strain_components + 12, structure == Structure::wurtzite ? 3 : 2);
  changes.col(0).head<2>().setOnes();
  changes(2, 1) = 1;
  if (structure == Structure::wurtzite)
    for (Eigen::Index ion = 0; ion < 4; ++ion) changes(strain_components + 3 * ion + 2, 2) = ion < 2 ? -0.5 : 0.5;
  return changes;
}

}  // namespace nxmc::statics
